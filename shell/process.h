/* SPDX-License-Identifier: ISC */
/*
 * What heel-shell's two programs share, and in part `heel run`: they put the process
 * they were started as in order, tell the user why there is no session, and tell the
 * system log. Usable in a static program: no stdio, no locale, no name service, no
 * allocation.
 */
#pragma once

#include <stddef.h>
#include <syslog.h>

#include "attr.h"

/* heel refused before anything of the user's was started. */
#define HEEL_STATUS_REFUSED 125

/*
 * Refuses a process whose real and effective ids differ, opens /dev/null where
 * standard input, output or error is closed, and closes every other descriptor:
 * what is opened later must not become somebody's stderr, and nothing that was
 * opened before the session may be used in it. Returns NULL, or why this is no
 * process to start a session in. Signals, umask, limits, and the working directory
 * stay as they came: whoever starts a login shell has set them for it.
 */
HEEL_MUST_CHECK const char *heel_settle(void);

/* Ends the process with that status and one sentence on stderr. */
__attribute__((noreturn)) void heel_give_up(int status, const char *why);

/* One line for the system log. What does not fit is cut off, and shown as cut off. */
struct heel_line {
	char text[2000];
	size_t length;
};

/* Adds text; control characters and backslashes are escaped. */
void heel_add(struct heel_line *line, const char *text);
void heel_add_number(struct heel_line *line, unsigned long number);

/* Begins a line: who writes it, and the severity (LOG_INFO, ...) in LOG_AUTHPRIV. */
void heel_begin(struct heel_line *line, int severity);

/*
 * Connects to the system log. Done before the process is confined, which may leave
 * it without access to the socket. Returns a descriptor, or -1 if nobody listens.
 */
HEEL_MUST_CHECK int heel_log_open(void);

/*
 * Sends the line. Never blocks for long: a log that takes nothing, or is not there,
 * does not keep anyone from working.
 */
void heel_log_send(int fd, const struct heel_line *line);

/*
 * Refuses a session that has not come far: a line in the system log, with the detail
 * if there is one, and heel_give_up().
 */
__attribute__((noreturn)) void heel_refuse(const char *why, const char *detail);
