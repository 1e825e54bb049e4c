/* SPDX-License-Identifier: ISC */
/* How PAM's files are read: what is a line, what it does upon which answer, what it
 * skips. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../ctl/pam_stack.h"
#include "../ctl/textfile.h"
#include "test.h"

static struct heel_arena arena;

static struct heel_pam_stack read_stack(const char *directory, enum heel_pam_type type)
{
	const char *const directories[] = {directory, NULL};
	const struct heel_pam_place place = {directories};
	struct heel_pam_stack stack = {0};

	ck_assert_int_eq(heel_pam_read(&arena, &place, "service", type, &stack), 0);
	return stack;
}

static struct heel_pam_stack read_text(const char *text)
{
	const char *directory = test_tmpdir();

	(void)test_write_file(directory, "service", text);
	(void)test_write_file(directory, "sub",
			      "session sufficient a.so\nauth required b.so\n"
			      "session required c.so\n");
	(void)test_write_file(directory, "loop", "@include loop\n@include loop\n");
	return read_stack(directory, HEEL_PAM_SESSION);
}

/* --- What is a line --- */

static const struct {
	const char *text;
	size_t n;	   /* session lines */
	unsigned int line; /* of the first */
	const char *module;
	size_t arguments;
} texts[] = {
	{"", 0, 0, NULL, 0},
	{"session required x.so", 1, 1, "x.so", 0},
	{"\n\n  session\trequired\tx.so a b\n", 1, 3, "x.so", 2},
	{"#session required x.so\nauth required y.so\n", 0, 0, NULL, 0},
	{"session required x.so a # b c\n", 1, 1, "x.so", 1},
	{"session \\\n required \\\n x.so\nsession required y.so", 2, 1, "x.so", 0},
	{"# comment \\\nsession required x.so\n", 1, 2, "x.so", 0},
	{"session required x.so \\", 1, 1, "x.so", 0},
	{"SESSION Required x.so\n", 1, 1, "x.so", 0},
	{"-session optional x.so\n", 1, 1, "x.so", 0},
	{"session [success=1 default=ignore] x.so [a b] c", 1, 1, "x.so", 2},
	{"session [success=1 x.so", 1, 1, "", 0},
	{"session", 1, 1, "", 0},
	{"session required", 1, 1, "", 0},
	{"session [", 1, 1, "", 0},
	{"session include sub\nsession required x.so", 3, 1, "a.so", 0},
	{"@include sub\nsession required x.so", 3, 1, "a.so", 0},
	{"session substack sub\nsession required x.so", 4, 1, "", 0},
	{"session include", 0, 0, NULL, 0},
	{"@include", 0, 0, NULL, 0},
	{"\\\n\\\n\\", 0, 0, NULL, 0},
	{"\r\n\tsession required x.so\r\n", 1, 2, "x.so", 0},
};

START_TEST(lines_are_as_pam_has_them)
{
	const struct heel_pam_stack stack = read_text(texts[_i].text);

	ck_assert_msg(stack.n == texts[_i].n, "%s: %zu", texts[_i].text, stack.n);
	if (stack.n == 0)
		return;
	ck_assert_uint_eq(stack.lines[0].at.line, texts[_i].line);
	ck_assert_str_eq(stack.lines[0].module, texts[_i].module);
	ck_assert_uint_eq(stack.lines[0].n_arguments, texts[_i].arguments);
}
END_TEST

/* --- What it does --- */

static const struct {
	const char *control;
	int success, perm_denied, system_err;
} controls[] = {
	{"required", HEEL_PAM_OK, HEEL_PAM_BAD, HEEL_PAM_BAD},
	{"requisite", HEEL_PAM_OK, HEEL_PAM_DIE, HEEL_PAM_DIE},
	{"sufficient", HEEL_PAM_DONE, HEEL_PAM_IGNORE, HEEL_PAM_IGNORE},
	{"optional", HEEL_PAM_OK, HEEL_PAM_IGNORE, HEEL_PAM_IGNORE},
	{"[success=2 default=die]", 2, HEEL_PAM_DIE, HEEL_PAM_DIE},
	{"[default=die success=2]", 2, HEEL_PAM_DIE, HEEL_PAM_DIE},
	{"[Success=OK Perm_Denied=Ignore]", HEEL_PAM_OK, HEEL_PAM_IGNORE, HEEL_PAM_BAD},
	{"[success=reset perm_denied=nonsense]", HEEL_PAM_RESET, HEEL_PAM_BAD,
	 HEEL_PAM_BAD},
	{"[success=99999999999999999999]", HEEL_PAM_BAD, HEEL_PAM_BAD, HEEL_PAM_BAD},
	{"[=== success]", HEEL_PAM_BAD, HEEL_PAM_BAD, HEEL_PAM_BAD},
	{"nonsense", HEEL_PAM_BAD, HEEL_PAM_BAD, HEEL_PAM_BAD},
};

