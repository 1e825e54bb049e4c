/* SPDX-License-Identifier: ISC */
/* Which assignment is a subject's: true, false and unknown entries, first match. */
#include <errno.h>
#include <string.h>

#include "assign.h"
#include "test.h"

#define FILE_NAME "heel.conf"

static struct heel_arena arena;
static struct heel_report report;

static void setup(void)
{
	arena = (struct heel_arena){0};
	report = (struct heel_report){0};
}

static void teardown(void)
{
	heel_report_free(&report);
	heel_arena_free(&arena);
}

/* A directory of a few groups; one name stands for a server that cannot be reached. */
static int find_group(const char *name, const char *user, struct heel_group *ret)
{
	static const struct {
		const char *name;
		gid_t gid;
		const char *lists;
	} groups[] = {
		{"root", 0, NULL},	 {"students", 2000, NULL}, {"exam", 2001, NULL},
		{"staff", 2002, "bert"}, {"*", 2003, NULL},	   {"late", 2004, "anna"},
	};

	if (strcmp(name, "unreachable") == 0)
		return -EIO;
	for (size_t i = 0; i < HEEL_ARRAY_SIZE(groups); i++) {
		if (strcmp(groups[i].name, name) == 0) {
			*ret = (struct heel_group){
				.gid = groups[i].gid,
				.lists_user = groups[i].lists &&
					      strcmp(groups[i].lists, user) == 0,
			};
			return 0;
		}
	}
	return -ENOENT;
}

static const gid_t groups_of_anna[] = {1001, 2001};

/* Her primary group is "students"; "exam" is a supplementary one. */
static const struct heel_subject anna = {
	.service = "sshd",
	.user = "anna",
	.uid = 1001,
	.gid = 2000,
	.group = "students",
	.home = "/home/anna",
	.groups = groups_of_anna,
	.n_groups = HEEL_ARRAY_SIZE(groups_of_anna),
	.find_group = find_group,
};

#define NOBODY	(-1) /* no entry matches */
#define UNKNOWN (-2) /* an entry cannot be decided */

