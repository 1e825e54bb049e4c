/* SPDX-License-Identifier: ISC */
/*
 * From a policy to a plan, for every kernel there is or may be: what is handled, which
 * rules are left, what is said to be unsupported, and whether a session may start.
 */
#include <errno.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "access.h"
#include "compile.h"
#include "family.h"
#include "sim.h"
#include "syscalls.h"
#include "test.h"

static struct heel_arena arena;
static struct heel_report report;
static struct heel_policy policy;
static const struct heel_plan *plan;

static const struct heel_origin here = {"/etc/heel/profiles.d/p.conf", 7};

static void setup(void)
{
	arena = (struct heel_arena){0};
	report = (struct heel_report){0};
	plan = NULL;
	policy = (struct heel_policy){
		.profile = "p",
		.shell = "/bin/sh",
		.scope = HEEL_SCOPE_SIGNAL | HEEL_SCOPE_ABSTRACT_UNIX_SOCKET,
		.families = HEEL_FAMILY(AF_INET),
		.restrictions[HEEL_RESTRICT_FOREIGN_ABI].on = true,
		.no_new_privs = true,
		.minimum_abi = HEEL_ABI_OLDEST,
		.minimum_abi_from = {"/etc/heel/heel.conf", 3},
	};
}

static void teardown(void)
{
	heel_report_free(&report);
	heel_arena_free(&arena);
}

static void compile(int abi)
{
	const struct heel_kernel kernel = {.release = "made up",
					   .abi = abi,
					   .landlock_error = abi ? 0 : ENOSYS,
					   .seccomp = true,
					   .mdwe = true};

	ck_assert_int_eq(heel_compile(&arena, &policy, &kernel, &plan, &report), 0);
	ck_assert_ptr_eq(plan->policy, &policy);
	ck_assert_int_eq(plan->kernel.abi, abi);
	ck_assert_uint_eq(report.n, 0);
}

/* The kernel's own table, by hand: not from the one that the compiler reads. */
static const struct {
	int abi;
	uint64_t fs, net, scoped;
	uint32_t flags;
} kernels[] = {
	{0, 0, 0, 0, 0},	  {1, 0x1fff, 0, 0, 0},	    {2, 0x3fff, 0, 0, 0},
	{3, 0x7fff, 0, 0, 0},	  {4, 0x7fff, 0x3, 0, 0},   {5, 0xffff, 0x3, 0, 0},
	{6, 0xffff, 0x3, 3, 0},	  {7, 0xffff, 0x3, 3, 2},   {8, 0xffff, 0x3, 3, 2},
	{9, 0x1ffff, 0x3, 3, 2},  {10, 0x1ffff, 0xf, 3, 2}, {11, 0x1ffff, 0xf, 3, 2},
	{99, 0x1ffff, 0xf, 3, 2},
};

START_TEST(all_that_the_kernel_knows_is_handled)
{
	compile(kernels[_i].abi);
	ck_assert_uint_eq(plan->attr.handled_access_fs, kernels[_i].fs);
	ck_assert_uint_eq(plan->attr.handled_access_net, kernels[_i].net);
	ck_assert_uint_eq(plan->attr.scoped, kernels[_i].scoped);
	ck_assert_uint_eq(plan->attr.quiet_access_fs, 0);
	ck_assert_uint_eq(plan->attr.quiet_access_net, 0);
	ck_assert_uint_eq(plan->attr.quiet_scoped, 0);
	ck_assert_uint_eq(plan->restrict_flags, kernels[_i].flags);
}
END_TEST

static const uint64_t scopes[] = {0, HEEL_SCOPE_SIGNAL, HEEL_SCOPE_ABSTRACT_UNIX_SOCKET,
				  HEEL_SCOPE_SIGNAL | HEEL_SCOPE_ABSTRACT_UNIX_SOCKET};

START_TEST(scope_is_the_policys)
{
	policy.scope = scopes[_i];
	compile(6);
	ck_assert_uint_eq(plan->attr.scoped, scopes[_i]);
	compile(5);
	ck_assert_uint_eq(plan->attr.scoped, 0);
}
END_TEST

/* --- Rules --- */

START_TEST(rule_has_the_rights_that_are_handled)
{
	struct heel_path paths[] = {
		{.path = "/all", .access = 0x1ffff},
		{.path = "/device", .access = HEEL_FS_READ_FILE | HEEL_FS_IOCTL_DEV},
		{.path = "/socket", .access = HEEL_FS_RESOLVE_UNIX},
		{.path = "/none", .access = 0},
		{.path = "/last", .access = HEEL_FS_READ_FILE},
	};

	policy.paths = paths;
	policy.n_paths = HEEL_ARRAY_SIZE(paths);
	compile(kernels[_i].abi);
	ck_assert_uint_eq(plan->n_paths, policy.n_paths);
	for (size_t i = 0; i < policy.n_paths; i++) {
		ck_assert_ptr_eq(plan->paths[i].path, &paths[i]);
		ck_assert_uint_eq(plan->paths[i].access,
				  paths[i].access & kernels[_i].fs);
	}
}
END_TEST

