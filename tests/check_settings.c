/* SPDX-License-Identifier: ISC */
/* heel.conf: what it may say, its defaults, and what is refused at which line. */
#include <errno.h>
#include <string.h>

#include "settings.h"
#include "test.h"

#define FILE_NAME "/etc/heel/heel.conf"
#define V	  "version = 1;\n" /* the first line of most rows */

static struct heel_arena arena;
static struct heel_report report;
static struct heel_settings settings;

static void setup(void)
{
	arena = (struct heel_arena){0};
	report = (struct heel_report){0};
	settings = (struct heel_settings){0};
}

static void teardown(void)
{
	heel_report_free(&report);
	heel_arena_free(&arena);
}

static int load(const char *text)
{
	return heel_settings_load(&arena, FILE_NAME, text, strlen(text), &settings,
				  &report);
}

static void assert_loads(const char *text)
{
	ck_assert_msg(load(text) == 0, "%s\n%s", text,
		      report.n ? report.problems[0].text : "");
	ck_assert_uint_eq(report.n, 0);
}

/* The example of SPEC section 3. */
static const char example[] =
	"version = 1;                      // required; fixes the default-on "
	"restrictions\n"
	"minimum_abi = 4;                  // 4 or more; default 4\n"
	"on_unsupported = \"refuse\";        // \"refuse\" | \"warn\"\n"
	"services = [ \"sshd\", \"login\" ];   // PAM services heel may confine\n"
	"shell = \"/bin/bash\";              // heel-shell's shell\n"
	"\n"
	"assign = (                        // first match wins\n"
	"  { uid = ( 0, \"1-999\", \"61184-65534\" ); profile = \"unconfined\"; },\n"
	"  { user = \"*\";                   profile = \"@user\"; },\n"
	"  { group = [ \"staff\", \"sudo\" ];  profile = \"unconfined\"; },\n"
	"  { group = \"exam\";               profile = \"exam\"; },\n"
	"  { group = \"students\";           profile = \"student\"; },\n"
	"  { user = \"*\";                   profile = \"exam\"; }\n"
	");\n";

START_TEST(example_of_the_manual_is_read)
{
	static const char *const profiles[] = {"unconfined", "@user",	"unconfined",
					       "exam",	     "student", "exam"};
	const struct heel_values *keys;

	assert_loads(example);
	ck_assert_int_eq(settings.minimum_abi, 4);
	ck_assert_uint_eq(settings.minimum_abi_from.line, 2);
	ck_assert(!settings.warn_unsupported);
	ck_assert_uint_eq(settings.services.n, 2);
	ck_assert_str_eq(settings.services.v[1].text, "login");
	ck_assert_str_eq(settings.shell, "/bin/bash");
	ck_assert_uint_eq(settings.shell_from.line, 5);
	ck_assert_str_eq(settings.file, FILE_NAME);
	ck_assert_uint_eq(settings.n_assign, HEEL_ARRAY_SIZE(profiles));
	for (size_t i = 0; i < settings.n_assign; i++) {
		ck_assert_str_eq(settings.assign[i].profile, profiles[i]);
		ck_assert_uint_eq(settings.assign[i].from.line, 8 + i);
		ck_assert_str_eq(settings.assign[i].from.file, FILE_NAME);
	}
	keys = settings.assign[0].keys;
	ck_assert_uint_eq(keys[HEEL_ASSIGN_UID].n, 3);
	ck_assert_str_eq(keys[HEEL_ASSIGN_UID].v[0].text, "0");
	ck_assert_str_eq(keys[HEEL_ASSIGN_UID].v[2].text, "61184-65534");
	ck_assert(!keys[HEEL_ASSIGN_USER].written);
}
END_TEST

START_TEST(unwritten_keys_have_the_defaults_of_the_manual)
{
	assert_loads(V);
	ck_assert_int_eq(settings.minimum_abi, 4);
	ck_assert_str_eq(settings.minimum_abi_from.file, FILE_NAME);
	ck_assert_uint_eq(settings.minimum_abi_from.line, 0);
	ck_assert(!settings.warn_unsupported);
	ck_assert(!settings.services.written);
	ck_assert_str_eq(settings.shell, "/bin/sh");
	ck_assert_uint_eq(settings.shell_from.line, 0);
	ck_assert_uint_eq(settings.n_assign, 0);
}
END_TEST

