/* SPDX-License-Identifier: ISC */
/* The environment of a confined session: what is kept, never kept, taken away and set. */
#include <errno.h>
#include <string.h>

#include "environ.h"
#include "test.h"

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

static const struct heel_subject anna = {
	.user = "anna",
	.uid = 1001,
	.gid = 2000,
	.group = "students",
	.home = "/home/anna",
};

#define LIST_MAX 8

/* A list of a policy from words joined by blanks. */
static struct heel_values list(const char *words)
{
	struct heel_values values = {.written = true};

	values.v = heel_alloc(&arena, LIST_MAX, sizeof(*values.v));
	ck_assert_ptr_nonnull(values.v);
	for (; *words; words += strspn(words, " ")) {
		size_t length = strcspn(words, " ");

		ck_assert_uint_lt(values.n, LIST_MAX);
		values.v[values.n].text = heel_strndup(&arena, words, length);
		ck_assert_ptr_nonnull(values.v[values.n++].text);
		words += length;
	}
	return values;
}

static struct heel_policy policy_with(const char *keep, const char *unset,
				      const char *set)
{
	return (struct heel_policy){
		.profile = "student",
		.shell = "/bin/bash",
		.environment_keep = list(keep),
		.environment_unset = list(unset),
		.environment_set = list(set),
	};
}

static char **filter(const struct heel_policy *policy, const char *const *environment)
{
	char **v = NULL;

	ck_assert_int_eq(
		heel_environment(&arena, policy, &anna, environment, &v, &report), 0);
	ck_assert_ptr_nonnull(v);
	return v;
}

/* The value of a variable, or NULL; fails if there are two of it. */
static const char *value_of(char *const *environment, const char *name)
{
	size_t length = strlen(name);
	const char *value = NULL;

	for (; *environment; environment++) {
		if (strncmp(*environment, name, length) != 0 ||
		    (*environment)[length] != '=')
			continue;
		ck_assert_msg(!value, "%s stands twice", name);
		value = *environment + length + 1;
	}
	return value;
}

static size_t count(char *const *environment)
{
	size_t n = 0;

	while (environment[n])
		n++;
	return n;
}

#define IDENTITY 5 /* HOME USER LOGNAME SHELL HEEL_PROFILE */

START_TEST(empty_environment_gets_who_the_user_is)
{
	static const char *const nothing[] = {NULL};
	const struct heel_policy policy = policy_with("", "", "");
	char **v = filter(&policy, nothing);

	ck_assert_str_eq(value_of(v, "HOME"), "/home/anna");
	ck_assert_str_eq(value_of(v, "USER"), "anna");
	ck_assert_str_eq(value_of(v, "LOGNAME"), "anna");
	ck_assert_str_eq(value_of(v, "SHELL"), "/bin/bash");
	ck_assert_str_eq(value_of(v, "HEEL_PROFILE"), "student");
	ck_assert_uint_eq(count(v), IDENTITY);
}
END_TEST

START_TEST(who_the_user_is_does_not_come_from_the_environment)
{
	static const char *const lies[] = {"HOME=/root",       "USER=root",
					   "LOGNAME=root",     "SHELL=/bin/heel-shell",
					   "HEEL_PROFILE=all", NULL};
	const struct heel_policy policy = policy_with("*", "", "");
	char **v = filter(&policy, lies);

	ck_assert_str_eq(value_of(v, "HOME"), "/home/anna");
	ck_assert_str_eq(value_of(v, "USER"), "anna");
	ck_assert_str_eq(value_of(v, "LOGNAME"), "anna");
	ck_assert_str_eq(value_of(v, "SHELL"), "/bin/bash");
	ck_assert_str_eq(value_of(v, "HEEL_PROFILE"), "student");
	ck_assert_uint_eq(count(v), IDENTITY);
}
END_TEST

