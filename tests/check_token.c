/* SPDX-License-Identifier: ISC */
/* Tokens and rule paths: no value of the user database may lead a path astray. */
#include <errno.h>
#include <string.h>

#include "test.h"
#include "token.h"

static struct heel_arena arena;
static struct heel_report report;

static const struct heel_origin at = {"x.conf", 7};

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

static const struct heel_subject anna = {
	.user = "anna",
	.uid = 1001,
	.gid = 2000,
	.group = "students",
	.home = "/home/anna",
};

static void assert_failed(int rc, int wanted, const char *part, const char *context)
{
	const struct heel_problem *problem = heel_first_error(&report);

	ck_assert_msg(rc == wanted, "%s: %d", context, rc);
	ck_assert_msg(strstr(problem->text, part), "%s\n%s", context, problem->text);
	ck_assert_str_eq(problem->at.file, at.file);
	ck_assert_uint_eq(problem->at.line, at.line);
	ck_assert_uint_eq(report.n, 1);
}

/* What is wrong with the text itself. */
static void assert_error(int rc, const char *part, const char *context)
{
	assert_failed(rc, -EINVAL, part, context);
}

/* What is wrong with the subject's value: the policy is in order. */
static void assert_denied(int rc, const char *part, const char *context)
{
	assert_failed(rc, -EACCES, part, context);
}

/* Values. */

static const struct {
	const char *text;
	const char *expanded;
} expansions[] = {
	{"", ""},
	{"plain", "plain"},
	{"${user}", "anna"},
	{"${uid}", "1001"},
	{"${group}", "students"},
	{"${gid}", "2000"},
	{"${home}", "/home/anna"},
	{"/srv/${group}/${user}", "/srv/students/anna"},
	{"${user}${user}", "annaanna"},
	{"TMPDIR=${home}/tmp", "TMPDIR=/home/anna/tmp"},
	{"read ${home}", "read /home/anna"},
	{"$user $ $$ {user} $(user) ~", "$user $ $$ {user} $(user) ~"},
	{"$${user}", "$anna"},
	{"100%", "100%"},
	{"%s%n", "%s%n"},
};

START_TEST(token_becomes_the_subjects_value)
{
	const char *text = NULL;

	ck_assert_int_eq(
		heel_expand(&arena, expansions[_i].text, &anna, at, &text, &report), 0);
	ck_assert_str_eq(text, expansions[_i].expanded);
}
END_TEST

START_TEST(largest_ids_are_written_without_a_sign)
{
	struct heel_subject subject = anna;
	const char *text;

	subject.uid = UINT32_MAX - 1;
	subject.gid = UINT32_MAX - 1;
	ck_assert_int_eq(
		heel_expand(&arena, "${uid} ${gid}", &subject, at, &text, &report), 0);
	ck_assert_str_eq(text, "4294967294 4294967294");
}
END_TEST

START_TEST(value_is_not_expanded_again)
{
	struct heel_subject subject = anna;
	const char *text;

	subject.user = "${home}";
	subject.group = "${user}";
	ck_assert_int_eq(
		heel_expand(&arena, "${user} ${group}", &subject, at, &text, &report), 0);
	ck_assert_str_eq(text, "${home} ${user}");
}
END_TEST

/* Each value refuses wherever its token is used, and only there. */
static const struct {
	const char *token;
	const char *value; /* NULL is one, too */
} hostile[] = {
	{"user", ""},
	{"user", "."},
	{"user", ".."},
	{"user", "/"},
	{"user", "a/b"},
	{"user", "../root"},
	{"user", "anna/"},
	{"user", "an\nna"},
	{"user", "\x7f"},
	{"user", "\x1b[2J"},
	{"user", "anna\t"},
	{"group", NULL},
	{"group", ""},
	{"group", "."},
	{"group", ".."},
	{"group", "students/.."},
	{"group", "a\001"},
	{"home", NULL},
	{"home", ""},
	{"home", "/"},
	{"home", "//"},
	{"home", "///home///anna"},
	{"home", "/home//anna"},
	{"home", "/home/anna/"},
	{"home", "/home/anna/."},
	{"home", "/home/./anna"},
	{"home", "/home/anna/.."},
	{"home", "/home/../etc"},
	{"home", "/home/anna/../../root/x"},
	{"home", "."},
	{"home", ".."},
	{"home", "home/anna"},
	{"home", "./home/anna"},
	{"home", "~/anna"},
	{"home", " /home/anna"},
	/* one component */
	{"home", "/home"},
	{"home", "/root"},
	{"home", "/srv"},
	{"home", "/tmp"},
	{"home", "/nonexistent"},
	{"home", "/run"},
	{"home", "/var"},
	/* the system's own */
	{"home", "/bin"},
	{"home", "/bin/anna"},
	{"home", "/sbin/x"},
	{"home", "/usr/sbin"},
	{"home", "/usr/games"},
	{"home", "/usr/local/home"},
	{"home", "/etc/anna"},
	{"home", "/etc/heel"},
	{"home", "/dev/shm"},
	{"home", "/dev/null"},
	{"home", "/proc/self/root"},
	{"home", "/proc/1"},
	{"home", "/sys/kernel"},
	{"home", "/boot/efi"},
	{"home", "/lib/x"},
	{"home", "/lib64/x"},
	{"home", "/var/lib"},
	{"home", "/var/spool"},
	{"home", "/var/spool/mail"},
	{"home", "/var/mail"},
	{"home", "/var/cache"},
	{"home", "/var/log"},
	{"home", "/var/tmp"},
	{"home", "/run/user"},
	/* control characters */
	{"home", "/home/an\nna"},
	{"home", "/home/anna\n"},
	{"home", "/home/\x7f"},
};

