/* SPDX-License-Identifier: ISC */
/*
 * What is found out about the running kernel, and the self-test: on this kernel, and on
 * kernels that refuse, lie, crash or hang, which a system call filter makes up.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>

#include "access.h"
#include "kernel.h"
#include "landlock_uapi.h"
#include "test.h"

TEST_LIVE_PROGRAM

static struct heel_kernel kernel;
static struct heel_trial trials[HEEL_TRIALS];
static struct heel_report report;

static void setup(void)
{
	report = (struct heel_report){0};
	heel_kernel_query(&kernel);
}

static void teardown(void)
{
	heel_report_free(&report);
}

/* From now on, system calls from first to last do what the filter's action says. */
static void filter_calls(unsigned int first, unsigned int last, unsigned int action)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, first, 0, 2),
		BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, last, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, action),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = {HEEL_ARRAY_SIZE(filter), filter};

	ck_assert_int_eq(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	ck_assert_int_eq((int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program),
			 0);
}

/* One of Landlock's calls fails with that error; 0: it succeeds and does nothing. */
static void fake_call(unsigned int call, unsigned int err)
{
	filter_calls(call, call, SECCOMP_RET_ERRNO | err);
}

static const char *first_error(void)
{
	return heel_first_error(&report) ? heel_first_error(&report)->text : "";
}

/* Runs the self-test, which must leave neither a descriptor nor a process behind. */
static int selftest(void)
{
	size_t before = test_count_descriptors();
	int rc = heel_kernel_selftest(&kernel, trials, &report);

	ck_assert_uint_eq(test_count_descriptors(), before);
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
	ck_assert_int_eq(rc < 0, heel_first_error(&report) != NULL);
	return rc;
}

static const struct heel_trial *find_trial(const char *name)
{
	for (size_t i = 0; i < HEEL_TRIALS; i++)
		if (trials[i].name && strstr(trials[i].name, name))
			return &trials[i];
	ck_abort_msg("no trial \"%s\"", name);
}

/* --- The question --- */

START_TEST(query_says_what_the_kernel_says)
{
	struct utsname name;

	ck_assert_int_eq(uname(&name), 0);
	ck_assert_str_eq(kernel.release, name.release);
	ck_assert_int_eq(kernel.abi, (int)syscall(HEEL_SYS_LANDLOCK_CREATE_RULESET, NULL,
						  0, HEEL_LANDLOCK_CREATE_VERSION));
	ck_assert_int_eq(kernel.landlock_error, 0);
	ck_assert(kernel.seccomp);
	if (kernel.abi >= 7)
		ck_assert_int_eq((int)kernel.errata,
				 (int)syscall(HEEL_SYS_LANDLOCK_CREATE_RULESET, NULL, 0,
					      HEEL_LANDLOCK_CREATE_ERRATA));
}
END_TEST

static const struct {
	unsigned int err; /* of the call */
	int reported;
} refusals[] = {
	{ENOSYS, ENOSYS}, {EOPNOTSUPP, EOPNOTSUPP}, {EPERM, EPERM}, {EACCES, EACCES},
	{0, ENOSYS},
};

START_TEST(kernel_without_landlock_is_found_out)
{
	fake_call(HEEL_SYS_LANDLOCK_CREATE_RULESET, refusals[_i].err);
	heel_kernel_query(&kernel);
	ck_assert_int_eq(kernel.abi, 0);
	ck_assert_int_eq(kernel.landlock_error, refusals[_i].reported);
	ck_assert_uint_eq(kernel.errata, 0);
	ck_assert_int_eq(selftest(), -refusals[_i].reported);
}
END_TEST

START_TEST(kernel_without_seccomp_is_found_out)
{
	filter_calls(SYS_seccomp, SYS_seccomp, SECCOMP_RET_ERRNO | ENOSYS);
	heel_kernel_query(&kernel);
	ck_assert(!kernel.seccomp);
	ck_assert_int_gt(kernel.abi, 0);
}
END_TEST

/* --- The self-test --- */

