/* SPDX-License-Identifier: ISC */
/*
 * The parts of pam_heel.so that need no PAM: its arguments, its answers, and what it
 * finds out about the process that it is called in.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <security/_pam_types.h>

#include "../pam_module/answer.h"
#include "../pam_module/caller.h"
#include "../pam_module/options.h"
#include "../shell/log.h"
#include "test.h"
#include "text.h"

/* LeakSanitizer needs /proc and descriptors, and here is want of both. */
TEST_LIVE_PROGRAM

/* --- Answers --- */

/* Beyond the last errno there is. */
#define ERRNO_LAST 133

static int expected_answer(int rc)
{
	if (rc == 0)
		return PAM_SUCCESS;
	return rc == -EACCES || rc == -EPERM ? PAM_PERM_DENIED : PAM_SYSTEM_ERR;
}

START_TEST(every_error_is_a_refusal)
{
	for (int rc = -ERRNO_LAST; rc <= ERRNO_LAST; rc++) {
		const int answer = heel_pam_answer(rc);

		ck_assert_msg(answer == expected_answer(rc), "%d: %d", rc, answer);
		ck_assert_int_ne(answer, PAM_SESSION_ERR);
		ck_assert_int_ne(answer, PAM_IGNORE);
		ck_assert(rc == 0 || answer != PAM_SUCCESS);
	}
}
END_TEST

/* --- Arguments --- */

static const struct {
	const char *argv[6];
	const char *wrong; /* NULL: understood */
	struct heel_options options;
} lines[] = {
	{{NULL}, NULL, {0}},
	{{"config=/etc/x"}, NULL, {.config = "/etc/x"}},
	{{"config=/"}, NULL, {.config = "/"}},
	{{"config=/a=b,c"}, NULL, {.config = "/a=b,c"}},
	{{"rescue=anna"}, NULL, {.rescue = "anna"}},
	{{"rescue=anna,bob"}, NULL, {.rescue = "anna,bob"}},
	{{"rescue=,"}, NULL, {.rescue = ","}},
	{{"strict_root"}, NULL, {.strict_root = true}},
	{{"defer"}, NULL, {.defer = true}},
	{{"debug"}, NULL, {.debug = true}},
	{{"debug", "defer", "strict_root", "rescue=a", "config=/c"},
	 NULL,
	 {"/c", "a", true, true, true}},
	/* twice: the last one counts */
	{{"config=/a", "config=/b"}, NULL, {.config = "/b"}},
	{{"rescue=a", "rescue=b"}, NULL, {.rescue = "b"}},
	{{"defer", "defer"}, NULL, {.defer = true}},
	/* what means nothing */
	{{""}, "", {0}},
	{{"config"}, "config", {0}},
	{{"config="}, "config=", {0}},
	{{"config=etc/heel"}, "config=etc/heel", {0}},
	{{"config=./x"}, "config=./x", {0}},
	{{"config =/x"}, "config =/x", {0}},
	{{"Config=/x"}, "Config=/x", {0}},
	{{"conf=/x"}, "conf=/x", {0}},
	{{"configs=/x"}, "configs=/x", {0}},
	{{"rescue"}, "rescue", {0}},
	{{"rescue="}, "rescue=", {0}},
	{{"strict_root=1"}, "strict_root=1", {0}},
	{{"strict-root"}, "strict-root", {0}},
	{{"strict_rootx"}, "strict_rootx", {0}},
	{{"strict"}, "strict", {0}},
	{{"defer=sshd"}, "defer=sshd", {0}},
	{{"DEBUG"}, "DEBUG", {0}},
	{{"/etc/heel"}, "/etc/heel", {0}},
	{{"#"}, "#", {0}},
	/* of several, the first; and nothing is understood then */
	{{"strict_root", "x", "y", "defer"}, "x", {0}},
	{{"config=/c", "config="}, "config=", {0}},
};

START_TEST(argument_is_understood_or_named)
{
	struct heel_options options = {.config = "as before", .debug = true};
	const struct heel_options *expected = &lines[_i].options;
	const char *argv[HEEL_ARRAY_SIZE(lines[0].argv)];
	const char *wrong = NULL;
	int argc = 0;
	bool ok;

	for (; lines[_i].argv[argc]; argc++)
		argv[argc] = lines[_i].argv[argc];
	ok = heel_parse_options(argc, argv, &options, &wrong);
	ck_assert_pstr_eq(wrong, lines[_i].wrong);
	ck_assert_int_eq(ok, !lines[_i].wrong);
	if (!ok) {
		ck_assert_str_eq(options.config, "as before");
		return;
	}
	ck_assert_pstr_eq(options.config, expected->config);
	ck_assert_pstr_eq(options.rescue, expected->rescue);
	ck_assert_int_eq(options.strict_root, expected->strict_root);
	ck_assert_int_eq(options.defer, expected->defer);
	ck_assert_int_eq(options.debug, expected->debug);
}
END_TEST

