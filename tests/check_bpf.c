/* SPDX-License-Identifier: ISC */
/*
 * What the filter of a policy answers to system calls, found out without a kernel: each
 * restriction alone and with all others, every call of the machine, the arguments that
 * matter, the bits above those that the kernel looks at, and calls of other ABIs.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "compile.h"
#include "family.h"
#include "sim.h"
#include "test.h"

#define OWN   1234
#define OTHER 1235

/* Beyond what is written, bits that the kernel does not look at in an int. */
#define ABOVE (UINT64_C(1) << 32)

static struct heel_arena arena;
static struct heel_report report;
static struct heel_policy policy;
static struct heel_filter filter;
static const struct heel_program *programs;
static size_t n_programs;

static struct heel_port_range web = {443, 443, {"p.conf", 1}};
static struct heel_port_range zero = {0, 0, {"p.conf", 1}};

static const struct heel_origin here = {"p.conf", 7};

/* Nothing is denied, as far as a policy can say so. */
static void setup(void)
{
	arena = (struct heel_arena){0};
	report = (struct heel_report){0};
	policy = (struct heel_policy){
		.profile = "p",
		.shell = "/bin/sh",
		.no_new_privs = true,
		.families = UINT64_MAX,
		.uid = OWN,
		.gid = OWN,
	};
	for (enum heel_port_kind kind = 0; kind < HEEL_PORT_KINDS; kind++)
		policy.ports[kind].any = true;
}

static void teardown(void)
{
	heel_report_free(&report);
	heel_arena_free(&arena);
}

/* For a test that goes on with another policy. */
static void start_anew(void)
{
	teardown();
	setup();
}

static void assemble(void)
{
	filter = (struct heel_filter){0};
	ck_assert_int_eq(heel_make_filter(&arena, &policy, &filter, &report), 0);
	ck_assert_int_eq(heel_assemble(&arena, &filter, &programs, &n_programs, &report),
			 0);
	ck_assert_uint_eq(report.n, 0);
	for (size_t i = 0; i < n_programs; i++)
		ck_assert_msg(!sim_refuses(&programs[i]), "program %zu: %s", i,
			      sim_refuses(&programs[i]));
}

static void restrict_only(enum heel_restriction_id id)
{
	policy.restrictions[id].on = true;
	assemble();
}

static void restrict_all_but(enum heel_restriction_id id)
{
	for (size_t i = 0; i < HEEL_RESTRICTIONS; i++)
		policy.restrictions[i].on = i != id;
	assemble();
}

static void restrict_all(void)
{
	restrict_all_but(HEEL_RESTRICTIONS);
}

static int answer(uint32_t token, int number, const uint64_t *args, bool *ret_logged)
{
	struct seccomp_data data = {.nr = number, .arch = token};

	memcpy(data.args, args, 4 * sizeof(*args));
	return sim_call(programs, n_programs, &data, ret_logged);
}

static int number_of(enum heel_arch arch, const char *call)
{
	int number = heel_syscall_number(arch, call);

	ck_assert_msg(number >= 0, "%s", call);
	return number;
}

static int answer_to(const char *call, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	const uint64_t args[] = {a, b, c, d};

	return answer(heel_arch_token(HEEL_ARCH_NATIVE),
		      number_of(HEEL_ARCH_NATIVE, call), args, NULL);
}

/* --- Every call --------------------------------------------------------------------- */

/* What is denied whatever its arguments: by hand, from SPEC section 5. */
static const struct {
	enum heel_restriction_id id;
	int error;
	const char *calls;
} always[] = {
	{HEEL_RESTRICT_DEBUG, EPERM,
	 "ptrace process_vm_readv process_vm_writev pidfd_getfd kcmp process_madvise"},
	{HEEL_RESTRICT_PERF, EPERM, "perf_event_open"},
	{HEEL_RESTRICT_NAMESPACES, EPERM, "setns"},
	{HEEL_RESTRICT_NAMESPACES, ENOSYS, "clone3"},
	{HEEL_RESTRICT_MOUNT, EPERM, "mount umount2 pivot_root chroot"},
	{HEEL_RESTRICT_MOUNT, ENOSYS,
	 "open_tree open_tree_attr move_mount fsopen fsconfig fsmount fspick "
	 "mount_setattr"},
	{HEEL_RESTRICT_IO_URING, ENOSYS,
	 "io_uring_setup io_uring_enter io_uring_register"},
	{HEEL_RESTRICT_KERNEL, EPERM,
	 "bpf init_module finit_module delete_module create_module query_module "
	 "get_kernel_syms kexec_load kexec_file_load reboot swapon swapoff acct quotactl "
	 "quotactl_fd iopl ioperm syslog userfaultfd open_by_handle_at fanotify_init "
	 "lookup_dcookie"},
	{HEEL_RESTRICT_CLOCK, EPERM, "clock_settime settimeofday adjtimex clock_adjtime"},
	{HEEL_RESTRICT_KEYRING, EPERM, "add_key request_key keyctl"},
	{HEEL_RESTRICT_OTHER_PROCESSES, EPERM, "migrate_pages move_pages"},
	{HEEL_RESTRICT_SETUID_BITS, ENOSYS, "openat2"},
	{HEEL_RESTRICT_METADATA, EPERM,
	 "chmod fchmod fchmodat fchmodat2 chown fchown lchown fchownat utime utimes "
	 "futimesat utimensat setxattr lsetxattr fsetxattr setxattrat removexattr "
	 "lremovexattr fremovexattr removexattrat file_setattr"},
	{HEEL_RESTRICT_FILELESS_EXEC, EPERM, "memfd_create execveat"},
	{HEEL_RESTRICT_SYSV_IPC, EPERM,
	 "shmget shmat shmdt shmctl semget semop semtimedop semctl msgget msgsnd msgrcv "
	 "msgctl"},
	{HEEL_RESTRICT_REALTIME, ENOSYS, "sched_setattr"},
	{HEEL_RESTRICT_SETID_CALLS, EPERM, "setgroups"},
};

static bool has_word(const char *words, const char *word)
{
	const size_t length = strlen(word);

	for (const char *at = words; (at = strstr(at, word)); at += length)
		if ((at == words || at[-1] == ' ') &&
		    (at[length] == ' ' || at[length] == '\0'))
			return true;
	return false;
}

static int always_denied(enum heel_restriction_id id, const char *call)
{
	for (size_t i = 0; i < HEEL_ARRAY_SIZE(always); i++)
		if (always[i].id == id && call && has_word(always[i].calls, call))
			return always[i].error;
	return 0;
}

/* Arguments that no rule with conditions denies, but for calls that are left out below.
 */
static const uint64_t harmless[4];

/* Calls that deny some arguments; each is in the table of arguments below. */
static const char conditional[] =
	"socket setuid setgid setreuid setregid setresuid setresgid setfsuid setfsgid "
	"personality sched_setscheduler prlimit64 clone unshare";

START_TEST(restriction_denies_its_calls_and_no_other)
{
	enum heel_restriction_id id = (enum heel_restriction_id)_i;

	restrict_only(id);
	for (int number = 0; number < 480; number++) {
		const char *call = heel_syscall_name(&arena, HEEL_ARCH_NATIVE, number);
		bool unknown = number > 471 || (number >= 337 && number <= 423);
		int wanted = always_denied(id, call);

		if (id == HEEL_RESTRICT_UNKNOWN_SYSCALLS && unknown)
			wanted = ENOSYS;
		if (call && has_word(conditional, call))
			continue;
		ck_assert_msg(answer(heel_arch_token(HEEL_ARCH_NATIVE), number, harmless,
				     NULL) == wanted,
			      "%d (%s)", number, call ? call : "-");
	}
}
END_TEST

