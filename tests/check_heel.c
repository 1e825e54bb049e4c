/* SPDX-License-Identifier: ISC */
/* The façade, from a policy directory to a confined process. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "access.h"
#include "heel.h"
#include "test.h"

TEST_LIVE_PROGRAM

#define ALICE	     54321U
#define STAFF	     50000U

/* A child's exit status when it could not be confined; no errno is as large. */
#define NOT_CONFINED 250

static struct heel *heel;
static struct heel_report report;
static struct heel_subject subject;
static const struct heel_policy *policy;
static const char *confdir;
static const char *home;

/* Without the name service: one group that is there, one that is not. */
static int find_group(const char *name, const char *user, struct heel_group *ret)
{
	(void)user;
	if (strcmp(name, "staff") != 0)
		return -ENOENT;
	*ret = (struct heel_group){.gid = STAFF};
	return 0;
}

static const char heel_conf[] =
	"version = 1;\n"
	"assign = (\n"
	"  { user = \"admin\"; profile = \"unconfined\"; },\n"
	"  { user = [ \"alice\", \"bob\", \"eve\", \"mallory\" ]; profile = \"@user\"; },\n"
	"  { user = [ \"bob\", \"eve\", \"mallory\" ]; profile = \"work\"; },\n"
	"  { user = \"lost\"; profile = \"nowhere\"; },\n"
	"  { user = \"wrong\"; profile = \"broken\"; },\n"
	"  { user = \"carol\"; group = \"ghosts\"; profile = \"work\"; },\n"
	"  { group = \"staff\"; profile = \"work\"; },\n"
	"  { user = \"carol\"; profile = \"unconfined\"; },\n"
	"  { user = \"dave\"; service = \"sshd\"; profile = \"work\"; }\n"
	");\n";

static const char own_profile[] = "inherit = \"work\";\n"
				  "umask = \"027\";\n"
				  "limits = { core = 0; };\n"
				  "filesystem = { write = [ \"~\", \"+~/made\" ]; };\n";

static const char work_profile[] =
	"description = \"work\";\n"
	"filesystem = { read = [ \"/usr\", \"-/nonexistent\" ]; };\n";

static void setup(void)
{
	const bool root = geteuid() == 0;

	report = (struct heel_report){0};
	heel = NULL;
	confdir = test_tmpdir();
	home = test_format("%s/alice", test_tmpdir());
	(void)test_write_file(confdir, "heel.conf", heel_conf);
	(void)test_write_file(confdir, "profiles.d/work.conf", work_profile);
	(void)test_write_file(confdir, "profiles.d/broken.conf", "umask = 9;\n");
	(void)test_write_file(confdir, "users.d/alice.conf", own_profile);
	(void)test_write_file(confdir, "users.d/mallory.conf", "umask = 9;\n");
	(void)test_write_file(confdir, "users.d/.conf", own_profile);
	ck_assert_int_eq(
		chmod(test_write_file(confdir, "users.d/eve.conf", own_profile), 0664),
		0);
	subject = (struct heel_subject){
		.service = "test",
		.user = "alice",
		.uid = root ? ALICE : geteuid(),
		.gid = root ? ALICE : getegid(),
		.group = "alice",
		.home = home,
		.find_group = find_group,
	};
	ck_assert_int_eq(mkdir(home, 0755), 0);
	(void)test_write_file(home, "file", "text");
	if (root) {
		ck_assert_int_eq(chown(home, ALICE, ALICE), 0);
		ck_assert_int_eq(chown(test_format("%s/file", home), ALICE, ALICE), 0);
	}
}

static void teardown(void)
{
	heel_close(heel);
	heel_report_free(&report);
}

static int open_policy(void)
{
	return heel_open(confdir, geteuid() == 0 ? HEEL_TRUST_ROOT : HEEL_TRUST_CALLER,
			 &heel, &report);
}

static void must_open(void)
{
	ck_assert_msg(open_policy() == 0, "%s",
		      heel_first_error(&report) ? heel_first_error(&report)->text : "");
	ck_assert_uint_eq(report.n, 0);
}

