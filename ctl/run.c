/* SPDX-License-Identifier: ISC */
/* `heel run`: confines itself as a session would be, then becomes a command. */
#include <errno.h>
#include <grp.h>
#include <linux/keyctl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../shell/process.h"
#include "ctl.h"
#include "environ.h"

#define DEFAULT_PATH "/usr/local/bin:/usr/bin:/bin"

/* Everything that is needed to run the command. */
struct run {
	const struct heel_arguments *arguments;
	struct heel_report report;
	struct heel_arena arena;
	struct heel *heel;
	struct heel_subject subject;
	const struct heel_policy *policy;
	const struct heel_plan *plan;
	char **environment;
	struct heel_terminal terminal;
};

/* --- The command line --- */

static int check_variable(const char *text)
{
	const char *equals = strchr(text, '=');

	if (!equals || equals == text)
		return heel_usage_error("--env takes NAME=VALUE, not \"%s\"", text);
	if (heel_is_loader_variable(text))
		return heel_usage_error("\"%.*s\" steers the loader and is never set",
					(int)(equals - text), text);
	return 0;
}

static int check_arguments(const struct heel_arguments *arguments)
{
	if (arguments->as && arguments->profile)
		return heel_usage_error("--as and --profile exclude each other");
	if (arguments->service && !arguments->as)
		return heel_usage_error("--service belongs to --as");
	for (size_t i = 0; i < arguments->n_environment; i++) {
		int rc = check_variable(arguments->environment[i]);

		if (rc != 0)
			return rc;
	}
	return 0;
}

/* --- What would be done --- */

static int find_subject(struct run *run)
{
	const struct heel_arguments *arguments = run->arguments;

	if (arguments->as && geteuid() != 0)
		return heel_fail(&run->report, EPERM, (struct heel_origin){0},
				 "only root can run a command as another user");
	return heel_find_subject(arguments, arguments->as, &run->arena, &run->subject,
				 &run->report);
}

static int make_plan(struct run *run)
{
	struct heel_kernel kernel;

	heel_kernel_query(&kernel);
	return heel_compile(&run->arena, run->policy, &kernel, &run->plan, &run->report);
}

/* --- The environment --- */

static size_t count(char *const *environment)
{
	size_t n = 0;

	while (environment[n])
		n++;
	return n;
}

/* True if both are settings of one variable. */
static bool same_variable(const char *a, const char *b)
{
	size_t length = strcspn(a, "=") + 1;

	return strncmp(a, b, length) == 0;
}

/* Sets a variable in an array that has room for one more. */
static void set(char **environment, char *text)
{
	size_t i = 0;

	while (environment[i] && !same_variable(environment[i], text))
		i++;
	if (!environment[i])
		environment[i + 1] = NULL;
	environment[i] = text;
}

/* A copy with room for what --env adds. */
static char **with_variables(struct run *run, char *const *environment)
{
	const struct heel_arguments *arguments = run->arguments;
	size_t n = count(environment);
	char **copy =
		heel_alloc(&run->arena, n + arguments->n_environment + 2, sizeof(*copy));

	if (!copy)
		return NULL;
	memcpy(copy, environment, n * sizeof(*copy));
	for (size_t i = 0; i < arguments->n_environment; i++) {
		char *text = heel_strdup(&run->arena, arguments->environment[i]);

		if (!text)
			return NULL;
		set(copy, text);
	}
	return copy;
}

/* What a login would begin with: of root's environment only the terminal and the
 * language. */
static char **login_environment(struct run *run)
{
	size_t n = 0;
	char **clean = heel_alloc(&run->arena, count(environ) + 2, sizeof(*clean));

	if (!clean)
		return NULL;
	for (char **v = environ; *v; v++)
		if (strncmp(*v, "TERM=", 5) == 0 || strncmp(*v, "LANG=", 5) == 0 ||
		    strncmp(*v, "LANGUAGE=", 9) == 0 || strncmp(*v, "LC_", 3) == 0)
			clean[n++] = *v;
	clean[n] = heel_strdup(&run->arena, "PATH=" DEFAULT_PATH);
	return clean[n] ? clean : NULL;
}