/* Entries, and which of them is anna's, from 0. */
static const struct {
	const char *entries;
	int result;
} rows[] = {
	/* user */
	{"{ user = 'anna'; P }", 0},
	{"{ user = 'ann'; P }", NOBODY},
	{"{ user = 'Anna'; P }", NOBODY},
	{"{ user = 'annab'; P }", NOBODY},
	{"{ user = '*'; P }", 0},
	{"{ user = 'an*'; P }", 0},
	{"{ user = '*na'; P }", 0},
	{"{ user = 'ann?'; P }", 0},
	{"{ user = 'anna?'; P }", NOBODY},
	{"{ user = '[a-c]nna'; P }", 0},
	{"{ user = '[!a]nna'; P }", NOBODY},
	{"{ user = 'root'; P }, { user = 'anna'; P }", 1},
	{"{ user = [ 'root', 'anna' ]; P }", 0},
	{"{ user = ( 'root', 'bert' ); P }", NOBODY},
	/* uid */
	{"{ uid = 1001; P }", 0},
	{"{ uid = '1001'; P }", 0},
	{"{ uid = 1000; P }", NOBODY},
	{"{ uid = 100; P }", NOBODY},
	{"{ uid = '1001-1001'; P }", 0},
	{"{ uid = '1000-1001'; P }", 0},
	{"{ uid = '1001-1002'; P }", 0},
	{"{ uid = '0-1000'; P }", NOBODY},
	{"{ uid = '1002-4294967295'; P }", NOBODY},
	{"{ uid = '0-4294967295'; P }", 0},
	{"{ uid = ( 0, '1-999', '61184-65534' ); P }", NOBODY},
	{"{ uid = ( 0, '1-999', '1001' ); P }", 0},
	/* group: primary, supplementary, none, by name only */
	{"{ group = 'students'; P }", 0},
	{"{ group = 'exam'; P }", 0},
	{"{ group = 'staff'; P }", NOBODY},
	{"{ group = 'root'; P }", NOBODY},
	{"{ group = [ 'staff', 'exam' ]; P }", 0},
	{"{ group = ( 'staff', 'root' ); P }", NOBODY},
	{"{ group = '*'; P }", NOBODY}, /* no pattern: a group of that name */
	/* service */
	{"{ service = 'sshd'; P }", 0},
	{"{ service = 'ssh*'; P }", 0},
	{"{ service = [ 'login', 'sshd' ]; P }", 0},
	{"{ service = 'login'; P }", NOBODY},
	/* between keys all must hold */
	{"{ user = 'anna'; uid = 1001; group = 'exam'; service = 'sshd'; P }", 0},
	{"{ user = 'bert'; uid = 1001; group = 'exam'; service = 'sshd'; P }", NOBODY},
	{"{ user = 'anna'; uid = 1002; group = 'exam'; service = 'sshd'; P }", NOBODY},
	{"{ user = 'anna'; uid = 1001; group = 'staff'; service = 'sshd'; P }", NOBODY},
	{"{ user = 'anna'; uid = 1001; group = 'exam'; service = 'su'; P }", NOBODY},
	/* first match wins */
	{"{ group = 'exam'; P }, { group = 'students'; P }", 0},
	{"{ group = 'staff'; P }, { group = 'students'; P }, { user = '*'; P }", 1},
	{"{ user = 'bert'; P }, { user = 'carl'; P }, { user = '*'; P }", 2},
	/* unknown: no such group, or no answer */
	{"{ group = 'nowhere'; P }", UNKNOWN},
	{"{ group = 'unreachable'; P }", UNKNOWN},
	/* an unknown entry stops the search: what follows may be weaker */
	{"{ group = 'unreachable'; P }, { user = '*'; P }", UNKNOWN},
	{"{ user = 'bert'; P }, { group = 'unreachable'; P }, { user = '*'; P }",
	 UNKNOWN},
	{"{ user = 'anna'; P }, { group = 'unreachable'; P }", 0},
	/* one false key makes an entry false, whatever is unknown */
	{"{ group = 'unreachable'; user = 'bert'; P }, { user = '*'; P }", 1},
	{"{ group = 'unreachable'; uid = '0-999'; P }, { user = '*'; P }", 1},
	{"{ group = 'unreachable'; service = 'su'; P }, { user = '*'; P }", 1},
	/* true keys do not make an unknown entry true */
	{"{ group = 'unreachable'; user = 'anna'; uid = 1001; P }, { user = '*'; P }",
	 UNKNOWN},
	/* one membership makes the key true, before or behind the unknown name */
	{"{ group = [ 'unreachable', 'exam' ]; P }", 0},
	{"{ group = [ 'exam', 'unreachable' ]; P }", 0},
	{"{ group = [ 'unreachable', 'nowhere', 'students' ]; P }", 0},
	/* a group that lists her, though it is not among her groups */
	{"{ group = 'late'; P }", 0},
	{"{ group = [ 'unreachable', 'late' ]; P }", 0},
	/* no membership and one unknown name: unknown, in either order */
	{"{ group = [ 'unreachable', 'staff' ]; P }, { user = '*'; P }", UNKNOWN},
	{"{ group = [ 'staff', 'unreachable' ]; P }, { user = '*'; P }", UNKNOWN},
	/* nobody */
	{"", NOBODY},
};

/* A heel.conf with those entries, one a line from line 3 on; ' is " and P a profile. */
static void load(const char *entries, struct heel_settings *settings)
{
	const char *text = "version = 1;\nassign = (\n";

	for (const char *c = entries; *c; c++) {
		if (*c == '\'')
			text = test_format("%s\"", text);
		else if (*c == 'P')
			text = test_format("%sprofile = \"p\";", text);
		else if (c[0] == ',' && c[1] == ' ' && c[2] == '{')
			text = test_format("%s,\n", text);
		else
			text = test_format("%s%c", text, *c);
	}
	text = test_format("%s );\n", text);
	ck_assert_msg(heel_settings_load(&arena, FILE_NAME, text, strlen(text), settings,
					 &report) == 0,
		      "%s\n%s", text, report.n ? report.problems[0].text : "");
}

static void assert_result(int rc, size_t index, int result, const char *entries)
{
	const struct heel_problem *problem = heel_first_error(&report);

	if (result >= 0) {
		ck_assert_msg(rc == 0, "%s\n%s", entries, problem ? problem->text : "");
		ck_assert_msg(index == (size_t)result, "%s\n%zu", entries, index);
		return;
	}
	ck_assert_msg(rc == -EACCES, "%s\n%d", entries, rc);
	ck_assert_msg(strstr(problem->text, result == NOBODY ? "no assignment matches"
							     : "does not resolve"),
		      "%s\n%s", entries, problem->text);
	ck_assert_ptr_nonnull(strstr(problem->text, "\"anna\""));
	ck_assert_str_eq(problem->at.file, FILE_NAME);
}