static struct heel_port_range ranges[] = {
	{22, 22, {"/etc/heel/profiles.d/p.conf", 1}},
	{8000, 8010, {"/etc/heel/profiles.d/p.conf", 2}},
	{0, 65535, {"/etc/heel/profiles.d/p.conf", 3}},
};

static const uint64_t port_bits[HEEL_PORT_KINDS] = {
	[HEEL_TCP_CONNECT] = 0x2,
	[HEEL_TCP_BIND] = 0x1,
	[HEEL_UDP_CONNECT] = 0x8,
	[HEEL_UDP_BIND] = 0x4,
};

START_TEST(listed_ports_are_rules_of_their_right)
{
	for (enum heel_port_kind kind = 0; kind < HEEL_PORT_KINDS; kind++) {
		const uint64_t access = port_bits[kind] & kernels[_i].net;

		setup();
		policy.ports[kind].written = true;
		policy.ports[kind].ranges = ranges;
		policy.ports[kind].n = HEEL_ARRAY_SIZE(ranges);
		compile(kernels[_i].abi);
		ck_assert_uint_eq(plan->attr.handled_access_net, kernels[_i].net);
		ck_assert_uint_eq(plan->n_ports, access ? HEEL_ARRAY_SIZE(ranges) : 0);
		for (size_t i = 0; i < plan->n_ports; i++) {
			ck_assert_ptr_eq(plan->ports[i].range, &ranges[i]);
			ck_assert_uint_eq(plan->ports[i].access, access);
		}
		teardown();
	}
}
END_TEST

START_TEST(any_port_is_not_handled_and_has_no_rules)
{
	for (enum heel_port_kind kind = 0; kind < HEEL_PORT_KINDS; kind++) {
		setup();
		policy.ports[kind].written = true;
		policy.ports[kind].any = true;
		policy.ports[kind].ranges = ranges;
		policy.ports[kind].n = 2;
		compile(kernels[_i].abi);
		ck_assert_uint_eq(plan->attr.handled_access_net,
				  kernels[_i].net & ~port_bits[kind]);
		ck_assert_uint_eq(plan->n_ports, 0);
		teardown();
	}
}
END_TEST

START_TEST(kinds_of_ports_do_not_mix)
{
	for (enum heel_port_kind kind = 0; kind < HEEL_PORT_KINDS; kind++) {
		policy.ports[kind].ranges = ranges;
		policy.ports[kind].n = (size_t)kind % HEEL_ARRAY_SIZE(ranges) + 1;
	}
	policy.ports[HEEL_TCP_BIND].any = true;
	compile(10);
	ck_assert_uint_eq(plan->attr.handled_access_net, 0xe);
	ck_assert_uint_eq(plan->n_ports, 1 + 3 + 1);
	ck_assert_uint_eq(plan->ports[0].access, 0x2);
	for (size_t i = 1; i < 4; i++)
		ck_assert_uint_eq(plan->ports[i].access, 0x8);
	ck_assert_uint_eq(plan->ports[4].access, 0x4);
}
END_TEST

/* --- What this kernel cannot do --- */

static const struct heel_unsupported *find_unsupported(const char *text)
{
	for (size_t i = 0; i < plan->n_unsupported; i++)
		if (strstr(plan->unsupported[i].text, text))
			return &plan->unsupported[i];
	return NULL;
}

static struct heel_unsupported get_unsupported(const char *text)
{
	const struct heel_unsupported *found = find_unsupported(text);

	ck_assert_ptr_nonnull(found);
	return found ? *found : (struct heel_unsupported){0};
}

/* What must be said on kernels below an ABI, and on no other. */
static const struct {
	const char *text;
	int abi;
} missing[] = {
	{"\"ioctl_dev\" is not restricted", 5},
	{"scope \"signal\" needs Landlock ABI 6", 6},
	{"scope \"abstract_unix_socket\" needs Landlock ABI 6", 6},
	{"\"resolve_unix\" is not restricted", 9},
	{"\"truncate\" is not restricted: that needs Landlock ABI 3", 3},
	{"\"tcp_bind\" is not restricted: that needs Landlock ABI 4", 4},
	{"\"udp_bind\" is not restricted: that needs Landlock ABI 10", 10},
};

START_TEST(what_the_kernel_lacks_is_said)
{
	for (size_t i = 0; i < HEEL_ARRAY_SIZE(kernels); i++) {
		const struct heel_unsupported *found;

		/* Sockets of both protocols are made, and one kind of ports is limited.
		 */
		policy.ports[HEEL_TCP_CONNECT].any = true;
		policy.ports[HEEL_UDP_CONNECT].any = true;
		compile(kernels[i].abi);
		found = find_unsupported(missing[_i].text);
		ck_assert_msg((found != NULL) == (kernels[i].abi < missing[_i].abi),
			      "ABI %d: %s", kernels[i].abi, missing[_i].text);
		if (found)
			ck_assert(!found->written);
	}
}
END_TEST