START_TEST(nothing_is_denied_where_nothing_is_restricted)
{
	assemble();
	for (int number = 0; number < 500; number++)
		for (uint64_t argument = 0; argument < 2; argument++) {
			const uint64_t args[] = {argument, argument - 1, 0, 0};

			ck_assert_int_eq(answer(heel_arch_token(HEEL_ARCH_NATIVE), number,
						args, NULL),
					 0);
		}
}
END_TEST

START_TEST(every_call_of_the_lists_has_a_number)
{
	for (size_t i = 0; i < HEEL_ARRAY_SIZE(always); i++) {
		const char *word = always[i].calls;

		for (; *word; word += strspn(word, " ")) {
			size_t length = strcspn(word, " ");

			(void)number_of(HEEL_ARCH_NATIVE,
					test_format("%.*s", (int)length, word));
			word += length;
		}
	}
}
END_TEST

/* --- Arguments ---------------------------------------------------------------------- */

struct row {
	enum heel_restriction_id id;
	const char *call;
	uint64_t args[4];
	int error; /* 0: still allowed */
};

#define NAMESPACE(flag)                                                                  \
	{HEEL_RESTRICT_NAMESPACES, "clone", {flag}, EPERM},                              \
		{HEEL_RESTRICT_NAMESPACES, "clone", {(flag) | 0x11 | CLONE_VM}, EPERM},  \
		{HEEL_RESTRICT_NAMESPACES, "unshare", {flag}, EPERM},                    \
		{HEEL_RESTRICT_NAMESPACES, "unshare", {(flag) | CLONE_FS}, EPERM},       \
	{                                                                                \
		HEEL_RESTRICT_NAMESPACES, "unshare", {(flag) | CLONE_NEWUSER}, EPERM     \
	}

/* With the bit that is denied, and without it. */
#define WITHOUT(value, bit) ((uint64_t)(value) & ~(uint64_t)(bit))
#define MODE(call, a, b, c, d, bit)                                                      \
	{HEEL_RESTRICT_SETUID_BITS, call, {a, b, c, d}, EPERM},                          \
	{                                                                                \
		HEEL_RESTRICT_SETUID_BITS, call,                                         \
			{a, WITHOUT(b, bit), WITHOUT(c, bit), WITHOUT(d, bit)}, 0        \
	}

