/* SPDX-License-Identifier: ISC */
/* The records of sessions: their text, and the directory in which they are kept. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "record.h"
#include "register.h"
#include "test.h"

static struct heel_arena arena;
static struct heel_report report;

static struct heel_record example(void)
{
	struct heel_record record = {
		.pid = (uint64_t)getpid(),
		.since = 1764000000,
		.uid = 1000,
		.deferred = 1,
		.digest = UINT64_MAX,
		.user = "alice",
		.service = "sshd",
		.profile = "student",
		.config = "",
	};

	ck_assert_int_eq(heel_process_start(getpid(), &record.start), 0);
	return record;
}

/* --- The text --- */

static void assert_same(const struct heel_record *a, const struct heel_record *b)
{
	ck_assert_uint_eq(a->pid, b->pid);
	ck_assert_uint_eq(a->start, b->start);
	ck_assert_uint_eq(a->since, b->since);
	ck_assert_uint_eq(a->uid, b->uid);
	ck_assert_uint_eq(a->deferred, b->deferred);
	ck_assert_uint_eq(a->digest, b->digest);
	ck_assert_str_eq(a->user, b->user);
	ck_assert_str_eq(a->service, b->service);
	ck_assert_str_eq(a->profile, b->profile);
	ck_assert_str_eq(a->config, b->config);
}

START_TEST(what_is_printed_is_parsed)
{
	struct heel_record record = example(), parsed;
	char text[HEEL_RECORD_SIZE];

	record.user = "a=b c\xc3\xa4";
	record.config = "/etc/other heel";
	ck_assert_int_eq(heel_record_print(&record, text), (int)strlen(text));
	ck_assert_int_eq(heel_record_parse(&arena, text, &parsed), 0);
	assert_same(&record, &parsed);
}
END_TEST

START_TEST(what_could_not_be_read_again_is_not_printed)
{
	static char name[HEEL_RECORD_SIZE + 1];
	char text[HEEL_RECORD_SIZE];
	struct heel_record record = example();

	record.user = "a\nuid=0";
	ck_assert_int_eq(heel_record_print(&record, text), -EINVAL);
	record.user = "";
	ck_assert_int_eq(heel_record_print(&record, text), -EINVAL);
	record.user = NULL;
	ck_assert_int_eq(heel_record_print(&record, text), -EINVAL);
	memset(name, 'a', HEEL_RECORD_SIZE);
	record.user = name;
	ck_assert_int_eq(heel_record_print(&record, text), -ENAMETOOLONG);
	record = example();
	record.pid = 1ULL << 31;
	ck_assert_int_eq(heel_record_print(&record, text), -EINVAL);
}
END_TEST

/* Nothing that is cut off anywhere, or goes on, is a record. */
START_TEST(half_a_record_is_none)
{
	struct heel_record record = example(), parsed;
	char text[HEEL_RECORD_SIZE];
	int length = heel_record_print(&record, text);

	ck_assert_int_gt(length, 0);
	for (int i = 0; i < length; i++) {
		const char *half = test_format("%.*s", i, text);

		ck_assert_int_eq(heel_record_parse(&arena, half, &parsed), -EINVAL);
	}
	ck_assert_int_eq(heel_record_parse(&arena, test_format("%s\n", text), &parsed),
			 -EINVAL);
}
END_TEST

/* --- The directory --- */

static struct heel_register open_register(const char *rundir)
{
	struct heel_register records = {.fd = -1};

	ck_assert_int_eq(heel_register_open(rundir, true, &records, &report), 0);
	return records;
}

static size_t count(const struct heel_register *records, struct heel_record *ret)
{
	struct heel_record *v = NULL;
	size_t n = 0;

	ck_assert_int_eq(heel_register_list(records, &arena, &v, &n, &report), 0);
	if (n > 0)
		*ret = v[0];
	return n;
}

START_TEST(what_is_kept_is_listed_until_it_is_made_void)
{
	const char *rundir = test_tmpdir();
	struct heel_register records = open_register(rundir);
	struct heel_record record = example(), listed;
	const size_t descriptors = test_count_descriptors();
	int fd = -1;

	ck_assert_uint_eq(count(&records, &listed), 0);
	ck_assert_int_eq(heel_register_keep(&records, &record, &fd, &report), 0);
	ck_assert_int_ge(fcntl(fd, F_GETFD) & FD_CLOEXEC, 1);
	ck_assert_uint_eq(count(&records, &listed), 1);
	assert_same(&record, &listed);
	heel_register_void(fd);
	ck_assert_uint_eq(count(&records, &listed), 0);
	heel_close_fd(&fd);
	ck_assert_int_eq(heel_register_keep(&records, &record, &fd, &report), 0);
	heel_close_fd(&fd);
	ck_assert_uint_eq(count(&records, &listed), 1);
	heel_register_drop(&records, getpid());
	ck_assert_uint_eq(count(&records, &listed), 0);
	ck_assert_uint_eq(test_count_descriptors(), descriptors);
	ck_assert_uint_eq(report.n, 0);
}
END_TEST

