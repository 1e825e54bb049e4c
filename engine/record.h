/* SPDX-License-Identifier: ISC */
/*
 * The record of a confined session: a plain value, and its text. pam_heel writes it, heel
 * reads it.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "attr.h"

struct heel_record {
	uint64_t pid;	/* of the process that opened the session: when it ends, so does
			   that */
	uint64_t start; /* when that process began, in the kernel's ticks since boot */
	uint64_t since; /* when it was confined, in seconds since 1970 */
	uint64_t uid;
	uint64_t deferred; /* 1: its child is confined, in HEEL_DOOR_CHILD */
	uint64_t digest;   /* heel_policy_digest() of what it was given */
	const char *user, *service, *profile;
	const char *config; /* the policy directory; "": the installed one */
};

/* The longest text of a record, with the byte that ends it. */
#define HEEL_RECORD_SIZE 8192

/*
 * Writes the text of a record, a line for each value. Returns its length, or -EINVAL
 * where a value is not such that it could be read again, -ENAMETOOLONG.
 */
HEEL_MUST_CHECK int heel_record_print(const struct heel_record *record,
				      char ret[static HEEL_RECORD_SIZE]);

/*
 * Reads it: nothing but what heel_record_print() writes. text is ended by a NUL. Returns
 * 0, -EINVAL or -ENOMEM; the texts live in the arena.
 */
HEEL_MUST_CHECK int heel_record_parse(struct heel_arena *arena, const char *text,
				      struct heel_record *ret);