START_TEST(what_the_kernel_has_is_not_said_to_be_missing)
{
	compile(10);
	for (size_t i = 0; i < plan->n_unsupported; i++)
		ck_assert_msg(!strstr(plan->unsupported[i].text, "this kernel"), "%s",
			      plan->unsupported[i].text);
}
END_TEST

START_TEST(kernel_that_knows_more_than_heel_is_said)
{
	compile(10);
	ck_assert_ptr_null(find_unsupported("does not know"));
	compile(11);
	ck_assert(!get_unsupported("does not know").written);
}
END_TEST

START_TEST(written_scope_is_told_from_the_default)
{
	policy.scope = HEEL_SCOPE_SIGNAL;
	policy.scope_written = true;
	policy.scope_from = here;
	compile(5);
	ck_assert_ptr_null(find_unsupported("abstract_unix_socket"));
	ck_assert(get_unsupported("scope \"signal\"").written);
	ck_assert_uint_eq(get_unsupported("scope \"signal\"").from.line, here.line);
	ck_assert_str_eq(get_unsupported("scope \"signal\"").from.file, here.file);
}
END_TEST

START_TEST(empty_scope_lacks_nothing)
{
	policy.scope = 0;
	policy.scope_written = true;
	compile(4);
	ck_assert_ptr_null(find_unsupported("scope"));
}
END_TEST

START_TEST(written_ports_are_told_from_the_default)
{
	policy.ports[HEEL_UDP_CONNECT].written = true;
	policy.ports[HEEL_UDP_CONNECT].from = here;
	policy.ports[HEEL_UDP_CONNECT].ranges = ranges;
	policy.ports[HEEL_UDP_CONNECT].n = 1;
	compile(9);
	ck_assert(get_unsupported("udp_connect").written);
	ck_assert_uint_eq(get_unsupported("udp_connect").from.line, here.line);
	ck_assert(!get_unsupported("udp_bind").written);
}
END_TEST

START_TEST(ports_that_no_socket_is_for_lack_nothing)
{
	compile(4);
	ck_assert_ptr_null(find_unsupported("udp"));
	policy.ports[HEEL_UDP_BIND].ranges = ranges;
	policy.ports[HEEL_UDP_BIND].n = 1;
	compile(4);
	ck_assert_ptr_nonnull(find_unsupported("udp"));
	policy.families = HEEL_FAMILY(AF_UNIX);
	compile(4);
	ck_assert_ptr_null(find_unsupported("udp"));
}
END_TEST

START_TEST(listening_that_cannot_be_closed_is_said)
{
	/* No TCP sockets at all. */
	compile(10);
	ck_assert_ptr_null(find_unsupported("listen"));
	/* They connect, and nothing else listens: listen(2) is denied. */
	policy.ports[HEEL_TCP_CONNECT].any = true;
	compile(10);
	ck_assert_ptr_null(find_unsupported("listen"));
	/* UNIX sockets are listened on. */
	policy.families |= HEEL_FAMILY(AF_UNIX);
	compile(10);
	ck_assert(!get_unsupported("listen").written);
	ck_assert(get_unsupported("listen").open);
	/* Port 0 stands for what the kernel chooses. */
	policy.ports[HEEL_TCP_BIND].ranges = &ranges[2];
	policy.ports[HEEL_TCP_BIND].n = 1;
	compile(10);
	ck_assert_ptr_null(find_unsupported("listen"));
	policy.ports[HEEL_TCP_BIND].ranges = ranges;
	compile(10);
	ck_assert_ptr_nonnull(find_unsupported("listen"));
}
END_TEST

START_TEST(what_a_permit_opens_beside_limits_is_said)
{
	policy.ports[HEEL_TCP_CONNECT].ranges = ranges;
	policy.ports[HEEL_TCP_CONNECT].n = 1;
	policy.restrictions[HEEL_RESTRICT_RAW_NETWORK].on = true;
	policy.restrictions[HEEL_RESTRICT_IO_URING].on = true;
	compile(10);
	ck_assert_ptr_null(find_unsupported("MPTCP"));
	ck_assert_ptr_null(find_unsupported("io_uring"));
	policy.restrictions[HEEL_RESTRICT_RAW_NETWORK] =
		(struct heel_restriction_state){false, true, here};
	policy.restrictions[HEEL_RESTRICT_IO_URING] =
		(struct heel_restriction_state){false, true, here};
	compile(10);
	ck_assert_uint_eq(get_unsupported("MPTCP").from.line, here.line);
	ck_assert(!get_unsupported("MPTCP").written);
	ck_assert_uint_eq(get_unsupported("io_uring").from.line, here.line);
	ck_assert(!get_unsupported("io_uring").written);
}
END_TEST

