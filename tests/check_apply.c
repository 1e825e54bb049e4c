/* SPDX-License-Identifier: ISC */
/* The irreversible part: what a process has after it, and what it must not have when
 * something fails. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "access.h"
#include "apply.h"
#include "compile.h"
#include "kernel.h"
#include "ruleset.h"
#include "test.h"

TEST_LIVE_PROGRAM

#define SOMEBODY 54321U

static struct heel_arena arena;
static struct heel_report report;
static struct heel_kernel kernel;
static struct heel_policy policy;
static const struct heel_plan *plan;
static const char *file;
static int ruleset;

static const struct heel_origin here = {"p.conf", 7};

static const struct heel_subject subject = {.user = "self", .home = "/home/self"};

static void setup(void)
{
	arena = (struct heel_arena){0};
	report = (struct heel_report){0};
	file = test_write_file(test_tmpdir(), "file", "text");
	heel_kernel_query(&kernel);
	policy = (struct heel_policy){
		.profile = "p",
		.shell = "/bin/sh",
		.no_new_privs = true,
		.minimum_abi = HEEL_ABI_OLDEST,
	};
}

static void teardown(void)
{
	heel_report_free(&report);
	heel_arena_free(&arena);
}

static void build(void)
{
	size_t rules;

	ck_assert_int_eq(heel_compile(&arena, &policy, &kernel, &plan, &report), 0);
	ck_assert_int_eq(
		heel_build_ruleset(&arena, plan, &subject, &ruleset, &rules, &report), 0);
}

static int apply(void)
{
	return heel_apply(plan, ruleset, &report);
}

/* From inside a domain that grants nothing, no file can be opened. */
static bool is_confined(void)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC);

	ck_assert(fd >= 0 || errno == EACCES);
	if (fd >= 0)
		(void)close(fd); /* it was not even read */
	return fd < 0;
}

static bool has_no_new_privs(void)
{
	return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;
}

/* For root's tests of what somebody without privileges may. */
static void become_somebody(void)
{
	ck_assert_int_eq(setgroups(0, NULL), 0);
	ck_assert_int_eq(setresgid(SOMEBODY, SOMEBODY, SOMEBODY), 0);
	ck_assert_int_eq(setresuid(SOMEBODY, SOMEBODY, SOMEBODY), 0);
}

START_TEST(process_is_confined_for_good)
{
	build();
	ck_assert(!is_confined());
	ck_assert(!has_no_new_privs());
	ck_assert_int_eq(apply(), 0);
	ck_assert(is_confined());
	ck_assert(has_no_new_privs());
	ck_assert_uint_eq(report.n, 0);
}
END_TEST

START_TEST(children_are_confined_too)
{
	pid_t child;
	int status;

	build();
	ck_assert_int_eq(apply(), 0);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0)
		_exit(open(file, O_RDONLY | O_CLOEXEC) < 0 ? errno : 0);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(WEXITSTATUS(status), EACCES);
}
END_TEST

START_TEST(sixteen_domains_can_be_nested_and_no_more)
{
	build();
	for (int i = 0; i < HEEL_LANDLOCK_MAX_LAYERS; i++)
		ck_assert_int_eq(apply(), 0);
	ck_assert_uint_eq(report.n, 0);
	ck_assert_int_eq(apply(), -E2BIG);
	ck_assert_ptr_nonnull(strstr(heel_first_error(&report)->text, "16"));
	ck_assert(is_confined());
}
END_TEST

START_TEST(ruleset_that_is_none_is_an_error)
{
	int ends[2];

	build();
	ruleset = -1;
	ck_assert_int_eq(apply(), -EBADF);
	ck_assert_ptr_nonnull(heel_first_error(&report));
	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	ruleset = ends[0];
	ck_assert_int_eq(apply(), -EBADFD);
	ck_assert(!is_confined());
}
END_TEST