static void assert_error(const char *file, unsigned int line, const char *text)
{
	const struct heel_problem *error = heel_first_error(&report);

	ck_assert_ptr_nonnull(error);
	if (file) {
		ck_assert_ptr_nonnull(error->at.file);
		ck_assert_msg(strstr(error->at.file, file) != NULL, "%s", error->at.file);
	}
	ck_assert_uint_eq(error->at.line, line);
	ck_assert_msg(strstr(error->text, text) != NULL, "%s", error->text);
}

/* --- Opening --- */

START_TEST(settings_are_those_of_the_directory)
{
	must_open();
	ck_assert_uint_eq(heel_settings_of(heel)->n_assign, 9);
	ck_assert_str_eq(heel_store_name(heel_store_of(heel)), confdir);
	ck_assert_ptr_nonnull(heel_alloc(heel_arena_of(heel), 1, 1));
}
END_TEST

static const struct {
	const char *directory; /* below the policy directory */
	const char *text;      /* of its heel.conf; NULL: there is none */
	mode_t mode;
	int rc;
	const char *says;
} bad_directories[] = {
	{"nothing", NULL, 0, -ENOENT, "no such policy directory"},
	{"heel.conf", NULL, 0, -ENOTDIR, "not a directory"},
	{"users.d", NULL, 0755, -ENOENT, "no heel.conf"},
	{"d", "version = 2;\n", 0755, -EINVAL, "version"},
	{"d", "version = 1;\nassign = ( {", 0755, -EINVAL, ""},
	{"d", "", 0755, -EINVAL, "version"},
	{"d", "version = 1;\n", 0775, -EPERM, "not trusted"},
	{"d", "version = 1;\n", 0757, -EPERM, "not trusted"},
};

START_TEST(directory_that_is_no_policy_is_an_error)
{
	const char *top = confdir;

	confdir = test_format("%s/%s", top, bad_directories[_i].directory);
	if (bad_directories[_i].text)
		(void)test_write_file(confdir, "heel.conf", bad_directories[_i].text);
	if (bad_directories[_i].mode)
		ck_assert_int_eq(chmod(confdir, bad_directories[_i].mode), 0);
	ck_assert_int_eq(open_policy(), bad_directories[_i].rc);
	ck_assert_ptr_null(heel);
	ck_assert_ptr_nonnull(heel_first_error(&report));
	ck_assert_ptr_nonnull(
		strstr(heel_first_error(&report)->text, bad_directories[_i].says));
}
END_TEST

START_TEST(report_outlives_the_policy)
{
	must_open();
	subject.user = "wrong";
	ck_assert_int_lt(heel_policy_of_subject(heel, &subject, &policy, &report), 0);
	heel_close(heel);
	heel = NULL;
	assert_error("profiles.d/broken.conf", 1, "umask");
}
END_TEST

START_TEST(nothing_can_be_closed)
{
	heel_close(NULL);
}
END_TEST

/* --- Whose policy --- */

static const struct {
	const char *user;
	gid_t gid;
	const char *service;
	int rc;
	const char *profile; /* or what the error says */
	const char *file;    /* of the error */
	unsigned int line;   /* of the assignment, or of the error */
	bool unconfined;
} subjects[] = {
	{"alice", 1, "x", 0, "alice", NULL, 4, false},
	{"bob", 1, "x", 0, "work", NULL, 5, false},
	{"admin", 1, "x", 0, "unconfined", NULL, 3, true},
	{"frank", STAFF, "x", 0, "work", NULL, 9, false},
	{"dave", 1, "sshd", 0, "work", NULL, 11, false},
	/* One's own profile that cannot be used never gives way to another one. */
	{"mallory", 1, "x", -EINVAL, "umask", "users.d/mallory.conf", 1, false},
	{"eve", 1, "x", -EPERM, "not trusted", "users.d/eve.conf", 0, false},
	/* Nor does a group that does not resolve. */
	{"carol", 1, "x", -EACCES, "\"ghosts\" does not resolve", "heel.conf", 8, false},
	{"carol", STAFF, "x", -EACCES, "does not resolve", "heel.conf", 8, false},
	{"dave", 1, "login", -EACCES, "no assignment", "heel.conf", 0, false},
	{"nobody", 1, "x", -EACCES, "no assignment", "heel.conf", 0, false},
	{"", 1, "x", -EACCES, "no assignment", "heel.conf", 0, false},
	{"Alice", 1, "x", -EACCES, "no assignment", "heel.conf", 0, false},
	{"lost", 1, "x", -ENOENT, "no profile \"nowhere\"", "heel.conf", 6, false},
	{"wrong", 1, "x", -EINVAL, "umask", "profiles.d/broken.conf", 1, false},
};