START_TEST(this_kernel_enforces_what_it_claims)
{
	ck_assert_msg(selftest() == 0, "%s", first_error());
	for (size_t i = 0; i < HEEL_TRIALS; i++) {
		ck_assert_ptr_nonnull(trials[i].name);
		if (trials[i].abi > kernel.abi)
			ck_assert_int_eq(trials[i].result, HEEL_TRIAL_NOT_HERE);
		else if (!trials[i].known_gap)
			ck_assert_msg(trials[i].result == HEEL_TRIAL_ENFORCED, "%s: %d",
				      trials[i].name, (int)trials[i].result);
	}
}
END_TEST

START_TEST(older_kernel_is_tried_for_what_it_has)
{
	kernel.abi = 4;
	ck_assert_msg(selftest() == 0, "%s", first_error());
	ck_assert_int_eq(find_trial("devices")->result, HEEL_TRIAL_NOT_HERE);
	ck_assert_int_eq(find_trial("signalling")->result, HEEL_TRIAL_NOT_HERE);
	ck_assert_int_eq(find_trial("connecting to a TCP")->result, HEEL_TRIAL_ENFORCED);
}
END_TEST

START_TEST(kernel_that_claims_too_much_is_an_error)
{
	const int abi = kernel.abi;

	kernel.abi = HEEL_ABI_NEWEST;
	/* Nothing that heel knows is too much for a new kernel. */
	ck_assert_int_eq(selftest(), abi >= HEEL_ABI_NEWEST ? 0 : -EIO);
}
END_TEST

/* Calls that the kernel refuses, after it said that it has Landlock. */
static const struct {
	unsigned int call;
	unsigned int err;
} failing[] = {
	{HEEL_SYS_LANDLOCK_CREATE_RULESET, ENOSYS},
	{HEEL_SYS_LANDLOCK_CREATE_RULESET, EOPNOTSUPP},
	{HEEL_SYS_LANDLOCK_CREATE_RULESET, EPERM},
	{HEEL_SYS_LANDLOCK_CREATE_RULESET, ENOMEM},
	{HEEL_SYS_LANDLOCK_ADD_RULE, ENOSYS},
	{HEEL_SYS_LANDLOCK_ADD_RULE, EPERM},
	{HEEL_SYS_LANDLOCK_RESTRICT_SELF, ENOSYS},
	{HEEL_SYS_LANDLOCK_RESTRICT_SELF, EOPNOTSUPP},
	{HEEL_SYS_LANDLOCK_RESTRICT_SELF, EPERM},
	{HEEL_SYS_LANDLOCK_RESTRICT_SELF, E2BIG},
};

START_TEST(domain_that_cannot_be_entered_is_an_error)
{
	fake_call(failing[_i].call, failing[_i].err);
	ck_assert_int_eq(selftest(), -EIO);
}
END_TEST

START_TEST(domain_that_does_nothing_is_an_error)
{
	fake_call(HEEL_SYS_LANDLOCK_RESTRICT_SELF, 0);
	ck_assert_int_eq(selftest(), -EIO);
	ck_assert_int_eq(find_trial("reading inside")->result, HEEL_TRIAL_ENFORCED);
	for (size_t i = 0; i < HEEL_TRIALS; i++)
		if (trials[i].abi <= kernel.abi && i > 0)
			ck_assert_msg(trials[i].result == HEEL_TRIAL_NOT_ENFORCED, "%s",
				      trials[i].name);
}
END_TEST

START_TEST(rules_that_do_nothing_are_an_error)
{
	fake_call(HEEL_SYS_LANDLOCK_ADD_RULE, 0);
	ck_assert_int_eq(selftest(), -EIO);
	ck_assert_int_eq(find_trial("reading inside")->result, HEEL_TRIAL_NOT_ENFORCED);
	ck_assert_int_eq(find_trial("reading outside")->result, HEEL_TRIAL_ENFORCED);
}
END_TEST

START_TEST(known_gap_is_no_error)
{
	size_t gaps = 0;

	ck_assert_msg(selftest() == 0, "%s", first_error());
	for (size_t i = 0; i < HEEL_TRIALS; i++)
		if (trials[i].known_gap)
			gaps++;
	ck_assert_uint_eq(gaps, 1);
	ck_assert(find_trial("Fast Open")->known_gap);
}
END_TEST

START_TEST(child_that_dies_is_an_error_at_once)
{
	time_t start = time(NULL);

	filter_calls(HEEL_SYS_LANDLOCK_RESTRICT_SELF, HEEL_SYS_LANDLOCK_RESTRICT_SELF,
		     SECCOMP_RET_KILL_PROCESS);
	ck_assert_int_eq(selftest(), -EIO);
	ck_assert_int_lt(time(NULL) - start, 4);
}
END_TEST