START_TEST(flags_that_the_kernel_does_not_know_are_an_error)
{
	struct heel_plan changed;

	build();
	changed = *plan;
	changed.restrict_flags = 1U << 31;
	ck_assert_int_eq(heel_apply(&changed, ruleset, &report), -EINVAL);
	ck_assert(!is_confined());
}
END_TEST

/* --- umask and no_new_privs ----------------------------------------------------- */

static const struct {
	bool has;
	mode_t mask;
	mode_t after;
} masks[] = {
	{true, 077, 077}, {true, 0, 0},	     {true, 0777, 0777},
	{false, 0, 022},  {false, 077, 022},
};

START_TEST(umask_is_the_policys_or_stays)
{
	(void)umask(022);
	policy.has_umask = masks[_i].has;
	policy.umask = masks[_i].mask;
	build();
	ck_assert_int_eq(apply(), 0);
	ck_assert_uint_eq(umask(0), masks[_i].after);
}
END_TEST

/* In a container, root may be without the privilege that stands in for no_new_privs. */
static bool is_administrator(void)
{
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct caps[_LINUX_CAPABILITY_U32S_3];

	ck_assert_int_eq((int)syscall(SYS_capget, &header, caps), 0);
	return caps[0].effective & (1U << CAP_SYS_ADMIN);
}

START_TEST(without_no_new_privs_root_is_confined_all_the_same)
{
	if (!is_administrator()) {
		(void)fprintf(stderr, "# SKIP root without no_new_privs: root may not "
				      "here\n");
		return;
	}
	policy.no_new_privs = false;
	build();
	ck_assert_int_eq(apply(), 0);
	ck_assert(is_confined());
	ck_assert(!has_no_new_privs());
}
END_TEST

START_TEST(without_no_new_privs_others_are_refused)
{
	policy.no_new_privs = false;
	build();
	if (geteuid() == 0)
		become_somebody();
	ck_assert_int_eq(apply(), -EPERM);
	ck_assert(!is_confined());
}
END_TEST

/* --- Limits --------------------------------------------------------------------- */

/* None of them takes what a test needs. */
static const struct {
	const char *name;
	uint64_t soft, hard;
} limit_cases[] = {
	{"as", UINT64_C(1) << 50, UINT64_C(1) << 51},
	{"core", 0, 4096},
	{"cpu", 1000, 2000},
	{"data", UINT64_C(1) << 40, UINT64_C(1) << 41},
	{"fsize", UINT64_C(1) << 30, UINT64_C(1) << 31},
	{"locks", 10, 20},
	{"memlock", 4096, 8192},
	{"msgqueue", 1000, 2000},
	{"nice", 0, 0},
	{"nofile", 100, 200},
	{"nproc", 1000, 1001},
	{"rss", 1 << 30, HEEL_LIMIT_INFINITY},
	{"rtprio", 0, 0},
	{"rttime", 1000000, HEEL_LIMIT_INFINITY},
	{"sigpending", 100, 100},
	{"stack", 1 << 20, 1 << 22},
};

static size_t limit_index(const char *name)
{
	for (size_t i = 0; i < HEEL_LIMITS; i++)
		if (strcmp(heel_limit(i)->name, name) == 0)
			return i;
	ck_abort_msg("no limit \"%s\"", name);
}

static struct rlimit get_limit(size_t i)
{
	struct rlimit limit;

	ck_assert_int_eq(getrlimit((__rlimit_resource_t)heel_limit(i)->resource, &limit),
			 0);
	return limit;
}

static void set_hard_limit(size_t i, uint64_t value)
{
	const struct rlimit limit = {value, value};

	ck_assert_int_eq(setrlimit((__rlimit_resource_t)heel_limit(i)->resource, &limit),
			 0);
}

static void want_limit(size_t i, uint64_t soft, uint64_t hard)
{
	policy.limits[i] = (struct heel_limit_value){true, soft, hard, here};
}

static uint64_t at_most(uint64_t value, uint64_t bound)
{
	return value < bound ? value : bound;
}