static const struct {
	const char *name;
	bool kept;
} defaults[] = {
	/* SPEC's list */
	{"TERM", true},
	{"LANG", true},
	{"LANGUAGE", true},
	{"LC_ALL", true},
	{"LC_", true},
	{"TZ", true},
	{"PATH", true},
	{"MAIL", true},
	{"DISPLAY", true},
	{"XAUTHORITY", true},
	{"WAYLAND_DISPLAY", true},
	{"COLORTERM", true},
	{"XDG_RUNTIME_DIR", true},
	{"SSH_CLIENT", true},
	{"SSH_AUTH_SOCK", true},
	{"SSH_ORIGINAL_COMMAND", true},
	{"DBUS_SESSION_BUS_ADDRESS", true},
	/* not on it */
	{"EDITOR", false},
	{"PWD", false},
	{"OLDPWD", false},
	{"SHLVL", false},
	{"_", false},
	{"term", false},
	{"TERMINFO", false},
	{"XTERM", false},
	{"LANGX", false},
	{"LC", false},
	{"SSH", false},
	{"XDG", false},
	{"MYXDG_X", false},
	{"TZ_", false},
	{"TMPDIR", false},
	{"IFS", false},
	{"ENV", false},
	{"BASH_ENV", false},
	{"BASH_FUNC_ls%%", false},
	{"SHELLOPTS", false},
	{"PS4", false},
	{"CDPATH", false},
	{"PYTHONPATH", false},
	{"PERL5LIB", false},
	{"PROMPT_COMMAND", false},
	{"GIT_SSH_COMMAND", false},
	{"HEEL_CONFDIR", false},
};

START_TEST(variable_is_kept_only_if_it_is_on_the_list)
{
	const struct heel_policy policy = policy_with("", "", "");
	const char *const environment[] = {test_format("%s=a=b c", defaults[_i].name),
					   NULL};
	char **v = filter(&policy, environment);

	if (defaults[_i].kept)
		ck_assert_pstr_eq(value_of(v, defaults[_i].name), "a=b c");
	else
		ck_assert_msg(!value_of(v, defaults[_i].name), "%s", defaults[_i].name);
	ck_assert_uint_eq(count(v), IDENTITY + (defaults[_i].kept ? 1 : 0));
}
END_TEST

/* What the loader or the C library reads before a program does anything. */
static const char *const loader_variables[] = {
	"LD_PRELOAD",
	"LD_AUDIT",
	"LD_LIBRARY_PATH",
	"LD_DEBUG",
	"LD_BIND_NOW",
	"LD_DEBUG_OUTPUT",
	"LD_ORIGIN_PATH",
	"LD_PROFILE",
	"LD_SHOW_AUXV",
	"LD_DYNAMIC_WEAK",
	"LD_HWCAP_MASK",
	"LD_USE_LOAD_BIAS",
	"LD_",
	"LD_NEW_IN_FUTURE",
	"GCONV_PATH",
	"GETCONF_DIR",
	"GLIBC_TUNABLES",
	"HOSTALIASES",
	"LOCALDOMAIN",
	"LOCPATH",
	"MALLOC_TRACE",
	"MALLOC_CHECK_",
	"MALLOC_PERTURB_",
	"NIS_PATH",
	"NLSPATH",
	"RESOLV_HOST_CONF",
	"RES_OPTIONS",
	"TZDIR",
};

START_TEST(loader_variable_is_known_by_name_and_by_setting)
{
	const char *name = loader_variables[_i];

	ck_assert_msg(heel_is_loader_variable(name), "%s", name);
	ck_assert(heel_is_loader_variable(test_format("%s=", name)));
	ck_assert(heel_is_loader_variable(test_format("%s=/tmp/x", name)));
}
END_TEST

START_TEST(loader_variable_is_never_kept)
{
	const char *name = loader_variables[_i];
	const struct heel_policy policy =
		policy_with(test_format("* %s L* LD_* %s*", name, name), "", "");
	const char *const environment[] = {test_format("%s=/tmp/x", name),
					   test_format("%s=", name), "A=b", NULL};
	char **v = filter(&policy, environment);

	ck_assert_ptr_null(value_of(v, name));
	ck_assert_pstr_eq(value_of(v, "A"), "b");
	ck_assert_uint_eq(count(v), IDENTITY + 1);
}
END_TEST