START_TEST(policy_is_that_of_the_first_assignment)
{
	int rc;

	must_open();
	subject.user = subjects[_i].user;
	subject.gid = subjects[_i].gid;
	subject.service = subjects[_i].service;
	policy = NULL;
	rc = heel_policy_of_subject(heel, &subject, &policy, &report);
	ck_assert_int_eq(rc, subjects[_i].rc);
	if (rc < 0) {
		ck_assert_ptr_null(policy);
		assert_error(subjects[_i].file, subjects[_i].line, subjects[_i].profile);
		return;
	}
	ck_assert_uint_eq(report.n, 0);
	ck_assert_str_eq(policy->profile, subjects[_i].profile);
	ck_assert_uint_eq(policy->assigned.line, subjects[_i].line);
	ck_assert_int_eq(policy->unconfined, subjects[_i].unconfined);
}
END_TEST

#define LOGIN_SHELL HEEL_BINDIR "/heel-shell"

/* How somebody comes whose profile has commands. */
static const struct {
	enum heel_door door;
	const char *service, *shell;
	const char *says; /* NULL: is let in */
} comers[] = {
	{HEEL_DOOR_SHELL, "heel-shell", NULL, NULL},
	{HEEL_DOOR_SHELL, "x", "/bin/sh", NULL},
	{HEEL_DOOR_SESSION, "sshd", LOGIN_SHELL, NULL},
	{HEEL_DOOR_CHILD, "sshd", LOGIN_SHELL, NULL},
	{HEEL_DOOR_SESSION, "login", LOGIN_SHELL, NULL},
	{HEEL_DOOR_SESSION, "remote", LOGIN_SHELL, NULL},
	{HEEL_DOOR_SESSION, "su", LOGIN_SHELL, NULL},
	{HEEL_DOOR_SESSION, "su-l", LOGIN_SHELL, NULL},
	{HEEL_DOOR_SESSION, "sudo-i", LOGIN_SHELL, NULL},
	{HEEL_DOOR_SESSION, "runuser-l", LOGIN_SHELL, NULL},
	{HEEL_DOOR_SESSION, "sshd", "/bin/sh", "is \"/bin/sh\""},
	{HEEL_DOOR_CHILD, "sshd", "/bin/sh", "is \"/bin/sh\""},
	{HEEL_DOOR_SESSION, "sshd", "", "needs " LOGIN_SHELL},
	{HEEL_DOOR_SESSION, "sshd", NULL, "needs " LOGIN_SHELL},
	{HEEL_DOOR_SESSION, "sshd", "heel-shell", "is \"heel-shell\""},
	{HEEL_DOOR_SESSION, "sshd", LOGIN_SHELL " ", "needs " LOGIN_SHELL},
	{HEEL_DOOR_SESSION, "sshd", HEEL_BINDIR "/../bin/heel-shell", "needs"},
	{HEEL_DOOR_SESSION, "cron", LOGIN_SHELL, "service \"cron\""},
	{HEEL_DOOR_SESSION, "crond", LOGIN_SHELL, "service \"crond\""},
	{HEEL_DOOR_SESSION, "atd", LOGIN_SHELL, "service \"atd\""},
	{HEEL_DOOR_SESSION, "sudo", LOGIN_SHELL, "service \"sudo\""},
	{HEEL_DOOR_SESSION, "systemd-user", LOGIN_SHELL, "service \"systemd-user\""},
	{HEEL_DOOR_SESSION, "xrdp-sesman", LOGIN_SHELL, "service \"xrdp-sesman\""},
	{HEEL_DOOR_SESSION, "cockpit", LOGIN_SHELL, "service \"cockpit\""},
	{HEEL_DOOR_SESSION, "other", LOGIN_SHELL, "service \"other\""},
};

