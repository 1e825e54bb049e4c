/* SPDX-License-Identifier: ISC */
/*
 * Lines for the system log: bounded, without what could forge another line, sent through
 * a socket that can be opened before the process is confined. Usable in a static
 * program: no stdio, no locale, no allocation.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <syslog.h>

#include "attr.h"

/* Who says it. */
#define HEEL_LOG_SHELL	"heel-shell"
#define HEEL_LOG_MODULE "pam_heel"

/* One line for the system log. What does not fit is cut off, and shown as cut off. */
struct heel_line {
	char text[2000];
	size_t length;
};

/* Adds text; control characters and backslashes are escaped. */
void heel_add(struct heel_line *line, const char *text);

/* Likewise for a name that may be anything: blanks and bytes beyond ASCII as well. */
void heel_add_word(struct heel_line *line, const char *text);
void heel_add_number(struct heel_line *line, unsigned long number);
void heel_add_newline(struct heel_line *line);

/* Begins a line: who says it, and the severity (LOG_INFO, ...) in LOG_AUTHPRIV. */
void heel_begin(struct heel_line *line, const char *name, int severity);

/*
 * Connects to the system log. Done before the process is confined, which may leave
 * it without access to the socket. Returns a descriptor, or -1 if nobody listens.
 */
HEEL_MUST_CHECK int heel_log_open(void);

/*
 * Sends the line. Never blocks for long: a log that takes nothing, or is not there,
 * does not keep anyone from working. Returns whether it has been sent.
 */
bool heel_log_send(int fd, const struct heel_line *line);
