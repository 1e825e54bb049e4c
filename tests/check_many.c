/* SPDX-License-Identifier: ISC */
/*
 * pam_heel.so in a process that handles one login after another: thousands of them leave
 * no memory, no descriptor and no thread behind, and one fork per login confines each.
 * HEEL_TIMES says how many (5000), HEEL_LEAK=1 has each cycle lose some memory, to see it
 * found. LeakSanitizer, where it is built in, looks at all that a test has left.
 */
#include <dirent.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <security/pam_appl.h>

#include "access.h"
#include "kernel.h"
#include "test.h"
#include "text.h"

#define TIMES	    5000
/* What the allocator may keep for itself beyond what is in use. */
#define PAGES_SPARE 64

static const char *module; /* its path */
static const char *user;   /* whose sessions these are; never root */
static const char *policy, *stacks, *secret;
static unsigned long times = TIMES;

/* --- What a process holds --- */

struct holding {
	size_t descriptors, threads, memory, pages;
};

static size_t count_entries(const char *path)
{
	HEEL_CLOSE_DIR DIR *directory = opendir(path);
	size_t n = 0;

	ck_assert_ptr_nonnull(directory);
	while (readdir(directory))
		n++;
	return n;
}

/* The number of pages in memory: the second word. */
static size_t count_pages(void)
{
	FILE *file = fopen("/proc/self/statm", "re");
	char line[256] = "";

	ck_assert_ptr_nonnull(file);
	ck_assert_ptr_nonnull(fgets(line, sizeof(line), file));
	ck_assert_int_eq(fclose(file), 0);
	return strtoul(strchr(line, ' '), NULL, 10);
}

static struct holding holding(void)
{
	return (struct holding){
		.descriptors = count_entries("/proc/self/fd"),
		.threads = count_entries("/proc/self/task"),
		.memory = mallinfo2().uordblks,
		.pages = count_pages(),
	};
}

/* NULL: nothing has grown. Valgrind and ASan have allocators that count nothing here. */
static const char *growth(struct holding before, struct holding after)
{
	if (after.descriptors != before.descriptors)
		return test_format("descriptors: %zu, then %zu", before.descriptors,
				   after.descriptors);
	if (after.threads != before.threads)
		return test_format("threads: %zu, then %zu", before.threads,
				   after.threads);
	if (after.memory > before.memory)
		return test_format("memory: %zu, then %zu", before.memory, after.memory);
	if (after.memory > 0 && after.pages > before.pages + PAGES_SPARE)
		return test_format("pages: %zu, then %zu", before.pages, after.pages);
	return NULL;
}

/* Does it again and again; what is lost by then, others have for good, such as PAM. */
static const char *growth_of(void (*cycle)(int row), int row)
{
	struct holding before = {0};

	for (unsigned long i = 0; i < times; i++) {
		if (i == times / 10)
			before = holding();
		cycle(row);
	}
	return growth(before, holding());
}

static void assert_no_growth(void (*cycle)(int row), int row)
{
	const char *grown = growth_of(cycle, row);

	ck_assert_msg(grown == NULL, "%s", grown);
}

/* --- Controls --- */

static void *kept[TIMES];
static size_t n_kept;

static void keep_memory(int row)
{
	(void)row;
	if (n_kept < HEEL_ARRAY_SIZE(kept))
		kept[n_kept++] = malloc(16);
}

static void keep_descriptor(int row)
{
	(void)row;
	if (n_kept++ < 100)
		ck_assert_int_ge(fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3), 0);
}

static void *wait_for_ever(void *nothing)
{
	(void)pause();
	return nothing;
}

static void keep_thread(int row)
{
	pthread_t thread;

	(void)row;
	if (n_kept++ < 20)
		ck_assert_int_eq(pthread_create(&thread, NULL, wait_for_ever, NULL), 0);
}

START_TEST(whatever_grows_is_seen)
{
	times = 100;
	if (holding().memory > 0)
		ck_assert_ptr_nonnull(growth_of(keep_memory, 0));
	while (n_kept > 0)
		free(kept[--n_kept]);
	ck_assert_ptr_nonnull(growth_of(keep_descriptor, 0));
	n_kept = 0;
	times = 20;
	ck_assert_ptr_nonnull(growth_of(keep_thread, 0));
}
END_TEST

/* --- One login after another --- */

static int converse(int n, const struct pam_message **message, struct pam_response **ret,
		    void *data)
{
	(void)message;
	(void)data;
	*ret = calloc((size_t)n, sizeof(**ret));
	return *ret ? PAM_SUCCESS : PAM_BUF_ERR;
}

#define EVERYBODY(profile)                                                               \
	"version = 1; assign = ( { user = \"*\"; profile = \"" profile "\"; } );\n"