static int come(int i)
{
	subject.door = comers[i].door;
	subject.service = comers[i].service;
	subject.shell = comers[i].shell;
	ck_assert_int_eq(
		heel_policy_of_profile(heel, "@alice", &subject, &policy, &report), 0);
	return heel_check_commands(policy, &subject, &report);
}

START_TEST(commands_let_nobody_past_heel_shell)
{
	(void)test_write_file(confdir, "users.d/alice.conf", "\n\ncommands = ( );\n");
	must_open();
	ck_assert_int_eq(come(_i), comers[_i].says ? -EACCES : 0);
	if (comers[_i].says)
		assert_error("users.d/alice.conf", 3, comers[_i].says);
}
END_TEST

START_TEST(without_commands_the_login_shell_does_not_matter)
{
	must_open();
	ck_assert_int_eq(come(_i), 0);
}
END_TEST

static const struct {
	const char *name;
	int rc;
	const char *profile;
} named[] = {
	{"work", 0, "work"},
	{"@alice", 0, "alice"},
	{"unconfined", 0, "unconfined"},
	{"alice", -ENOENT, NULL},
	{"@work", -ENOENT, NULL},
	{"nowhere", -ENOENT, NULL},
	{"@nobody", -ENOENT, NULL},
	{"@mallory", -EINVAL, NULL},
	{"@eve", -EPERM, NULL},
	{"broken", -EINVAL, NULL},
	{"", -ENOENT, NULL},
	{"@", -ENOENT, NULL},
	{".", -ENOENT, NULL},
	{"..", -ENOENT, NULL},
	{"../heel", -ENOENT, NULL},
	{"@../profiles.d/work", -ENOENT, NULL},
	{"@@alice", -ENOENT, NULL},
	{"/etc/passwd", -ENOENT, NULL},
};

START_TEST(profile_is_found_by_name)
{
	int rc;

	must_open();
	policy = NULL;
	rc = heel_policy_of_profile(heel, named[_i].name, &subject, &policy, &report);
	ck_assert_int_eq(rc, named[_i].rc);
	ck_assert_int_eq(policy != NULL, rc == 0);
	if (rc == 0)
		ck_assert_str_eq(policy->profile, named[_i].profile);
	else
		ck_assert_ptr_nonnull(heel_first_error(&report));
}
END_TEST

/* What somebody who edits his own entry in a directory server may try. */
static const struct {
	const char *user, *group, *home;
} entries[] = {
	{"alice", "alice", "/"},
	{"alice", "alice", "/etc"},
	{"alice", "alice", "/home"},
	{"alice", "alice", "/usr/local"},
	{"alice", "alice", "/home/../etc"},
	{"alice", "alice", "/home/alice/../../etc"},
	{"alice", "alice", "/home/./alice"},
	{"alice", "alice", "//etc"},
	{"alice", "alice", "/etc/"},
	{"alice", "alice", "/home/alice\n/etc"},
	{"alice", "alice", "home/alice"},
	{"alice", "alice", "~root/x"},
	{"alice", "alice", ""},
	{"alice", "alice", NULL},
};

START_TEST(entry_of_a_user_leads_no_path_astray)
{
	must_open();
	subject.user = entries[_i].user;
	subject.group = entries[_i].group;
	subject.home = entries[_i].home;
	ck_assert_int_eq(heel_policy_of_subject(heel, &subject, &policy, &report),
			 -EACCES);
	assert_error("users.d/alice.conf", 4, "${home}");
}
END_TEST

/* --- A confined process --- */

static int try_open(const char *path, int flags)
{
	HEEL_CLOSE int fd = open(path, flags | O_CLOEXEC, 0600);

	return fd < 0 ? errno : 0;
}