/* Every condition, on both sides of it. */
static const struct row rows[] = {
	NAMESPACE(CLONE_NEWNS),
	NAMESPACE(CLONE_NEWCGROUP),
	NAMESPACE(CLONE_NEWUTS),
	NAMESPACE(CLONE_NEWIPC),
	NAMESPACE(CLONE_NEWUSER),
	NAMESPACE(CLONE_NEWPID),
	NAMESPACE(CLONE_NEWNET),
	{HEEL_RESTRICT_NAMESPACES, "unshare", {0x80}, EPERM},
	{HEEL_RESTRICT_NAMESPACES, "unshare", {0x100000}, EPERM},
	{HEEL_RESTRICT_NAMESPACES, "clone", {0x100000}, 0},
	{HEEL_RESTRICT_NAMESPACES, "clone", {0x80}, 0},
	{HEEL_RESTRICT_NAMESPACES, "clone", {0x1200011}, 0},
	{HEEL_RESTRICT_NAMESPACES, "clone", {0x3d0f00}, 0}, /* a thread */
	{HEEL_RESTRICT_NAMESPACES,
	 "unshare",
	 {CLONE_FS | CLONE_FILES | CLONE_SYSVSEM},
	 0},
	{HEEL_RESTRICT_NAMESPACES, "fork", {0}, 0},
	{HEEL_RESTRICT_NAMESPACES, "vfork", {0}, 0},

	{HEEL_RESTRICT_PERSONALITY, "personality", {0}, 0},
	{HEEL_RESTRICT_PERSONALITY, "personality", {0xffffffff}, 0},
	{HEEL_RESTRICT_PERSONALITY, "personality", {UINT64_MAX}, 0},
	{HEEL_RESTRICT_PERSONALITY, "personality", {0x8}, 0},
	{HEEL_RESTRICT_PERSONALITY, "personality", {0x20000}, 0},
	{HEEL_RESTRICT_PERSONALITY, "personality", {0x20008}, 0},
	{HEEL_RESTRICT_PERSONALITY, "personality", {0x0400000}, EPERM},
	{HEEL_RESTRICT_PERSONALITY, "personality", {0x0100000}, EPERM},
	{HEEL_RESTRICT_PERSONALITY, "personality", {0x1}, EPERM},
	{HEEL_RESTRICT_PERSONALITY, "personality", {0x28}, EPERM},
	{HEEL_RESTRICT_PERSONALITY, "personality", {0x80000000}, EPERM},
	{HEEL_RESTRICT_PERSONALITY, "personality", {0xfffffffe}, EPERM},

	{HEEL_RESTRICT_TTY_INJECTION, "ioctl", {0, TIOCSTI}, EPERM},
	{HEEL_RESTRICT_TTY_INJECTION, "ioctl", {0, TIOCLINUX}, EPERM},
	{HEEL_RESTRICT_TTY_INJECTION, "ioctl", {0, TIOCSETD}, EPERM},
	{HEEL_RESTRICT_TTY_INJECTION, "ioctl", {0, TIOCCONS}, EPERM},
	{HEEL_RESTRICT_TTY_INJECTION, "ioctl", {TIOCSTI, TIOCGWINSZ}, 0},
	{HEEL_RESTRICT_TTY_INJECTION, "ioctl", {0, TCGETS}, 0},
	{HEEL_RESTRICT_TTY_INJECTION, "ioctl", {0, TIOCSCTTY}, 0},

	{HEEL_RESTRICT_OTHER_PROCESSES, "prlimit64", {0, 0, 4096, 0}, 0},
	{HEEL_RESTRICT_OTHER_PROCESSES, "prlimit64", {1, 0, 0, 4096}, 0},
	{HEEL_RESTRICT_OTHER_PROCESSES, "prlimit64", {1, 0, 4096, 0}, EPERM},
	{HEEL_RESTRICT_OTHER_PROCESSES, "prlimit64", {1, 0, ABOVE, 0}, EPERM},
	{HEEL_RESTRICT_OTHER_PROCESSES, "sched_setaffinity", {1}, 0},
	{HEEL_RESTRICT_OTHER_PROCESSES, "setpriority", {0, 1}, 0},
	{HEEL_RESTRICT_OTHER_PROCESSES, "setrlimit", {0}, 0},

	{HEEL_RESTRICT_DEVICE_NODES, "mknod", {0, S_IFCHR | 0600}, EPERM},
	{HEEL_RESTRICT_DEVICE_NODES, "mknod", {0, S_IFBLK | 0600}, EPERM},
	{HEEL_RESTRICT_DEVICE_NODES, "mknod", {0, S_IFIFO | 0600}, 0},
	{HEEL_RESTRICT_DEVICE_NODES, "mknod", {0, S_IFREG | 0600}, 0},
	{HEEL_RESTRICT_DEVICE_NODES, "mknod", {0, S_IFSOCK | 0600}, 0},
	{HEEL_RESTRICT_DEVICE_NODES, "mknodat", {0, 0, S_IFCHR | 0600}, EPERM},
	{HEEL_RESTRICT_DEVICE_NODES, "mknodat", {0, 0, S_IFBLK | 0600}, EPERM},
	{HEEL_RESTRICT_DEVICE_NODES, "mknodat", {0, S_IFBLK, S_IFIFO | 0600}, 0},

	MODE("chmod", 0, 04755, 0, 0, 04000),
	MODE("chmod", 0, 02755, 0, 0, 02000),
	MODE("chmod", 0, 06755, 0, 0, 06000),
	MODE("fchmod", 0, 04755, 0, 0, 04000),
	MODE("fchmod", 0, 02755, 0, 0, 02000),
	MODE("fchmodat", 0, 0, 04755, 0, 04000),
	MODE("fchmodat", 0, 0, 02755, 0, 02000),
	MODE("fchmodat2", 0, 0, 04755, 0, 04000),
	MODE("fchmodat2", 0, 0, 02755, 0, 02000),
	MODE("mknod", 0, S_IFREG | 04755, 0, 0, 04000),
	MODE("mknod", 0, S_IFREG | 02755, 0, 0, 02000),
	MODE("mknodat", 0, 0, S_IFREG | 04755, 0, 04000),
	MODE("mknodat", 0, 0, S_IFREG | 02755, 0, 02000),
	MODE("mq_open", 0, O_CREAT | O_RDWR, 04600, 0, 04000),
	MODE("mq_open", 0, O_CREAT | O_RDWR, 02600, 0, 02000),
	MODE("creat", 0, 04755, 0, 0, 04000),
	MODE("creat", 0, 02755, 0, 0, 02000),
	MODE("open", 0, O_CREAT | O_WRONLY, 04755, 0, 04000),
	MODE("open", 0, O_CREAT | O_WRONLY, 02755, 0, 02000),
	MODE("open", 0, O_TMPFILE | O_WRONLY, 04755, 0, 04000),
	MODE("open", 0, O_TMPFILE | O_WRONLY, 02755, 0, 02000),
	MODE("openat", 0, 0, O_CREAT | O_WRONLY, 04755, 04000),
	MODE("openat", 0, 0, O_CREAT | O_WRONLY, 02755, 02000),
	MODE("openat", 0, 0, O_TMPFILE | O_WRONLY, 04755, 04000),
	MODE("openat", 0, 0, O_TMPFILE | O_WRONLY, 02755, 02000),
	/* Without a file to make, the mode is whatever stood in the register. */
	{HEEL_RESTRICT_SETUID_BITS, "open", {0, O_RDONLY, 06755}, 0},
	{HEEL_RESTRICT_SETUID_BITS, "open", {0, O_DIRECTORY, 06755}, 0},
	{HEEL_RESTRICT_SETUID_BITS, "openat", {0, 0, O_DIRECTORY, 06755}, 0},
	{HEEL_RESTRICT_SETUID_BITS, "mkdir", {0, 02755}, 0},
	{HEEL_RESTRICT_SETUID_BITS, "chmod", {0, 01777}, 0},

	{HEEL_RESTRICT_METADATA, "ioctl", {0, 0x40086602}, EPERM},
	{HEEL_RESTRICT_METADATA, "ioctl", {0, 0x40046602}, EPERM},
	{HEEL_RESTRICT_METADATA, "ioctl", {0, 0x401c5820}, EPERM},
	{HEEL_RESTRICT_METADATA, "ioctl", {0, 0x40087602}, EPERM},
	{HEEL_RESTRICT_METADATA, "ioctl", {0, 0x40047602}, EPERM},
	{HEEL_RESTRICT_METADATA, "ioctl", {0, 0x40086604}, EPERM},
	{HEEL_RESTRICT_METADATA, "ioctl", {0, 0x40046604}, EPERM},
	{HEEL_RESTRICT_METADATA, "ioctl", {0, 0x40047211}, EPERM},
	{HEEL_RESTRICT_METADATA, "ioctl", {0, 0x80086601}, 0}, /* FS_IOC_GETFLAGS */

	{HEEL_RESTRICT_REALTIME, "sched_setscheduler", {0, SCHED_FIFO}, EPERM},
	{HEEL_RESTRICT_REALTIME, "sched_setscheduler", {0, SCHED_RR}, EPERM},
	{HEEL_RESTRICT_REALTIME, "sched_setscheduler", {0, 6}, EPERM},
	{HEEL_RESTRICT_REALTIME,
	 "sched_setscheduler",
	 {0, SCHED_FIFO | 0x40000000},
	 EPERM},
	{HEEL_RESTRICT_REALTIME, "sched_setscheduler", {0, SCHED_OTHER}, 0},
	{HEEL_RESTRICT_REALTIME, "sched_setscheduler", {SCHED_FIFO, SCHED_BATCH}, 0},
	{HEEL_RESTRICT_REALTIME, "sched_setscheduler", {0, SCHED_IDLE | 0x40000000}, 0},

	{HEEL_RESTRICT_SETID_CALLS, "setuid", {OWN}, 0},
	{HEEL_RESTRICT_SETID_CALLS, "setuid", {OTHER}, EPERM},
	{HEEL_RESTRICT_SETID_CALLS, "setuid", {0}, EPERM},
	{HEEL_RESTRICT_SETID_CALLS, "setgid", {OWN}, 0},
	{HEEL_RESTRICT_SETID_CALLS, "setgid", {OTHER}, EPERM},
	{HEEL_RESTRICT_SETID_CALLS, "setreuid", {0xffffffff, OWN}, 0},
	{HEEL_RESTRICT_SETID_CALLS, "setreuid", {UINT64_MAX, OWN}, 0},
	{HEEL_RESTRICT_SETID_CALLS, "setreuid", {OTHER, OWN}, EPERM},
	{HEEL_RESTRICT_SETID_CALLS, "setreuid", {OWN, OTHER}, EPERM},
	{HEEL_RESTRICT_SETID_CALLS, "setregid", {OWN, OTHER}, EPERM},
	{HEEL_RESTRICT_SETID_CALLS, "setregid", {OTHER, OWN}, EPERM},
	{HEEL_RESTRICT_SETID_CALLS, "setresuid", {OWN, OWN, OWN}, 0},
	{HEEL_RESTRICT_SETID_CALLS, "setresuid", {0xffffffff, 0xffffffff, 0xffffffff}, 0},
	{HEEL_RESTRICT_SETID_CALLS, "setresuid", {OTHER, OWN, OWN}, EPERM},
	{HEEL_RESTRICT_SETID_CALLS, "setresuid", {OWN, OTHER, OWN}, EPERM},
	{HEEL_RESTRICT_SETID_CALLS, "setresuid", {OWN, OWN, OTHER}, EPERM},
	{HEEL_RESTRICT_SETID_CALLS, "setresgid", {OWN, OWN, OTHER}, EPERM},
	{HEEL_RESTRICT_SETID_CALLS, "setresgid", {OTHER, OWN, OWN}, EPERM},
	{HEEL_RESTRICT_SETID_CALLS, "setresgid", {OWN, OTHER, 0xffffffff}, EPERM},
	{HEEL_RESTRICT_SETID_CALLS, "setresgid", {OWN, 0xffffffff, OWN}, 0},
	{HEEL_RESTRICT_SETID_CALLS, "setfsuid", {OTHER}, EPERM},
	{HEEL_RESTRICT_SETID_CALLS, "setfsuid", {0xffffffff}, 0},
	{HEEL_RESTRICT_SETID_CALLS, "setfsgid", {OTHER}, EPERM},
	{HEEL_RESTRICT_SETID_CALLS, "getuid", {OTHER}, 0},
};