static const char *const accepted[] = {
	"version = \"1\";",
	"version = [ 1 ];",
	V "minimum_abi = 10;",
	V "minimum_abi = \"7\";",
	V "minimum_abi = 1000;",
	V "on_unsupported = \"warn\";",
	V "on_unsupported = ( \"refuse\" );",
	V "services = \"sshd\";",
	V "services = ( \"sshd\", \"su-l\" );",
	V "services = [ ];",
	V "shell = \"/usr/bin/zsh\";",
	V "assign = ( );",
	V "assign = { user = \"*\"; profile = \"a\"; };",
	V "assign = ( { user = ( \"a\", \"b*\" ); profile = [ \"a\" ]; } );",
	V "assign = ( { user = \"a b\"; profile = \"a\"; } );",
	V "assign = ( { user = \"\xc3\xa4\"; profile = \"a\"; } );",
	V "assign = ( { uid = 0; profile = \"a\"; } );",
	V "assign = ( { uid = \"4294967295\"; profile = \"a\"; } );",
	V "assign = ( { uid = [ 1, 2 ]; profile = \"a\"; } );",
	V "assign = ( { uid = [ \"1\", \"2-3\" ]; profile = \"a\"; } );",
	V "assign = ( { service = \"cron*\"; profile = \"Exam-2.b_c\"; } );",
	V "assign = ( { service = [ \"sshd\" ]; group = [ \"a\" ]; uid = \"1-2\";\n"
	  "user = \"c\"; profile = \"@user\" } );",
};

START_TEST(value_is_accepted)
{
	assert_loads(accepted[_i]);
}
END_TEST

START_TEST(warn_is_told_from_refuse)
{
	assert_loads(V "on_unsupported = \"warn\"; minimum_abi = \"9\";");
	ck_assert(settings.warn_unsupported);
	ck_assert_int_eq(settings.minimum_abi, 9);
	ck_assert_uint_eq(settings.minimum_abi_from.line, 2);
}
END_TEST