/* Confines this process as a session would be, and becomes the user. */
static void confine(size_t *ret_rules)
{
	const struct heel_plan *plan;
	struct heel_kernel kernel;

	heel_kernel_query(&kernel);
	if (open_policy() < 0 ||
	    heel_policy_of_subject(heel, &subject, &policy, &report) < 0 ||
	    heel_compile(heel_arena_of(heel), policy, &kernel, &plan, &report) < 0 ||
	    heel_confine(heel, plan, &subject, ret_rules, &report) < 0)
		_exit(NOT_CONFINED);
	if (geteuid() == 0 && (setgroups(0, NULL) < 0 ||
			       setresgid(subject.gid, subject.gid, subject.gid) < 0 ||
			       setresuid(subject.uid, subject.uid, subject.uid) < 0))
		_exit(NOT_CONFINED);
}

/* Runs a child with the opening tried in it; gives its errno. */
static int opening(const char *path, int flags, bool confined)
{
	pid_t child = fork();
	size_t rules;
	int status;

	ck_assert_int_ge(child, 0);
	if (child == 0) {
		if (confined)
			confine(&rules);
		_exit(try_open(path, flags));
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFEXITED(status));
	ck_assert_int_ne(WEXITSTATUS(status), NOT_CONFINED);
	return WEXITSTATUS(status);
}

START_TEST(session_can_do_what_its_profile_lists_and_nothing_else)
{
	const char *file = test_format("%s/file", home);
	const char *conf = test_format("%s/heel.conf", confdir);

	ck_assert_int_eq(opening("/usr", O_RDONLY | O_DIRECTORY, true), 0);
	ck_assert_int_eq(opening(file, O_RDWR, true), 0);
	ck_assert_int_eq(
		opening(test_format("%s/made/x", home), O_WRONLY | O_CREAT, true), 0);
	ck_assert_int_eq(opening("/etc/passwd", O_RDONLY, false), 0);
	ck_assert_int_eq(opening("/etc/passwd", O_RDONLY, true), EACCES);
	ck_assert_int_eq(opening("/", O_RDONLY | O_DIRECTORY, false), 0);
	ck_assert_int_eq(opening("/", O_RDONLY | O_DIRECTORY, true), EACCES);
	ck_assert_int_eq(opening(conf, O_RDONLY, false), 0);
	ck_assert_int_eq(opening(conf, O_RDONLY, true), EACCES);
}
END_TEST

START_TEST(confined_process_has_all_that_its_profile_says)
{
	struct rlimit limit;
	size_t rules = 0;

	confine(&rules);
	ck_assert_uint_eq(rules, 3); /* /usr, ~, ~/made */
	ck_assert_uint_eq(umask(0), 027);
	ck_assert_int_eq(getrlimit(RLIMIT_CORE, &limit), 0);
	ck_assert_uint_eq(limit.rlim_max, 0);
	ck_assert_int_eq(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 1);
	ck_assert_uint_eq(heel_count(&report, HEEL_ERROR), 0);
	ck_assert_int_eq(try_open("/etc/passwd", O_RDONLY), EACCES);
}
END_TEST

START_TEST(user_cannot_lead_the_next_session_elsewhere)
{
	const char *made = test_format("%s/made", home);
	size_t rules;
	pid_t child;
	int status;

	ck_assert_int_eq(symlink("/etc", made), 0);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0) {
		confine(&rules);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(WEXITSTATUS(status), NOT_CONFINED);
}
END_TEST

/* Compiles and confines; what fails must have left the process as it was. */
static void assert_not_confined(int rc)
{
	const struct heel_plan *plan;
	struct heel_kernel kernel;
	size_t rules = 99;

	heel_kernel_query(&kernel);
	ck_assert_int_eq(heel_policy_of_subject(heel, &subject, &policy, &report), 0);
	ck_assert_int_eq(
		heel_compile(heel_arena_of(heel), policy, &kernel, &plan, &report), 0);
	ck_assert_int_eq(heel_confine(heel, plan, &subject, &rules, &report), rc);
	ck_assert_uint_eq(rules, 99);
	ck_assert_ptr_nonnull(heel_first_error(&report));
	ck_assert_int_eq(try_open("/etc/passwd", O_RDONLY), 0);
	ck_assert_int_eq(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 0);
}