static int answer_to_row(const struct row *row, uint64_t above)
{
	return answer_to(row->call, row->args[0] | above, row->args[1] | above,
			 row->args[2] | above, row->args[3] | above);
}

START_TEST(restriction_denies_the_arguments_that_matter)
{
	const struct row *row = &rows[_i];

	restrict_only(row->id);
	ck_assert_msg(answer_to_row(row, 0) == row->error, "%s", row->call);
	start_anew();
	restrict_all_but(row->id);
	if (strcmp(row->call, "prlimit64") != 0 && strcmp(row->call, "ioctl") != 0)
		return;
	ck_assert_msg(answer_to_row(row, 0) == 0, "%s where it is permitted", row->call);
}
END_TEST

/* A denial is not passed by setting bits that the kernel does not look at. */
START_TEST(upper_bits_do_not_help)
{
	const struct row *row = &rows[_i];
	static const uint64_t above[] = {ABOVE, UINT64_C(0x8000000000000000),
					 UINT64_C(0xffffffff00000000)};

	restrict_only(row->id);
	for (size_t i = 0; row->error != 0 && i < HEEL_ARRAY_SIZE(above); i++)
		ck_assert_msg(answer_to_row(row, above[i]) == row->error, "%s",
			      row->call);
}
END_TEST

/* All at once is no weaker than one alone: some other row may deny more. */
START_TEST(all_restrictions_together_deny_what_each_does)
{
	const struct row *row = &rows[_i];

	restrict_all();
	if (row->error != 0)
		ck_assert_msg(answer_to_row(row, 0) != 0, "%s", row->call);
}
END_TEST

START_TEST(debuggers_may_switch_address_randomisation_off)
{
	restrict_only(HEEL_RESTRICT_PERSONALITY);
	ck_assert_int_eq(answer_to("personality", 0x40000, 0, 0, 0), 0);
	ck_assert_int_eq(answer_to("personality", 0x60008, 0, 0, 0), 0);
	ck_assert_int_eq(answer_to("personality", 0x440000, 0, 0, 0), EPERM);
	policy.restrictions[HEEL_RESTRICT_DEBUG].on = true;
	assemble();
	ck_assert_int_eq(answer_to("personality", 0x40000, 0, 0, 0), EPERM);
	ck_assert_int_eq(answer_to("personality", 0x60008, 0, 0, 0), EPERM);
	ck_assert_int_eq(answer_to("personality", 0x20008, 0, 0, 0), 0);
}
END_TEST

/* --- Network ------------------------------------------------------------------------ */

static int socket_of(int family, int type, int protocol)
{
	const int plain = answer_to("socket", (uint64_t)family, (uint64_t)type,
				    (uint64_t)protocol, 0);
	const int flagged = answer_to("socket", (uint64_t)family,
				      (uint64_t)(type | SOCK_CLOEXEC | SOCK_NONBLOCK),
				      (uint64_t)protocol, 0);
	const int above = answer_to("socket", ABOVE | (uint64_t)family,
				    ABOVE | (uint64_t)type, (uint64_t)protocol, 0);

	ck_assert_int_eq(plain, flagged);
	ck_assert_int_eq(plain, above);
	return plain;
}

START_TEST(families_are_those_that_are_listed)
{
	policy.families = HEEL_FAMILY(AF_UNIX) | HEEL_FAMILY(AF_INET6);
	assemble();
	for (int family = 0; family < 80; family++) {
		bool listed = family == AF_UNIX || family == AF_INET6;

		for (int type = 1; type < 11; type++)
			ck_assert_int_eq(socket_of(family, type, 0),
					 listed ? 0 : EAFNOSUPPORT);
	}
	ck_assert_int_eq(socket_of(-1, SOCK_STREAM, 0), EAFNOSUPPORT);
	ck_assert_int_eq(answer_to("socketpair", AF_UNIX, SOCK_STREAM, 0, 0), 0);
	ck_assert_int_eq(answer_to("socketpair", AF_UNIX, SOCK_DGRAM, 0, 0), 0);
	ck_assert_int_eq(answer_to("socketpair", AF_INET6, SOCK_STREAM, 0, 0), 0);
	ck_assert_int_eq(answer_to("socketpair", 30, SOCK_STREAM, 0, 0), EAFNOSUPPORT);
	ck_assert_int_eq(answer_to("socketpair", ABOVE | 30, SOCK_STREAM, 0, 0),
			 EAFNOSUPPORT);
}
END_TEST

/* Pairs are for one's children; one of datagrams would reach sockets of others. */
START_TEST(pairs_do_not_lead_out_where_unix_is_not_listed)
{
	policy.families = HEEL_FAMILY(AF_INET);
	assemble();
	ck_assert_int_eq(answer_to("socketpair", AF_UNIX, SOCK_STREAM, 0, 0), 0);
	ck_assert_int_eq(
		answer_to("socketpair", AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, 0), 0);
	ck_assert_int_eq(answer_to("socketpair", AF_UNIX, SOCK_DGRAM, 0, 0),
			 EAFNOSUPPORT);
	ck_assert_int_eq(answer_to("socketpair", AF_UNIX, SOCK_RAW | SOCK_NONBLOCK, 0, 0),
			 EAFNOSUPPORT);
	ck_assert_int_eq(
		answer_to("socketpair", ABOVE | AF_UNIX, ABOVE | SOCK_DGRAM, 0, 0),
		EAFNOSUPPORT);
}
END_TEST

START_TEST(no_family_is_no_socket)
{
	policy.families = 0;
	restrict_all();
	for (int family = 0; family < 64; family++)
		ck_assert_int_eq(socket_of(family, SOCK_STREAM, 0), EAFNOSUPPORT);
}
END_TEST

/* The inet families with limited TCP ports, and UDP as it is. */
static void limit_tcp(bool unix_too)
{
	policy.families = HEEL_FAMILY(AF_INET) | HEEL_FAMILY(AF_INET6) |
			  HEEL_FAMILY(AF_PACKET) | HEEL_FAMILY(43);
	if (unix_too)
		policy.families |= HEEL_FAMILY(AF_UNIX);
	policy.ports[HEEL_TCP_CONNECT] = (struct heel_ports){.ranges = &web, .n = 1};
	policy.ports[HEEL_TCP_BIND] = (struct heel_ports){0};
}

static const struct {
	int type, protocol;
	int error;
} sockets[] = {
	{SOCK_STREAM, 0, 0},
	{SOCK_STREAM, 6, 0},
	{SOCK_STREAM, 262, EPROTONOSUPPORT}, /* MPTCP */
	{SOCK_STREAM, 256, EPROTONOSUPPORT}, /* SMC */
	{SOCK_STREAM, 132, EPROTONOSUPPORT}, /* SCTP */
	{SOCK_STREAM, 255, EPROTONOSUPPORT},
	{SOCK_STREAM, -1, EPROTONOSUPPORT},
	{SOCK_SEQPACKET, 132, EPROTONOSUPPORT},
	{SOCK_SEQPACKET, 0, EPROTONOSUPPORT},
	{SOCK_DCCP, 33, EPROTONOSUPPORT},
	{SOCK_RDM, 0, EPROTONOSUPPORT},
	{SOCK_RAW, 1, EPERM},
	{SOCK_RAW, 262, EPERM},
	{SOCK_RAW, 255, EPERM},
	{SOCK_DGRAM, 0, 0},
	{SOCK_DGRAM, 17, 0},
	{SOCK_DGRAM, 1, 0},
	{SOCK_DGRAM, 136, 0}, /* as UDP is not limited */
};