START_TEST(controls_mean_what_pam_takes_them_for)
{
	const struct heel_pam_stack stack =
		read_text(test_format("session %s x.so\n", controls[_i].control));

	ck_assert_uint_eq(stack.n, 1);
	ck_assert_int_eq(stack.lines[0].actions[HEEL_PAM_SUCCESS], controls[_i].success);
	ck_assert_int_eq(stack.lines[0].actions[HEEL_PAM_PERM_DENIED],
			 controls[_i].perm_denied);
	ck_assert_int_eq(stack.lines[0].actions[HEEL_PAM_SYSTEM_ERR],
			 controls[_i].system_err);
}
END_TEST

/* --- What it skips --- */

static const struct {
	const char *text;
	size_t from, to;
	bool past, past_on_success;
} jumps[] = {
	{"session required a.so\nsession required h.so", 0, 1, false, false},
	{"session sufficient a.so\nsession required h.so", 0, 1, true, true},
	{"session [default=done] a.so\nsession required h.so", 0, 1, true, true},
	{"session [success=ok default=1] a.so\nsession required h.so", 0, 1, true, false},
	{"session [success=1] a.so\nsession required b.so\nsession required h.so", 0, 2,
	 false, false},
	{"session [success=2] a.so\nsession required b.so\nsession required h.so", 0, 2,
	 true, true},
	/* What a substack ends, or jumps over, it does for itself. */
	{"session substack sub\nsession required h.so", 1, 3, false, false},
	/* A substack is one line to jump over. */
	{"session [success=1] a.so\nsession substack sub\nsession required h.so", 0, 4,
	 false, false},
	{"session [success=2] a.so\nsession substack sub\nsession required h.so", 0, 4,
	 true, true},
	{"session [success=1] a.so\nsession substack sub\nsession required h.so", 0, 3,
	 true, true},
	/* The end of one substack is not that of the next. */
	{"session substack sub\nsession substack sub\n", 1, 4, false, false},
	{"session include sub\nsession required h.so", 0, 2, true, true},
};

START_TEST(what_leads_past_is_seen)
{
	const struct heel_pam_stack stack = read_text(jumps[_i].text);

	ck_assert_uint_lt(jumps[_i].to, stack.n);
	ck_assert_int_eq(heel_pam_leads_past(&stack, jumps[_i].from, jumps[_i].to, false),
			 jumps[_i].past);
	ck_assert_int_eq(heel_pam_leads_past(&stack, jumps[_i].from, jumps[_i].to, true),
			 jumps[_i].past_on_success);
}
END_TEST

/* --- What is never asked --- */

#define CONDITION "session [success=1 default=ignore] pam_succeed_if.so "

/* Conditions of pam_succeed_if, and whether the service "service" surely meets them. */
static const struct {
	const char *text;
	bool met;
} conditions[] = {
	{"service in a:service", true},
	{"service in a:b", false},
	{"service in :servic:services:", false},
	{"service notin a:b", true},
	{"service notin service", false},
	{"quiet use_uid service in service", true},
	{"service in service quiet", true},
	/* These are met by some. */
	{"service in service uid > 0", false},
	{"user in service", false},
	{"service is service", false},
	{"service in", false},
	{"", false},
};

START_TEST(a_condition_on_the_service_is_settled)
{
	const struct heel_pam_stack stack =
		read_text(test_format(CONDITION "%s\nsession required h.so\n"
						"session required i.so",
				      conditions[_i].text));

	ck_assert_uint_eq(stack.n, 3);
	ck_assert(stack.lines[0].asked);
	ck_assert_int_eq(stack.lines[1].asked, !conditions[_i].met);
	ck_assert(stack.lines[2].asked);
}
END_TEST