START_TEST(kernel_that_is_too_old_confines_nobody)
{
	(void)test_write_file(confdir, "heel.conf",
			      "version = 1;\nminimum_abi = 999;\n"
			      "assign = ( { user = \"*\"; profile = \"work\"; } );\n");
	must_open();
	assert_not_confined(-EOPNOTSUPP);
	assert_error("heel.conf", 2, "below the required 999");
}
END_TEST

START_TEST(missing_path_confines_nobody)
{
	(void)test_write_file(confdir, "users.d/alice.conf",
			      "filesystem = {\n  read = \"/nonexistent\";\n};\n");
	must_open();
	assert_not_confined(-ENOENT);
	assert_error("users.d/alice.conf", 2, "/nonexistent");
}
END_TEST

START_TEST(home_of_somebody_else_confines_nobody)
{
	struct stat st;

	if (geteuid() != 0) {
		(void)fprintf(stderr, "# SKIP home of somebody else: it needs root\n");
		return;
	}
	subject.home = test_format("%s/bob", test_tmpdir());
	ck_assert_int_eq(mkdir(subject.home, 0777), 0);
	ck_assert_int_eq(chmod(subject.home, 0777), 0);
	ck_assert_int_eq(chown(subject.home, ALICE + 1, ALICE + 1), 0);
	must_open();
	assert_not_confined(-EPERM);
	assert_error("users.d/alice.conf", 4, "home directory cannot be used");
	ck_assert_uint_eq(heel_count(&report, HEEL_ERROR), 1);
	ck_assert_int_eq(lstat(test_format("%s/made", subject.home), &st), -1);
}
END_TEST

START_TEST(unconfined_is_never_mistaken_for_confined)
{
	subject.user = "admin";
	must_open();
	assert_not_confined(-ENOMSG);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("heel");
	TCase *tcase = tcase_create("heel");
	struct heel_kernel kernel;

	heel_kernel_query(&kernel);
	if (kernel.abi < HEEL_ABI_OLDEST)
		return test_skip_all("this kernel has no Landlock that heel can use");
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, settings_are_those_of_the_directory);
	tcase_add_loop_test(tcase, directory_that_is_no_policy_is_an_error, 0,
			    HEEL_ARRAY_SIZE(bad_directories));
	tcase_add_test(tcase, report_outlives_the_policy);
	tcase_add_test(tcase, nothing_can_be_closed);
	tcase_add_loop_test(tcase, policy_is_that_of_the_first_assignment, 0,
			    HEEL_ARRAY_SIZE(subjects));
	tcase_add_loop_test(tcase, commands_let_nobody_past_heel_shell, 0,
			    HEEL_ARRAY_SIZE(comers));
	tcase_add_loop_test(tcase, without_commands_the_login_shell_does_not_matter, 0,
			    HEEL_ARRAY_SIZE(comers));
	tcase_add_loop_test(tcase, profile_is_found_by_name, 0, HEEL_ARRAY_SIZE(named));
	tcase_add_loop_test(tcase, entry_of_a_user_leads_no_path_astray, 0,
			    HEEL_ARRAY_SIZE(entries));
	tcase_add_test(tcase, session_can_do_what_its_profile_lists_and_nothing_else);
	tcase_add_test(tcase, confined_process_has_all_that_its_profile_says);
	tcase_add_test(tcase, user_cannot_lead_the_next_session_elsewhere);
	tcase_add_test(tcase, kernel_that_is_too_old_confines_nobody);
	tcase_add_test(tcase, missing_path_confines_nobody);
	tcase_add_test(tcase, home_of_somebody_else_confines_nobody);
	tcase_add_test(tcase, unconfined_is_never_mistaken_for_confined);
	suite_add_tcase(suite, tcase);
	return test_run(suite);
}
