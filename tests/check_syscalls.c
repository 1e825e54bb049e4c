/* SPDX-License-Identifier: ISC */
/* Names and numbers of system calls, their groups, and the names of socket families. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "family.h"
#include "syscalls.h"
#include "test.h"

static struct heel_arena arena;

static void teardown(void)
{
	heel_arena_free(&arena);
}

/* Numbers of the kernel's own tables, by hand; the same on all architectures. */
static const struct {
	const char *name;
	int number;
} numbers[] = {
	{"pidfd_send_signal", 424}, {"io_uring_setup", 425}, {"clone3", 435},
	{"openat2", 437},	    {"mount_setattr", 442},  {"quotactl_fd", 443},
	{"fchmodat2", 452},	    {"statmount", 457},	     {"mseal", 462},
	{"setxattrat", 463},	    {"removexattrat", 466},  {"open_tree_attr", 467},
	{"file_setattr", 469},	    {"listns", 470},	     {"rseq_slice_yield", 471},
	{"getpid", SYS_getpid},	    {"execve", SYS_execve},
};

START_TEST(call_has_its_number_and_the_number_its_name)
{
	const char *name = numbers[_i].name;

	ck_assert(heel_is_syscall(name));
	ck_assert_int_eq(heel_syscall_number(HEEL_ARCH_NATIVE, name), numbers[_i].number);
	ck_assert_str_eq(heel_syscall_name(&arena, HEEL_ARCH_NATIVE, numbers[_i].number),
			 name);
}
END_TEST

#ifdef __x86_64__
static const struct {
	const char *name;
	int number;
} of_i386[] = {
	{"socket", 359}, {"socketcall", 102}, {"ipc", 117},	   {"shmget", 395},
	{"getpid", 20},	 {"clone3", 435},     {"setuid", 23},	   {"setuid32", 213},
	{"mseal", 462},	 {"umount", 22},      {"listen", 363},	   {"sendmmsg", 345},
	{"stime", 25},	 {"uretprobe", -1},   {"arch_prctl", 384}, {"iopl", 110},
};

START_TEST(call_of_i386_has_its_own_number)
{
	ck_assert_int_eq(heel_syscall_number(HEEL_ARCH_I386, of_i386[_i].name),
			 of_i386[_i].number);
}
END_TEST

START_TEST(calls_that_only_others_have_have_no_number)
{
	ck_assert(heel_is_syscall("socketcall"));
	ck_assert_int_eq(heel_syscall_number(HEEL_ARCH_NATIVE, "socketcall"), -1);
	ck_assert_int_eq(heel_syscall_number(HEEL_ARCH_NATIVE, "stime"), -1);
	ck_assert_int_eq(heel_syscall_number(HEEL_ARCH_NATIVE, "uretprobe"), 335);
}
END_TEST
#endif

static const char *const unknown[] = {"", "@mount", "getpidd", "GETPID", " getpid", "39"};

START_TEST(other_words_are_no_calls)
{
	ck_assert(!heel_is_syscall(unknown[_i]));
	ck_assert_int_eq(heel_syscall_number(HEEL_ARCH_NATIVE, unknown[_i]), -1);
}
END_TEST

/* Every number that heel does not know is one that has no name, and the other way round.
 */
START_TEST(unknown_numbers_are_those_without_a_name)
{
	const struct heel_number_range *ranges;
	size_t n;

	ranges = heel_unknown_numbers(HEEL_ARCH_NATIVE, &n);
	ck_assert_uint_eq(ranges[n - 1].last, UINT32_MAX);
	for (size_t i = 0; i < n; i++) {
		ck_assert_uint_le(ranges[i].first, ranges[i].last);
		ck_assert_uint_gt(ranges[i].first, i > 0 ? ranges[i - 1].last : 0);
	}
	for (uint32_t number = 0; number < 600; number++) {
		bool is_unknown = false;

		for (size_t i = 0; i < n; i++)
			is_unknown = is_unknown || (ranges[i].first <= number &&
						    number <= ranges[i].last);
		if (is_unknown)
			ck_assert_ptr_null(
				heel_syscall_name(&arena, HEEL_ARCH_NATIVE, (int)number));
		else if (number > 423)
			ck_assert_ptr_nonnull(
				heel_syscall_name(&arena, HEEL_ARCH_NATIVE, (int)number));
	}
}
END_TEST

/* --- Groups --- */

struct seen {
	size_t n;
	const char *wanted;
	size_t found;
};

static int look(const char *call, void *context)
{
	struct seen *seen = context;

	seen->n++;
	if (seen->wanted && strcmp(call, seen->wanted) == 0)
		seen->found++;
	return 0;
}

static const struct {
	const char *name;
	size_t members; /* those of groups in it included */
	const char *has;
} groups[] = {
	{"@default", 70, "seccomp"},
	{"@aio", 10, "io_uring_setup"},
	{"@basic-io", 18, "writev"},
	{"@chown", 7, "fchownat"},
	{"@clock", 6, "clock_settime"},
	{"@cpu-emulation", 5, "modify_ldt"},
	{"@debug", 7, "ptrace"},
	{"@file-system", 88, "setxattrat"},
	{"@io-event", 17, "epoll_ctl"},
	{"@ipc", 28, "shmget"},
	{"@keyring", 3, "keyctl"},
	{"@memlock", 5, "mlock2"},
	{"@module", 3, "finit_module"},
	{"@mount", 12, "open_tree_attr"},
	{"@network-io", 22, "socket"},
	{"@obsolete", 27, "uselib"},
	{"@pkey", 3, "pkey_alloc"},
	{"@privileged", 53, "kexec_load"},
	{"@process", 22, "clone3"},
	{"@raw-io", 7, "iopl"},
	{"@reboot", 3, "reboot"},
	{"@resources", 13, "sched_setattr"},
	{"@sandbox", 4, "seccomp"},
	{"@setuid", 14, "setgroups"},
	{"@signal", 14, "signalfd"},
	{"@swap", 2, "swapon"},
	{"@sync", 7, "fsync"},
	{"@system-service", 395, "mq_open"},
	{"@timer", 16, "timerfd_create"},
};

