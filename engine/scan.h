/* SPDX-License-Identifier: ISC */
/*
 * Refuses, before libconfig sees it, every text that libconfig 1.5 would
 * misread: it swallows what follows an unterminated comment, wraps integers,
 * joins strings, drops \x00, opens @include files and then may call exit().
 */
#pragma once

#include <stddef.h>

#include "arena.h"
#include "attr.h"
#include "report.h"

/*
 * The caller refuses longer files already. At this length the slowest text
 * that passes, 299 groups of 512 settings, takes libconfig 0.5 s.
 */
#define HEEL_SCAN_MAX_LENGTH   ((size_t)1024 * 1024)

/* libconfig compares each name with all before it: 512 take 1.4 ms, 4096 take 80 ms. */
#define HEEL_SCAN_MAX_SETTINGS 512

/*
 * libconfig takes these in linear time: 16,384 need 3 ms and 2 MiB. That is
 * more than the kernel's 64 Ki ports written as ranges ever need, and keeps
 * later stages, which may be quadratic, within reason.
 */
#define HEEL_SCAN_MAX_ELEMENTS 16384

/* Open brackets; a policy needs three. libconfig's own limit is near a thousand. */
#define HEEL_SCAN_MAX_DEPTH    16

/* Errors reported for one file; then one more says that the rest was not looked at. */
#define HEEL_SCAN_MAX_ERRORS   20

/*
 * Checks the whole text of a policy file. text need not end in NUL; what is
 * given to config_read_string() afterwards must be these bytes and a NUL,
 * nothing else. file is named in the report (and copied there).
 *
 * Returns 0 if libconfig 1.5 reads the text exactly as it is written, with
 * one exception that libconfig reports itself: two settings of one name in a
 * group. Else adds an error for each problem that can be told, with its line,
 * and returns -EINVAL; or -ENOMEM when the report could not be written. Takes
 * time linear in length and allocates nothing but the report.
 *
 * What passes is ASCII outside strings and comments, has no control
 * characters but tab, form feed and line ends (LF or CR LF), no @include, and
 * is a strict subset of libconfig's syntax:
 *
 *  - strings stand on one line, use the escapes \\ \" \n \r \t \f only, and
 *    never directly follow one another;
 *  - integers are decimal without a leading zero, or hexadecimal, and fit a
 *    signed 32-bit int; there are no fractions and no L suffix;
 *  - words end at a blank or a punctuation mark ("a=1b=2" is refused);
 *  - the values of [ ] are scalars of one type; there are no commas too many;
 *  - the limits above hold.
 *
 * A terminator between settings stays optional, and may be ';' or ','.
 */
HEEL_MUST_CHECK int heel_scan(const char *file, const char *text, size_t length,
			      struct heel_report *report);

/* The lines of a file's scalar values, in the order in which they stand in it. */
struct heel_lines {
	unsigned int *v;
	size_t n;
};

/*
 * Like heel_scan(), and tells on which line each scalar value stands: for a
 * string in a list libconfig gives the line of what follows it. The lines are
 * in the arena.
 */
HEEL_MUST_CHECK int heel_scan_lines(struct heel_arena *arena, const char *file,
				    const char *text, size_t length,
				    struct heel_lines *ret, struct heel_report *report);
