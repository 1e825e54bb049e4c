/* SPDX-License-Identifier: ISC */
/* What is told about a session. */
#include <errno.h>
#include <string.h>

#include "tell.h"

/* Errors of one session that are logged; the first is the one that counts. */
#define LOGGED_ERRORS 10

void heel_session_end(struct heel_session *session)
{
	heel_close(session->heel);
	heel_arena_free(&session->arena);
	heel_report_free(&session->report);
	*session = (struct heel_session){0};
}

/* No file and no rule: these are for the administrator, who has the log. */
const char *heel_reason(enum heel_step step, int rc)
{
	if (rc == -ENOMEM || rc == -EMFILE || rc == -ENFILE || rc == -EAGAIN)
		return "a resource limit is reached";
	switch (step) {
	case HEEL_STEP_ACCOUNT:
		return rc == -ENOENT ? "your account is not known here"
				     : "your account cannot be looked up";
	case HEEL_STEP_PROFILE:
		if (rc == -EACCES)
			return "no profile can be assigned to your account";
		break;
	case HEEL_STEP_CONFINE:
		if (rc == -EOPNOTSUPP)
			return "this system cannot enforce your profile";
		if (rc == -E2BIG)
			return "too many restricted sessions are nested";
		if (rc == -ENOENT)
			return "something that your profile needs is missing";
		return "your profile cannot be enforced";
	case HEEL_STEP_SHELL:
		return "your shell cannot be started";
	case HEEL_STEP_REQUEST:
		return "that command is not one of those that your account may run";
	case HEEL_STEP_COMMAND:
		return "your command cannot be started";
	case HEEL_STEP_DOOR:
		return "your account may run certain commands only, and not in this way";
	case HEEL_STEP_POLICY:
	case HEEL_STEP_PREPARE:
		break;
	}
	return "the policy of this system is not in order";
}

static void add_pair(struct heel_line *line, const char *name, const char *value)
{
	heel_add(line, " ");
	heel_add(line, name);
	heel_add(line, "=");
	heel_add_word(line, value);
}

static void add_number_pair(struct heel_line *line, const char *name, unsigned long value)
{
	add_pair(line, name, "");
	heel_add_number(line, value);
}

static void add_user(struct heel_line *line, const struct heel_subject *subject)
{
	if (subject->user)
		add_pair(line, "user", subject->user);
	if (subject->uid != (uid_t)-1)
		add_number_pair(line, "uid", subject->uid);
}

void heel_add_subject(struct heel_line *line, const struct heel_subject *subject)
{
	add_user(line, subject);
	if (subject->service)
		add_pair(line, "service", subject->service);
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

void heel_add_problem(struct heel_line *line, const struct heel_problem *problem)
{
	add_origin(line, problem->at);
	heel_add(line, problem->text);
}

static bool log_error(int log, const char *name, const struct heel_session *session,
		      const struct heel_problem *problem)
{
	struct heel_line line;

	heel_begin(&line, name, LOG_ERR);
	heel_add(&line, "session refused:");
	/* Of heel-shell's own sessions the name says it. */
	if (strcmp(name, HEEL_LOG_SHELL) == 0)
		add_user(&line, &session->subject);
	else
		heel_add_subject(&line, &session->subject);
	heel_add(&line, ": ");
	heel_add_problem(&line, problem);
	return heel_log_send(log, &line);
}

void heel_log_refusal(int log, const char *name, const struct heel_session *session)
{
	const struct heel_report *report = &session->report;
	size_t logged = 0;

	for (size_t i = 0; i < report->n && logged < LOGGED_ERRORS; i++) {
		if (report->problems[i].severity != HEEL_ERROR)
			continue;
		/* Each that is not taken costs time. */
		if (!log_error(log, name, session, &report->problems[i]))
			return;
		logged++;
	}
	if (logged == 0)
		(void)log_error(log, name, session, heel_first_error(report));
}

/* What is left out, lowered or not enforced. */
static void add_notes(struct heel_line *line, const struct heel_report *report)
{
	for (size_t i = 0; i < report->n; i++) {
		if (report->problems[i].severity != HEEL_NOTE)
			continue;
		heel_add(line, "; ");
		heel_add_problem(line, &report->problems[i]);
	}
}

void heel_log_start(int log, const char *name, const struct heel_session *session)
{
	struct heel_line line;

	heel_begin(&line, name, LOG_INFO);
	heel_add(&line, "session started:");
	heel_add_subject(&line, &session->subject);
	add_pair(&line, "profile", session->policy->profile);
	if (session->plan) {
		add_number_pair(&line, "abi", (unsigned long)session->plan->kernel.abi);
		add_number_pair(&line, "rules", session->rules);
		add_number_pair(&line, "layers", session->layers);
		if (session->policy->door == HEEL_DOOR_CHILD)
			heel_add(&line, " deferred");
		add_notes(&line, &session->report);
	}
	(void)heel_log_send(log, &line);
}