static void stop_myself(int signal)
{
	(void)signal;
	(void)raise(SIGSTOP); /* until SIGKILL ends it */
}

START_TEST(child_that_hangs_is_killed)
{
	const struct sigaction action = {.sa_handler = stop_myself};
	time_t start = time(NULL);

	ck_assert_int_eq(sigaction(SIGSYS, &action, NULL), 0);
	filter_calls(HEEL_SYS_LANDLOCK_RESTRICT_SELF, HEEL_SYS_LANDLOCK_RESTRICT_SELF,
		     SECCOMP_RET_TRAP);
	ck_assert_int_eq(selftest(), -EIO);
	ck_assert_int_ge(time(NULL) - start, 4);
	ck_assert_int_lt(time(NULL) - start, 15);
}
END_TEST

START_TEST(caller_that_ignores_its_children_gets_the_answer)
{
	ck_assert(signal(SIGCHLD, SIG_IGN) != SIG_ERR);
	ck_assert_msg(selftest() == 0, "%s", first_error());
}
END_TEST

START_TEST(want_of_descriptors_is_an_error)
{
	struct rlimit limit;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	for (limit.rlim_cur = 0; limit.rlim_cur < 20; limit.rlim_cur++) {
		heel_report_free(&report);
		ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
		if (selftest() < 0)
			ck_assert_str_ne(first_error(), "");
	}
}
END_TEST

START_TEST(want_of_processes_is_an_error)
{
	filter_calls(SYS_clone, SYS_clone, SECCOMP_RET_ERRNO | EAGAIN);
	ck_assert_int_eq(selftest(), -EAGAIN);
	ck_assert_ptr_nonnull(strstr(first_error(), "process"));
}
END_TEST

/* --- Inside a domain --- */

/* Enters a domain that handles everything and grants that much beneath a path. */
static void enter_domain(const char *path, uint64_t access)
{
	const struct heel_landlock_ruleset_attr attr = {
		.handled_access_fs = heel_rights_of_abi(HEEL_CLASS_FS, kernel.abi),
		.handled_access_net = heel_rights_of_abi(HEEL_CLASS_NET, kernel.abi),
		.scoped = heel_rights_of_abi(HEEL_CLASS_SCOPE, kernel.abi),
	};
	const struct heel_landlock_path_beneath rule = {access & attr.handled_access_fs,
							open(path, O_PATH | O_CLOEXEC)};
	int ruleset =
		(int)syscall(HEEL_SYS_LANDLOCK_CREATE_RULESET, &attr, sizeof(attr), 0);

	ck_assert_int_ge(ruleset, 0);
	ck_assert_int_eq((int)syscall(HEEL_SYS_LANDLOCK_ADD_RULE, ruleset,
				      HEEL_LANDLOCK_RULE_PATH_BENEATH, &rule, 0),
			 0);
	ck_assert_int_eq(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	ck_assert_int_eq((int)syscall(HEEL_SYS_LANDLOCK_RESTRICT_SELF, ruleset, 0), 0);
	ck_assert_int_eq(close(ruleset), 0);
	ck_assert_int_eq(close(rule.parent_fd), 0);
}

/* What is denied already cannot be tried; nothing may be called unenforced for it. */
static const struct {
	const char *path;
	uint64_t access;
	enum heel_trial_result read_inside, read_outside;
} domains[] = {
	{"/", HEEL_GRANT_READ | HEEL_FS_WRITE_FILE | HEEL_FS_IOCTL_DEV,
	 HEEL_TRIAL_ENFORCED, HEEL_TRIAL_ENFORCED},
	{"/usr", HEEL_GRANT_READ, HEEL_TRIAL_ENFORCED, HEEL_TRIAL_IMPOSSIBLE},
	{"/tmp", HEEL_GRANT_READ, HEEL_TRIAL_IMPOSSIBLE, HEEL_TRIAL_IMPOSSIBLE},
};

START_TEST(domain_in_a_domain_is_tried_as_far_as_possible)
{
	enter_domain(domains[_i].path, domains[_i].access);
	ck_assert_msg(selftest() == 0, "%s", first_error());
	ck_assert_int_eq(find_trial("reading inside")->result, domains[_i].read_inside);
	ck_assert_int_eq(find_trial("reading outside")->result, domains[_i].read_outside);
	ck_assert_int_eq(find_trial("connecting to a TCP")->result,
			 HEEL_TRIAL_IMPOSSIBLE);
}
END_TEST

START_TEST(innermost_domain_says_so)
{
	for (int i = 0; i < HEEL_LANDLOCK_MAX_LAYERS; i++)
		enter_domain("/", HEEL_GRANT_READ);
	ck_assert_int_eq(selftest(), -EIO);
	ck_assert_ptr_nonnull(strstr(first_error(), "could not be entered"));
}
END_TEST

/* --- How many there are --- */

static void install_filter(void)
{
	/* No call has that number. */
	filter_calls(0x3fffffff, 0x3fffffff, SECCOMP_RET_ERRNO | ENOSYS);
}

/* Counts, which must leave neither a descriptor nor a process behind. */
static unsigned int count_layers(void)
{
	size_t before = test_count_descriptors();
	unsigned int layers = heel_count_layers();

	ck_assert_uint_eq(test_count_descriptors(), before);
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG | __WALL), -1);
	return layers;
}

