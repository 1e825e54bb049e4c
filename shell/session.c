/* SPDX-License-Identifier: ISC */
/*
 * The program that heel-shell becomes: finds the policy of the user's session,
 * confines itself by it, and becomes the user's real shell. It runs as the user, and
 * takes nothing from the user but the words for the shell and the environment to
 * filter; in its own environment no variable has a name that anything looks for.
 *
 * Whatever fails ends the session: one sentence for the user, all of it in the
 * system log.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "environ.h"
#include "heel.h"
#include "process.h"

/* The statuses of a shell for a command that it cannot run. */
#define STATUS_NOT_EXECUTABLE 126
#define STATUS_NOT_FOUND      127

/* Errors of one session that are logged; the first is the one that counts. */
#define LOGGED_ERRORS	      10

struct session {
	int log;
	struct heel_arena arena;
	struct heel *heel;
	struct heel_subject subject;
	const struct heel_policy *policy;
	const struct heel_plan *plan; /* NULL if the session is not confined */
	size_t rules;
	char **argv;
	char **environment;
	struct heel_report report;
};

/* The step that failed; with the error it decides what the user is told. */
enum step {
	STEP_ACCOUNT,
	STEP_POLICY,
	STEP_PROFILE,
	STEP_PREPARE,
	STEP_CONFINE,
	STEP_SHELL,
};

/* --- What is said --- */

/* No file and no rule: these are for the administrator, who has the log. */
static const char *reason(enum step step, int rc)
{
	if (rc == -ENOMEM || rc == -EMFILE || rc == -ENFILE || rc == -EAGAIN)
		return "a resource limit is reached";
	switch (step) {
	case STEP_ACCOUNT:
		return rc == -ENOENT ? "your account is not known here"
				     : "your account cannot be looked up";
	case STEP_PROFILE:
		if (rc == -EACCES)
			return "no profile can be assigned to your account";
		break;
	case STEP_CONFINE:
		if (rc == -EOPNOTSUPP)
			return "this system cannot enforce your profile";
		if (rc == -E2BIG)
			return "too many restricted sessions are nested";
		if (rc == -ENOENT)
			return "something that your profile needs is missing";
		return "your profile cannot be enforced";
	case STEP_SHELL:
		return "your shell cannot be started";
	case STEP_POLICY:
	case STEP_PREPARE:
		break;
	}
	return "the policy of this system is not in order";
}

static void add_pair(struct heel_line *line, const char *name, const char *value)
{
	heel_add(line, " ");
	heel_add(line, name);
	heel_add(line, "=");
	heel_add(line, value);
}

static void add_number_pair(struct heel_line *line, const char *name, unsigned long value)
{
	add_pair(line, name, "");
	heel_add_number(line, value);
}

/* Who it is about; the name only where it has been looked up. */
static void add_user(struct heel_line *line, const struct session *session)
{
	if (session->subject.user)
		add_pair(line, "user", session->subject.user);
	add_number_pair(line, "uid", getuid());
}

static void add_origin(struct heel_line *line, struct heel_origin at)
{
	if (!at.file)
		return;
	heel_add(line, at.file);
	heel_add(line, ":");
	if (at.line > 0) {
		heel_add_number(line, at.line);
		heel_add(line, ":");
	}
	heel_add(line, " ");
}

static void log_error(const struct session *session, const struct heel_problem *problem)
{
	struct heel_line line;

	heel_begin(&line, LOG_ERR);
	heel_add(&line, "session refused:");
	add_user(&line, session);
	heel_add(&line, ": ");
	add_origin(&line, problem->at);
	heel_add(&line, problem->text);
	heel_log_send(session->log, &line);
}

static void log_errors(const struct session *session)
{
	const struct heel_report *report = &session->report;
	size_t logged = 0;

	for (size_t i = 0; i < report->n && logged < LOGGED_ERRORS; i++) {
		if (report->problems[i].severity != HEEL_ERROR)
			continue;
		log_error(session, &report->problems[i]);
		logged++;
	}
	if (logged == 0)
		log_error(session, heel_first_error(report));
}

/* What is left out, lowered or not enforced. */
static void add_notes(struct heel_line *line, const struct session *session)
{
	for (size_t i = 0; i < session->report.n; i++) {
		if (session->report.problems[i].severity != HEEL_NOTE)
			continue;
		heel_add(line, "; ");
		add_origin(line, session->report.problems[i].at);
		heel_add(line, session->report.problems[i].text);
	}
}

static void log_start(const struct session *session)
{
	struct heel_line line;

	heel_begin(&line, LOG_INFO);
	heel_add(&line, "session started:");
	add_user(&line, session);
	add_pair(&line, "service", session->subject.service);
	add_pair(&line, "profile", session->policy->profile);
	if (session->plan) {
		add_number_pair(&line, "abi", (unsigned long)session->plan->kernel.abi);
		add_number_pair(&line, "rules", session->rules);
		add_notes(&line, session);
	}
	heel_log_send(session->log, &line);
}

__attribute__((noreturn)) static void refuse(const struct session *session,
					     enum step step, int rc)
{
	log_errors(session);
	heel_give_up(HEEL_STATUS_REFUSED, reason(step, rc));
}

static void refuse_if(int rc, enum step step, const struct session *session)
{
	if (rc < 0)
		refuse(session, step, rc);
}

/* libconfig 1.5 calls exit() when memory runs out. */
static void refuse_exit(void)
{
	heel_refuse(reason(STEP_POLICY, -ENOMEM), "a library ended the program");
}

/* --- Words and variables --- */

/*
 * The words for the real shell: "-l" in front asks for a login shell, as does a name
 * that begins with "-"; everything else goes on as it came.
 */