START_TEST(memory_restriction_needs_a_kernel_that_has_it)
{
	const struct heel_kernel old = {.abi = 10, .seccomp = true};

	compile(10);
	ck_assert(!plan->wx_memory);
	policy.restrictions[HEEL_RESTRICT_WX_MEMORY] =
		(struct heel_restriction_state){true, true, here};
	compile(10);
	ck_assert(plan->wx_memory);
	ck_assert_ptr_null(find_unsupported("wx_memory"));
	ck_assert_int_eq(heel_compile(&arena, &policy, &old, &plan, &report), 0);
	ck_assert(!plan->wx_memory);
	ck_assert(get_unsupported("wx_memory").written);
	ck_assert(!get_unsupported("wx_memory").open);
	ck_assert_ptr_nonnull(strstr(get_unsupported("wx_memory").text, "Linux 6.3"));
	ck_assert_int_eq(heel_admit(plan, &report), -EOPNOTSUPP);
}
END_TEST

START_TEST(plan_has_the_programs_of_the_filter)
{
	compile(kernels[_i].abi);
	ck_assert_uint_eq(plan->n_programs, 2);
	ck_assert_uint_gt(plan->filter.n, 0);
	for (size_t i = 0; i < plan->n_programs; i++)
		ck_assert_uint_gt(plan->programs[i].n, 0);
}
END_TEST

START_TEST(filter_that_cannot_be_made_is_an_error)
{
	const struct heel_kernel kernel = {.abi = 10, .seccomp = true};
	struct heel_value value = {.text = "execve", .from = here};

	policy.syscalls_deny = (struct heel_values){true, here, &value, 1};
	ck_assert_int_eq(heel_compile(&arena, &policy, &kernel, &plan, &report), -EINVAL);
	ck_assert_uint_eq(heel_first_error(&report)->at.line, here.line);
}
END_TEST

START_TEST(ports_that_are_not_restricted_lack_nothing)
{
	policy.ports[HEEL_UDP_CONNECT].written = true;
	policy.ports[HEEL_UDP_CONNECT].any = true;
	policy.ports[HEEL_UDP_BIND].any = true;
	compile(4);
	ck_assert_ptr_null(find_unsupported("udp"));
}
END_TEST

START_TEST(unconfined_has_an_empty_plan)
{
	static struct heel_path path = {.path = "/", .access = HEEL_GRANT_READ};

	policy.unconfined = true;
	policy.paths = &path;
	policy.n_paths = 1;
	compile(kernels[_i].abi);
	ck_assert_uint_eq(plan->attr.handled_access_fs, 0);
	ck_assert_uint_eq(plan->attr.handled_access_net, 0);
	ck_assert_uint_eq(plan->attr.scoped, 0);
	ck_assert_uint_eq(plan->n_paths, 0);
	ck_assert_uint_eq(plan->n_ports, 0);
	ck_assert_uint_eq(plan->n_unsupported, 0);
	ck_assert_uint_eq(plan->n_programs, 0);
}
END_TEST

/* --- May a session start? --- */

static int admit(int abi, int landlock_error)
{
	const struct heel_kernel kernel = {
		.abi = abi, .landlock_error = landlock_error, .seccomp = true};

	ck_assert_int_eq(heel_compile(&arena, &policy, &kernel, &plan, &report), 0);
	return heel_admit(plan, &report);
}

static const struct {
	int abi;
	int landlock_error;
	int minimum;
	int rc;
	const char *text;
} admissions[] = {
	{4, 0, 4, 0, NULL},
	{7, 0, 7, 0, NULL},
	{10, 0, 4, 0, NULL},
	{11, 0, 10, 0, NULL},
	{6, 0, 7, -EOPNOTSUPP, "ABI 6, below the required 7"},
	{10, 0, 11, -EOPNOTSUPP, "ABI 10, below the required 11"},
	{3, 0, 4, -EOPNOTSUPP, "ABI 3, below the required 4"},
	{1, 0, 4, -EOPNOTSUPP, "ABI 1, below the required 4"},
	/* Whatever a caller put there, TCP ports need ABI 4. */
	{3, 0, 0, -EOPNOTSUPP, "ABI 3"},
	{0, EOPNOTSUPP, 4, -EOPNOTSUPP, "not enabled"},
	{0, EOPNOTSUPP, 4, -EOPNOTSUPP, "lsm="},
	{0, ENOSYS, 4, -EOPNOTSUPP, "no Landlock"},
	{0, EPERM, 4, -EOPNOTSUPP, "no Landlock"},
	{0, ENOSYS, 0, -EOPNOTSUPP, "no Landlock"},
};

START_TEST(kernel_must_be_good_enough)
{
	policy.minimum_abi = admissions[_i].minimum;
	policy.warn_unsupported = true; /* changes nothing about this */
	ck_assert_int_eq(admit(admissions[_i].abi, admissions[_i].landlock_error),
			 admissions[_i].rc);
	ck_assert_int_eq(heel_first_error(&report) != NULL, admissions[_i].rc < 0);
	if (admissions[_i].rc == 0)
		return;
	ck_assert_ptr_nonnull(
		strstr(heel_first_error(&report)->text, admissions[_i].text));
	ck_assert_str_eq(heel_first_error(&report)->at.file, "/etc/heel/heel.conf");
	ck_assert_uint_eq(heel_first_error(&report)->at.line, 3);
}
END_TEST

