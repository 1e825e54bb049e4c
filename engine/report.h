/* SPDX-License-Identifier: ISC */
/*
 * What went wrong, or is worth saying, with its place in the policy. The
 * engine adds problems; front ends print or log them. A failing function
 * has added at least one error.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"

/* A place in a policy file. file is NULL where there is none, line 0 for a whole file. */
struct heel_origin {
	const char *file;
	unsigned int line;
};

enum heel_severity {
	HEEL_ERROR,   /* the session is refused */
	HEEL_WARNING, /* probably not what was meant; `heel check` says it */
	HEEL_NOTE,    /* left out or lowered, as the policy allows; for the session's log
			 line */
};

struct heel_problem {
	enum heel_severity severity;
	struct heel_origin at;
	const char *text;
};

/* Zero-initialise before use. The texts and file names belong to the report. */
struct heel_report {
	struct heel_arena arena;
	struct heel_problem *problems;
	size_t n;
	bool out_of_memory; /* a problem could not be stored */
};

/*
 * Control characters become "?" in the texts of all problems.
 *
 * Adds an error and returns -err, so that "return heel_fail(...)" reads as
 * one step. err is a positive errno; 0 is taken as EINVAL, so that a failure
 * can never look like success.
 */
HEEL_MUST_CHECK int heel_fail(struct heel_report *report, int err, struct heel_origin at,
			      const char *fmt, ...) HEEL_PRINTF(4, 5);

/* The one way to report that memory ran out. Returns -ENOMEM; allocates nothing. */
HEEL_MUST_CHECK int heel_fail_memory(struct heel_report *report);

void heel_warn(struct heel_report *report, struct heel_origin at, const char *fmt, ...)
	HEEL_PRINTF(3, 4);
/* A note for which a format would be too slow: there may be dozens. NULL: no memory. */
void heel_note_text(struct heel_report *report, struct heel_origin at, char *text);
void heel_note(struct heel_report *report, struct heel_origin at, const char *fmt, ...)
	HEEL_PRINTF(3, 4);

/* The first error, or NULL if there is none. Never NULL after a function failed. */
const struct heel_problem *heel_first_error(const struct heel_report *report);

/* How many problems of that severity there are. */
size_t heel_count(const struct heel_report *report, enum heel_severity severity);

/* "error", "warning" or "note". */
const char *heel_severity_name(enum heel_severity severity);

void heel_report_free(struct heel_report *report);
