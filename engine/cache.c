/* SPDX-License-Identifier: ISC */
/* Looks up what was worked out beforehand; see cache.h for the format. */
#include <string.h>

#include "cache.h"
#ifndef HEEL_BUILD /* but for a linter, which has no build */
#include "build.h"
#endif

uint64_t heel_cache_build(void)
{
	return (uint64_t)HEEL_BUILD << 32 | sizeof(void *);
}

uint64_t heel_cache_sum(const char *bytes, size_t length)
{
	uint64_t sum = length;

	for (size_t i = 0; i + HEEL_CACHE_STEP <= length; i += HEEL_CACHE_STEP) {
		uint64_t step;

		memcpy(&step, bytes + i, sizeof(step));
		sum = (sum ^ step) * 0x9e3779b97f4a7c15;
	}
	return sum ^ sum >> 32;
}

struct heel_cache heel_cache_take(const char *bytes, size_t length)
{
	const struct heel_cache nothing = {0};
	struct heel_cache_head head;

	if (length < sizeof(head))
		return nothing;
	memcpy(&head, bytes, sizeof(head));
	bytes += sizeof(head);
	length -= sizeof(head);
	if (head.magic != HEEL_CACHE_MAGIC || head.build != heel_cache_build() ||
	    head.length != length || length % HEEL_CACHE_STEP != 0 ||
	    head.sum != heel_cache_sum(bytes, length))
		return nothing;
	return (struct heel_cache){bytes, length};
}

/* --- Records ------------------------------------------------------------------------ */

/* What memcmp(3) says, which compares byte by byte in a small C library. */
static bool is_same(const char *a, const char *b, size_t length)
{
	size_t i = 0;

	for (; i + HEEL_CACHE_STEP <= length; i += HEEL_CACHE_STEP) {
		uint64_t left, right;

		memcpy(&left, a + i, sizeof(left));
		memcpy(&right, b + i, sizeof(right));
		if (left != right)
			return false;
	}
	return memcmp(a + i, b + i, length - i) == 0;
}

bool heel_cache_find(const struct heel_cache *cache, enum heel_cache_kind kind,
		     const char *of, size_t length, struct heel_cache_reader *ret)
{
	const char *at = cache->bytes;
	size_t left = cache->length;
	struct heel_cache_record record;

	while (left >= sizeof(record)) {
		size_t skip;

		memcpy(&record, at, sizeof(record));
		at += sizeof(record);
		left -= sizeof(record);
		skip = heel_cache_padded(record.of);
		if (skip > left || record.result > left - skip)
			return false;
		if (record.kind == (uint32_t)kind && record.of == length &&
		    is_same(at, of, length)) {
			*ret = (struct heel_cache_reader){at + skip, record.result,
							  false};
			return true;
		}
		skip += heel_cache_padded(record.result);
		if (skip > left)
			return false;
		at += skip;
		left -= skip;
	}
	return false;
}

uint32_t heel_cache_number(struct heel_cache_reader *reader)
{
	uint32_t number;

	if (reader->left < sizeof(number)) {
		reader->bad = true;
		return 0;
	}
	memcpy(&number, reader->at, sizeof(number));
	reader->at += sizeof(number);
	reader->left -= sizeof(number);
	return number;
}

const char *heel_cache_text(struct heel_cache_reader *reader, uint32_t length)
{
	const char *text = reader->at;

	if (length >= reader->left || text[length] != '\0' ||
	    memchr(text, '\0', length)) {
		reader->bad = true;
		return "";
	}
	reader->at += length + 1;
	reader->left -= length + 1;
	return text;
}

uint32_t heel_cache_count(struct heel_cache_reader *reader, size_t each)
{
	uint32_t n = heel_cache_number(reader);

	if (n > reader->left / each)
		reader->bad = true;
	return reader->bad ? 0 : n;
}

/* --- Values ------------------------------------------------------------------------- */

struct decoder {
	struct heel_arena *arena;
	const char *file;
	struct heel_cache_reader reader;
};

static bool take_values(struct decoder *decoder, const struct heel_schema *schema,
			struct heel_values **ret);

static bool take_value(struct decoder *decoder, const struct heel_key *key,
		       struct heel_value *value)
{
	struct heel_cache_reader *reader = &decoder->reader;
	uint32_t length;

	value->from = (struct heel_origin){decoder->file, heel_cache_number(reader)};
	length = heel_cache_number(reader);
	if (length != HEEL_CACHE_ENTRY) {
		value->text = heel_cache_text(reader, length);
		return !reader->bad;
	}
	return (key->kinds & HEEL_KIND_ENTRY) &&
	       take_values(decoder, key->entry, &value->fields);
}

static bool take_key(struct decoder *decoder, const struct heel_schema *schema,
		     struct heel_values *all)
{
	struct heel_cache_reader *reader = &decoder->reader;
	const uint32_t index = heel_cache_number(reader);
	const uint32_t line = heel_cache_number(reader);
	const uint32_t n = heel_cache_count(reader, 2 * sizeof(uint32_t));
	struct heel_values *values = &all[index < schema->n ? index : 0];

	if (reader->bad || index >= schema->n)
		return false;
	values->written = true;
	values->from = (struct heel_origin){decoder->file, line};
	values->n = n;
	values->v = n == 0 ? NULL : heel_alloc(decoder->arena, n, sizeof(*values->v));
	if (n > 0 && !values->v)
		return false;
	for (uint32_t i = 0; i < n; i++)
		if (!take_value(decoder, &schema->keys[index], &values->v[i]))
			return false;
	return true;
}

/* As deep as the schema, which does not contain itself. */
static bool take_values(struct decoder *decoder, const struct heel_schema *schema,
			struct heel_values **ret)
{
	struct heel_values *values =
		heel_alloc(decoder->arena, schema->n, sizeof(*values));
	const uint32_t n = heel_cache_count(&decoder->reader, 3 * sizeof(uint32_t));

	if (!values || decoder->reader.bad)
		return false;
	for (uint32_t i = 0; i < n; i++)
		if (!take_key(decoder, schema, values))
			return false;
	*ret = values;
	return true;
}

bool heel_cache_values(const struct heel_cache *cache, struct heel_arena *arena,
		       const struct heel_schema *schema, const char *file,
		       const char *text, size_t length, struct heel_values **ret)
{
	struct decoder decoder = {.arena = arena, .file = file};
	struct heel_values *values;

	if (!heel_cache_find(cache, HEEL_CACHE_VALUES, text, length, &decoder.reader) ||
	    heel_cache_number(&decoder.reader) != schema->n ||
	    !take_values(&decoder, schema, &values) || decoder.reader.left != 0)
		return false;
	*ret = values;
	return true;
}