static const unsigned int layers[] = {
	0, 1, 2, 7, HEEL_LANDLOCK_MAX_LAYERS - 1, HEEL_LANDLOCK_MAX_LAYERS};

START_TEST(domains_are_counted)
{
	install_filter();
	for (unsigned int i = 0; i < layers[_i]; i++)
		enter_domain("/", HEEL_GRANT_READ);
	ck_assert_uint_eq(count_layers(), layers[_i]);
	ck_assert_uint_eq(count_layers(), layers[_i]); /* counting adds none */
}
END_TEST

/* Every process of heel's has one; so nobody else pays for the look. */
START_TEST(without_a_filter_none_is_looked_for)
{
	if (prctl(PR_GET_SECCOMP, 0, 0, 0, 0) > 0) {
		(void)fprintf(stderr, "# SKIP process without a filter: there is one\n");
		return;
	}
	enter_domain("/", HEEL_GRANT_READ);
	ck_assert_uint_eq(count_layers(), 0);
	install_filter();
	ck_assert_uint_eq(count_layers(), 1);
}
END_TEST

static volatile sig_atomic_t children_ended;

static void count_child(int signal)
{
	(void)signal;
	children_ended++;
}

START_TEST(caller_does_not_hear_of_the_counting)
{
	const struct sigaction action = {.sa_handler = count_child};

	install_filter();
	enter_domain("/", HEEL_GRANT_READ);
	ck_assert_int_eq(sigaction(SIGCHLD, &action, NULL), 0);
	ck_assert_uint_eq(count_layers(), 1);
	ck_assert_int_eq(children_ended, 0);
	ck_assert(signal(SIGCHLD, SIG_IGN) != SIG_ERR);
	ck_assert_uint_eq(count_layers(), 1);
}
END_TEST

/* A child of the caller's own stays the caller's to wait for. */
START_TEST(counting_takes_no_child_of_the_callers)
{
	pid_t child = fork();
	int status;

	ck_assert_int_ge(child, 0);
	if (child == 0)
		_exit(7);
	install_filter();
	ck_assert_uint_eq(heel_count_layers(), 0);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(WEXITSTATUS(status), 7);
}
END_TEST

START_TEST(what_cannot_be_counted_is_none)
{
	enter_domain("/", HEEL_GRANT_READ);
	filter_calls(SYS_clone, SYS_clone, SECCOMP_RET_ERRNO | EAGAIN);
	ck_assert_uint_eq(count_layers(), 0);
	fake_call(HEEL_SYS_LANDLOCK_CREATE_RULESET, EMFILE);
	ck_assert_uint_eq(count_layers(), 0);
}
END_TEST

/* --- Places where something else is missing --- */