static const struct {
	const char *what;
	const char *service;
	const char *conf;
	int account, session; /* what is answered; session -1: it is not called */
	bool confines;	      /* asks the kernel */
} logins[] = {
	{"unconfined", "su", EVERYBODY("unconfined"), PAM_SUCCESS, PAM_SUCCESS, false},
	{"own profile", "su",
	 "version = 1; assign = ( { user = \"*\"; profile = \"@user\"; },"
	 "{ user = \"*\"; profile = \"unconfined\"; } );\n",
	 PAM_SUCCESS, PAM_SUCCESS, false},
	{"a service that is not listed", "gdm", EVERYBODY("work"), PAM_SUCCESS,
	 PAM_PERM_DENIED, false},
	{"a syntax error", "su", "version = 1; assign = ( {\n", PAM_SYSTEM_ERR,
	 PAM_SYSTEM_ERR, false},
	{"no assignment", "su", "version = 1;\n", PAM_PERM_DENIED, PAM_PERM_DENIED,
	 false},
	{"a group that does not resolve", "su",
	 "version = 1; assign = ( { group = \"heel-no-such\"; profile = \"work\"; } );\n",
	 PAM_PERM_DENIED, PAM_PERM_DENIED, false},
	{"no such profile", "su", EVERYBODY("wrk"), PAM_SYSTEM_ERR, PAM_SYSTEM_ERR,
	 false},
	{"an error in the profile", "su", EVERYBODY("broken"), PAM_SYSTEM_ERR,
	 PAM_SYSTEM_ERR, false},
	{"a kernel that is too old", "su", "minimum_abi = 999; " EVERYBODY("work"),
	 PAM_SYSTEM_ERR, PAM_SYSTEM_ERR, true},
	{"a path that is missing", "su", EVERYBODY("missing"), PAM_SUCCESS,
	 PAM_SYSTEM_ERR, true},
	{"the account of who is to be confined", "su", EVERYBODY("work"), PAM_SUCCESS, -1,
	 true},
	{"what is deferred", "sshd", EVERYBODY("work"), PAM_SUCCESS, PAM_SUCCESS, true},
};

static void write_profile(const char *name, const char *text)
{
	(void)test_write_file(policy, test_format("profiles.d/%s.conf", name), text);
}

static void setup(void)
{
	const char *line;

	policy = test_tmpdir();
	stacks = test_tmpdir();
	secret = test_write_file(test_tmpdir(), "secret", "");
	line = test_format("%s config=%s defer", module, policy);
	for (size_t i = 0; i < HEEL_ARRAY_SIZE(logins); i++) {
		(void)test_write_file(
			stacks, logins[i].service,
			test_format("auth optional %s\nauth required pam_permit.so\n"
				    "account requisite %s\nsession requisite %s\n",
				    line, line, line));
		(void)test_write_file(
			policy, test_format("services.d/%s.conf", logins[i].service), "");
	}
	write_profile("parent", "filesystem = { read = [ \"/usr\", \"-/lib\" ]; };\n");
	write_profile("work", "inherit = \"parent\";\nenvironment = { set = \"A=1\"; };\n"
			      "filesystem = { read = [ \"/etc\", \"/proc\" ]; };\n");
	write_profile("missing", "filesystem = { read = \"/heel-no-such-file\"; };\n");
	write_profile("broken", "umask = 9;\n");
}

static pam_handle_t *start(const char *service)
{
	static const struct pam_conv conversation = {.conv = converse};
	pam_handle_t *handle = NULL;

	ck_assert_int_eq(pam_start_confdir(service, user, &conversation, stacks, &handle),
			 PAM_SUCCESS);
	return handle;
}

static void end(pam_handle_t *handle)
{
	ck_assert_int_eq(pam_end(handle, PAM_SUCCESS), PAM_SUCCESS);
}

static void lose_if_asked(void)
{
	const char *asked = getenv("HEEL_LEAK");
	void *volatile lost;

	if (!asked)
		return;
	lost = malloc(16);
	ck_assert_ptr_nonnull(lost);
	lost = NULL;
}

static void log_in(int row)
{
	pam_handle_t *handle = start(logins[row].service);

	ck_assert_int_eq(pam_setcred(handle, PAM_ESTABLISH_CRED), PAM_SUCCESS);
	ck_assert_int_eq(pam_acct_mgmt(handle, 0), logins[row].account);
	if (logins[row].session >= 0)
		ck_assert_int_eq(pam_open_session(handle, 0), logins[row].session);
	if (logins[row].session == PAM_SUCCESS)
		ck_assert_int_eq(pam_close_session(handle, 0), PAM_SUCCESS);
	ck_assert_int_eq(pam_setcred(handle, PAM_DELETE_CRED), PAM_SUCCESS);
	end(handle);
	lose_if_asked();
}

static void run_logins(int row)
{
	(void)test_write_file(policy, "heel.conf", logins[row].conf);
	assert_no_growth(log_in, row);
	ck_assert_int_eq(prctl(PR_GET_SECCOMP, 0, 0, 0, 0), 0);
}