START_TEST(limited_tcp_is_tcp_alone)
{
	limit_tcp(true);
	restrict_only(HEEL_RESTRICT_RAW_NETWORK);
	ck_assert_int_eq(socket_of(AF_INET, sockets[_i].type, sockets[_i].protocol),
			 sockets[_i].error);
	ck_assert_int_eq(socket_of(AF_INET6, sockets[_i].type, sockets[_i].protocol),
			 sockets[_i].error);
	ck_assert_int_eq(socket_of(AF_UNIX, SOCK_SEQPACKET, 0), 0);
	ck_assert_int_eq(socket_of(AF_PACKET, SOCK_DGRAM, 0), EPERM);
	ck_assert_int_eq(socket_of(AF_INET, SOCK_PACKET, 0), EPERM);
	ck_assert_int_eq(socket_of(43, SOCK_STREAM, 0), EPROTONOSUPPORT);
}
END_TEST

START_TEST(protocols_are_free_where_tcp_is_or_where_they_are_permitted)
{
	/* Raw sockets are denied even so. */
	policy.families = HEEL_FAMILY(AF_INET);
	restrict_only(HEEL_RESTRICT_RAW_NETWORK);
	ck_assert_int_eq(socket_of(AF_INET, SOCK_STREAM, 262), 0);
	ck_assert_int_eq(socket_of(AF_INET, SOCK_RAW, 1), EPERM);
	start_anew();
	limit_tcp(true);
	restrict_all_but(HEEL_RESTRICT_RAW_NETWORK);
	ck_assert_int_eq(socket_of(AF_INET, SOCK_STREAM, 262), 0);
	ck_assert_int_eq(socket_of(AF_INET, SOCK_RAW, 1), 0);
	ck_assert_int_eq(socket_of(AF_PACKET, SOCK_RAW, 1), 0);
	ck_assert_int_eq(answer_to("sendto", 0, 0, 0, 0x20000000), 0);
}
END_TEST

/* SOCK_PACKET of inet is a packet socket, whatever is permitted. */
START_TEST(packet_sockets_have_no_second_door)
{
	policy.families = HEEL_FAMILY(AF_INET);
	assemble();
	ck_assert_int_eq(socket_of(AF_INET, SOCK_PACKET, 0), EAFNOSUPPORT);
	policy.families |= HEEL_FAMILY(AF_PACKET);
	assemble();
	ck_assert_int_eq(socket_of(AF_INET, SOCK_PACKET, 0), 0);
}
END_TEST

START_TEST(fast_open_is_denied_where_connecting_is_limited)
{
	static const struct {
		const char *call;
		unsigned int argument;
	} calls[] = {{"sendto", 3}, {"sendmsg", 2}, {"sendmmsg", 3}};

	for (size_t i = 0; i < HEEL_ARRAY_SIZE(calls); i++) {
		uint64_t args[4] = {0};

		start_anew();
		limit_tcp(true);
		restrict_only(HEEL_RESTRICT_RAW_NETWORK);
		ck_assert_int_eq(answer_to(calls[i].call, 0, 0, 0, 0), 0);
		args[calls[i].argument] = 0x20000000 | MSG_NOSIGNAL;
		ck_assert_int_eq(
			answer_to(calls[i].call, args[0], args[1], args[2], args[3]),
			EOPNOTSUPP);
		args[calls[i].argument] |= ABOVE;
		ck_assert_int_eq(
			answer_to(calls[i].call, args[0], args[1], args[2], args[3]),
			EOPNOTSUPP);
		policy.ports[HEEL_TCP_CONNECT].any = true;
		assemble();
		ck_assert_int_eq(
			answer_to(calls[i].call, args[0], args[1], args[2], args[3]), 0);
	}
}
END_TEST

START_TEST(tcp_is_not_turned_into_something_else)
{
	limit_tcp(true);
	restrict_only(HEEL_RESTRICT_RAW_NETWORK);
	ck_assert_int_eq(answer_to("setsockopt", 3, 6, 31, 0), ENOPROTOOPT);
	ck_assert_int_eq(answer_to("setsockopt", 3, 6 | ABOVE, 31 | ABOVE, 0),
			 ENOPROTOOPT);
	ck_assert_int_eq(answer_to("setsockopt", 3, 6, 1, 0), 0);
	ck_assert_int_eq(answer_to("setsockopt", 31, 1, 31, 0), 0);
}
END_TEST

START_TEST(no_port_is_no_socket)
{
	static const int families[] = {AF_INET, AF_INET6};

	for (size_t i = 0; i < HEEL_ARRAY_SIZE(families); i++) {
		start_anew();
		policy.ports[HEEL_TCP_CONNECT].any = false;
		policy.ports[HEEL_TCP_BIND].any = false;
		assemble();
		ck_assert_int_eq(socket_of(families[i], SOCK_STREAM, 0), EPERM);
		ck_assert_int_eq(socket_of(families[i], SOCK_STREAM, 262), EPERM);
		ck_assert_int_eq(socket_of(families[i], SOCK_DGRAM, 0), 0);
		ck_assert_int_eq(socket_of(AF_UNIX, SOCK_STREAM, 0), 0);
		policy.ports[HEEL_UDP_CONNECT].any = false;
		assemble();
		ck_assert_int_eq(socket_of(families[i], SOCK_DGRAM, 0), 0);
		policy.ports[HEEL_UDP_BIND].any = false;
		assemble();
		ck_assert_int_eq(socket_of(families[i], SOCK_DGRAM, 0), EPERM);
		ck_assert_int_eq(socket_of(families[i], SOCK_DGRAM, 136), EPERM);
		ck_assert_int_eq(socket_of(families[i], SOCK_DGRAM, 1), EPERM);
		ck_assert_int_eq(socket_of(AF_UNIX, SOCK_DGRAM, 0), 0);
	}
}
END_TEST

START_TEST(limited_udp_is_udp_and_echo)
{
	policy.ports[HEEL_UDP_CONNECT] = (struct heel_ports){.ranges = &web, .n = 1};
	restrict_only(HEEL_RESTRICT_RAW_NETWORK);
	ck_assert_int_eq(socket_of(AF_INET, SOCK_DGRAM, 0), 0);
	ck_assert_int_eq(socket_of(AF_INET, SOCK_DGRAM, 17), 0);
	ck_assert_int_eq(socket_of(AF_INET, SOCK_DGRAM, 1), 0);
	ck_assert_int_eq(socket_of(AF_INET6, SOCK_DGRAM, 58), 0);
	ck_assert_int_eq(socket_of(AF_INET, SOCK_DGRAM, 136), EPROTONOSUPPORT);
	ck_assert_int_eq(socket_of(AF_INET6, SOCK_DGRAM, 115), EPROTONOSUPPORT);
	ck_assert_int_eq(socket_of(AF_INET, SOCK_STREAM, 262), 0);
}
END_TEST