static char **shell_words(struct heel_arena *arena, const char *shell, int argc,
			  char **argv)
{
	bool login = argv[0][0] == '-';
	char **words = heel_alloc(arena, (size_t)argc + 1, sizeof(*words));
	size_t n = 0;

	if (!words)
		return NULL;
	for (argv++; *argv && strcmp(*argv, "-l") == 0; argv++)
		login = true;
	words[n++] = heel_format(arena, "%s%s", login ? "-" : "", basename(shell));
	while (*argv)
		words[n++] = *argv++;
	return words[0] ? words : NULL;
}

/* The user's environment, which the entry handed on with a dot before each name. */
static char **user_environment(struct heel_arena *arena, char **environment)
{
	size_t n = 0, used = 0;
	char **decoded;

	while (environment[n])
		n++;
	decoded = heel_alloc(arena, n + 1, sizeof(*decoded));
	for (size_t i = 0; decoded && i < n; i++)
		if (environment[i][0] == '.')
			decoded[used++] = environment[i] + 1;
	return decoded;
}

/* That environment, with SHELL naming the real shell. */
static char **with_shell(struct heel_arena *arena, char **environment, const char *shell)
{
	char *variable = heel_format(arena, "SHELL=%s", shell);
	size_t n = 0, used = 0;
	char **changed;

	while (environment[n])
		n++;
	changed = heel_alloc(arena, n + 2, sizeof(*changed));
	if (!variable || !changed)
		return NULL;
	for (size_t i = 0; i < n; i++)
		if (strncmp(environment[i], "SHELL=", strlen("SHELL=")) != 0)
			changed[used++] = environment[i];
	changed[used] = variable;
	return changed;
}

/* --- The steps --- */

static bool same_file(const struct stat *file, const char *path)
{
	struct stat other;

	return stat(path, &other) == 0 && file->st_dev == other.st_dev &&
	       file->st_ino == other.st_ino;
}

/* A shell that leads back here would start over until the kernel's layers run out. */
static int check_shell(const struct heel_policy *policy, struct heel_report *report)
{
	struct stat shell;

	if (stat(policy->shell, &shell) < 0)
		return 0; /* execve(2) will say what is wrong with it */
	if (same_file(&shell, HEEL_BINDIR "/heel-shell") ||
	    same_file(&shell, HEEL_LIBEXECDIR "/session"))
		return heel_fail(report, ELOOP, policy->shell_from,
				 "the shell \"%s\" is heel-shell itself", policy->shell);
	return 0;
}

/* The account comes first, so that the log can name it whatever is wrong later. */
static void find_policy(struct session *session)
{
	struct heel_report *report = &session->report;
	int rc;

	rc = heel_subject_by_uid(&session->arena, getuid(), "heel-shell",
				 HEEL_GROUPS_OF_PROCESS, &session->subject, report);
	refuse_if(rc, STEP_ACCOUNT, session);
	rc = heel_open(NULL, HEEL_TRUST_ROOT, &session->heel, report);
	refuse_if(rc, STEP_POLICY, session);
	rc = heel_policy_of_subject(session->heel, &session->subject, &session->policy,
				    report);
	refuse_if(rc, STEP_PROFILE, session);
	refuse_if(check_shell(session->policy, report), STEP_SHELL, session);
}

static void prepare(struct session *session, int argc, char **argv, char **environment)
{
	struct heel_arena *arena = &session->arena;
	const char *shell = session->policy->shell;

	session->argv = shell_words(arena, shell, argc, argv);
	session->environment = user_environment(arena, environment);
	if (session->environment && session->policy->unconfined)
		session->environment = with_shell(arena, session->environment, shell);
	if (!session->argv || !session->environment)
		refuse_if(heel_fail_memory(&session->report), STEP_PREPARE, session);
}

static void confine(struct session *session)
{
	struct heel_arena *arena = &session->arena;
	struct heel_report *report = &session->report;
	struct heel_kernel kernel;
	int rc;

	rc = heel_environment(arena, session->policy, &session->subject,
			      (const char *const *)session->environment,
			      &session->environment, report);
	refuse_if(rc, STEP_PREPARE, session);
	heel_kernel_query(&kernel);
	rc = heel_compile(arena, session->policy, &kernel, &session->plan, report);
	refuse_if(rc, STEP_PREPARE, session);
	rc = heel_confine(session->heel, session->plan, HEEL_DOOR_SHELL,
			  &session->subject, &session->rules, report);
	refuse_if(rc, STEP_CONFINE, session);
}

__attribute__((noreturn)) static void become_shell(struct session *session)
{
	const struct heel_policy *policy = session->policy;
	int rc;

	(void)execve(policy->shell, session->argv, session->environment);
	rc = heel_fail(&session->report, errno, policy->shell_from,
		       "the shell \"%s\" cannot be executed: %s", policy->shell,
		       strerror(errno));
	log_errors(session);
	heel_give_up(rc == -ENOENT ? STATUS_NOT_FOUND : STATUS_NOT_EXECUTABLE,
		     reason(STEP_SHELL, rc));
}

int main(int argc, char **argv, char **environment)
{
	struct session session = {.log = -1};
	const char *why = heel_settle();

	if (!why && argc < 1)
		why = "it was started without a name";
	if (why)
		heel_refuse(why, NULL);
	if (atexit(refuse_exit) != 0)
		refuse_exit();
	session.log = heel_log_open();
	find_policy(&session);
	prepare(&session, argc, argv, environment);
	if (!session.policy->unconfined)
		confine(&session);
	log_start(&session);
	become_shell(&session);
}