static const char *const ordinary[] = {
	"",
	"=",
	"=LD_PRELOAD",
	"LD",
	"LDFLAGS=x",
	"XLD_PRELOAD=x",
	"LANG=x",
	"LC_ALL=x",
	"LOCPATHS=x",
	"ld_preload=x",
	"A=LD_PRELOAD=x",
	"LIBC_FATAL",
	"TZ=x",
	"MALLOC=x",
};

START_TEST(other_variable_is_no_loader_variable)
{
	ck_assert_msg(!heel_is_loader_variable(ordinary[_i]), "%s", ordinary[_i]);
}
END_TEST

START_TEST(long_name_is_judged_by_its_beginning)
{
	char name[300];

	memset(name, 'A', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	ck_assert(!heel_is_loader_variable(name));
	name[0] = 'L';
	name[1] = 'D';
	name[2] = '_';
	ck_assert(heel_is_loader_variable(name));
}
END_TEST

/* keep, unset, set: what a variable X is at the end. */
static const struct {
	const char *keep, *unset, *set;
	const char *given; /* NULL: X is not in the environment */
	const char *value; /* NULL: nor afterwards */
} rules[] = {
	{"", "", "", "X=1", NULL},
	{"X", "", "", "X=1", "1"},
	{"Y X Z", "", "", "X=1", "1"},
	{"X", "", "", NULL, NULL},
	{"X", "", "", "X=", ""},
	{"X", "", "", "X=a=b", "a=b"},
	{"X*", "", "", "X=1", "1"},
	{"?", "", "", "X=1", "1"},
	{"[W-Z]", "", "", "X=1", "1"},
	{"*", "", "", "X=1", "1"},
	{"x", "", "", "X=1", NULL},
	{"XX", "", "", "X=1", NULL},
	/* unset takes away what keep gives */
	{"X", "X", "", "X=1", NULL},
	{"*", "X", "", "X=1", NULL},
	{"X", "*", "", "X=1", NULL},
	{"X", "Y ?", "", "X=1", NULL},
	{"X", "Y", "", "X=1", "1"},
	/* set comes last */
	{"", "", "X=2", NULL, "2"},
	{"", "", "X=2", "X=1", "2"},
	{"X", "", "X=2", "X=1", "2"},
	{"X", "X", "X=2", "X=1", "2"},
	{"", "*", "X=2", "X=1", "2"},
	{"", "", "X=", "X=1", ""},
	{"", "", "X=a=b", NULL, "a=b"},
	/* of several the last counts, so a child's wins over its parents' */
	{"", "", "X=1 X=2", NULL, "2"},
	{"", "", "X=1 Y=3 X=2", "X=0", "2"},
};

START_TEST(keep_then_unset_then_set)
{
	const struct heel_policy policy =
		policy_with(rules[_i].keep, rules[_i].unset, rules[_i].set);
	const char *const environment[] = {"A=b", rules[_i].given, NULL};
	char **v = filter(&policy, environment);

	if (rules[_i].value)
		ck_assert_pstr_eq(value_of(v, "X"), rules[_i].value);
	else
		ck_assert_ptr_null(value_of(v, "X"));
}
END_TEST

START_TEST(unset_takes_a_default_away)
{
	static const char *const environment[] = {"TERM=vt100", "SSH_AUTH_SOCK=/tmp/x",
						  "SSH_CLIENT=y", NULL};
	const struct heel_policy policy = policy_with("", "SSH_AUTH_SOCK LC_*", "");
	char **v = filter(&policy, environment);

	ck_assert_ptr_null(value_of(v, "SSH_AUTH_SOCK"));
	ck_assert_pstr_eq(value_of(v, "SSH_CLIENT"), "y");
	ck_assert_pstr_eq(value_of(v, "TERM"), "vt100");
}
END_TEST

START_TEST(policy_may_unset_and_set_even_who_the_user_is)
{
	static const char *const nothing[] = {NULL};
	const struct heel_policy policy = policy_with("", "LOGNAME", "HOME=/srv/jail");
	char **v = filter(&policy, nothing);

	ck_assert_ptr_null(value_of(v, "LOGNAME"));
	ck_assert_pstr_eq(value_of(v, "HOME"), "/srv/jail");
	ck_assert_uint_eq(count(v), IDENTITY - 1);
}
END_TEST

START_TEST(variable_of_the_environment_is_there_once)
{
	static const char *const environment[] = {"TERM=a",	   "PATH=/bin", "TERM=b",
						  "PATH=/usr/bin", "TERM=c",	NULL};
	const struct heel_policy policy = policy_with("", "", "");
	char **v = filter(&policy, environment);

	/* value_of() fails at a second one */
	ck_assert_ptr_nonnull(value_of(v, "TERM"));
	ck_assert_ptr_nonnull(value_of(v, "PATH"));
	ck_assert_uint_eq(count(v), IDENTITY + 2);
}
END_TEST

START_TEST(what_is_no_setting_is_dropped)
{
	static const char *const environment[] = {"", "TERM", "PATH", "LD_PRELOAD", NULL};
	const struct heel_policy policy = policy_with("*", "", "");

	ck_assert_uint_eq(count(filter(&policy, environment)), IDENTITY);
}
END_TEST

START_TEST(environment_of_any_size_is_filtered)
{
	enum { N = 5000 };
	static const char *environment[N + 1];
	const struct heel_policy policy = policy_with("A*", "*5", "");

	for (unsigned int i = 0; i < N; i++)
		environment[i] = test_format("%c%u=%u", i % 2 ? 'A' : 'B', i, i);
	ck_assert_uint_eq(count(filter(&policy, environment)), IDENTITY + 2000);
}
END_TEST

/* Each is compared with all before it: without an end to it, a login would hang. */
START_TEST(too_many_kept_variables_are_an_error)
{
	enum { N = 5000 };
	static const char *environment[N + 1];
	const struct heel_policy policy = policy_with("", "", "");
	char **v = NULL;

	for (unsigned int i = 0; i < N; i++)
		environment[i] = test_format("XDG_%u=x", i);
	ck_assert_int_eq(
		heel_environment(&arena, &policy, &anna, environment, &v, &report),
		-E2BIG);
	ck_assert_ptr_null(v);
	environment[4000] = NULL;
	ck_assert_uint_eq(count(filter(&policy, environment)), IDENTITY + 4000);
}
END_TEST

START_TEST(result_does_not_follow_the_original)
{
	char variable[] = "TERM=vt100";
	const char *const environment[] = {variable, NULL};
	const struct heel_policy policy = policy_with("", "", "");
	char **v = filter(&policy, environment);

	memset(variable, 'x', sizeof(variable) - 1);
	ck_assert_pstr_eq(value_of(v, "TERM"), "vt100");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("environ");
	TCase *tcase = tcase_create("environ");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, empty_environment_gets_who_the_user_is);
	tcase_add_test(tcase, who_the_user_is_does_not_come_from_the_environment);
	tcase_add_loop_test(tcase, variable_is_kept_only_if_it_is_on_the_list, 0,
			    HEEL_ARRAY_SIZE(defaults));
	tcase_add_loop_test(tcase, loader_variable_is_known_by_name_and_by_setting, 0,
			    HEEL_ARRAY_SIZE(loader_variables));
	tcase_add_loop_test(tcase, loader_variable_is_never_kept, 0,
			    HEEL_ARRAY_SIZE(loader_variables));
	tcase_add_loop_test(tcase, other_variable_is_no_loader_variable, 0,
			    HEEL_ARRAY_SIZE(ordinary));
	tcase_add_test(tcase, long_name_is_judged_by_its_beginning);
	tcase_add_loop_test(tcase, keep_then_unset_then_set, 0, HEEL_ARRAY_SIZE(rules));
	tcase_add_test(tcase, unset_takes_a_default_away);
	tcase_add_test(tcase, policy_may_unset_and_set_even_who_the_user_is);
	tcase_add_test(tcase, variable_of_the_environment_is_there_once);
	tcase_add_test(tcase, what_is_no_setting_is_dropped);
	tcase_add_test(tcase, environment_of_any_size_is_filtered);
	tcase_add_test(tcase, too_many_kept_variables_are_an_error);
	tcase_add_test(tcase, result_does_not_follow_the_original);
	suite_add_tcase(suite, tcase);
	return test_run(suite);
}