START_TEST(listening_is_denied_where_nothing_needs_it)
{
	limit_tcp(false);
	policy.families = HEEL_FAMILY(AF_INET) | HEEL_FAMILY(AF_NETLINK);
	assemble();
	ck_assert_int_eq(answer_to("listen", 3, 1, 0, 0), EPERM);
	policy.families |= HEEL_FAMILY(AF_UNIX);
	assemble();
	ck_assert_int_eq(answer_to("listen", 3, 1, 0, 0), 0);
	policy.families = HEEL_FAMILY(AF_INET) | HEEL_FAMILY(40);
	assemble();
	ck_assert_int_eq(answer_to("listen", 3, 1, 0, 0), 0);
	policy.families = HEEL_FAMILY(AF_INET);
	policy.ports[HEEL_TCP_BIND] = (struct heel_ports){.ranges = &zero, .n = 1};
	assemble();
	ck_assert_int_eq(answer_to("listen", 3, 1, 0, 0), 0);
	policy.ports[HEEL_TCP_BIND] = (struct heel_ports){.ranges = &web, .n = 1};
	assemble();
	ck_assert_int_eq(answer_to("listen", 3, 1, 0, 0), 0);
	ck_assert(heel_leaves_listen(&policy));
}
END_TEST

/* --- Other ABIs --------------------------------------------------------------------- */

#ifdef __x86_64__

static int answer_to_i386(const char *call, uint32_t a, uint32_t b, uint32_t c,
			  uint32_t d)
{
	const uint64_t args[] = {a, b, c, d};

	return answer(AUDIT_ARCH_I386, number_of(HEEL_ARCH_I386, call), args, NULL);
}

START_TEST(foreign_abi_has_no_calls)
{
	restrict_only(HEEL_RESTRICT_FOREIGN_ABI);
	ck_assert_uint_eq(n_programs, 2);
	for (int number = 0; number < 480; number++) {
		ck_assert_int_eq(answer(AUDIT_ARCH_I386, number, harmless, NULL), ENOSYS);
		ck_assert_int_eq(answer(AUDIT_ARCH_X86_64, number | (int)HEEL_X32_NUMBERS,
					harmless, NULL),
				 ENOSYS);
		ck_assert_int_eq(answer(AUDIT_ARCH_AARCH64, number, harmless, NULL),
				 ENOSYS);
	}
}
END_TEST

START_TEST(x32_is_never_permitted)
{
	restrict_all_but(HEEL_RESTRICT_FOREIGN_ABI);
	for (int number = 0; number < 600; number++)
		ck_assert_int_eq(answer(AUDIT_ARCH_X86_64, number | (int)HEEL_X32_NUMBERS,
					harmless, NULL),
				 ENOSYS);
	ck_assert_int_eq(answer(AUDIT_ARCH_X86_64, -1, harmless, NULL), ENOSYS);
}
END_TEST

START_TEST(i386_has_the_same_rules)
{
	restrict_all_but(HEEL_RESTRICT_FOREIGN_ABI);
	ck_assert_uint_eq(n_programs, 4);
	for (size_t i = 0; i < HEEL_ARRAY_SIZE(always); i++) {
		const char *word = always[i].calls;

		for (; *word; word += strspn(word, " ")) {
			size_t length = strcspn(word, " ");
			const char *call = test_format("%.*s", (int)length, word);
			int number = heel_syscall_number(HEEL_ARCH_I386, call);

			word += length;
			/* What i386 does not have, or only as a part of ipc(2). */
			if (number < 0 &&
			    has_word("kexec_file_load semop semtimedop", call))
				continue;
			ck_assert_msg(number >= 0, "%s", call);
			ck_assert_msg(answer_to_i386(call, OWN, OWN, OWN, 0) ==
					      always[i].error,
				      "%s", call);
		}
	}
}
END_TEST

/* Those that only i386 has, or that have one name and two numbers. */
static const struct {
	const char *call;
	uint32_t args[4];
	int error;
} of_i386[] = {
	{"socketcall", {1}, EAFNOSUPPORT},
	{"socketcall", {3}, EAFNOSUPPORT},
	{"ipc", {23}, EPERM},
	{"semtimedop_time64", {0}, EPERM},
	{"umount", {0}, EPERM},
	{"stime", {0}, EPERM},
	{"clock_settime64", {0}, EPERM},
	{"clock_adjtime64", {0}, EPERM},
	{"chown32", {0}, EPERM},
	{"fchown32", {0}, EPERM},
	{"lchown32", {0}, EPERM},
	{"utimensat_time64", {0}, EPERM},
	{"setgroups32", {0}, EPERM},
	{"setuid", {OWN}, 0},
	{"setuid", {OTHER}, EPERM},
	{"setuid32", {OWN}, 0},
	{"setuid32", {0}, EPERM},
	{"setresgid32", {OWN, OWN, OTHER}, EPERM},
	{"setresgid32", {OWN, UINT32_MAX, OWN}, 0},
	{"socket", {AF_UNIX, SOCK_STREAM}, 0},
	{"socket", {AF_INET, SOCK_STREAM}, EAFNOSUPPORT},
	{"socket", {AF_NETLINK, SOCK_RAW}, EAFNOSUPPORT},
	{"socketpair", {AF_UNIX, SOCK_STREAM}, 0},
	{"clone", {CLONE_NEWUSER}, EPERM},
	{"clone", {CLONE_VM | 17}, 0},
	{"unshare", {CLONE_NEWNET}, EPERM},
	{"ioctl", {0, TIOCSTI}, EPERM},
	{"ioctl", {0, TCGETS}, 0},
	{"personality", {0x400000}, EPERM},
	{"personality", {0}, 0},
	{"prlimit64", {1, 0, 1}, EPERM},
	{"prlimit64", {0, 0, 1}, 0},
	{"mknod", {0, S_IFBLK}, EPERM},
	{"open", {0, O_CREAT, 04755}, EPERM},
	{"open", {0, O_CREAT, 0755}, 0},
	{"sched_setscheduler", {0, SCHED_RR}, EPERM},
	{"getpid", {0}, 0},
	{"execve", {0}, 0},
};

START_TEST(i386_has_rules_for_its_own_calls)
{
	policy.families = HEEL_FAMILY(AF_UNIX);
	restrict_all_but(HEEL_RESTRICT_FOREIGN_ABI);
	ck_assert_msg(answer_to_i386(of_i386[_i].call, of_i386[_i].args[0],
				     of_i386[_i].args[1], of_i386[_i].args[2],
				     of_i386[_i].args[3]) == of_i386[_i].error,
		      "%s", of_i386[_i].call);
}
END_TEST

START_TEST(i386_has_the_network_of_the_policy)
{
	limit_tcp(false);
	restrict_all_but(HEEL_RESTRICT_FOREIGN_ABI);
	ck_assert_int_eq(answer_to_i386("socket", AF_INET, SOCK_STREAM, 0, 0), 0);
	ck_assert_int_eq(answer_to_i386("socket", AF_INET, SOCK_STREAM, 262, 0),
			 EPROTONOSUPPORT);
	ck_assert_int_eq(answer_to_i386("socket", AF_INET, SOCK_RAW | SOCK_CLOEXEC, 1, 0),
			 EPERM);
	ck_assert_int_eq(answer_to_i386("sendto", 0, 0, 0, 0x20000000), EOPNOTSUPP);
	ck_assert_int_eq(answer_to_i386("sendmmsg", 0, 0, 0, 0x20000000), EOPNOTSUPP);
	ck_assert_int_eq(answer_to_i386("setsockopt", 0, 6, 31, 0), ENOPROTOOPT);
	ck_assert_int_eq(answer_to_i386("listen", 0, 0, 0, 0), 0); /* AF_SMC */
}
END_TEST