START_TEST(limit_is_set_soft_and_hard)
{
	const size_t i = limit_index(limit_cases[_i].name);
	/* No more than there is: raising is a matter of its own. */
	const uint64_t hard = at_most(limit_cases[_i].hard, get_limit(i).rlim_max);
	const uint64_t soft = at_most(limit_cases[_i].soft, hard);
	struct rlimit after;

	want_limit(i, soft, hard);
	build();
	ck_assert_int_eq(apply(), 0);
	after = get_limit(i);
	ck_assert_uint_eq(after.rlim_cur, soft);
	ck_assert_uint_eq(after.rlim_max, hard);
	ck_assert_uint_eq(report.n, 0);
	ck_assert(is_confined());
}
END_TEST

START_TEST(every_limit_is_tried)
{
	ck_assert_uint_eq(HEEL_ARRAY_SIZE(limit_cases), HEEL_LIMITS);
	for (size_t i = 0; i < HEEL_LIMITS; i++)
		ck_assert_str_eq(limit_cases[i].name, heel_limit(i)->name);
}
END_TEST

START_TEST(other_limits_stay)
{
	struct rlimit before[HEEL_LIMITS];
	const size_t nofile = limit_index("nofile");

	for (size_t i = 0; i < HEEL_LIMITS; i++)
		before[i] = get_limit(i);
	want_limit(nofile, 100, 200);
	build();
	ck_assert_int_eq(apply(), 0);
	for (size_t i = 0; i < HEEL_LIMITS; i++) {
		struct rlimit after = get_limit(i);

		if (i == nofile)
			continue;
		ck_assert_uint_eq(after.rlim_cur, before[i].rlim_cur);
		ck_assert_uint_eq(after.rlim_max, before[i].rlim_max);
	}
}
END_TEST

/* What somebody without privileges gets who has a hard limit of 100. */
static const struct {
	uint64_t soft, hard;
	uint64_t after_soft, after_hard;
	bool lowered;
} lowered_cases[] = {
	{50, 80, 50, 80, false},
	{50, 100, 50, 100, false},
	{100, 100, 100, 100, false},
	{50, 101, 50, 100, true},
	{200, 300, 100, 100, true},
	{100, 300, 100, 100, true},
	{HEEL_LIMIT_INFINITY, HEEL_LIMIT_INFINITY, 100, 100, true},
	{0, HEEL_LIMIT_INFINITY, 0, 100, true},
};

START_TEST(limit_above_the_present_hard_one_is_lowered_and_noted)
{
	const size_t i = limit_index("locks");
	struct rlimit after;

	set_hard_limit(i, 100);
	want_limit(i, lowered_cases[_i].soft, lowered_cases[_i].hard);
	build();
	if (geteuid() == 0)
		become_somebody();
	ck_assert_int_eq(apply(), 0);
	after = get_limit(i);
	ck_assert_uint_eq(after.rlim_cur, lowered_cases[_i].after_soft);
	ck_assert_uint_eq(after.rlim_max, lowered_cases[_i].after_hard);
	ck_assert_uint_eq(report.n, lowered_cases[_i].lowered ? 1 : 0);
	if (lowered_cases[_i].lowered) {
		ck_assert_int_eq(report.problems[0].severity, HEEL_NOTE);
		ck_assert_uint_eq(report.problems[0].at.line, here.line);
		ck_assert_ptr_nonnull(strstr(report.problems[0].text, "locks"));
		ck_assert_ptr_nonnull(strstr(report.problems[0].text, "100"));
	}
	ck_assert(is_confined());
}
END_TEST

/* In a container, root may be without this privilege. */
static bool may_raise(size_t i)
{
	const struct rlimit higher = {200, 200};
	pid_t child = fork();
	int status;

	ck_assert_int_ge(child, 0);
	if (child == 0)
		_exit(setrlimit((__rlimit_resource_t)heel_limit(i)->resource, &higher));
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	return status == 0;
}