START_TEST(kernel_must_have_filters)
{
	const struct heel_kernel kernel = {.abi = 10};

	policy.warn_unsupported = true; /* changes nothing about this */
	policy.assigned = here;
	ck_assert_int_eq(heel_compile(&arena, &policy, &kernel, &plan, &report), 0);
	ck_assert_int_eq(heel_admit(plan, &report), -EOPNOTSUPP);
	ck_assert_ptr_nonnull(
		strstr(heel_first_error(&report)->text, "CONFIG_SECCOMP_FILTER"));
	ck_assert_uint_eq(heel_first_error(&report)->at.line, here.line);
}
END_TEST

static void write_scope(void)
{
	policy.scope_written = true;
	policy.scope_from = here;
}

START_TEST(what_was_written_and_cannot_be_enforced_is_refused)
{
	write_scope();
	ck_assert_int_eq(admit(5, 0), -EOPNOTSUPP);
	ck_assert_uint_eq(heel_count(&report, HEEL_ERROR), 2);
	ck_assert_str_eq(heel_first_error(&report)->at.file, here.file);
	ck_assert_uint_eq(heel_first_error(&report)->at.line, here.line);
	ck_assert_ptr_nonnull(strstr(heel_first_error(&report)->text, "scope"));
}
END_TEST

START_TEST(one_that_cannot_be_enforced_is_enough)
{
	policy.ports[HEEL_UDP_BIND].written = true;
	policy.ports[HEEL_UDP_BIND].from = here;
	policy.ports[HEEL_UDP_CONNECT].any = true;
	ck_assert_int_eq(admit(9, 0), -EOPNOTSUPP);
	ck_assert_uint_eq(heel_count(&report, HEEL_ERROR), 1);
}
END_TEST

START_TEST(warning_instead_is_a_note_with_its_place)
{
	bool found = false;

	write_scope();
	policy.warn_unsupported = true;
	ck_assert_int_eq(admit(5, 0), 0);
	ck_assert_uint_eq(heel_count(&report, HEEL_ERROR), 0);
	ck_assert_uint_eq(heel_count(&report, HEEL_NOTE), plan->n_unsupported);
	for (size_t i = 0; i < report.n; i++)
		found = found || (strstr(report.problems[i].text, "scope \"signal\"") &&
				  report.problems[i].at.line == here.line);
	ck_assert(found);
}
END_TEST

START_TEST(what_is_there_by_default_is_left_out_and_noted)
{
	ck_assert_int_eq(admit(4, 0), 0);
	ck_assert_uint_eq(heel_count(&report, HEEL_ERROR), 0);
	ck_assert_uint_ge(heel_count(&report, HEEL_NOTE), 4);
}
END_TEST

START_TEST(unconfined_needs_no_landlock)
{
	policy.unconfined = true;
	policy.minimum_abi = 7;
	write_scope();
	ck_assert_int_eq(admit(0, ENOSYS), 0);
	ck_assert_uint_eq(report.n, 0);
}
END_TEST

/* --- What a door cannot carry --- */

#define OWN   1234
#define OTHER 1235

/* Calls with up to two arguments, in the order of the kernel's. */
struct trial {
	const char *call;
	uint64_t a, b;
	int error; /* that the filter answers; 0: none */
};

#define TRIALS 8

static int answer_to(const struct trial *trial)
{
	const struct seccomp_data data = {
		.nr = heel_syscall_number(HEEL_ARCH_NATIVE, trial->call),
		.arch = heel_arch_token(HEEL_ARCH_NATIVE),
		.args = {trial->a, trial->b},
	};

	/* Newer machines have only the later ones of some calls. */
	if (data.nr < 0)
		return trial->error;
	return sim_call(plan->programs, plan->n_programs, &data, NULL);
}

static struct heel_values words(const char *const *texts)
{
	struct heel_values values = {.written = true, .from = here};
	struct heel_value *v;

	while (texts[values.n])
		values.n++;
	v = heel_alloc(&arena, values.n, sizeof(*v));
	ck_assert_ptr_nonnull(v);
	for (size_t i = 0; i < values.n; i++)
		v[i] = (struct heel_value){.text = texts[i], .from = here};
	values.v = v;
	return values;
}

enum {
	NONE = HEEL_RESTRICTIONS, /* no restriction */
};

