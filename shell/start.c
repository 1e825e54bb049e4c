/* SPDX-License-Identifier: ISC */
/*
 * Finds the policy of the user's session, confines the process by it, and becomes the
 * user's real shell. It runs as the user, and takes nothing from the user but the words
 * for the shell and the environment to filter. Where the profile lists commands, it
 * becomes one of them, and no shell is started.
 *
 * Whatever fails ends the session: one sentence for the user, all of it in the system
 * log. Or, where this is not the last resort, it leaves the session to another program,
 * to whom everything is as it was.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "environ.h"
#include "heel.h"
#include "process.h"
#include "start.h"
#include "tell.h"

/* The statuses of a shell for a command that it cannot run. */
#define STATUS_NOT_EXECUTABLE 126
#define STATUS_NOT_FOUND      127

/* For commands, which are to be what the profile says: the user's own might lead a
 * script to another interpreter. */
#define COMMANDS_PATH	      "/usr/local/bin:/usr/bin:/bin"

/* The session, and what is started in it: the real shell, or a command. */
struct start {
	int log;
	struct heel_session session;
	const char *request; /* what is asked for, if the profile lists commands */
	const char *program;
	struct heel_origin program_from;
	char **argv;
	char **environment;
	heel_leave *leave; /* NULL: nobody else can do it, or it is too late */
	char **given_argv;
	char **given_environment;
};