static int make_environment(struct run *run)
{
	char **environment = environ;
	int rc = 0;

	if (run->arguments->as)
		environment = login_environment(run);
	/* One's own unconfined session is left as it is. */
	if (environment && (run->arguments->as || !run->policy->unconfined))
		rc = heel_environment(&run->arena, run->policy, &run->subject,
				      (const char *const *)environment, &environment,
				      &run->report);
	if (rc < 0)
		return rc;
	if (environment)
		run->environment = with_variables(run, environment);
	return run->environment ? 0 : heel_fail_memory(&run->report);
}

/* --- Doing it --- */

/* True if nothing of root is left, and none of it can be had back. */
static bool has_become(const struct heel_subject *subject)
{
	uid_t ruid, euid, suid;
	gid_t rgid, egid, sgid;

	if (getresuid(&ruid, &euid, &suid) < 0 || getresgid(&rgid, &egid, &sgid) < 0)
		return false;
	if (ruid != subject->uid || euid != subject->uid || suid != subject->uid ||
	    rgid != subject->gid || egid != subject->gid || sgid != subject->gid)
		return false;
	return subject->uid == 0 || setuid(0) < 0;
}

/*
 * Whoever has root's session keyring can read the keys in it. Where a kernel or a filter
 * has no such call (ENOSYS, EPERM), the command has none, either.
 */
static int leave_keyring(struct run *run)
{
	if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) >= 0 ||
	    errno == ENOSYS || errno == EPERM)
		return 0;
	return heel_fail(&run->report, errno, (struct heel_origin){0},
			 "the command cannot be given a keyring of its own: %s",
			 strerror(errno));
}

/* Becomes the user: groups first, as only root may set them; the user id last. */
static int become(struct run *run)
{
	const struct heel_subject *subject = &run->subject;

	if (setgroups(subject->n_groups, subject->groups) < 0 ||
	    setresgid(subject->gid, subject->gid, subject->gid) < 0 ||
	    setresuid(subject->uid, subject->uid, subject->uid) < 0)
		return heel_fail(&run->report, errno, (struct heel_origin){0},
				 "cannot become user \"%s\": %s", subject->user,
				 strerror(errno));
	if (!has_become(subject))
		return heel_fail(&run->report, EPERM, (struct heel_origin){0},
				 "became user \"%s\" only in part", subject->user);
	return leave_keyring(run);
}

/* What became less than the policy says: left out, lowered. Scripts need no notes. */
static void print_notes(struct run *run)
{
	const struct heel_report *report = &run->report;

	for (size_t i = 0; i < report->n && isatty(STDERR_FILENO); i++) {
		const struct heel_problem *problem = &report->problems[i];

		/* What no file says comes from a default; heel show has it. */
		if (problem->severity == HEEL_NOTE && problem->at.file)
			heel_say(stderr, "heel: note: %s: %s",
				 heel_origin_text(&run->arena, problem->at),
				 problem->text);
	}
}

static int confine(struct run *run)
{
	size_t rules;
	int rc;

	if (run->policy->unconfined) {
		heel_say(stderr,
			 "heel: nothing is restricted: \"%s\" is unconfined by %s",
			 run->subject.user,
			 heel_origin_text(&run->arena, run->policy->assigned));
		return 0;
	}
	/* Also for a service of which PAM would confine the sessions. */
	rc = heel_require_no_new_privs(run->policy, &run->report);
	if (rc == 0)
		rc = heel_confine(run->heel, run->plan, &run->subject, &rules,
				  &run->report);
	if (rc == 0 && run->policy->limits_commands)
		heel_note(&run->report, run->policy->commands_from,
			  "\"commands\" is kept to by heel-shell, and not here");
	if (rc == 0)
		print_notes(run);
	return rc;
}

static int change_directory(struct run *run)
{
	const char *directory = run->arguments->chdir;

	if (directory && chdir(directory) < 0)
		return heel_fail(&run->report, errno, (struct heel_origin){0},
				 "cannot change to directory \"%s\": %s", directory,
				 strerror(errno));
	return 0;
}