static const struct {
	enum heel_door door;
	unsigned int restriction;
	bool written;
	const char *needed[6];
	const char *deny[3];
	/* What is noted; NULL: nothing. */
	const char *text;
	bool note_written, note_open;
	struct trial trials[TRIALS];
} doors[] = {
	/* calls that are denied whatever their arguments */
	{HEEL_DOOR_SESSION,
	 HEEL_RESTRICT_METADATA,
	 true,
	 {"chown", "fchmod"},
	 {NULL},
	 "\"metadata\" does not deny fchmod, chown: sshd itself needs that",
	 true,
	 false,
	 {{"chown", 0, 0, 0},
	  {"fchmod", 0, 04755, 0},
	  {"chmod", 0, 0, EPERM},
	  {"fchown", 0, 0, EPERM},
	  {"lchown", 0, 0, EPERM},
	  {"utimensat", 0, 0, EPERM},
	  {"setxattr", 0, 0, EPERM},
	  {"ioctl", 0, FS_IOC_SETFLAGS, EPERM}}},
	{HEEL_DOOR_CHILD,
	 HEEL_RESTRICT_METADATA,
	 true,
	 {"chroot"},
	 {NULL},
	 NULL,
	 false,
	 false,
	 {{"chown", 0, 0, EPERM}, {"chroot", 0, 0, 0}}},
	/* what nobody wrote is left out and noted */
	{HEEL_DOOR_SESSION,
	 HEEL_RESTRICT_KEYRING,
	 false,
	 {"keyctl"},
	 {NULL},
	 "\"keyring\" does not deny keyctl: sshd itself needs that",
	 false,
	 false,
	 {{"keyctl", 0, 0, 0}, {"add_key", 0, 0, EPERM}, {"request_key", 0, 0, EPERM}}},
	/* the name as it is, and no part of it */
	{HEEL_DOOR_SESSION,
	 HEEL_RESTRICT_METADATA,
	 true,
	 {"chow", "chownx", "xchown", "fchown32"},
	 {NULL},
	 "\"metadata\" does not deny fchown32: ",
	 true,
	 false,
	 {{"chown", 0, 0, EPERM}, {"fchown", 0, 0, EPERM}}},
	/* ids, before the session's processes have become the user */
	{HEEL_DOOR_SESSION,
	 HEEL_RESTRICT_SETID_CALLS,
	 true,
	 {"setuid", "setresgid", "setgroups"},
	 {NULL},
	 "\"setid_calls\" does not deny setgroups, setuid, setresgid: ",
	 true,
	 false,
	 {{"setuid", OTHER, 0, 0},
	  {"setuid", OWN, 0, 0},
	  {"setresgid", OTHER, OTHER, 0},
	  {"setgroups", 0, 0, 0},
	  {"setreuid", OTHER, OTHER, EPERM},
	  {"setreuid", OWN, OWN, 0},
	  {"setgid", OTHER, 0, EPERM},
	  {"setfsuid", OTHER, 0, EPERM}}},
	/* their child is the user's, and becomes nobody else */
	{HEEL_DOOR_CHILD,
	 HEEL_RESTRICT_SETID_CALLS,
	 true,
	 {"setuid", "setresgid"},
	 {NULL},
	 NULL,
	 false,
	 false,
	 {{"setuid", OTHER, 0, EPERM},
	  {"setuid", 0, 0, EPERM},
	  {"setuid", OWN, 0, 0},
	  {"setresgid", OTHER, OTHER, EPERM},
	  {"setresgid", OWN, OWN, EPERM}, /* the third is 0 */
	  {"setgroups", 0, 0, EPERM}}},
	{HEEL_DOOR_CHILD,
	 HEEL_RESTRICT_SETID_CALLS,
	 true,
	 {"setuid", "setgroups"},
	 {NULL},
	 "\"setid_calls\" does not deny setgroups: ",
	 true,
	 false,
	 {{"setgroups", 0, 0, 0}, {"setuid", OTHER, 0, EPERM}}},
	/* chroot: as is the rule, also where the restriction was written */
	{HEEL_DOOR_SESSION,
	 HEEL_RESTRICT_MOUNT,
	 false,
	 {"chroot"},
	 {NULL},
	 "\"mount\" does not deny chroot: ",
	 false,
	 true,
	 {{"chroot", 0, 0, 0}, {"mount", 0, 0, EPERM}, {"pivot_root", 0, 0, EPERM}}},
	{HEEL_DOOR_SESSION,
	 HEEL_RESTRICT_MOUNT,
	 true,
	 {"chroot"},
	 {NULL},
	 "\"mount\" does not deny chroot: ",
	 false,
	 true,
	 {{"chroot", 0, 0, 0}, {"umount2", 0, 0, EPERM}}},
	{HEEL_DOOR_CHILD,
	 HEEL_RESTRICT_MOUNT,
	 true,
	 {"chroot"},
	 {NULL},
	 "\"mount\" does not deny chroot: ",
	 false,
	 true,
	 {{"chroot", 0, 0, 0}, {"mount", 0, 0, EPERM}}},
	{HEEL_DOOR_SESSION,
	 HEEL_RESTRICT_MOUNT,
	 true,
	 {"chown"},
	 {NULL},
	 NULL,
	 false,
	 false,
	 {{"chroot", 0, 0, EPERM}, {"chown", 0, 0, 0}}},
	/* syscalls.deny, by name and by group */
	{HEEL_DOOR_SESSION,
	 NONE,
	 false,
	 {"chown"},
	 {"chown", "kill"},
	 "\"syscalls.deny\" does not deny chown: sshd itself needs that",
	 true,
	 false,
	 {{"chown", 0, 0, 0}, {"kill", 0, 0, EPERM}}},
	{HEEL_DOOR_SESSION,
	 NONE,
	 false,
	 {"chown", "lchown"},
	 {"@chown"},
	 "\"syscalls.deny @chown\" does not deny chown, lchown: ",
	 true,
	 false,
	 {{"chown", 0, 0, 0}, {"lchown", 0, 0, 0}, {"fchown", 0, 0, EPERM}}},
	/* bits that no service sets stay denied, and nothing is said to be left out */
	{HEEL_DOOR_SESSION,
	 HEEL_RESTRICT_SETUID_BITS,
	 true,
	 {"chmod", "fchmod", "mknod", "creat"},
	 {NULL},
	 NULL,
	 false,
	 false,
	 {{"chmod", 0, 0644, 0},
	  {"chmod", 0, 04755, EPERM},
	  {"chmod", 0, 02755, EPERM},
	  {"fchmod", 0, 0620, 0},
	  {"fchmod", 0, 04000, EPERM},
	  {"mknod", 0, 04644, EPERM},
	  {"creat", 0, 02644, EPERM},
	  {"creat", 0, 0644, 0}}},
	{HEEL_DOOR_SESSION,
	 HEEL_RESTRICT_TTY_INJECTION,
	 false,
	 {"ioctl"},
	 {NULL},
	 NULL,
	 false,
	 false,
	 {{"ioctl", 0, TIOCSTI, EPERM}, {"ioctl", 0, TIOCGWINSZ, 0}}},
};