START_TEST(root_raises_a_limit)
{
	const size_t i = limit_index("locks");
	struct rlimit after;

	set_hard_limit(i, 100);
	if (!may_raise(i)) {
		(void)fprintf(stderr, "# SKIP raising a limit: root may not here\n");
		return;
	}
	want_limit(i, 200, 300);
	build();
	ck_assert_int_eq(apply(), 0);
	after = get_limit(i);
	ck_assert_uint_eq(after.rlim_cur, 200);
	ck_assert_uint_eq(after.rlim_max, 300);
	ck_assert_uint_eq(report.n, 0);
}
END_TEST

/* Even root cannot have more descriptors than fs.nr_open. */
START_TEST(limit_above_the_systems_is_lowered_and_noted)
{
	const size_t i = limit_index("nofile");
	struct rlimit before = get_limit(i), after;

	want_limit(i, HEEL_LIMIT_INFINITY, HEEL_LIMIT_INFINITY);
	build();
	ck_assert_int_eq(apply(), 0);
	after = get_limit(i);
	ck_assert_uint_eq(after.rlim_max, before.rlim_max);
	ck_assert_uint_eq(after.rlim_cur, before.rlim_max);
	ck_assert_uint_eq(heel_count(&report, HEEL_NOTE), 1);
}
END_TEST

START_TEST(limit_that_cannot_be_set_is_an_error_before_all_else)
{
	const size_t i = limit_index("locks");
	struct rlimit before = get_limit(i), after;

	(void)umask(022);
	policy.has_umask = true;
	policy.umask = 077;
	want_limit(i, 20, 10); /* the soft one above the hard one */
	build();
	ck_assert_int_eq(apply(), -EINVAL);
	ck_assert_uint_eq(heel_first_error(&report)->at.line, here.line);
	ck_assert_ptr_nonnull(strstr(heel_first_error(&report)->text, "locks"));
	after = get_limit(i);
	ck_assert_uint_eq(after.rlim_cur, before.rlim_cur);
	ck_assert(!is_confined());
	ck_assert(!has_no_new_privs());
	ck_assert_uint_eq(umask(0), 022);
}
END_TEST

static void add_root_cases(Suite *suite)
{
	TCase *tcase = tcase_create("apply as root");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, without_no_new_privs_root_is_confined_all_the_same);
	tcase_add_test(tcase, root_raises_a_limit);
	suite_add_tcase(suite, tcase);
}

int main(void)
{
	Suite *suite = suite_create("apply");
	TCase *tcase = tcase_create("apply");

	heel_kernel_query(&kernel);
	if (kernel.abi < HEEL_ABI_OLDEST)
		return test_skip_all("this kernel has no Landlock that heel can use");
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, process_is_confined_for_good);
	tcase_add_test(tcase, children_are_confined_too);
	tcase_add_test(tcase, sixteen_domains_can_be_nested_and_no_more);
	tcase_add_test(tcase, ruleset_that_is_none_is_an_error);
	tcase_add_test(tcase, flags_that_the_kernel_does_not_know_are_an_error);
	tcase_add_loop_test(tcase, umask_is_the_policys_or_stays, 0,
			    HEEL_ARRAY_SIZE(masks));
	tcase_add_test(tcase, without_no_new_privs_others_are_refused);
	tcase_add_loop_test(tcase, limit_is_set_soft_and_hard, 0,
			    HEEL_ARRAY_SIZE(limit_cases));
	tcase_add_test(tcase, every_limit_is_tried);
	tcase_add_test(tcase, other_limits_stay);
	tcase_add_loop_test(tcase, limit_above_the_present_hard_one_is_lowered_and_noted,
			    0, HEEL_ARRAY_SIZE(lowered_cases));
	tcase_add_test(tcase, limit_above_the_systems_is_lowered_and_noted);
	tcase_add_test(tcase, limit_that_cannot_be_set_is_an_error_before_all_else);
	suite_add_tcase(suite, tcase);
	if (geteuid() == 0)
		add_root_cases(suite);
	else
		(void)fprintf(stderr, "# SKIP root without no_new_privs, raising a "
				      "limit: they need root\n");
	return test_run(suite);
}
