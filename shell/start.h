/* SPDX-License-Identifier: ISC */
/* From the user's request to their shell, confined: the same steps in both programs. */
#pragma once

/* Replaces the process by another program, which gets the very words and variables. */
typedef void heel_leave(char **argv, char **environment);

/*
 * Starts the session of the user that the process belongs to; argc is 1 or more. Where
 * leave is not NULL and some step fails before the process is confined, that is called;
 * it must not return. Else the session is refused.
 */
__attribute__((noreturn)) void heel_start(int argc, char **argv, char **environment,
					  heel_leave *leave);