START_TEST(first_entry_that_is_true_counts_and_an_unknown_one_refuses)
{
	struct heel_settings settings;
	size_t index = 99;
	int rc;

	load(rows[_i].entries, &settings);
	rc = heel_assign(&settings, &anna, 0, &index, &report);
	assert_result(rc, index, rows[_i].result, rows[_i].entries);
}
END_TEST

START_TEST(refusal_names_the_group_and_the_line_of_the_entry)
{
	struct heel_settings settings;
	size_t index;

	load("{ user = 'bert'; P }, { group = [ 'staff', 'unreachable' ]; P }",
	     &settings);
	ck_assert_int_eq(heel_assign(&settings, &anna, 0, &index, &report), -EACCES);
	ck_assert_ptr_nonnull(strstr(report.problems[0].text, "\"unreachable\""));
	ck_assert_uint_eq(report.problems[0].at.line, 4);
}
END_TEST

START_TEST(nobody_matched_names_the_user_and_the_uid)
{
	struct heel_settings settings;
	size_t index;

	load("{ user = 'bert'; P }", &settings);
	ck_assert_int_eq(heel_assign(&settings, &anna, 0, &index, &report), -EACCES);
	ck_assert_ptr_nonnull(strstr(report.problems[0].text, "\"anna\" (uid 1001)"));
}
END_TEST

START_TEST(search_goes_on_where_it_is_told_to)
{
	struct heel_settings settings;
	size_t index = 99;

	load("{ user = '*'; P }, { user = 'bert'; P }, { user = 'anna'; P }", &settings);
	ck_assert_int_eq(heel_assign(&settings, &anna, 1, &index, &report), 0);
	ck_assert_uint_eq(index, 2);
	ck_assert_int_eq(heel_assign(&settings, &anna, 3, &index, &report), -EACCES);
	ck_assert_uint_eq(index, 2);
}
END_TEST

START_TEST(subject_without_groups_or_service_matches_by_what_it_has)
{
	struct heel_settings settings;
	struct heel_subject subject = anna;
	size_t index = 99;

	subject.groups = NULL;
	subject.n_groups = 0;
	subject.service = NULL;
	load("{ group = 'exam'; P }, { service = 'sshd'; P }, { group = 'students'; P }",
	     &settings);
	ck_assert_int_eq(heel_assign(&settings, &subject, 0, &index, &report), 0);
	ck_assert_uint_eq(index, 2);
}
END_TEST

/* uid 4294967295 and 0 are where a comparison would wrap. */
START_TEST(uid_ranges_hold_at_their_ends)
{
	static const struct {
		uid_t uid;
		const char *entries;
		bool found;
	} ends[] = {
		{0, "{ uid = 0; P }", true},
		{0, "{ uid = '0-0'; P }", true},
		{0, "{ uid = '1-4294967295'; P }", false},
		{UINT32_MAX, "{ uid = '1-4294967295'; P }", true},
		{UINT32_MAX, "{ uid = '0-4294967294'; P }", false},
		{0x80000000, "{ uid = '2147483648'; P }", true},
		{999, "{ uid = '1-999'; P }", true},
		{1000, "{ uid = '1-999'; P }", false},
		{1, "{ uid = '1-999'; P }", true},
	};

	for (size_t i = 0; i < HEEL_ARRAY_SIZE(ends); i++) {
		struct heel_settings settings;
		struct heel_subject subject = anna;
		size_t index;
		int rc;

		subject.uid = ends[i].uid;
		load(ends[i].entries, &settings);
		rc = heel_assign(&settings, &subject, 0, &index, &report);
		ck_assert_msg(rc == (ends[i].found ? 0 : -EACCES), "%u %s",
			      (unsigned int)ends[i].uid, ends[i].entries);
		heel_report_free(&report);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("assign");
	TCase *tcase = tcase_create("assign");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase,
			    first_entry_that_is_true_counts_and_an_unknown_one_refuses, 0,
			    HEEL_ARRAY_SIZE(rows));
	tcase_add_test(tcase, refusal_names_the_group_and_the_line_of_the_entry);
	tcase_add_test(tcase, nobody_matched_names_the_user_and_the_uid);
	tcase_add_test(tcase, search_goes_on_where_it_is_told_to);
	tcase_add_test(tcase, subject_without_groups_or_service_matches_by_what_it_has);
	tcase_add_test(tcase, uid_ranges_hold_at_their_ends);
	suite_add_tcase(suite, tcase);
	return test_run(suite);
}
