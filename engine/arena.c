/* SPDX-License-Identifier: ISC */
/* Memory that lives as long as one policy: a list of plain allocations. */
#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"

struct heel_block {
	struct heel_block *next;
	alignas(max_align_t) char data[];
};

void *heel_alloc(struct heel_arena *arena, size_t n, size_t size)
{
	struct heel_block *block;
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes) ||
	    __builtin_add_overflow(bytes, sizeof(*block), &bytes))
		return NULL;
	block = calloc(1, bytes);
	if (!block)
		return NULL;
	block->next = arena->blocks;
	arena->blocks = block;
	return block->data;
}

void *heel_grow(struct heel_arena *arena, void *array, size_t n, size_t size)
{
	void *larger;

	/* The capacity is the power of two at or above n, so a new copy is due at each
	 * one. */
	if (n != 0 && (n & (n - 1)) != 0)
		return array;
	if (n > SIZE_MAX / 2)
		return NULL;
	larger = heel_alloc(arena, n == 0 ? 1 : 2 * n, size);
	if (larger && n != 0)
		memcpy(larger, array, n * size);
	return larger;
}

char *heel_strndup(struct heel_arena *arena, const char *text, size_t n)
{
	size_t length = strnlen(text, n);
	char *copy = heel_alloc(arena, length + 1, 1);

	if (copy)
		memcpy(copy, text, length);
	return copy;
}

char *heel_strdup(struct heel_arena *arena, const char *text)
{
	return heel_strndup(arena, text, strlen(text));
}

char *heel_vformat(struct heel_arena *arena, const char *fmt, va_list args)
{
	va_list again;
	char *text = NULL;
	int length;

	va_copy(again, args);
	length = vsnprintf(NULL, 0, fmt, args);
	if (length >= 0)
		text = heel_alloc(arena, (size_t)length + 1, 1);
	if (text)
		(void)vsnprintf(text, (size_t)length + 1, fmt,
				again); /* it was measured */
	va_end(again);
	return text;
}

char *heel_format(struct heel_arena *arena, const char *fmt, ...)
{
	va_list args;
	char *text;

	va_start(args, fmt);
	text = heel_vformat(arena, fmt, args);
	va_end(args);
	return text;
}

void heel_arena_free(struct heel_arena *arena)
{
	struct heel_block *block = arena->blocks;

	while (block) {
		struct heel_block *next = block->next;

		free(block);
		block = next;
	}
	arena->blocks = NULL;
}
