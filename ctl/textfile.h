/* SPDX-License-Identifier: ISC */
/* Text files of the system, by lines: for looking at them, never for believing them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "attr.h"

/* A line as whoever reads the file takes it. */
struct heel_line {
	unsigned int number; /* of the first of the lines that it was made of */
	char *text;	     /* without comment, and without blanks at both ends */
};

struct heel_lines {
	struct heel_line *v;
	size_t n;
};

/*
 * The text of a regular file of at most HEEL_FILE_SIZE_MAX bytes, in the arena. Waits for
 * nothing, whatever the name leads to. Returns 0 or a negative errno: -EINVAL if it is no
 * regular file, -EFBIG.
 */
HEEL_MUST_CHECK int heel_read_text(struct heel_arena *arena, const char *path,
				   const char **ret);

/* Likewise a file of /proc, whose size nobody knows: its first 256 KiB. */
HEEL_MUST_CHECK int heel_read_proc(struct heel_arena *arena, const char *path,
				   const char **ret);

/*
 * Cuts a text into lines that are not empty. "#" begins a comment. With joined, a line
 * that ends with a backslash goes on in the next one. -ENOMEM or 0.
 */
HEEL_MUST_CHECK int heel_split_lines(struct heel_arena *arena, const char *text,
				     bool joined, struct heel_lines *ret);

/*
 * Takes the next word, up to a blank, out of *cursor, which is written to; NULL at the
 * end.
 */
char *heel_next_word(char **cursor);
