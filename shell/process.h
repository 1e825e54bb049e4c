/* SPDX-License-Identifier: ISC */
/*
 * What heel-shell's two programs share, and in part `heel run`: they put the process
 * they were started as in order, and tell the user why there is no session. Usable in a
 * static program: no stdio, no locale, no name service, no allocation.
 */
#pragma once

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

/* Ends the process with that status and that text, one line, on stderr. */
__attribute__((noreturn)) void heel_end_with(int status, const char *text);

/* Ends the process with that status and one sentence on stderr. */
__attribute__((noreturn)) void heel_give_up(int status, const char *why);

/*
 * Refuses a session that has not come far: a line in the system log, with the detail
 * if there is one, and heel_give_up().
 */
__attribute__((noreturn)) void heel_refuse(const char *why, const char *detail);