START_TEST(group_has_its_members)
{
	struct seen seen = {.wanted = groups[_i].has};

	ck_assert_ptr_nonnull(heel_syscall_group(groups[_i].name));
	ck_assert_int_eq(heel_visit_syscalls(&arena, groups[_i].name, look, &seen), 0);
	ck_assert_uint_gt(seen.found, 0);
	/* A call may be in two of the groups that are in one. */
	ck_assert_uint_ge(seen.n, groups[_i].members);
	ck_assert_uint_le(seen.n, groups[_i].members + 40);
}
END_TEST

START_TEST(groups_are_these)
{
	size_t n;

	(void)heel_syscall_groups(&n);
	ck_assert_uint_eq(n, HEEL_ARRAY_SIZE(groups));
	ck_assert_ptr_null(heel_syscall_group("@known"));
	ck_assert_ptr_null(heel_syscall_group("mount"));
}
END_TEST

/* A member that nobody knows would be passed over: each must be a call of something. */
static int must_be_known(const char *call, void *context)
{
	static const char *const of_others[] = {
		/* aliases, and calls of architectures that an old libseccomp lacks */
		"fstatat", "newfstat", "llseek", "riscv_hwprobe", "uretprobe",
	};

	(void)context;
	for (size_t i = 0; i < HEEL_ARRAY_SIZE(of_others); i++)
		if (strcmp(of_others[i], call) == 0)
			return 0;
	ck_assert_msg(heel_is_syscall(call), "%s", call);
	return 0;
}

START_TEST(members_are_calls)
{
	ck_assert_int_eq(
		heel_visit_syscalls(&arena, groups[_i].name, must_be_known, NULL), 0);
}
END_TEST

static int stop(const char *call, void *context)
{
	(void)call;
	(void)context;
	return -EINTR;
}

START_TEST(visit_ends_at_the_first_error)
{
	ck_assert_int_eq(heel_visit_syscalls(&arena, "@privileged", stop, NULL), -EINTR);
	ck_assert_int_eq(heel_visit_syscalls(&arena, "getpid", stop, NULL), -EINTR);
}
END_TEST

/* --- Families --- */

static const struct {
	const char *name;
	int number;
} families[] = {
	{"unix", AF_UNIX},
	{"inet", AF_INET},
	{"inet6", AF_INET6},
	{"netlink", AF_NETLINK},
	{"packet", AF_PACKET},
	{"can", AF_CAN},
	{"bluetooth", AF_BLUETOOTH},
	{"alg", AF_ALG},
	{"vsock", AF_VSOCK},
	{"kcm", AF_KCM},
	{"qipcrtr", AF_QIPCRTR},
	{"smc", AF_SMC},
	{"xdp", AF_XDP},
	{"rds", AF_RDS},
	{"tipc", AF_TIPC},
	{"rxrpc", AF_RXRPC},
	{"key", AF_KEY},
	{"decnet", AF_DECnet},
	{"pppox", AF_PPPOX},
	{"wanpipe", AF_WANPIPE},
	{"ieee802154", AF_IEEE802154},
	{"llc", AF_LLC},
	{"nfc", AF_NFC},
};

START_TEST(family_has_the_number_of_the_system)
{
	ck_assert_int_eq(heel_family_by_name(families[_i].name), families[_i].number);
}
END_TEST

START_TEST(families_are_in_order_and_fit_a_set)
{
	const struct heel_family *all;
	size_t n;

	all = heel_families(&n);
	for (size_t i = 0; i < n; i++)
		ck_assert_int_eq(all[i].number, (int)i + 1);
	ck_assert_uint_lt(n, 64);
	ck_assert_int_eq(heel_family_by_name("AF_INET"), -1);
	ck_assert_int_eq(heel_family_by_name("local"), -1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("syscalls");
	TCase *tcase = tcase_create("syscalls");
	const int n_groups = HEEL_ARRAY_SIZE(groups);

	tcase_add_checked_fixture(tcase, NULL, teardown);
	tcase_add_loop_test(tcase, call_has_its_number_and_the_number_its_name, 0,
			    HEEL_ARRAY_SIZE(numbers));
#ifdef __x86_64__
	tcase_add_loop_test(tcase, call_of_i386_has_its_own_number, 0,
			    HEEL_ARRAY_SIZE(of_i386));
	tcase_add_test(tcase, calls_that_only_others_have_have_no_number);
#endif
	tcase_add_loop_test(tcase, other_words_are_no_calls, 0, HEEL_ARRAY_SIZE(unknown));
	tcase_add_test(tcase, unknown_numbers_are_those_without_a_name);
	tcase_add_loop_test(tcase, group_has_its_members, 0, n_groups);
	tcase_add_test(tcase, groups_are_these);
	tcase_add_loop_test(tcase, members_are_calls, 0, n_groups);
	tcase_add_test(tcase, visit_ends_at_the_first_error);
	tcase_add_loop_test(tcase, family_has_the_number_of_the_system, 0,
			    HEEL_ARRAY_SIZE(families));
	tcase_add_test(tcase, families_are_in_order_and_fit_a_set);
	suite_add_tcase(suite, tcase);
	return test_run(suite);
}