/* Tries a directory of PATH; returns only on failure, with the errno. */
static int try_directory(struct run *run, const char *directory, size_t length)
{
	char **command = run->arguments->operands;
	/* An empty entry is the current directory. */
	const char *path = heel_format(&run->arena, "%.*s/%s", (int)(length ? length : 1),
				       length ? directory : ".", command[0]);

	if (!path)
		return ENOMEM;
	(void)execvp(path, command);
	/* A directory that may not be searched says nothing about the command. */
	return errno == EACCES && access(path, F_OK) < 0 ? ENOENT : errno;
}

/*
 * Searches PATH as execvp(3) does, but for what it answers when a directory of PATH
 * may not be searched: that the command is not there.
 */
static int search(struct run *run)
{
	const char *path = getenv("PATH");
	int result = ENOENT;

	for (path = path ? path : DEFAULT_PATH;; path++) {
		size_t length = strcspn(path, ":");
		int err = try_directory(run, path, length);

		if (err != ENOENT && err != ENOTDIR && err != EACCES)
			return err;
		if (err == EACCES)
			result = EACCES;
		path += length;
		if (!*path)
			return result;
	}
}

/* Returns only if the command cannot be executed. */
static int execute(struct run *run)
{
	char **command = run->arguments->operands;
	int err;

	/* The search follows the command's own PATH, not the one heel was started with.
	 */
	environ = run->environment;
	if (command[0][0] && !strchr(command[0], '/')) {
		err = search(run);
	} else {
		(void)execvp(command[0], command);
		err = errno;
	}
	heel_say(stderr, "heel: cannot run \"%s\": %s", command[0], strerror(err));
	return err == ENOENT ? HEEL_EXIT_NOT_FOUND : HEEL_EXIT_CANNOT_EXECUTE;
}

/* Everything that can be found out with the identity that heel was started with. */
static int prepare(struct run *run)
{
	int rc = find_subject(run);

	if (rc == 0)
		rc = heel_find_policy(run->arguments, &run->subject, &run->heel,
				      &run->policy, &run->report);
	if (rc == 0)
		rc = make_plan(run);
	return rc < 0 ? rc : make_environment(run);
}

/* What cannot be taken back; nothing of the user's has been started until then. */
static int change(struct run *run)
{
	int rc = 0;

	/* The user's identity before the domain, which could not be left to change it. */
	if (run->arguments->as)
		rc = become(run);
	if (rc == 0)
		rc = confine(run);
	return rc < 0 ? rc : change_directory(run);
}

static int refuse(struct run *run)
{
	heel_print_report(stderr, &run->report);
	return HEEL_EXIT_REFUSED;
}

/* Root's part: it serves the command, and holds nothing that it does not need for that.
 */
static int stay_behind(struct run *run)
{
	heel_close(run->heel);
	heel_arena_free(&run->arena);
	heel_report_free(&run->report);
	return heel_terminal_relay(&run->terminal);
}

static int run_command(struct run *run)
{
	int rc = prepare(run);

	/* Before anything of the user's can reach root's terminal. */
	if (rc == 0 && run->arguments->as)
		rc = heel_terminal_leave(run->subject.uid, &run->terminal, &run->report);
	if (run->terminal.command > 0)
		return stay_behind(run);
	if (rc == 0)
		rc = change(run);
	return rc < 0 ? refuse(run) : execute(run);
}

/* libconfig 1.5 calls exit() when memory runs out; a status of 1 would be the command's.
 */
static void refuse_exit(void)
{
	static const char text[] = "heel: nothing was started\n";

	/* With its status, the process has said it. */
	HEEL_UNUSED ssize_t written = write(STDERR_FILENO, text, sizeof(text) - 1);
	_exit(HEEL_EXIT_REFUSED);
}

int heel_command_run(const struct heel_arguments *arguments)
{
	struct run run = {.arguments = arguments};
	int status = check_arguments(arguments);
	const char *why;

	if (status != 0)
		return status;
	why = heel_settle();
	if (why || atexit(refuse_exit) != 0) {
		heel_say(stderr, "heel: error: nothing is started: %s",
			 why ? why : strerror(ENOMEM));
		return HEEL_EXIT_REFUSED;
	}
	_exit(run_command(&run));
}