static struct heel_subject subject_with(const char *token, const char *value)
{
	struct heel_subject subject = anna;

	if (strcmp(token, "user") == 0)
		subject.user = value;
	else if (strcmp(token, "group") == 0)
		subject.group = value;
	else
		subject.home = value;
	return subject;
}

START_TEST(hostile_value_refuses)
{
	const struct heel_subject subject =
		subject_with(hostile[_i].token, hostile[_i].value);
	const char *token = test_format("${%s}", hostile[_i].token);
	const char *context = hostile[_i].value ? hostile[_i].value : "(none)";
	const char *text = NULL;
	int rc = heel_expand(&arena, test_format("/srv/%s/x", token), &subject, at, &text,
			     &report);

	assert_denied(rc, token, context);
	ck_assert_ptr_null(text);
}
END_TEST

START_TEST(hostile_value_refuses_a_rule_path_even_an_optional_one)
{
	static const char *const prefixes[] = {"", "-", "+"};
	const struct heel_subject subject =
		subject_with(hostile[_i].token, hostile[_i].value);
	const char *parent = strcmp(hostile[_i].token, "home") == 0 ? "" : "/srv/";

	for (size_t i = 0; i < HEEL_ARRAY_SIZE(prefixes); i++) {
		const char *text = test_format("%s%s${%s}/x", prefixes[i], parent,
					       hostile[_i].token);
		struct heel_rule_path path;

		ck_assert_int_eq(
			heel_expand_rule_path(&arena, text, &subject, at, &path, &report),
			-EACCES);
	}
}
END_TEST

START_TEST(value_that_is_not_used_does_not_matter)
{
	const struct heel_subject subject =
		subject_with(hostile[_i].token, hostile[_i].value);
	const char *text;

	ck_assert_int_eq(heel_expand(&arena, "/srv/${uid}", &subject, at, &text, &report),
			 0);
}
END_TEST

/* A group's name is asked for when it matters, and judged like any other value. */

static const char *group_name;

static const char *name_group(struct heel_arena *to, gid_t gid)
{
	ck_assert_ptr_eq(to, &arena);
	ck_assert_uint_eq(gid, anna.gid);
	return group_name;
}

static const char *const bad_groups[] = {NULL, "", ".", "..", "a/b", "a\n"};

START_TEST(group_that_has_to_be_asked_for_is_judged_as_well)
{
	struct heel_subject subject = anna;
	const char *text = NULL;

	subject.group = NULL;
	subject.name_group = name_group;
	group_name = "students";
	ck_assert_int_eq(
		heel_expand(&arena, "/srv/${group}", &subject, at, &text, &report), 0);
	ck_assert_str_eq(text, "/srv/students");
	group_name = bad_groups[_i];
	assert_denied(heel_expand(&arena, "/srv/${group}", &subject, at, &text, &report),
		      "${group}", group_name ? group_name : "(none)");
}
END_TEST

START_TEST(group_that_is_known_or_not_used_is_not_asked_for)
{
	struct heel_subject subject = anna;
	const char *text;

	subject.name_group = name_group;
	group_name = "..";
	ck_assert_int_eq(
		heel_expand(&arena, "${group} ${user}", &subject, at, &text, &report), 0);
	ck_assert_str_eq(text, "students anna");
}
END_TEST

/* Homes that are unusual and fine, as many hosts have them. */
static const char *const homes[] = {
	"/home/anna",	 "/home/a/an/anna",   "/srv/home/anna",	   "/home/anna.b",
	"/home/..anna",	 "/home/.anna",	      "/home/an na",	   "/home/\xc3\xa4",
	"/var/www/html", "/var/lib/postgres", "/net/fs1/anna",	   "/usr2/anna",
	"/home/${user}", "/data/etc",	      "/export/home/anna",
};