START_TEST(logins_leave_nothing_behind)
{
	if (!logins[_i].confines)
		run_logins(_i);
}
END_TEST

START_TEST(logins_that_ask_the_kernel_leave_nothing_behind)
{
	if (logins[_i].confines)
		run_logins(_i);
}
END_TEST

/* --- A process for each --- */

enum { CONFINED, NOTHING_TO_SEE, REFUSED, NOT_CONFINED, NOT_CLOSED };

/* Nothing is checked by check here, whose process is the other. */
static int open_and_look(void)
{
	pam_handle_t *handle = start("su");

	if (access(secret, R_OK) != 0 || prctl(PR_GET_SECCOMP, 0, 0, 0, 0) != 0)
		return NOTHING_TO_SEE;
	if (pam_acct_mgmt(handle, 0) != PAM_SUCCESS ||
	    pam_open_session(handle, 0) != PAM_SUCCESS)
		return REFUSED;
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1 ||
	    prctl(PR_GET_SECCOMP, 0, 0, 0, 0) != 2 || open(secret, O_RDONLY) >= 0 ||
	    open("/etc/passwd", O_RDONLY) < 0)
		return NOT_CONFINED;
	return pam_close_session(handle, 0) == PAM_SUCCESS ? CONFINED : NOT_CLOSED;
}

static void fork_and_log_in(int expected)
{
	pid_t pid = fork();
	int status;

	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		_exit(open_and_look());
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == expected, "%#x",
		      (unsigned int)status);
}

START_TEST(process_for_each_login_is_confined_and_leaves_nothing)
{
	(void)test_write_file(policy, "heel.conf", EVERYBODY("work"));
	assert_no_growth(fork_and_log_in, CONFINED);
	ck_assert_int_eq(waitpid(-1, NULL, 0), -1); /* none is left */
	/* and who is not confined is seen */
	(void)test_write_file(policy, "heel.conf", EVERYBODY("unconfined"));
	fork_and_log_in(NOT_CONFINED);
}
END_TEST

/* --- */

static bool find_user(void)
{
	const struct passwd *found;

	/* cppcheck-suppress [getpwnamCalled,getpwuidCalled] ; there is one thread */
	found = getuid() == 0 ? getpwnam("nobody") : getpwuid(getuid());
	if (!found || found->pw_uid == 0)
		return false;
	user = strdup(found->pw_name);
	return user != NULL;
}

static bool find_module(void)
{
	const char *top = getenv("top_builddir");

	if (top && chdir(top) < 0)
		return false;
	module = realpath(".libs/pam_heel.so", NULL);
	return module != NULL;
}

static TCase *add_case(Suite *suite, const char *name)
{
	TCase *tcase = tcase_create(name);

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_set_timeout(tcase, 300);
	suite_add_tcase(suite, tcase);
	return tcase;
}

/* What the allocator sets aside for the next call it counts as in use; so it must not. */
static void count_exactly(char **argv)
{
	if (getenv("GLIBC_TUNABLES"))
		return;
	if (setenv("GLIBC_TUNABLES", "glibc.malloc.tcache_count=0:glibc.malloc.mxfast=0",
		   1) == 0)
		(void)execv("/proc/self/exe", argv);
}

int main(int argc, char **argv)
{
	Suite *suite = suite_create("many");
	const int n = HEEL_ARRAY_SIZE(logins);
	struct heel_kernel kernel;
	uint64_t number;
	TCase *tcase;

	(void)argc;
	count_exactly(argv);
	if (getenv("HEEL_TIMES") &&
	    heel_parse_number(getenv("HEEL_TIMES"), 1000000, &number) == 0)
		times = (unsigned long)number;
	if (test_hide_run() < 0)
		return test_skip_all("root can be given no /run of its own here");
	if (!find_user())
		return test_skip_all("the calling user is not in the password database");
	if (!find_module()) {
		(void)fprintf(stderr, "no .libs/pam_heel.so in $top_builddir\n");
		return EXIT_FAILURE;
	}
	tcase_add_test(add_case(suite, "controls"), whatever_grows_is_seen);
	tcase_add_loop_test(add_case(suite, "logins"), logins_leave_nothing_behind, 0, n);
	heel_kernel_query(&kernel);
	if (kernel.abi >= HEEL_ABI_OLDEST) {
		tcase = add_case(suite, "kernel");
		tcase_add_loop_test(
			tcase, logins_that_ask_the_kernel_leave_nothing_behind, 0, n);
		tcase_add_test(tcase,
			       process_for_each_login_is_confined_and_leaves_nothing);
	} else if (!getenv("CK_RUN_CASE")) {
		return test_skip_all("this kernel has no Landlock that heel can use");
	}
	return test_run(suite);
}