static const struct {
	const char *list, *name;
	bool is_in;
} lists[] = {
	{NULL, "anna", false},
	{NULL, "", false},
	{"", "anna", false},
	{"", "", false},
	{"anna", "anna", true},
	{"anna", "", false},
	{"anna", "ann", false},
	{"anna", "annab", false},
	{"anna", "nna", false},
	{"anna", "Anna", false},
	{"anna,bob", "anna", true},
	{"anna,bob", "bob", true},
	{"anna,bob", "anna,bob", false},
	{"anna,bob", "bo", false},
	{"anna,bob", "ob", false},
	{"anna,bob", ",", false},
	{"anna,bob", "a", false},
	{"annabob", "anna", false},
	{",", "", false},
	{",,,", "", false},
	{",,anna", "anna", true},
	{"anna,,bob", "bob", true},
	{"anna,", "anna", true},
	{"anna,,", "", false},
	{"anna, bob", "bob", false},
	{"anna, bob", " bob", true},
	{"anna bob", "anna", false},
	{"*", "anna", false},
	{"a*", "a*", true},
	{"ann,anna", "anna", true},
	{"annab,anna", "anna", true},
};

START_TEST(name_is_in_a_list_as_a_whole)
{
	ck_assert_int_eq(heel_is_in_list(lists[_i].list, ',', lists[_i].name),
			 lists[_i].is_in);
}
END_TEST

/* --- The calling process --- */

#define ANNA 1001U
#define BOB  1002U

static struct heel_report report;

static void setup(void)
{
	report = (struct heel_report){0};
}

static void teardown(void)
{
	heel_report_free(&report);
}

static void assert_passes(uid_t uid)
{
	ck_assert_msg(heel_judge_caller(uid, &report) == 0, "%s",
		      heel_first_error(&report) ? heel_first_error(&report)->text : "");
	ck_assert_uint_eq(report.n, 0);
}

static void assert_refused(uid_t uid, int rc, const char *text)
{
	ck_assert_int_eq(heel_judge_caller(uid, &report), rc);
	ck_assert_ptr_nonnull(heel_first_error(&report));
	ck_assert_msg(strstr(heel_first_error(&report)->text, text) != NULL, "%s",
		      heel_first_error(&report)->text);
	heel_report_free(&report);
}

START_TEST(process_of_one_thread_passes)
{
	const size_t before = test_count_descriptors();

	assert_passes(ANNA);
	assert_passes(BOB);
	ck_assert(!heel_is_shared_process());
	ck_assert_uint_eq(test_count_descriptors(), before);
}
END_TEST

static void *wait_for_end(void *lock)
{
	(void)pthread_mutex_lock(lock);	  /* of a default mutex: cannot fail */
	(void)pthread_mutex_unlock(lock); /* likewise */
	return NULL;
}

START_TEST(second_thread_is_refused)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	pthread_t thread;

	assert_passes(ANNA);
	(void)pthread_mutex_lock(&lock); /* cannot fail */
	ck_assert_int_eq(pthread_create(&thread, NULL, wait_for_end, &lock), 0);
	assert_refused(ANNA, -EPERM, "2 threads");
	ck_assert(heel_is_shared_process());
	(void)pthread_mutex_unlock(&lock); /* cannot fail */
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
}
END_TEST

static int tcp_socket(bool bound, bool listening)
{
	const struct sockaddr_in any = {.sin_family = AF_INET};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 ||
	    (bound && bind(fd, (const struct sockaddr *)&any, sizeof(any)) < 0) ||
	    (listening && listen(fd, 1) < 0))
		ck_abort_msg("no TCP socket: %s", strerror(errno));
	return fd;
}

static int unix_socket(const char *path, int type, bool listening)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ||
	    (listening && listen(fd, 1) < 0))
		ck_abort_msg("no UNIX socket %s: %s", path, strerror(errno));
	return fd;
}

static int make_nothing(void)
{
	return -1;
}