START_TEST(home_of_two_components_outside_the_system_is_used)
{
	const struct heel_subject subject = subject_with("home", homes[_i]);
	const char *text;

	ck_assert_int_eq(heel_expand(&arena, "${home}/x", &subject, at, &text, &report),
			 0);
	ck_assert_str_eq(text, test_format("%s/x", homes[_i]));
}
END_TEST

/* Tokens as they are written. */

static const struct {
	const char *text;
	const char *part; /* NULL: fine */
} written[] = {
	{"", NULL},
	{"${user} ${uid} ${group} ${gid} ${home}", NULL},
	{"$HOME $ $(id) {user}", NULL},
	{"${User}", "unknown token \"${User}\""},
	{"${homes}/x", "unknown token \"${homes}\""},
	{"/srv/${hom}/${user}", "unknown token \"${hom}\""},
	{"/srv/${user", "unknown token \"${user\""},
	{"${}", "unknown token \"${}\""},
	{"${", "unknown token \"${\""},
	{"${ user }", "unknown token \"${ user }\""},
	{"${${user}}", "unknown token \"${${user}\""},
	{"${user}\n", "a control character"},
	{"a\x7f", "a control character"},
};

START_TEST(unknown_token_is_an_error)
{
	int rc = heel_check_tokens(written[_i].text, at, &report);

	if (written[_i].part)
		assert_error(rc, written[_i].part, written[_i].text);
	else
		ck_assert_int_eq(rc, 0);
}
END_TEST

START_TEST(unknown_token_that_was_not_checked_is_an_error_all_the_same)
{
	const char *text;

	assert_error(heel_expand(&arena, "/srv/${users}", &anna, at, &text, &report),
		     "${users}", "/srv/${users}");
}
END_TEST

/* Paths as they are written. */

static const struct {
	const char *text;
	const char *part; /* NULL: fine */
} rule_paths[] = {
	{"/", NULL},
	{"/usr", NULL},
	{"//usr/./lib/", NULL},
	{"-/opt", NULL},
	{"+/srv/x", NULL},
	{"~", NULL},
	{"~/", NULL},
	{"~/x", NULL},
	{"-~", NULL},
	{"-~/x", NULL},
	{"+~/tmp", NULL},
	{"${home}", NULL},
	{"${home}/x", NULL},
	{"-${home}/x", NULL},
	{"+${home}/x", NULL},
	{"/srv/${group}/${user}", NULL},
	{"/a b/\xc3\xa4/*", NULL},
	{"/..a/b../...", NULL},
	{"", "is not absolute"},
	{"-", "is not absolute"},
	{"+", "is not absolute"},
	{"usr", "is not absolute"},
	{"./usr", "is not absolute"},
	{"../usr", "is not absolute"},
	{" /usr", "is not absolute"},
	{"--/usr", "is not absolute"},
	{"-+/usr", "is not absolute"},
	{"+-/usr", "is not absolute"},
	{"- /usr", "is not absolute"},
	{"${user}/x", "is not absolute"},
	{"${homes}/x", "unknown token"},
	{"$HOME/x", "is not absolute"},
	{"~-/x", "only the user's own home"},
	{"~anna", "only the user's own home"},
	{"~anna/x", "only the user's own home"},
	{"-~root", "only the user's own home"},
	{"~${user}", "only the user's own home"},
	{"/..", "may not contain \"..\""},
	{"/usr/..", "may not contain \"..\""},
	{"/usr/../etc", "may not contain \"..\""},
	{"-/usr/../etc", "may not contain \"..\""},
	{"~/..", "may not contain \"..\""},
	{"~/../bert", "may not contain \"..\""},
	{"${home}/..", "may not contain \"..\""},
	{"${home}/../bert", "may not contain \"..\""},
	{"/srv/..a/../b", "may not contain \"..\""},
	{"/srv/${name}", "unknown token \"${name}\""},
	{"/srv/${home", "unknown token \"${home\""},
	{"/srv\n", "a control character"},
	{"~/\x1b", "a control character"},
};

START_TEST(rule_path_is_absolute_or_in_the_home_and_has_no_dot_dot)
{
	int rc = heel_check_rule_path(rule_paths[_i].text, at, &report);

	if (rule_paths[_i].part)
		assert_error(rc, rule_paths[_i].part, rule_paths[_i].text);
	else
		ck_assert_int_eq(rc, 0);
}
END_TEST

