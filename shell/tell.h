/* SPDX-License-Identifier: ISC */
/*
 * What is told about a session that is started or refused: one sentence without file
 * names to the user, one line with everything to the system log.
 */
#pragma once

#include <stddef.h>

#include "heel.h"
#include "log.h"

/* A session that is being started, as far as it is known. Zero-initialise before use. */
struct heel_session {
	struct heel_arena arena;
	struct heel *heel;
	struct heel_subject subject; /* user NULL, uid (uid_t)-1: not known */
	const struct heel_policy *policy;
	const struct heel_plan *plan; /* NULL: not confined */
	size_t rules;
	unsigned int layers; /* domains that it is nested in, its own among them */
	struct heel_report report;
};

/* Gives back what the session holds; what has been confined stays so. */
void heel_session_end(struct heel_session *session);

/* The step that failed; with the error it decides what the user is told. */
enum heel_step {
	HEEL_STEP_ACCOUNT,
	HEEL_STEP_POLICY,
	HEEL_STEP_PROFILE,
	HEEL_STEP_PREPARE,
	HEEL_STEP_CONFINE,
	HEEL_STEP_SHELL,
	HEEL_STEP_REQUEST, /* what the user asked for, where the profile lists commands */
	HEEL_STEP_COMMAND, /* its start */
	HEEL_STEP_DOOR,	   /* a service that does not keep to the profile's commands */
};

/* Why there is no session, to follow "because": for the user. rc is a negative errno. */
const char *heel_reason(enum heel_step step, int rc);

/*
 * One line that the session has started: for whom, by what, and what of it is not
 * enforced; or a line for each error, up to ten. log is from heel_log_open(), name one of
 * the HEEL_LOG_ names.
 */
void heel_log_start(int log, const char *name, const struct heel_session *session);
void heel_log_refusal(int log, const char *name, const struct heel_session *session);

/* Adds " user=NAME uid=N service=NAME", as far as they are known. */
void heel_add_subject(struct heel_line *line, const struct heel_subject *subject);

/* Adds "FILE:LINE: " if there is a file, and the text. */
void heel_add_problem(struct heel_line *line, const struct heel_problem *problem);