static int make_pair(void)
{
	int ends[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	return ends[0];
}

static int make_connection(void)
{
	const char *path = test_format("%s/s", test_tmpdir());
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int listening = unix_socket(path, SOCK_STREAM, true);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	ck_assert_int_eq(connect(fd, (const struct sockaddr *)&address, sizeof(address)),
			 0);
	ck_assert_int_ge(accept(listening, NULL, NULL), 0);
	ck_assert_int_eq(close(listening), 0);
	return fd;
}

static int make_tcp(void)
{
	return tcp_socket(false, false);
}

static int make_bound_tcp(void)
{
	return tcp_socket(true, false);
}

static int make_listening_tcp(void)
{
	return tcp_socket(true, true);
}

/* The kernel chooses its port. */
static int make_unbound_listening_tcp(void)
{
	return tcp_socket(false, true);
}

static int make_bound_unix(void)
{
	return unix_socket(test_format("%s/s", test_tmpdir()), SOCK_STREAM, false);
}

static int make_datagram(void)
{
	return unix_socket(test_format("%s/s", test_tmpdir()), SOCK_DGRAM, false);
}

static int make_listening_unix(void)
{
	return unix_socket(test_format("%s/s", test_tmpdir()), SOCK_STREAM, true);
}

static int make_listening_packets(void)
{
	return unix_socket(test_format("%s/s", test_tmpdir()), SOCK_SEQPACKET, true);
}

/* As a service inherits it: at a number far above the others. */
static int make_high_listening(void)
{
	int low = make_listening_unix();
	int fd = fcntl(low, F_DUPFD_CLOEXEC, 200);

	ck_assert_int_ge(fd, 200);
	ck_assert_int_eq(close(low), 0);
	return fd;
}

static const struct {
	const char *name;
	int (*make)(void);
	bool listens;
} sockets[] = {
	{"no socket", make_nothing, false},
	{"a pair", make_pair, false},
	{"a connection", make_connection, false},
	{"TCP, not bound", make_tcp, false},
	{"TCP, bound", make_bound_tcp, false},
	{"UNIX, bound", make_bound_unix, false},
	{"datagrams", make_datagram, false},
	{"TCP, listening", make_listening_tcp, true},
	{"TCP, listening, not bound", make_unbound_listening_tcp, true},
	{"UNIX, listening", make_listening_unix, true},
	{"packets, listening", make_listening_packets, true},
	{"a high descriptor, listening", make_high_listening, true},
};

START_TEST(socket_that_listens_is_refused_and_no_other)
{
	int fd;

	assert_passes(ANNA);
	fd = sockets[_i].make();
	ck_assert_msg(heel_is_shared_process() == sockets[_i].listens, "%s",
		      sockets[_i].name);
	if (!sockets[_i].listens) {
		assert_passes(ANNA);
		return;
	}
	assert_refused(ANNA, -EPERM, "listening socket");
	ck_assert_int_eq(close(fd), 0);
	assert_passes(ANNA);
}
END_TEST

/* --- Marks --- */

static const struct {
	uid_t marked, judged;
} marks[] = {
	{0, 0},
	{ANNA, ANNA},
	{UINT32_MAX - 1, UINT32_MAX - 1},
	{ANNA, BOB},
	{BOB, ANNA},
	{0, ANNA},
	{ANNA, 0},
	/* the beginning of another number */
	{1, 10},
	{10, 1},
	{100, 1001},
	{UINT32_MAX - 1, 4},
};

START_TEST(marked_process_is_its_users_alone)
{
	const size_t before = test_count_descriptors();

	assert_passes(marks[_i].judged);
	ck_assert_int_eq(heel_mark_caller(marks[_i].marked, &report), 0);
	ck_assert_uint_eq(test_count_descriptors(), before + 1);
	/* for the same one there is nothing more to say */
	ck_assert_int_eq(heel_mark_caller(marks[_i].marked, &report), 0);
	ck_assert_uint_eq(test_count_descriptors(), before + 1);
	if (marks[_i].marked == marks[_i].judged)
		assert_passes(marks[_i].judged);
	else
		assert_refused(marks[_i].judged, -EPERM, "another user");
	assert_passes(marks[_i].marked);
	ck_assert(!heel_is_shared_process());
}
END_TEST

/* Runs a child, which exits with 0 if all is well in it. */
static int in_child(bool (*check)(void))
{
	pid_t child = fork();
	int status;

	ck_assert_int_ge(child, 0);
	if (child == 0)
		_exit(check() ? 0 : 1);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static bool is_free_and_marks_itself(void)
{
	const size_t before = test_count_descriptors();

	return heel_judge_caller(BOB, &report) == 0 &&
	       heel_judge_caller(ANNA, &report) == 0 &&
	       heel_mark_caller(BOB, &report) == 0 &&
	       test_count_descriptors() == before + 1 &&
	       heel_judge_caller(BOB, &report) == 0 &&
	       heel_judge_caller(ANNA, &report) == -EPERM;
}

START_TEST(mark_is_not_inherited_by_a_child)
{
	ck_assert_int_eq(heel_mark_caller(ANNA, &report), 0);
	ck_assert_int_eq(in_child(is_free_and_marks_itself), 0);
	assert_passes(ANNA);
	assert_refused(BOB, -EPERM, "another user");
}
END_TEST

/* Names with the number of this process that are like a mark and are none. */
static const struct {
	const char *before, *after;
} likenesses[] = {
	{"heel:", ""},	     {"heel:", "0:1002"}, {"heel:0", ":1002"},
	{"heel:1", ":1002"}, {"xheel:", ":1002"}, {"heel-", ":1002"},
	{"heel: ", ":1002"},
};

START_TEST(other_memory_files_are_no_marks)
{
	for (size_t i = 0; i < HEEL_ARRAY_SIZE(likenesses); i++) {
		const char *name = test_format("%s%d%s", likenesses[i].before,
					       (int)getpid(), likenesses[i].after);

		ck_assert_int_ge(memfd_create(name, MFD_CLOEXEC), 0);
		assert_passes(ANNA);
	}
}
END_TEST

START_TEST(nothing_grows_when_asked_again)
{
	size_t before;

	ck_assert_int_eq(heel_mark_caller(ANNA, &report), 0);
	before = test_count_descriptors();
	for (unsigned int i = 0; i < 1000; i++) {
		ck_assert_int_eq(heel_judge_caller(ANNA, &report), 0);
		ck_assert_int_eq(heel_mark_caller(ANNA, &report), 0);
		ck_assert(!heel_is_shared_process());
		ck_assert_int_eq(heel_judge_caller(BOB, &report), -EPERM);
		heel_report_free(&report);
	}
	ck_assert_uint_eq(test_count_descriptors(), before);
}
END_TEST

/* What cannot be found out is no reason to go on. */
START_TEST(want_of_descriptors_is_an_error)
{
	struct rlimit limit;
	rlim_t least = 0;

	while (fcntl((int)least, F_GETFD) >= 0)
		least++;
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = least;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_refused(ANNA, -EMFILE, "cannot be found out");
	ck_assert_int_eq(heel_mark_caller(ANNA, &report), -EMFILE);
	ck_assert_ptr_nonnull(
		strstr(heel_first_error(&report)->text, "cannot be marked"));
	ck_assert(!heel_is_shared_process());
}
END_TEST

START_TEST(without_proc_nothing_passes)
{
	if (geteuid() != 0) {
		(void)fprintf(stderr, "# SKIP a root without /proc: it needs root\n");
		return;
	}
	ck_assert_int_eq(chroot(test_tmpdir()), 0);
	ck_assert_int_eq(chdir("/"), 0);
	assert_refused(ANNA, -ENOENT, "cannot be found out");
	ck_assert(!heel_is_shared_process());
}
END_TEST

/* --- Names in the log --- */

static const struct {
	const char *text, *as_text, *as_word;
} logged[] = {
	{"alice", "alice", "alice"},
	{"x uid=0", "x uid=0", "x\\x20uid=0"},
	{"a\nb\\c", "a\\x0ab\\x5cc", "a\\x0ab\\x5cc"},
	{"\xc2\x85", "\xc2\x85", "\\xc2\\x85"},
	{"", "", ""},
};

START_TEST(name_in_the_log_cannot_look_like_anything_else)
{
	struct heel_line line = {.length = 0};
	struct heel_line word = {.length = 0};

	heel_add(&line, logged[_i].text);
	heel_add_word(&word, logged[_i].text);
	ck_assert_uint_eq(line.length, strlen(logged[_i].as_text));
	ck_assert_mem_eq(line.text, logged[_i].as_text, line.length);
	ck_assert_uint_eq(word.length, strlen(logged[_i].as_word));
	ck_assert_mem_eq(word.text, logged[_i].as_word, word.length);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("module");
	TCase *tcase = tcase_create("module");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, every_error_is_a_refusal);
	tcase_add_loop_test(tcase, argument_is_understood_or_named, 0,
			    HEEL_ARRAY_SIZE(lines));
	tcase_add_loop_test(tcase, name_is_in_a_list_as_a_whole, 0,
			    HEEL_ARRAY_SIZE(lists));
	tcase_add_test(tcase, process_of_one_thread_passes);
	tcase_add_test(tcase, second_thread_is_refused);
	tcase_add_loop_test(tcase, socket_that_listens_is_refused_and_no_other, 0,
			    HEEL_ARRAY_SIZE(sockets));
	tcase_add_loop_test(tcase, marked_process_is_its_users_alone, 0,
			    HEEL_ARRAY_SIZE(marks));
	tcase_add_test(tcase, mark_is_not_inherited_by_a_child);
	tcase_add_test(tcase, other_memory_files_are_no_marks);
	tcase_add_test(tcase, nothing_grows_when_asked_again);
	tcase_add_test(tcase, want_of_descriptors_is_an_error);
	tcase_add_test(tcase, without_proc_nothing_passes);
	tcase_add_loop_test(tcase, name_in_the_log_cannot_look_like_anything_else, 0,
			    HEEL_ARRAY_SIZE(logged));
	suite_add_tcase(suite, tcase);
	return test_run(suite);
}
