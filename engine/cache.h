/* SPDX-License-Identifier: ISC */
/*
 * What `heel cache` has worked out beforehand, so that a session need not: the values of
 * a policy file's text, and the programs of a filter. Both follow from what they are
 * worked out of and from nothing else, and that stands beside them, whole: a result
 * counts only for the very same text, the very same denials. So a cache can be too old to
 * be of use; it cannot say anything that is no longer so. Where it has no answer, the
 * answer is worked out.
 *
 * Its files lie in the policy directory, trusted as it is. What another version of heel
 * wrote, or what was damaged, is not used.
 *
 * A file, in the machine's own byte order and in steps of 8 bytes:
 *
 *	struct heel_cache_head
 *	records: struct heel_cache_record, what it is worked out of, the result
 *
 * Values are a number of keys; for each its index in the schema, its line, a number of
 * values; for each its line and its text, or HEEL_CACHE_ENTRY and the same again. Texts
 * are a length, bytes and a NUL. Programs are a number of programs; for each its
 * architecture, whether it is logged, a number of instructions, its title and, at the
 * next 4 bytes, the instructions. All numbers have 32 bits.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "attr.h"
#include "schema.h"

#define HEEL_CACHE_MAGIC    0x31656863616c6568 /* "helache1", read from the front */
#define HEEL_CACHE_STEP	    ((size_t)8)
#define HEEL_CACHE_ENTRY    UINT32_MAX /* in place of a text's length */

/* The largest cache file that is read, in bytes. */
#define HEEL_CACHE_SIZE_MAX ((size_t)4 * 1024 * 1024)

struct heel_cache_head {
	uint64_t magic;
	uint64_t build;	 /* of the heel that wrote it: heel_cache_build() */
	uint64_t length; /* of all that follows this */
	uint64_t sum;	 /* of it: against damage, not against anybody */
};

enum heel_cache_kind {
	HEEL_CACHE_VALUES = 1,
	HEEL_CACHE_PROGRAMS,
};

struct heel_cache_record {
	uint32_t kind;
	uint32_t of;	 /* bytes, as those that follow */
	uint32_t result; /* begins at the next step */
	uint32_t reserved;
};

/* The records of a file; nothing if bytes is NULL. */
struct heel_cache {
	const char *bytes;
	size_t length;
};

/* Differs between any two builds of which one might misread the other's files. */
uint64_t heel_cache_build(void);

/* The sum of whole steps. */
uint64_t heel_cache_sum(const char *bytes, size_t length);

/*
 * Takes what was read from a cache file, which must be aligned as memory is, and live as
 * long as what comes of it. A file that is not to be used gives an empty cache.
 */
struct heel_cache heel_cache_take(const char *bytes, size_t length);

/*
 * The values of a text, as heel_load() would give them; what is in them points into the
 * cache. False if they are not in it, or memory is out.
 */
HEEL_MUST_CHECK bool heel_cache_values(const struct heel_cache *cache,
				       struct heel_arena *arena,
				       const struct heel_schema *schema, const char *file,
				       const char *text, size_t length,
				       struct heel_values **ret);

/* --- Of records --- */

/* The bytes of a result that are still to be read; bad once something did not fit. */
struct heel_cache_reader {
	const char *at;
	size_t left;
	bool bad;
};

/* The result that was worked out of exactly these bytes, if there is one. */
HEEL_MUST_CHECK bool heel_cache_find(const struct heel_cache *cache,
				     enum heel_cache_kind kind, const char *of,
				     size_t length, struct heel_cache_reader *ret);

/* Each is 0 or "" if it does not fit. A count is of what takes so many bytes each. */
uint32_t heel_cache_number(struct heel_cache_reader *reader);
uint32_t heel_cache_count(struct heel_cache_reader *reader, size_t each);
const char *heel_cache_text(struct heel_cache_reader *reader, uint32_t length);

/* A length up to the next step. */
static inline size_t heel_cache_padded(size_t length)
{
	return (length + HEEL_CACHE_STEP - 1) / HEEL_CACHE_STEP * HEEL_CACHE_STEP;
}