static const struct {
	const char *text;
	const char *path;
	bool optional, make, uses_home;
} expanded_paths[] = {
	{"/", "/", false, false, false},
	{"/usr", "/usr", false, false, false},
	{"/usr/", "/usr", false, false, false},
	{"//usr//./lib/.", "/usr/lib", false, false, false},
	{"-/opt", "/opt", true, false, false},
	{"+/srv/x/", "/srv/x", false, true, false},
	{"~", "/home/anna", false, false, true},
	{"~/", "/home/anna", false, false, true},
	{"~/x", "/home/anna/x", false, false, true},
	{"~//x/./y", "/home/anna/x/y", false, false, true},
	{"-~", "/home/anna", true, false, true},
	{"-~/x", "/home/anna/x", true, false, true},
	{"+~/x", "/home/anna/x", false, true, true},
	{"${home}", "/home/anna", false, false, true},
	{"+${home}/x", "/home/anna/x", false, true, true},
	{"-${home}/", "/home/anna", true, false, true},
	{"/srv/${group}/${user}", "/srv/students/anna", false, false, false},
	{"/srv/${uid}.${gid}", "/srv/1001.2000", false, false, false},
	{"/srv${home}", "/srv/home/anna", false, false, true},
	{"/srv/~/-x", "/srv/~/-x", false, false, false},
};

START_TEST(rule_path_is_expanded_and_normalised)
{
	struct heel_rule_path path;
	const char *text = expanded_paths[_i].text;

	ck_assert_int_eq(heel_check_rule_path(text, at, &report), 0);
	ck_assert_int_eq(heel_expand_rule_path(&arena, text, &anna, at, &path, &report),
			 0);
	ck_assert_str_eq(path.path, expanded_paths[_i].path);
	ck_assert_int_eq(path.optional, expanded_paths[_i].optional);
	ck_assert_int_eq(path.make, expanded_paths[_i].make);
	ck_assert_int_eq(path.uses_home, expanded_paths[_i].uses_home);
}
END_TEST

/* Two harmless pieces must not become ".." together. */
static const struct {
	const char *user, *group;
	const char *text;
} joined[] = {
	{".", "a", "/srv/.${user}"},
	{".", ".", "/srv/${user}${group}"},
	{"..", "a", "/srv/${user}"},
	{"a", ".", "/srv/${user}/.${group}/x"},
};

START_TEST(values_cannot_join_to_dot_dot)
{
	struct heel_subject subject = anna;
	struct heel_rule_path path;

	subject.user = joined[_i].user;
	subject.group = joined[_i].group;
	ck_assert_int_eq(heel_expand_rule_path(&arena, joined[_i].text, &subject, at,
					       &path, &report),
			 -EACCES);
}
END_TEST

START_TEST(path_that_was_not_checked_is_refused_if_it_is_not_plain)
{
	struct heel_rule_path path;

	assert_denied(
		heel_expand_rule_path(&arena, "/srv/../etc", &anna, at, &path, &report),
		"which is no plain path", "/srv/../etc");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("token");
	TCase *tcase = tcase_create("token");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, token_becomes_the_subjects_value, 0,
			    HEEL_ARRAY_SIZE(expansions));
	tcase_add_test(tcase, largest_ids_are_written_without_a_sign);
	tcase_add_test(tcase, value_is_not_expanded_again);
	tcase_add_loop_test(tcase, hostile_value_refuses, 0, HEEL_ARRAY_SIZE(hostile));
	tcase_add_loop_test(tcase, hostile_value_refuses_a_rule_path_even_an_optional_one,
			    0, HEEL_ARRAY_SIZE(hostile));
	tcase_add_loop_test(tcase, value_that_is_not_used_does_not_matter, 0,
			    HEEL_ARRAY_SIZE(hostile));
	tcase_add_loop_test(tcase, group_that_has_to_be_asked_for_is_judged_as_well, 0,
			    HEEL_ARRAY_SIZE(bad_groups));
	tcase_add_test(tcase, group_that_is_known_or_not_used_is_not_asked_for);
	tcase_add_loop_test(tcase, home_of_two_components_outside_the_system_is_used, 0,
			    HEEL_ARRAY_SIZE(homes));
	tcase_add_loop_test(tcase, unknown_token_is_an_error, 0,
			    HEEL_ARRAY_SIZE(written));
	tcase_add_test(tcase,
		       unknown_token_that_was_not_checked_is_an_error_all_the_same);
	tcase_add_loop_test(tcase,
			    rule_path_is_absolute_or_in_the_home_and_has_no_dot_dot, 0,
			    HEEL_ARRAY_SIZE(rule_paths));
	tcase_add_loop_test(tcase, rule_path_is_expanded_and_normalised, 0,
			    HEEL_ARRAY_SIZE(expanded_paths));
	tcase_add_loop_test(tcase, values_cannot_join_to_dot_dot, 0,
			    HEEL_ARRAY_SIZE(joined));
	tcase_add_test(tcase, path_that_was_not_checked_is_refused_if_it_is_not_plain);
	suite_add_tcase(suite, tcase);
	return test_run(suite);
}