static const struct {
	const char *text;
	const char *part;
	unsigned int line;
} refused[] = {
	/* version */
	{"", "\"version = 1;\" is missing", 0},
	{"shell = \"/bin/sh\";", "\"version = 1;\" is missing", 0},
	{"\nversion = 2;", "\"version\" is 1", 2},
	{"version = 0;", "\"version\" is 1", 1},
	{"version = \"1.0\";", "\"version\" is 1", 1},
	{"version = true;", "a number or a string", 1},
	{"version = [ 1, 1 ];", "exactly one value", 1},
	{"version = [ ];", "exactly one value", 1},
	{V "version = 1;", "duplicate setting name", 2},
	/* minimum_abi */
	{V "minimum_abi = 3;", "\"minimum_abi\" is a number from 4 on, not 3", 2},
	{V "minimum_abi = 0;", "from 4 on", 2},
	{V "minimum_abi = -4;", "from 4 on, not -4", 2},
	{V "minimum_abi = 1001;", "from 4 on", 2},
	{V "minimum_abi = 4294967300;", "does not fit", 2},
	{V "minimum_abi = \"4294967300\";", "from 4 on", 2},
	{V "minimum_abi = \"four\";", "from 4 on", 2},
	{V "minimum_abi = ( 4, 5 );", "exactly one value", 2},
	/* on_unsupported */
	{V "on_unsupported = \"Warn\";", "is \"refuse\" or \"warn\", not \"Warn\"", 2},
	{V "on_unsupported = \"\";", "is \"refuse\" or \"warn\"", 2},
	{V "on_unsupported = true;", "a string", 2},
	{V "on_unsupported = [ \"warn\", \"refuse\" ];", "exactly one value", 2},
	/* services */
	{V "services = [ 1 ];", "values that are a string", 2},
	{V "services = \"\";", "\"services\" takes names and patterns", 2},
	{V "assign = ( { user = \"[ab\"; profile = \"a\"; } );",
	 "\"user\" takes names and patterns", 2},
	{V "services = ( \"sshd\",\n\"a\\n\" );", "\"services\" takes names and patterns",
	 3},
	/* shell */
	{V "shell = \"bash\";", "the absolute path of a program, not \"bash\"", 2},
	{V "shell = \"/\";", "the absolute path of a program", 2},
	{V "shell = \"\";", "the absolute path of a program", 2},
	{V "shell = \"/bin/../bin/sh\";", "the absolute path of a program", 2},
	{V "shell = \"/bin/sh\\n\";", "the absolute path of a program", 2},
	{V "shell = \"~/sh\";", "the absolute path of a program", 2},
	{V "shell = [ \"/bin/sh\", \"/bin/bash\" ];", "exactly one value", 2},
	/* assign */
	{V "assign = ( \"student\" );", "an entry { ... }", 2},
	{V "assign = ( {\nuser = \"*\"; } );", "has no \"profile\"", 2},
	{V "assign = ( { user = \"*\"; profile = \"a\"; },\n{ profile = \"b\"; } );",
	 "for nobody; for everyone, write user = \"*\"", 3},
	{V "assign = ( { } );", "has no \"profile\"", 2},
	{V "assign = ( { user = [ ]; profile = \"a\"; } );",
	 "\"user\" takes at least 1 value", 2},
	{V "assign = ( { group = ( ); profile = \"a\"; } );",
	 "\"group\" takes at least 1 value", 2},
	{V "assign = ( { uid = ( ); profile = \"a\"; } );",
	 "\"uid\" takes at least 1 value", 2},
	{V "assign = ( { service = ( ); profile = \"a\"; } );",
	 "\"service\" takes at least 1 value", 2},
	{V "assign = ( { user = \"a\"; profile = [ \"a\", \"b\" ]; } );",
	 "\"profile\" takes exactly one value", 2},
	{V "assign = ( { user = \"a\"; profile = \"\"; } );", "the name of a profile", 2},
	{V "assign = ( { user = \"a\"; profile = \"../a\"; } );", "the name of a profile",
	 2},
	{V "assign = ( { user = \"a\"; profile = \"@users\"; } );",
	 "\"@user\", not \"@users\"", 2},
	{V "assign = ( { user = \"a\"; profile = \".a\"; } );", "the name of a profile",
	 2},
	{V "assign = ( { user = \"\"; profile = \"a\"; } );",
	 "\"user\" takes names and patterns", 2},
	{V "assign = ( { user = 0; profile = \"a\"; } );", "values that are a string", 2},
	{V "assign = ( { uid = -1; profile = \"a\"; } );", "not \"-1\"", 2},
	{V "assign = ( { uid = \"999-1\"; profile = \"a\"; } );", "not \"999-1\"", 2},
	{V "assign = ( { uid = \"4294967296\"; profile = \"a\"; } );",
	 "not \"4294967296\"", 2},
	{V "assign = ( { uid = 4294967296; profile = \"a\"; } );", "does not fit", 2},
	{V "assign = ( { uid = \"root\"; profile = \"a\"; } );", "not \"root\"", 2},
	{V "assign = ( { uid = ( 1,\n\"x\" ); profile = \"a\"; } );", "not \"x\"", 3},
	{V "assign = ( { uid = [ 1, \"2-3\" ]; profile = \"a\"; } );", "use ( )", 2},
	{V "assign = ( { users = \"a\"; profile = \"a\"; } );", "did you mean \"user\"?",
	 2},
	{V "assign = ( { grp = \"a\"; profile = \"a\"; } );",
	 "unknown key \"grp\" in an assignment", 2},
	{V "assign = ( { user = \"a\"; Profile = \"a\"; } );",
	 "did you mean \"profile\"?", 2},
	{V "assign = ( { user = \"a\"; user = \"b\"; profile = \"a\"; } );",
	 "duplicate setting name", 2},
	{V "assign = ( { user = \"a\"; profile = \"a\"; }\n"
	   "{ user = \"b\"; profile = \"b\"; } );",
	 "a comma is missing after }", 2},
	{V "assign = ( { user = \"a\"; profile = \"a\"; },\n);", "a comma too many", 2},
	{V "assign = [ { user = \"a\"; profile = \"a\"; } ];", "go into ( )", 2},
	/* unknown keys */
	{V "asign = ( );", "unknown key \"asign\" in heel.conf; did you mean \"assign\"?",
	 2},
	{V "min_abi = 4;", "unknown key \"min_abi\" in heel.conf", 2},
	{V "filesystem = { };", "unknown key \"filesystem\"", 2},
	{V "user = \"a\";", "unknown key \"user\"", 2},
	{"@include \"heel.local\"\n", "@include is refused", 1},
};

START_TEST(fault_is_an_error_at_its_line)
{
	const char *text = refused[_i].text;
	const struct heel_problem *problem;

	ck_assert_msg(load(text) == -EINVAL, "%s", text);
	problem = heel_first_error(&report);
	ck_assert_msg(strstr(problem->text, refused[_i].part), "%s\n%s", text,
		      problem->text);
	ck_assert_msg(problem->at.line == refused[_i].line, "%s\nline %u", text,
		      problem->at.line);
	ck_assert_str_eq(problem->at.file, FILE_NAME);
	ck_assert_ptr_null(settings.file); /* nothing was handed out */
}
END_TEST