static void compile_for_door(int i)
{
	policy.door = doors[i].door;
	policy.service = "sshd";
	policy.uid = OWN;
	policy.gid = OWN;
	policy.syscalls_needed = words(doors[i].needed);
	policy.syscalls_deny = words(doors[i].deny);
	if (doors[i].restriction != NONE)
		policy.restrictions[doors[i].restriction] =
			(struct heel_restriction_state){true, doors[i].written, here};
	compile(10);
}

START_TEST(what_a_service_needs_is_not_denied_and_all_else_is)
{
	compile_for_door(_i);
	for (const struct trial *trial = doors[_i].trials; trial->call; trial++) {
		ck_assert_msg(answer_to(trial) == trial->error,
			      "row %d: %s %llu %llu: %d", _i, trial->call,
			      (unsigned long long)trial->a, (unsigned long long)trial->b,
			      answer_to(trial));
		if (trial == &doors[_i].trials[TRIALS - 1])
			break;
	}
}
END_TEST

/* Without the need all that was left out is denied: the control. */
START_TEST(what_no_service_needs_is_denied)
{
	if (!doors[_i].text)
		return;
	compile_for_door(_i);
	for (size_t i = 0; doors[_i].needed[i]; i++)
		ck_assert_ptr_null(
			heel_filter_denies(&plan->filter, doors[_i].needed[i]));
	policy.syscalls_needed = (struct heel_values){0};
	compile(10);
	ck_assert_ptr_null(find_unsupported("itself needs"));
	if (heel_syscall_number(HEEL_ARCH_NATIVE, doors[_i].trials[0].call) >= 0)
		ck_assert_int_ne(answer_to(&doors[_i].trials[0]), 0);
}
END_TEST

START_TEST(what_is_left_out_for_a_service_is_said)
{
	compile_for_door(_i);
	if (!doors[_i].text) {
		ck_assert_ptr_null(find_unsupported("itself needs"));
		return;
	}
	ck_assert_ptr_nonnull(find_unsupported(doors[_i].text));
	ck_assert_int_eq(get_unsupported(doors[_i].text).written, doors[_i].note_written);
	ck_assert_int_eq(get_unsupported(doors[_i].text).open, doors[_i].note_open);
	ck_assert_uint_eq(get_unsupported(doors[_i].text).from.line, here.line);
}
END_TEST

START_TEST(what_was_written_and_a_door_cannot_carry_is_refused)
{
	const bool refused = doors[_i].text && doors[_i].note_written;

	compile_for_door(_i);
	ck_assert_int_eq(heel_admit(plan, &report), refused ? -EOPNOTSUPP : 0);
	ck_assert_uint_eq(heel_count(&report, HEEL_ERROR), refused ? 1 : 0);
	if (refused) {
		ck_assert_ptr_nonnull(
			strstr(heel_first_error(&report)->text, doors[_i].text));
		ck_assert_uint_eq(heel_first_error(&report)->at.line, here.line);
	}
	heel_report_free(&report);
	report = (struct heel_report){0};
	policy.warn_unsupported = true;
	ck_assert_int_eq(heel_admit(plan, &report), 0);
	ck_assert_uint_eq(heel_count(&report, HEEL_ERROR), 0);
}
END_TEST

