/* SPDX-License-Identifier: ISC */
/* Reports: what a failure returns, what is kept of it, and which comes first. */
#include <errno.h>

#include "report.h"
#include "test.h"

static struct heel_report report;

static const struct heel_origin nowhere;

static void setup(void)
{
	report = (struct heel_report){0};
}

static void teardown(void)
{
	heel_report_free(&report);
}

START_TEST(new_report_is_empty)
{
	ck_assert_ptr_null(heel_first_error(&report));
	ck_assert_uint_eq(heel_count(&report, HEEL_ERROR), 0);
	ck_assert_uint_eq(heel_count(&report, HEEL_WARNING), 0);
	ck_assert_uint_eq(heel_count(&report, HEEL_NOTE), 0);
}
END_TEST

static const struct {
	int err;
	int result;
} failures[] = {
	{ENOENT, -ENOENT},
	{EPERM, -EPERM},
	{0, -EINVAL},
	{-ENOENT, -EINVAL},
};

START_TEST(failure_is_always_negative)
{
	ck_assert_int_eq(heel_fail(&report, failures[_i].err, nowhere, "text"),
			 failures[_i].result);
	ck_assert_ptr_nonnull(heel_first_error(&report));
}
END_TEST

START_TEST(problem_keeps_its_own_copy_of_text_and_place)
{
	char file[] = "heel.conf";
	struct heel_origin at = {.file = file, .line = 7};

	ck_assert_int_eq(heel_fail(&report, EINVAL, at, "unknown key \"%s\"", "x"),
			 -EINVAL);
	file[0] = '\0';
	ck_assert_str_eq(report.problems[0].text, "unknown key \"x\"");
	ck_assert_str_eq(report.problems[0].at.file, "heel.conf");
	ck_assert_uint_eq(report.problems[0].at.line, 7);
	ck_assert_int_eq(report.problems[0].severity, HEEL_ERROR);
}
END_TEST

START_TEST(control_characters_are_not_passed_on)
{
	ck_assert_int_eq(heel_fail(&report, EINVAL, nowhere, "not \"%s\"",
				   "a\nb\r\t\f\x1b[2J\x7f\xc3\xa4"),
			 -EINVAL);
	heel_warn(&report, nowhere, "%s", "\n");
	heel_note(&report, nowhere, "%s", "\n");
	ck_assert_str_eq(report.problems[0].text, "not \"a?b????[2J?\xc3\xa4\"");
	ck_assert_str_eq(report.problems[1].text, "?");
	ck_assert_str_eq(report.problems[2].text, "?");
}
END_TEST

START_TEST(problem_without_a_place_has_no_file)
{
	heel_note(&report, nowhere, "text");
	ck_assert_ptr_null(report.problems[0].at.file);
	ck_assert_uint_eq(report.problems[0].at.line, 0);
}
END_TEST

START_TEST(first_error_is_found_behind_warnings_and_notes)
{
	heel_warn(&report, nowhere, "warning");
	heel_note(&report, nowhere, "note");
	ck_assert_ptr_null(heel_first_error(&report));
	ck_assert_int_eq(heel_fail(&report, EPERM, nowhere, "first"), -EPERM);
	ck_assert_int_eq(heel_fail(&report, EPERM, nowhere, "second"), -EPERM);
	ck_assert_str_eq(heel_first_error(&report)->text, "first");
}
END_TEST

static const struct {
	enum heel_severity severity;
	unsigned int n;
	const char *name;
} severities[] = {
	{HEEL_ERROR, 1, "error"},
	{HEEL_WARNING, 2, "warning"},
	{HEEL_NOTE, 3, "note"},
};

START_TEST(problems_are_counted_by_severity)
{
	ck_assert_int_eq(heel_fail(&report, EPERM, nowhere, "text"), -EPERM);
	for (int i = 0; i < 2; i++)
		heel_warn(&report, nowhere, "text %d", i);
	for (int i = 0; i < 3; i++)
		heel_note(&report, nowhere, "text %d", i);
	ck_assert_uint_eq(heel_count(&report, severities[_i].severity), severities[_i].n);
	ck_assert_str_eq(heel_severity_name(severities[_i].severity),
			 severities[_i].name);
}
END_TEST

START_TEST(lack_of_memory_is_an_error_though_nothing_is_stored)
{
	ck_assert_int_eq(heel_fail_memory(&report), -ENOMEM);
	ck_assert_uint_eq(report.n, 0);
	ck_assert_uint_eq(heel_count(&report, HEEL_ERROR), 1);
	ck_assert_str_eq(heel_first_error(&report)->text, "out of memory");
}
END_TEST

START_TEST(freed_report_is_empty_again)
{
	ck_assert_int_eq(heel_fail(&report, EPERM, nowhere, "text"), -EPERM);
	ck_assert_int_eq(heel_fail_memory(&report), -ENOMEM);
	heel_report_free(&report);
	ck_assert_ptr_null(heel_first_error(&report));
	ck_assert_uint_eq(heel_count(&report, HEEL_ERROR), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("report");
	TCase *tcase = tcase_create("report");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, new_report_is_empty);
	tcase_add_loop_test(tcase, failure_is_always_negative, 0,
			    HEEL_ARRAY_SIZE(failures));
	tcase_add_test(tcase, problem_keeps_its_own_copy_of_text_and_place);
	tcase_add_test(tcase, control_characters_are_not_passed_on);
	tcase_add_test(tcase, problem_without_a_place_has_no_file);
	tcase_add_test(tcase, first_error_is_found_behind_warnings_and_notes);
	tcase_add_loop_test(tcase, problems_are_counted_by_severity, 0,
			    HEEL_ARRAY_SIZE(severities));
	tcase_add_test(tcase, lack_of_memory_is_an_error_though_nothing_is_stored);
	tcase_add_test(tcase, freed_report_is_empty_again);
	suite_add_tcase(suite, tcase);
	return test_run(suite);
}