START_TEST(without_a_file_system_nothing_is_called_unenforced)
{
	ck_assert_int_eq(chdir(test_tmpdir()), 0);
	ck_assert_int_eq(mkdir("usr", 0755), 0);
	ck_assert_int_eq(mkdir("dev", 0755), 0);
	if (mknod("dev/null", S_IFCHR | 0666, makedev(1, 3)) != 0) {
		(void)fprintf(stderr, "# SKIP no device of one's own: %s\n",
			      strerror(errno));
		return;
	}
	ck_assert_int_eq(chroot("."), 0);
	ck_assert_msg(selftest() == 0, "%s", first_error());
	ck_assert_int_eq(find_trial("writing outside")->result, HEEL_TRIAL_IMPOSSIBLE);
	ck_assert_int_eq(find_trial("reading outside")->result, HEEL_TRIAL_ENFORCED);
}
END_TEST

START_TEST(without_a_network_nothing_is_called_unenforced)
{
	if (unshare(CLONE_NEWNET) != 0) {
		(void)fprintf(stderr, "# SKIP no network of one's own: %s\n",
			      strerror(errno));
		return;
	}
	ck_assert_msg(selftest() == 0, "%s", first_error());
	ck_assert_int_eq(find_trial("connecting to a TCP")->result, HEEL_TRIAL_ENFORCED);
}
END_TEST

START_TEST(parent_in_another_namespace_cannot_be_tried)
{
	if (unshare(CLONE_NEWPID) != 0) {
		(void)fprintf(stderr, "# SKIP no process namespace: %s\n",
			      strerror(errno));
		return;
	}
	ck_assert_msg(selftest() == 0, "%s", first_error());
	if (kernel.abi >= 6)
		ck_assert_int_eq(find_trial("signalling")->result, HEEL_TRIAL_IMPOSSIBLE);
}
END_TEST

static void add_root_cases(Suite *suite)
{
	TCase *tcase = tcase_create("kernel as root");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, without_a_file_system_nothing_is_called_unenforced);
	tcase_add_test(tcase, without_a_network_nothing_is_called_unenforced);
	tcase_add_test(tcase, parent_in_another_namespace_cannot_be_tried);
	suite_add_tcase(suite, tcase);
}

int main(void)
{
	Suite *suite = suite_create("kernel");
	TCase *tcase = tcase_create("kernel");

	heel_kernel_query(&kernel);
	if (kernel.abi < HEEL_ABI_OLDEST)
		return test_skip_all("this kernel has no Landlock that heel can use");
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 30);
	tcase_add_test(tcase, query_says_what_the_kernel_says);
	tcase_add_loop_test(tcase, kernel_without_landlock_is_found_out, 0,
			    HEEL_ARRAY_SIZE(refusals));
	tcase_add_test(tcase, kernel_without_seccomp_is_found_out);
	tcase_add_test(tcase, this_kernel_enforces_what_it_claims);
	tcase_add_test(tcase, older_kernel_is_tried_for_what_it_has);
	tcase_add_test(tcase, kernel_that_claims_too_much_is_an_error);
	tcase_add_loop_test(tcase, domain_that_cannot_be_entered_is_an_error, 0,
			    HEEL_ARRAY_SIZE(failing));
	tcase_add_test(tcase, domain_that_does_nothing_is_an_error);
	tcase_add_test(tcase, rules_that_do_nothing_are_an_error);
	tcase_add_test(tcase, known_gap_is_no_error);
	tcase_add_test(tcase, child_that_dies_is_an_error_at_once);
	tcase_add_test(tcase, child_that_hangs_is_killed);
	tcase_add_test(tcase, caller_that_ignores_its_children_gets_the_answer);
	tcase_add_test(tcase, want_of_descriptors_is_an_error);
	tcase_add_test(tcase, want_of_processes_is_an_error);
	tcase_add_loop_test(tcase, domain_in_a_domain_is_tried_as_far_as_possible, 0,
			    HEEL_ARRAY_SIZE(domains));
	tcase_add_test(tcase, innermost_domain_says_so);
	tcase_add_loop_test(tcase, domains_are_counted, 0, HEEL_ARRAY_SIZE(layers));
	tcase_add_test(tcase, without_a_filter_none_is_looked_for);
	tcase_add_test(tcase, caller_does_not_hear_of_the_counting);
	tcase_add_test(tcase, counting_takes_no_child_of_the_callers);
	tcase_add_test(tcase, what_cannot_be_counted_is_none);
	suite_add_tcase(suite, tcase);
	if (geteuid() == 0)
		add_root_cases(suite);
	else
		(void)fprintf(stderr, "# SKIP other roots and namespaces: they need "
				      "root\n");
	return test_run(suite);
}