START_TEST(a_process_that_has_ended_has_no_session)
{
	struct heel_register records = open_register(test_tmpdir());
	struct heel_record record = example(), listed;
	int ends[2], fd = -1;
	uint64_t start;
	pid_t child;

	ck_assert_int_eq(pipe(ends), 0);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0)
		_exit(read(ends[0], &start, 1) == 1 ? 0 : 1);
	record.pid = (uint64_t)child;
	ck_assert_int_eq(heel_process_start(child, &record.start), 0);
	ck_assert_int_eq(heel_register_keep(&records, &record, &fd, &report), 0);
	heel_close_fd(&fd);
	ck_assert_uint_eq(count(&records, &listed), 1);
	ck_assert_int_eq(write(ends[1], "x", 1), 1);
	ck_assert_int_eq(waitid(P_PID, (id_t)child, NULL, WEXITED | WNOWAIT), 0);
	/* It is a zombie now. */
	ck_assert_int_eq(heel_process_start(child, &start), -ESRCH);
	ck_assert_uint_eq(count(&records, &listed), 0);
	ck_assert_int_eq(waitpid(child, NULL, 0), child);
	ck_assert_int_eq(heel_process_start(child, &start), -ESRCH);
}
END_TEST

START_TEST(a_name_of_brackets_and_blanks_hides_no_beginning)
{
	FILE *file = fopen("/proc/self/comm", "we");
	uint64_t before, after;

	ck_assert_int_eq(heel_process_start(getpid(), &before), 0);
	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(fputs("a) Z 1 2) ((", file), 0);
	ck_assert_int_eq(fclose(file), 0);
	ck_assert_int_eq(heel_process_start(getpid(), &after), 0);
	ck_assert_uint_eq(before, after);
}
END_TEST

START_TEST(a_directory_that_others_could_write_to_is_not_used)
{
	const char *rundir = test_tmpdir();
	struct heel_register records = open_register(rundir);

	heel_register_close(&records);
	ck_assert_int_eq(chmod(test_format("%s/" HEEL_REGISTER, rundir), 0720), 0);
	ck_assert_int_eq(heel_register_open(rundir, true, &records, &report), -EPERM);
	ck_assert_int_eq(symlink(rundir, test_format("%s/link", rundir)), 0);
	ck_assert_int_eq(heel_register_open(test_format("%s/link", rundir), true,
					    &records, &report),
			 -ELOOP);
	ck_assert_int_eq(heel_register_open(test_format("%s/none", rundir), false,
					    &records, &report),
			 -ENOENT);
	ck_assert_int_eq(records.fd, -1);
}
END_TEST

/* The signal would end this test. */
START_TEST(where_no_file_may_grow_nothing_is_written)
{
	struct heel_register records = open_register(test_tmpdir());
	const struct rlimit limit = {16, RLIM_INFINITY},
			    none = {RLIM_INFINITY, RLIM_INFINITY};
	struct heel_record record = example(), listed;
	int fd = -1, rc;

	if (setrlimit(RLIMIT_FSIZE, &limit) < 0)
		ck_abort();
	rc = heel_register_keep(&records, &record, &fd, &report);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &none), 0); /* check writes files */
	ck_assert_int_eq(rc, -EFBIG);
	ck_assert_int_eq(fd, -1);
	ck_assert_uint_eq(count(&records, &listed), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("register");
	TCase *tcase = tcase_create("register");

	tcase_add_test(tcase, what_is_printed_is_parsed);
	tcase_add_test(tcase, what_could_not_be_read_again_is_not_printed);
	tcase_add_test(tcase, half_a_record_is_none);
	tcase_add_test(tcase, what_is_kept_is_listed_until_it_is_made_void);
	tcase_add_test(tcase, a_process_that_has_ended_has_no_session);
	tcase_add_test(tcase, a_name_of_brackets_and_blanks_hides_no_beginning);
	tcase_add_test(tcase, a_directory_that_others_could_write_to_is_not_used);
	tcase_add_test(tcase, where_no_file_may_grow_nothing_is_written);
	suite_add_tcase(suite, tcase);
	return test_run(suite);
}
