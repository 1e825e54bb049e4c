/* SPDX-License-Identifier: ISC */
/* Programs of filters that were worked out beforehand. */
#include <string.h>

#include "recall.h"

/* --- What programs follow from ------------------------------------------------------ */

static char *put_number(char *at, uint32_t number)
{
	memcpy(at, &number, sizeof(number));
	return at + sizeof(number);
}

static size_t key_length(const struct heel_denial *denial)
{
	size_t length = strlen(denial->call) + 1 + 2 * sizeof(uint32_t);

	for (size_t i = 0; i < denial->n_conditions; i++)
		length += (5 + denial->conditions[i].n_values) * sizeof(uint32_t);
	return length;
}

static char *put_denial(char *at, const struct heel_denial *denial)
{
	at = stpcpy(at, denial->call) + 1;
	at = put_number(at, (uint32_t)denial->error);
	at = put_number(at, (uint32_t)denial->n_conditions);
	for (size_t i = 0; i < denial->n_conditions; i++) {
		const struct heel_condition *condition = &denial->conditions[i];

		at = put_number(at, condition->argument);
		at = put_number(at, (uint32_t)condition->compare);
		at = put_number(at, condition->mask);
		at = put_number(at, condition->value);
		at = put_number(at, (uint32_t)condition->n_values);
		for (size_t j = 0; j < condition->n_values; j++)
			at = put_number(at, condition->values[j]);
	}
	return at;
}

const char *heel_filter_key(struct heel_arena *arena, const struct heel_filter *filter,
			    size_t *ret_length)
{
	size_t length = 2 * sizeof(uint32_t);
	char *key, *at;

	for (size_t i = 0; i < filter->n; i++)
		length += key_length(&filter->rules[i].denial);
	key = heel_alloc(arena, length, 1);
	if (!key)
		return NULL;
	at = put_number(put_number(key, filter->i386), filter->unknown);
	for (size_t i = 0; i < filter->n; i++)
		at = put_denial(at, &filter->rules[i].denial);
	*ret_length = (size_t)(at - key);
	return key;
}

/* --- Programs ----------------------------------------------------------------------- */

/* Code is read where it is. */
static void skip_to_code(struct heel_cache_reader *reader)
{
	const size_t step = _Alignof(struct sock_filter);
	const size_t skip = (step - (uintptr_t)reader->at % step) % step;

	if (skip > reader->left) {
		reader->bad = true;
		return;
	}
	reader->at += skip;
	reader->left -= skip;
}

static bool take_program(struct heel_cache_reader *reader, struct heel_program *program)
{
	const uint32_t arch = heel_cache_number(reader);
	const uint32_t logged = heel_cache_number(reader);
	const uint32_t n = heel_cache_number(reader);
	size_t bytes;

	program->title = heel_cache_text(reader, heel_cache_number(reader));
	skip_to_code(reader);
	bytes = n * sizeof(*program->code);
	if (reader->bad || arch >= HEEL_ARCHES || n == 0 || n > HEEL_PROGRAM_LENGTH_MAX ||
	    bytes > reader->left)
		return false;
	program->arch = (enum heel_arch)arch;
	program->logged = logged != 0;
	program->code = (const void *)reader->at;
	program->n = n;
	reader->at += bytes;
	reader->left -= bytes;
	return true;
}

bool heel_recall_programs(const struct heel_cache *cache, struct heel_arena *arena,
			  const struct heel_filter *filter,
			  const struct heel_program **ret, size_t *ret_n)
{
	struct heel_cache_reader reader;
	struct heel_program *programs;
	size_t length;
	uint32_t n;
	const char *key;

	if (!cache->bytes)
		return false;
	key = heel_filter_key(arena, filter, &length);
	if (!key || !heel_cache_find(cache, HEEL_CACHE_PROGRAMS, key, length, &reader))
		return false;
	n = heel_cache_number(&reader);
	if (reader.bad || n == 0 || n > HEEL_PROGRAMS_MAX)
		return false;
	programs = heel_alloc(arena, n, sizeof(*programs));
	if (!programs)
		return false;
	for (uint32_t i = 0; i < n; i++)
		if (!take_program(&reader, &programs[i]))
			return false;
	if (reader.left != 0)
		return false;
	*ret = programs;
	*ret_n = n;
	return true;
}