START_TEST(i386_has_no_calls_that_heel_does_not_know)
{
	restrict_all_but(HEEL_RESTRICT_FOREIGN_ABI);
	ck_assert_int_eq(answer(AUDIT_ARCH_I386, 472, harmless, NULL), ENOSYS);
	ck_assert_int_eq(answer(AUDIT_ARCH_I386, 471, harmless, NULL), 0);
	ck_assert_int_eq(answer(AUDIT_ARCH_I386, 20, harmless, NULL), 0);
}
END_TEST

#endif

/* --- syscalls.deny ------------------------------------------------------------------ */

static void deny(const char *name)
{
	static struct heel_value value;

	value = (struct heel_value){.text = name, .from = here};
	policy.syscalls_deny = (struct heel_values){true, here, &value, 1};
	assemble();
}

static const struct {
	const char *name;
	const char *call;
	int error;
} denied[] = {
	{"mincore", "mincore", EPERM},
	{"mincore", "madvise", 0},
	{"setxattrat", "setxattrat", EPERM}, /* not in libseccomp 2.5.4 */
	{"listns", "listns", EPERM},
	{"@obsolete", "ustat", EPERM},
	{"@obsolete", "_sysctl", EPERM},
	{"@clock", "adjtimex", EPERM},
	{"@mount", "mount", EPERM},
	{"@mount", "fsopen", ENOSYS},
	{"@mount", "open_tree_attr", ENOSYS},
	{"@aio", "io_setup", EPERM},
	{"@aio", "io_uring_setup", ENOSYS},
	/* groups in groups */
	{"@privileged", "chown", EPERM},
	{"@privileged", "settimeofday", EPERM},
	{"@privileged", "capset", EPERM},
	{"@privileged", "reboot", EPERM},
	/* what is answered by what callers are prepared for */
	{"clone3", "clone3", ENOSYS},
	{"openat2", "openat2", ENOSYS},
	{"statx", "statx", ENOSYS},
	{"socket", "socket", EAFNOSUPPORT},
	{"@network-io", "socket", EAFNOSUPPORT},
	{"@network-io", "sendto", EPERM},
};

START_TEST(named_calls_are_denied)
{
	deny(denied[_i].name);
	ck_assert_int_eq(answer_to(denied[_i].call, 0, 0, 0, 0), denied[_i].error);
	ck_assert_int_eq(answer_to(denied[_i].call, 1, 2, 3, 4), denied[_i].error);
	start_anew();
	assemble();
	ck_assert_int_eq(answer_to(denied[_i].call, 1, 2, 3, 4), 0);
}
END_TEST

/* A name stands for all of its call, also where something denies a part. */
START_TEST(named_call_has_one_answer)
{
	limit_tcp(true);
	policy.restrictions[HEEL_RESTRICT_RAW_NETWORK].on = true;
	policy.restrictions[HEEL_RESTRICT_TTY_INJECTION].on = true;
	deny("ioctl");
	ck_assert_int_eq(answer_to("ioctl", 0, TIOCSTI, 0, 0), EPERM);
	ck_assert_int_eq(answer_to("ioctl", 0, TCGETS, 0, 0), EPERM);
	deny("socket");
	ck_assert_int_eq(socket_of(AF_INET, SOCK_STREAM, 0), EAFNOSUPPORT);
	ck_assert_int_eq(socket_of(AF_INET, SOCK_RAW, 0), EAFNOSUPPORT);
}
END_TEST

static const char *const needed[] = {"execve",	  "exit_group", "@default",
				     "@basic-io", "mmap",	"@system-service",
				     "read",	  "openat",	"@file-system",
				     "pread64",	  "newfstatat"};

START_TEST(what_no_session_can_begin_without_is_not_denied)
{
	struct heel_value value = {.text = needed[_i], .from = here};

	policy.syscalls_deny = (struct heel_values){true, here, &value, 1};
	ck_assert_int_eq(heel_make_filter(&arena, &policy, &filter, &report), -EINVAL);
	ck_assert_uint_eq(heel_first_error(&report)->at.line, here.line);
	ck_assert_ptr_nonnull(
		strstr(heel_first_error(&report)->text, "no session could begin"));
}
END_TEST

/* Every group but those can be denied, alone and with everything else. */
START_TEST(group_can_be_denied)
{
	const struct heel_syscall_group *groups;
	size_t n;

	groups = heel_syscall_groups(&n);
	for (size_t i = 0; i < n; i++) {
		bool is_needed = false;

		for (size_t j = 0; j < HEEL_ARRAY_SIZE(needed); j++)
			is_needed = is_needed || strcmp(needed[j], groups[i].name) == 0;
		start_anew();
		policy.families = HEEL_FAMILY(AF_UNIX);
		for (size_t j = 0; j < HEEL_RESTRICTIONS; j++)
			policy.restrictions[j].on = _i != 0;
		if (!is_needed)
			deny(groups[i].name);
	}
	start_anew();
}
END_TEST

/* --- The programs ------------------------------------------------------------------- */

/* Whoever starts a thread must not be written down for it. */
START_TEST(what_is_only_missing_is_not_logged)
{
	bool logged;

	restrict_all();
	for (int number = 0; number < 480; number++) {
		int error = answer(heel_arch_token(HEEL_ARCH_NATIVE), number, harmless,
				   &logged);

		ck_assert_msg(error == 0 || logged == (error != ENOSYS), "%d", number);
	}
	ck_assert_int_eq(answer(AUDIT_ARCH_I386, 20, harmless, &logged), ENOSYS);
	ck_assert(logged);
}
END_TEST

START_TEST(filter_is_the_same_on_every_kernel)
{
	const struct heel_plan *plan;
	const struct heel_kernel oldest = {.abi = 4, .seccomp = true};

	limit_tcp(true);
	restrict_all();
	ck_assert_int_eq(heel_compile(&arena, &policy, &oldest, &plan, &report), 0);
	for (int abi = 5; abi <= 11; abi++) {
		const struct heel_kernel kernel = {.abi = abi, .seccomp = true};
		const struct heel_plan *other;

		ck_assert_int_eq(heel_compile(&arena, &policy, &kernel, &other, &report),
				 0);
		ck_assert_uint_eq(other->n_programs, plan->n_programs);
		for (size_t i = 0; i < plan->n_programs; i++) {
			ck_assert_uint_eq(other->programs[i].n, plan->programs[i].n);
			ck_assert_mem_eq(other->programs[i].code, plan->programs[i].code,
					 plan->programs[i].n *
						 sizeof(*plan->programs[i].code));
		}
	}
}
END_TEST

START_TEST(filter_that_is_too_long_is_an_error)
{
	static struct heel_filter_rule rules[1200];
	const struct heel_filter long_filter = {.rules = rules,
						.n = HEEL_ARRAY_SIZE(rules)};
	static const uint32_t values[] = {1, 2};

	for (size_t i = 0; i < HEEL_ARRAY_SIZE(rules); i++)
		rules[i].denial = (struct heel_denial){
			"ioctl", EPERM, 1, {{1, HEEL_NONE_OF, 0, 0, values, 2}}};
	ck_assert_int_eq(
		heel_assemble(&arena, &long_filter, &programs, &n_programs, &report),
		-E2BIG);
	ck_assert_ptr_nonnull(strstr(heel_first_error(&report)->text, "4096"));
}
END_TEST

START_TEST(call_has_one_rule_or_only_rules_with_conditions)
{
	struct heel_value values[] = {{.text = "socket", .from = here},
				      {.text = "mincore", .from = here}};

	policy.syscalls_deny = (struct heel_values){true, here, values, 2};
	restrict_all();
	for (size_t i = 0; i < filter.n; i++)
		for (size_t j = i + 1; j < filter.n; j++) {
			const struct heel_denial *a = &filter.rules[i].denial;
			const struct heel_denial *b = &filter.rules[j].denial;

			if (strcmp(a->call, b->call) == 0)
				ck_assert_msg(a->n_conditions > 0 && b->n_conditions > 0,
					      "%s", a->call);
		}
}
END_TEST