START_TEST(all_bad_assignments_are_reported_and_a_missing_version_too)
{
	ck_assert_int_eq(load("assign = (\n"
			      "{ user = \"a\"; },\n"
			      "{ user = \"b\"; profile = \"b\"; },\n"
			      "{ profile = \"c\"; } );\n"),
			 -EINVAL);
	ck_assert_uint_eq(report.n, 3);
	ck_assert_uint_eq(report.problems[0].at.line, 2);
	ck_assert_uint_eq(report.problems[1].at.line, 4);
	ck_assert_uint_eq(report.problems[2].at.line, 0);
}
END_TEST

/* --- Which services --- */

/* By hand, from SPEC section 7. */
static const char *const confined_by_default[] = {
	"sshd",	  "login",	  "su",		 "su-l",    "sudo",
	"sudo-i", "runuser",	  "runuser-l",	 "cron",    "crond",
	"atd",	  "systemd-user", "xrdp-sesman", "cockpit", "remote",
};

static const char *const not_by_default[] = {
	"",    "ssh",	  "sshd2",   "SSHD",   "su-",	     "sudo-",	   "other",
	"gdm", "lightdm", "dovecot", "vsftpd", "jupyterhub", "heel-shell", "sshd ",
	"*",   "s*",	  "login\n", "/sshd",  "common",
};

START_TEST(services_that_are_confined_by_default_are_those_of_the_manual)
{
	assert_loads(V);
	for (size_t i = 0; i < HEEL_ARRAY_SIZE(confined_by_default); i++)
		ck_assert_msg(heel_confines_service(&settings, confined_by_default[i]),
			      "%s", confined_by_default[i]);
	for (size_t i = 0; i < HEEL_ARRAY_SIZE(not_by_default); i++)
		ck_assert_msg(!heel_confines_service(&settings, not_by_default[i]), "%s",
			      not_by_default[i]);
}
END_TEST

/* Settings that were never loaded are as unwritten ones. */
START_TEST(services_of_no_settings_are_the_default)
{
	ck_assert(heel_confines_service(&settings, "sshd"));
	ck_assert(!heel_confines_service(&settings, "gdm"));
}
END_TEST

static const struct {
	const char *services;
	const char *service;
	bool confined;
} written_services[] = {
	/* what is written replaces the default */
	{"\"gdm\"", "gdm", true},
	{"\"gdm\"", "sshd", false},
	{"[ \"gdm\", \"sshd\" ]", "sshd", true},
	{"[ \"gdm\", \"sshd\" ]", "login", false},
	{"[ \"gdm\", \"sshd\" ]", "gdm-password", false},
	/* patterns */
	{"[ \"gdm*\" ]", "gdm", true},
	{"[ \"gdm*\" ]", "gdm-password", true},
	{"[ \"gdm*\" ]", "xgdm", false},
	{"[ \"su*\" ]", "sudo-i", true},
	{"[ \"su*\" ]", "sshd", false},
	{"[ \"su-?\" ]", "su-l", true},
	{"[ \"su-?\" ]", "su-", false},
	{"[ \"su[do]*\" ]", "sudo", true},
	{"[ \"cron[!d]\" ]", "crond", false},
	{"[ \"*\" ]", "whatever", true},
	{"[ \"*\" ]", "", true},
	{"[ \"sshd\" ]", "SSHD", false},
	/* none at all */
	{"[ ]", "sshd", false},
	{"[ ]", "", false},
	{"( )", "sudo", false},
};

START_TEST(written_services_are_all_that_are_confined)
{
	assert_loads(test_format(V "services = %s;", written_services[_i].services));
	ck_assert(settings.services.written);
	ck_assert_int_eq(heel_confines_service(&settings, written_services[_i].service),
			 written_services[_i].confined);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("settings");
	TCase *tcase = tcase_create("settings");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, example_of_the_manual_is_read);
	tcase_add_test(tcase, unwritten_keys_have_the_defaults_of_the_manual);
	tcase_add_loop_test(tcase, value_is_accepted, 0, HEEL_ARRAY_SIZE(accepted));
	tcase_add_test(tcase, warn_is_told_from_refuse);
	tcase_add_loop_test(tcase, fault_is_an_error_at_its_line, 0,
			    HEEL_ARRAY_SIZE(refused));
	tcase_add_test(tcase, all_bad_assignments_are_reported_and_a_missing_version_too);
	tcase_add_test(tcase,
		       services_that_are_confined_by_default_are_those_of_the_manual);
	tcase_add_test(tcase, services_of_no_settings_are_the_default);
	tcase_add_loop_test(tcase, written_services_are_all_that_are_confined, 0,
			    HEEL_ARRAY_SIZE(written_services));
	suite_add_tcase(suite, tcase);
	return test_run(suite);
}
