/* SPDX-License-Identifier: ISC */
/* The list of problems that the engine hands to its front ends. */
#include <errno.h>

#include "report.h"

static const struct heel_problem memory_problem = {
	.severity = HEEL_ERROR,
	.text = "out of memory",
};

/* A text may quote a file, and goes to terminals and logs, which do as such bytes say. */
static void make_plain(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			*text = '?';
}

static void add_text(struct heel_report *report, enum heel_severity severity,
		     struct heel_origin at, char *text)
{
	struct heel_problem problem = {.severity = severity, .at = at};
	struct heel_problem *problems;

	if (text)
		make_plain(text);
	problem.text = text;
	if (at.file)
		problem.at.file = heel_strdup(&report->arena, at.file);
	problems =
		heel_grow(&report->arena, report->problems, report->n, sizeof(problem));
	if (!problem.text || (at.file && !problem.at.file) || !problems) {
		report->out_of_memory = true;
		return;
	}
	problems[report->n++] = problem;
	report->problems = problems;
}

HEEL_PRINTF(4, 0)
static void add(struct heel_report *report, enum heel_severity severity,
		struct heel_origin at, const char *fmt, va_list args)
{
	add_text(report, severity, at, heel_vformat(&report->arena, fmt, args));
}

int heel_fail(struct heel_report *report, int err, struct heel_origin at, const char *fmt,
	      ...)
{
	va_list args;

	va_start(args, fmt);
	add(report, HEEL_ERROR, at, fmt, args);
	va_end(args);
	return err > 0 ? -err : -EINVAL;
}

int heel_fail_memory(struct heel_report *report)
{
	report->out_of_memory = true;
	return -ENOMEM;
}

void heel_warn(struct heel_report *report, struct heel_origin at, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	add(report, HEEL_WARNING, at, fmt, args);
	va_end(args);
}

void heel_note(struct heel_report *report, struct heel_origin at, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	add(report, HEEL_NOTE, at, fmt, args);
	va_end(args);
}

void heel_note_text(struct heel_report *report, struct heel_origin at, char *text)
{
	add_text(report, HEEL_NOTE, at, text);
}

const struct heel_problem *heel_first_error(const struct heel_report *report)
{
	for (size_t i = 0; i < report->n; i++)
		if (report->problems[i].severity == HEEL_ERROR)
			return &report->problems[i];
	return report->out_of_memory ? &memory_problem : NULL;
}

size_t heel_count(const struct heel_report *report, enum heel_severity severity)
{
	size_t n = severity == HEEL_ERROR && report->out_of_memory ? 1 : 0;

	for (size_t i = 0; i < report->n; i++)
		if (report->problems[i].severity == severity)
			n++;
	return n;
}

const char *heel_severity_name(enum heel_severity severity)
{
	static const char *const names[] = {
		[HEEL_ERROR] = "error",
		[HEEL_WARNING] = "warning",
		[HEEL_NOTE] = "note",
	};

	return names[severity];
}

void heel_report_free(struct heel_report *report)
{
	heel_arena_free(&report->arena);
	*report = (struct heel_report){0};
}