/* --- Against the rules themselves --------------------------------------------------- */

/* A small generator of its own, so that a failure can be seen again. */
static uint64_t random_state;

static uint64_t next_random(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

static bool condition_holds(const struct heel_condition *condition, const uint64_t *args)
{
	uint64_t value = args[condition->argument];

	switch (condition->compare) {
	case HEEL_MASKED:
		return ((uint32_t)value & condition->mask) == condition->value;
	case HEEL_NOT_EQUAL:
		return value != condition->value;
	case HEEL_ABOVE:
		return value > condition->value;
	case HEEL_NONE_OF:
		for (size_t i = 0; i < condition->n_values; i++)
			if (condition->values[i] == (uint32_t)value)
				return false;
		return true;
	}
	return false;
}

/* What the rules say of a call, read one by one. */
static int answer_by_rules(const char *call, const uint64_t *args)
{
	int error = 0;

	for (size_t i = 0; i < filter.n; i++) {
		const struct heel_denial *denial = &filter.rules[i].denial;
		bool all = strcmp(denial->call, call) == 0;

		for (size_t j = 0; all && j < denial->n_conditions; j++)
			all = condition_holds(&denial->conditions[j], args);
		if (!all)
			continue;
		ck_assert_msg(error == 0 || error == denial->error, "%s", call);
		error = denial->error;
	}
	return error;
}

/* Values that rules are about, or one off, or nothing of the kind. */
static uint64_t random_argument(const struct heel_denial *denial)
{
	static const uint64_t common[] = {
		0,	    1,		2,	 3,	     5,		 6,
		10,	    43,		262,	 OWN,	     OTHER,	 06755,
		0xffffffff, UINT64_MAX, O_CREAT, 0x20000000, 0x40000000,
	};
	uint64_t value = common[next_random() % HEEL_ARRAY_SIZE(common)];

	if (denial->n_conditions > 0 && next_random() % 2) {
		const struct heel_condition *condition =
			&denial->conditions[next_random() % denial->n_conditions];

		value = condition->value + next_random() % 2;
	}
	if (next_random() % 4 == 0)
		value |= ABOVE;
	return value;
}

static void random_policy(void)
{
	start_anew();
	policy.families = next_random() & (next_random() | 0x406);
	for (size_t i = 0; i < HEEL_RESTRICTIONS; i++)
		policy.restrictions[i].on = next_random() % 3 != 0;
	policy.restrictions[HEEL_RESTRICT_FOREIGN_ABI].on = true;
	for (enum heel_port_kind kind = 0; kind < HEEL_PORT_KINDS; kind++) {
		policy.ports[kind].any = next_random() % 3 == 0;
		policy.ports[kind].ranges = &web;
		policy.ports[kind].n = next_random() % 2;
	}
}

START_TEST(programs_answer_as_the_rules_say)
{
	random_state = UINT64_C(0x9e3779b97f4a7c15) + (uint64_t)_i;
	for (int round = 0; round < 20; round++) {
		random_policy();
		assemble();
		for (int i = 0; i < 4000; i++) {
			const struct heel_denial *denial =
				&filter.rules[next_random() % filter.n].denial;
			uint64_t args[4];
			int number = heel_syscall_number(HEEL_ARCH_NATIVE, denial->call);

			for (size_t j = 0; j < 4; j++)
				args[j] = random_argument(denial);
			if (number < 0)
				continue;
			ck_assert_msg(
				answer(heel_arch_token(HEEL_ARCH_NATIVE), number, args,
				       NULL) == answer_by_rules(denial->call, args),
				"%s(%#llx, %#llx, %#llx, %#llx)", denial->call,
				(unsigned long long)args[0], (unsigned long long)args[1],
				(unsigned long long)args[2], (unsigned long long)args[3]);
		}
	}
	start_anew();
}
END_TEST

static void add_network_tests(TCase *tcase)
{
	tcase_add_test(tcase, families_are_those_that_are_listed);
	tcase_add_test(tcase, pairs_do_not_lead_out_where_unix_is_not_listed);
	tcase_add_test(tcase, no_family_is_no_socket);
	tcase_add_loop_test(tcase, limited_tcp_is_tcp_alone, 0, HEEL_ARRAY_SIZE(sockets));
	tcase_add_test(tcase,
		       protocols_are_free_where_tcp_is_or_where_they_are_permitted);
	tcase_add_test(tcase, packet_sockets_have_no_second_door);
	tcase_add_test(tcase, fast_open_is_denied_where_connecting_is_limited);
	tcase_add_test(tcase, tcp_is_not_turned_into_something_else);
	tcase_add_test(tcase, no_port_is_no_socket);
	tcase_add_test(tcase, limited_udp_is_udp_and_echo);
	tcase_add_test(tcase, listening_is_denied_where_nothing_needs_it);
}

static void add_abi_tests(TCase *tcase)
{
#ifdef __x86_64__
	tcase_add_test(tcase, foreign_abi_has_no_calls);
	tcase_add_test(tcase, x32_is_never_permitted);
	tcase_add_test(tcase, i386_has_the_same_rules);
	tcase_add_loop_test(tcase, i386_has_rules_for_its_own_calls, 0,
			    HEEL_ARRAY_SIZE(of_i386));
	tcase_add_test(tcase, i386_has_the_network_of_the_policy);
	tcase_add_test(tcase, i386_has_no_calls_that_heel_does_not_know);
#else
	(void)tcase;
#endif
}

int main(void)
{
	Suite *suite = suite_create("bpf");
	TCase *tcase = tcase_create("bpf");
	const int n = HEEL_ARRAY_SIZE(rows);

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, restriction_denies_its_calls_and_no_other, 0,
			    HEEL_RESTRICTIONS);
	tcase_add_test(tcase, nothing_is_denied_where_nothing_is_restricted);
	tcase_add_test(tcase, every_call_of_the_lists_has_a_number);
	tcase_add_loop_test(tcase, restriction_denies_the_arguments_that_matter, 0, n);
	tcase_add_loop_test(tcase, upper_bits_do_not_help, 0, n);
	tcase_add_loop_test(tcase, all_restrictions_together_deny_what_each_does, 0, n);
	tcase_add_test(tcase, debuggers_may_switch_address_randomisation_off);
	add_network_tests(tcase);
	add_abi_tests(tcase);
	tcase_add_loop_test(tcase, named_calls_are_denied, 0, HEEL_ARRAY_SIZE(denied));
	tcase_add_test(tcase, named_call_has_one_answer);
	tcase_add_loop_test(tcase, what_no_session_can_begin_without_is_not_denied, 0,
			    HEEL_ARRAY_SIZE(needed));
	tcase_add_loop_test(tcase, group_can_be_denied, 0, 2);
	tcase_add_test(tcase, what_is_only_missing_is_not_logged);
	tcase_add_test(tcase, filter_is_the_same_on_every_kernel);
	tcase_add_test(tcase, filter_that_is_too_long_is_an_error);
	tcase_add_test(tcase, call_has_one_rule_or_only_rules_with_conditions);
	tcase_add_loop_test(tcase, programs_answer_as_the_rules_say, 0, 10);
	suite_add_tcase(suite, tcase);
	return test_run(suite);
}