/* The session lines that the service "service" may come to, by their numbers. */
static const struct {
	const char *text;
	const char *asked;
} ways[] = {
	{"session [default=1] a.so service in service\nsession required h.so", "1 2 "},
	{"session [default=done] a.so\nsession required h.so", "1 2 "},
	{"session [default=done] pam_succeed_if.so service in service\nsession required h.so",
	 "1 "},
	{CONDITION "service in service\nsession substack sub\nsession required h.so",
	 "1 5 "},
	{CONDITION "service in service\nsession include sub\nsession required h.so",
	 "1 3 4 "},
	{"session substack sub\nsession required h.so", "1 2 3 4 "},
	/* Another line leads to it all the same. */
	{"session [success=1] a.so\n" CONDITION
	 "service in service\nsession required h.so",
	 "1 2 3 "},
};

START_TEST(what_is_never_asked_is_seen)
{
	const struct heel_pam_stack stack = read_text(ways[_i].text);
	const char *asked = "";

	for (size_t i = 0; i < stack.n; i++)
		if (stack.lines[i].asked)
			asked = test_format("%s%zu ", asked, i + 1);
	ck_assert_str_eq(asked, ways[_i].asked);
}
END_TEST

START_TEST(what_is_never_asked_leads_nowhere)
{
	const struct heel_pam_stack stack =
		read_text(CONDITION "service in service\nsession sufficient b.so\n"
				    "session required h.so");

	ck_assert(!heel_pam_leads_past(&stack, 1, 2, false));
}
END_TEST

/* --- What is broken --- */

static const char *const broken[] = {
	"@include service\n",
	"@include loop\n",
	"session include service\nsession include service\n",
	"session substack service\nsession substack service\n",
	"@include nowhere\n",
	"@include /dev/zero\n",
	"@include /dev/null\n",
	"@include\n",
	"session include",
};

START_TEST(includes_end)
{
	const struct heel_pam_stack stack = read_text(broken[_i]);

	ck_assert_ptr_nonnull(stack.why);
	ck_assert_uint_ge(stack.broken.line, 1);
}
END_TEST

START_TEST(a_service_without_a_file_is_none)
{
	const char *const directories[] = {test_tmpdir(), NULL};
	const struct heel_pam_place place = {directories};
	struct heel_pam_stack stack;

	ck_assert_int_eq(heel_pam_read(&arena, &place, "service", HEEL_PAM_AUTH, &stack),
			 -ENOENT);
	ck_assert_ptr_null(heel_pam_file(&arena, &place, "service"));
}
END_TEST

/* Whatever the bytes, reading ends, and stays within the text. */
START_TEST(any_bytes_are_read)
{
	static const char alphabet[] = "session[]= \t\n\\#@-include19done.so\r\x01\xff";
	char text[257];

	srandom((unsigned int)_i + 1);
	for (size_t i = 0; i < sizeof(text) - 1; i++)
		text[i] = alphabet[(size_t)random() % (sizeof(alphabet) - 1)];
	text[sizeof(text) - 1] = '\0';
	(void)read_text(test_format("session [%s\nsession %s", text, text));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("pam_stack");
	TCase *tests = tcase_create("stacks");

	tcase_add_loop_test(tests, lines_are_as_pam_has_them, 0, HEEL_ARRAY_SIZE(texts));
	tcase_add_loop_test(tests, controls_mean_what_pam_takes_them_for, 0,
			    HEEL_ARRAY_SIZE(controls));
	tcase_add_loop_test(tests, what_leads_past_is_seen, 0, HEEL_ARRAY_SIZE(jumps));
	tcase_add_loop_test(tests, a_condition_on_the_service_is_settled, 0,
			    HEEL_ARRAY_SIZE(conditions));
	tcase_add_loop_test(tests, what_is_never_asked_is_seen, 0, HEEL_ARRAY_SIZE(ways));
	tcase_add_test(tests, what_is_never_asked_leads_nowhere);
	tcase_add_loop_test(tests, includes_end, 0, HEEL_ARRAY_SIZE(broken));
	tcase_add_test(tests, a_service_without_a_file_is_none);
	tcase_add_loop_test(tests, any_bytes_are_read, 0, 50);
	suite_add_tcase(suite, tests);
	return test_run(suite);
}
