/* SPDX-License-Identifier: ISC */
/*
 * Memory that lives as long as one policy. Everything the engine makes is
 * allocated in an arena and freed with it at once, so no stage has to know
 * what another still refers to.
 *
 * All allocations return NULL when memory or the size computation fails.
 */
#pragma once

#include <stdarg.h>
#include <stddef.h>

#include "attr.h"

struct heel_block;

/* Zero-initialise before use; heel_arena_free() may be called any number of times. */
struct heel_arena {
	struct heel_block *blocks;
	char *free; /* what is left of the first block */
	size_t left;
};

/* Room for n elements of the given size, zeroed. */
HEEL_MUST_CHECK void *heel_alloc(struct heel_arena *arena, size_t n, size_t size);

/*
 * Makes room for element number n of an array that holds n elements of the
 * given size: returns the array itself or a larger copy of it. The caller
 * stores the result and then the element. Only for arrays that have grown
 * through this function from n = 0 with array = NULL.
 */
HEEL_MUST_CHECK void *heel_grow(struct heel_arena *arena, void *array, size_t n,
				size_t size);

HEEL_MUST_CHECK char *heel_strdup(struct heel_arena *arena, const char *text);
HEEL_MUST_CHECK char *heel_strndup(struct heel_arena *arena, const char *text, size_t n);

/* The texts, one after the other; for two or three that need no format. */
HEEL_MUST_CHECK char *heel_concat(struct heel_arena *arena, const char *const *parts,
				  size_t n);
#define HEEL_CONCAT(arena, ...)                                                          \
	heel_concat(arena, (const char *const[]){__VA_ARGS__},                           \
		    sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

HEEL_MUST_CHECK char *heel_format(struct heel_arena *arena, const char *fmt, ...)
	HEEL_PRINTF(2, 3);
HEEL_MUST_CHECK char *heel_vformat(struct heel_arena *arena, const char *fmt,
				   va_list args) HEEL_PRINTF(2, 0);

/* Frees everything that was allocated in the arena, which can then be used again. */
void heel_arena_free(struct heel_arena *arena);