START_TEST(each_restriction_is_noted_by_itself)
{
	static const char *const needed[] = {"chown", "setuid", "chroot", NULL};

	policy.door = HEEL_DOOR_SESSION;
	policy.service = "login";
	policy.syscalls_needed = words(needed);
	policy.restrictions[HEEL_RESTRICT_MOUNT].on = true;
	policy.restrictions[HEEL_RESTRICT_METADATA] =
		(struct heel_restriction_state){true, true, {here.file, 11}};
	policy.restrictions[HEEL_RESTRICT_SETID_CALLS] =
		(struct heel_restriction_state){true, true, {here.file, 12}};
	compile(10);
	ck_assert_uint_eq(
		get_unsupported("\"metadata\" does not deny chown: login").from.line, 11);
	ck_assert_uint_eq(
		get_unsupported("\"setid_calls\" does not deny setuid: login").from.line,
		12);
	ck_assert_ptr_nonnull(find_unsupported("\"mount\" does not deny chroot: login"));
	ck_assert_int_eq(heel_admit(plan, &report), -EOPNOTSUPP);
	ck_assert_uint_eq(heel_count(&report, HEEL_ERROR), 2);
}
END_TEST

/* Root may, in PAM; the user's own process may not. */
START_TEST(only_pam_goes_without_no_new_privs)
{
	for (enum heel_door door = HEEL_DOOR_SHELL; door <= HEEL_DOOR_CHILD; door++) {
		heel_report_free(&report);
		report = (struct heel_report){0};
		policy.door = door;
		policy.no_new_privs = false;
		policy.no_new_privs_from = here;
		ck_assert_int_eq(admit(10, 0), door == HEEL_DOOR_SHELL ? -EPERM : 0);
		policy.no_new_privs = true;
		ck_assert_int_eq(admit(10, 0), 0);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("compile");
	TCase *tcase = tcase_create("compile");
	const int n = HEEL_ARRAY_SIZE(kernels);

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, all_that_the_kernel_knows_is_handled, 0, n);
	tcase_add_loop_test(tcase, scope_is_the_policys, 0, HEEL_ARRAY_SIZE(scopes));
	tcase_add_loop_test(tcase, rule_has_the_rights_that_are_handled, 0, n);
	tcase_add_loop_test(tcase, listed_ports_are_rules_of_their_right, 0, n);
	tcase_add_loop_test(tcase, any_port_is_not_handled_and_has_no_rules, 0, n);
	tcase_add_test(tcase, kinds_of_ports_do_not_mix);
	tcase_add_loop_test(tcase, what_the_kernel_lacks_is_said, 0,
			    HEEL_ARRAY_SIZE(missing));
	tcase_add_test(tcase, what_the_kernel_has_is_not_said_to_be_missing);
	tcase_add_test(tcase, kernel_that_knows_more_than_heel_is_said);
	tcase_add_test(tcase, written_scope_is_told_from_the_default);
	tcase_add_test(tcase, empty_scope_lacks_nothing);
	tcase_add_test(tcase, written_ports_are_told_from_the_default);
	tcase_add_test(tcase, ports_that_are_not_restricted_lack_nothing);
	tcase_add_test(tcase, ports_that_no_socket_is_for_lack_nothing);
	tcase_add_test(tcase, listening_that_cannot_be_closed_is_said);
	tcase_add_test(tcase, what_a_permit_opens_beside_limits_is_said);
	tcase_add_test(tcase, memory_restriction_needs_a_kernel_that_has_it);
	tcase_add_loop_test(tcase, plan_has_the_programs_of_the_filter, 0, n);
	tcase_add_test(tcase, filter_that_cannot_be_made_is_an_error);
	tcase_add_loop_test(tcase, unconfined_has_an_empty_plan, 0, n);
	tcase_add_loop_test(tcase, kernel_must_be_good_enough, 0,
			    HEEL_ARRAY_SIZE(admissions));
	tcase_add_test(tcase, kernel_must_have_filters);
	tcase_add_test(tcase, what_was_written_and_cannot_be_enforced_is_refused);
	tcase_add_test(tcase, one_that_cannot_be_enforced_is_enough);
	tcase_add_test(tcase, warning_instead_is_a_note_with_its_place);
	tcase_add_test(tcase, what_is_there_by_default_is_left_out_and_noted);
	tcase_add_test(tcase, unconfined_needs_no_landlock);
	tcase_add_loop_test(tcase, what_a_service_needs_is_not_denied_and_all_else_is, 0,
			    HEEL_ARRAY_SIZE(doors));
	tcase_add_loop_test(tcase, what_no_service_needs_is_denied, 0,
			    HEEL_ARRAY_SIZE(doors));
	tcase_add_loop_test(tcase, what_is_left_out_for_a_service_is_said, 0,
			    HEEL_ARRAY_SIZE(doors));
	tcase_add_loop_test(tcase, what_was_written_and_a_door_cannot_carry_is_refused, 0,
			    HEEL_ARRAY_SIZE(doors));
	tcase_add_test(tcase, each_restriction_is_noted_by_itself);
	tcase_add_test(tcase, only_pam_goes_without_no_new_privs);
	suite_add_tcase(suite, tcase);
	return test_run(suite);
}
