/* SPDX-License-Identifier: ISC */
/* Memory that lives as long as one policy: a list of blocks, filled from the front. */
#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"

/*
 * What fits into a block of this size shares one. Not where memory is watched: there each
 * allocation has borders of its own.
 */
#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define BLOCK_BYTES ((size_t)0)
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define BLOCK_BYTES ((size_t)0)
#endif
#ifndef BLOCK_BYTES
#ifdef __GLIBC__
#define BLOCK_BYTES ((size_t)16 * 1024)
#else /* musl maps each block by itself */
#define BLOCK_BYTES ((size_t)120 * 1024)
#endif
#endif

struct heel_block {
	struct heel_block *next;
	alignas(max_align_t) char data[];
};

static struct heel_block *new_block(size_t bytes)
{
	if (__builtin_add_overflow(bytes, sizeof(struct heel_block), &bytes))
		return NULL;
	return calloc(1, bytes);
}

/* One that is for this allocation alone goes behind the one that is being filled. */
static void *alloc_alone(struct heel_arena *arena, size_t bytes)
{
	struct heel_block *block = new_block(bytes);

	if (!block)
		return NULL;
	if (arena->left > 0) {
		block->next = arena->blocks->next;
		arena->blocks->next = block;
	} else {
		block->next = arena->blocks;
		arena->blocks = block;
	}
	return block->data;
}

static bool begin_block(struct heel_arena *arena)
{
	struct heel_block *block = new_block(BLOCK_BYTES);

	if (!block)
		return false;
	block->next = arena->blocks;
	arena->blocks = block;
	arena->free = block->data;
	arena->left = BLOCK_BYTES;
	return true;
}

void *heel_alloc(struct heel_arena *arena, size_t n, size_t size)
{
	const size_t step = alignof(max_align_t);
	size_t bytes;
	void *memory;

	if (__builtin_mul_overflow(n, size, &bytes) ||
	    __builtin_add_overflow(bytes, step - 1, &bytes))
		return NULL;
	bytes = bytes < step ? step : bytes - bytes % step; /* none is a place, too */
	if (bytes > BLOCK_BYTES / 4)
		return alloc_alone(arena, bytes);
	if (bytes > arena->left && !begin_block(arena))
		return NULL;
	memory = arena->free;
	arena->free += bytes;
	arena->left -= bytes;
	return memory;
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

char *heel_concat(struct heel_arena *arena, const char *const *parts, size_t n)
{
	size_t length = 0;
	char *text, *end;

	for (size_t i = 0; i < n; i++)
		if (__builtin_add_overflow(length, strlen(parts[i]), &length))
			return NULL;
	if (length == SIZE_MAX)
		return NULL;
	text = heel_alloc(arena, length + 1, 1);
	end = text;
	for (size_t i = 0; text && i < n; i++)
		end = stpcpy(end, parts[i]);
	return text;
}

char *heel_vformat(struct heel_arena *arena, const char *fmt, va_list args)
{
	va_list again;
	char *text = NULL;
	char first[256];
	int length;

	va_copy(again, args);
	length = vsnprintf(first, sizeof(first), fmt, args);
	if (length >= 0)
		text = heel_alloc(arena, (size_t)length + 1, 1);
	if (text && (size_t)length < sizeof(first))
		memcpy(text, first, (size_t)length);
	else if (text)
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
	*arena = (struct heel_arena){0};
}