/* Ends the process, or leaves the session to another, if a step has failed. */
static void refuse_if(int rc, enum heel_step step, const struct start *start)
{
	if (rc >= 0)
		return;
	if (start->leave)
		start->leave(start->given_argv, start->given_environment);
	heel_log_refusal(start->log, HEEL_LOG_SHELL, &start->session);
	heel_give_up(HEEL_STATUS_REFUSED, heel_reason(step, rc));
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

/* An environment with a variable of a value of its own; NULL without memory. */
static char **with_variable(struct heel_arena *arena, char **environment,
			    const char *name, const char *value)
{
	char *variable = heel_format(arena, "%s=%s", name, value);
	size_t n = 0, used = 0;
	char **changed;

	while (environment && environment[n])
		n++;
	changed = heel_alloc(arena, n + 2, sizeof(*changed));
	if (!environment || !variable || !changed)
		return NULL;
	for (size_t i = 0; i < n; i++)
		if (strncmp(environment[i], variable, strlen(name) + 1) != 0)
			changed[used++] = environment[i];
	changed[used] = variable;
	return changed;
}

/* --- Commands --- */

/* An interactive login is no request. */
__attribute__((noreturn)) static void refuse_login(struct start *start)
{
	struct heel_session *session = &start->session;
	const char *description = session->policy->description;
	int rc = heel_fail(&session->report, EACCES, session->policy->commands_from,
			   "an interactive login, and the profile allows commands only");

	heel_log_refusal(start->log, HEEL_LOG_SHELL, session);
	if (description)
		heel_end_with(HEEL_STATUS_REFUSED, description);
	heel_give_up(HEEL_STATUS_REFUSED, heel_reason(HEEL_STEP_DOOR, rc));
}

/* The string of "-c", and nothing beside it: what a shell would do with more is its own.
 */
static const char *request_of(struct start *start, char **argv)
{
	struct heel_session *session = &start->session;

	for (argv++; *argv && strcmp(*argv, "-l") == 0; argv++)
		;
	if (!*argv)
		refuse_login(start);
	if (strcmp(argv[0], "-c") == 0 && argv[1] && !argv[2])
		return argv[1];
	refuse_if(
		heel_fail(&session->report, EACCES, session->policy->commands_from,
			  "arguments that are no \"-c COMMAND\", and the profile allows "
			  "commands only"),
		HEEL_STEP_REQUEST, start);
	return NULL;
}

/* Two lines in the log: what is wrong with it, and what it was. */
__attribute__((noreturn)) static void refuse_request(struct start *start)
{
	struct heel_session *session = &start->session;
	const bool is_wrong = heel_count(&session->report, HEEL_ERROR) > 0;
	int rc = heel_fail(&session->report, EACCES, session->policy->commands_from,
			   "the command \"%s\" is none of those that the profile allows",
			   start->request);

	heel_log_refusal(start->log, HEEL_LOG_SHELL, session);
	heel_give_up(HEEL_STATUS_REFUSED,
		     is_wrong ? heel_first_error(&session->report)->text
			      : heel_reason(HEEL_STEP_REQUEST, rc));
}

/* Inside of the domain: the text is the user's. */
static void choose_command(struct start *start)
{
	struct heel_session *session = &start->session;
	const struct heel_policy *policy = session->policy;
	const struct heel_command *command = NULL;
	struct heel_words request = {0};

	if (heel_split(&session->arena, HEEL_WORDS_REQUEST, start->request,
		       policy->commands_from, &request, &session->report) < 0)
		refuse_request(start);
	for (size_t i = 0; i < policy->n_commands && !command; i++)
		if (heel_is_asked_for(&policy->commands[i], &request))
			command = &policy->commands[i];
	if (!command)
		refuse_request(start);
	start->program = command->program;
	start->program_from = command->from;
	start->argv = heel_command_words(&session->arena, command, &request);
	start->environment = with_variable(&session->arena, start->environment,
					   "SSH_ORIGINAL_COMMAND", start->request);
	if (!start->argv || !start->environment)
		refuse_if(heel_fail_memory(&session->report), HEEL_STEP_PREPARE, start);
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
static void find_policy(struct start *start)
{
	struct heel_session *session = &start->session;
	struct heel_report *report = &session->report;
	int rc;

	session->subject.uid = getuid();
	rc = heel_subject_by_uid(&session->arena, session->subject.uid, "heel-shell",
				 HEEL_GROUPS_OF_PROCESS, &session->subject, report);
	refuse_if(rc, HEEL_STEP_ACCOUNT, start);
	rc = heel_open_for_session(NULL, HEEL_TRUST_ROOT, &session->heel, report);
	refuse_if(rc, HEEL_STEP_POLICY, start);
	rc = heel_policy_of_subject(session->heel, &session->subject, &session->policy,
				    report);
	refuse_if(rc, HEEL_STEP_PROFILE, start);
	refuse_if(check_shell(session->policy, report), HEEL_STEP_SHELL, start);
}

static void prepare(struct start *start, int argc)
{
	char **argv = start->given_argv;
	struct heel_session *session = &start->session;
	struct heel_arena *arena = &session->arena;
	const struct heel_policy *policy = session->policy;

	start->program = policy->shell;
	start->program_from = policy->shell_from;
	start->argv = shell_words(arena, policy->shell, argc, argv);
	start->environment = start->given_environment;
	if (policy->unconfined)
		start->environment =
			with_variable(arena, start->environment, "SHELL", policy->shell);
	if (policy->limits_commands) {
		start->request = request_of(start, argv);
		start->environment =
			with_variable(arena, start->environment, "PATH", COMMANDS_PATH);
	}
	if (!start->argv || !start->environment)
		refuse_if(heel_fail_memory(&session->report), HEEL_STEP_PREPARE, start);
}

static void confine(struct start *start)
{
	struct heel_session *session = &start->session;
	struct heel_arena *arena = &session->arena;
	struct heel_report *report = &session->report;
	struct heel_kernel kernel;
	int rc;

	rc = heel_environment(arena, session->policy, &session->subject,
			      (const char *const *)start->environment,
			      &start->environment, report);
	refuse_if(rc, HEEL_STEP_PREPARE, start);
	heel_kernel_query(&kernel);
	rc = heel_compile(arena, session->policy, &kernel, &session->plan, report);
	refuse_if(rc, HEEL_STEP_PREPARE, start);
	session->layers = heel_count_layers() + 1;
	rc = heel_confine(session->heel, session->plan, &session->subject,
			  &session->rules, report);
	refuse_if(rc, HEEL_STEP_CONFINE, start);
}

__attribute__((noreturn)) static void become_program(struct start *start)
{
	struct heel_session *session = &start->session;
	int rc;

	(void)execve(start->program, start->argv, start->environment);
	rc = heel_fail(&session->report, errno, start->program_from,
		       "the %s \"%s\" cannot be executed: %s",
		       start->request ? "program" : "shell", start->program,
		       strerror(errno));
	heel_log_refusal(start->log, HEEL_LOG_SHELL, session);
	heel_give_up(
		rc == -ENOENT ? STATUS_NOT_FOUND : STATUS_NOT_EXECUTABLE,
		heel_reason(start->request ? HEEL_STEP_COMMAND : HEEL_STEP_SHELL, rc));
}

void heel_start(int argc, char **argv, char **environment, heel_leave *leave)
{
	struct start start = {
		.log = heel_log_open(),
		.leave = leave,
		.given_argv = argv,
		.given_environment = environment,
	};

	find_policy(&start);
	prepare(&start, argc);
	if (!start.session.policy->unconfined)
		confine(&start);
	start.leave = NULL;
	if (start.request)
		choose_command(&start);
	heel_log_start(start.log, HEEL_LOG_SHELL, &start.session);
	become_program(&start);
}
