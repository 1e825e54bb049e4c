/* SPDX-License-Identifier: ISC */
/* The record of a confined session, and its text. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "record.h"
#include "text.h"

#define HEAD "heel session 1\n"

/* The lines, in their order: NAME=VALUE. */
static const struct line {
	const char *name;
	size_t offset; /* of the value in the record */
	uint64_t max;  /* of a number; 0: it is a text */
	bool empty;    /* it may be an empty one */
} lines[] = {
	{"pid", offsetof(struct heel_record, pid), INT32_MAX, false},
	{"start", offsetof(struct heel_record, start), UINT64_MAX, false},
	{"since", offsetof(struct heel_record, since), INT64_MAX, false},
	{"uid", offsetof(struct heel_record, uid), UINT32_MAX - 1, false},
	{"deferred", offsetof(struct heel_record, deferred), 1, false},
	{"digest", offsetof(struct heel_record, digest), UINT64_MAX, false},
	{"user", offsetof(struct heel_record, user), 0, false},
	{"service", offsetof(struct heel_record, service), 0, false},
	{"profile", offsetof(struct heel_record, profile), 0, false},
	{"config", offsetof(struct heel_record, config), 0, true},
};

static uint64_t number_of(const struct heel_record *record, const struct line *line)
{
	uint64_t number;

	memcpy(&number, (const char *)record + line->offset, sizeof(number));
	return number;
}

static const char *text_of(const struct heel_record *record, const struct line *line)
{
	const char *text;

	memcpy(&text, (const char *)record + line->offset, sizeof(text));
	return text;
}

static bool is_good(const struct heel_record *record, const struct line *line)
{
	const char *text;

	if (line->max > 0)
		return number_of(record, line) <= line->max;
	text = text_of(record, line);
	return text && (text[0] || line->empty) && !heel_has_control(text);
}

int heel_record_print(const struct heel_record *record, char ret[static HEEL_RECORD_SIZE])
{
	size_t length = strlen(HEAD);

	memcpy(ret, HEAD, sizeof(HEAD));
	for (size_t i = 0; i < HEEL_ARRAY_SIZE(lines); i++) {
		const struct line *line = &lines[i];
		const size_t room = HEEL_RECORD_SIZE - length;
		int n;

		if (!is_good(record, line))
			return -EINVAL;
		if (line->max > 0)
			n = snprintf(ret + length, room, "%s=%llu\n", line->name,
				     (unsigned long long)number_of(record, line));
		else
			n = snprintf(ret + length, room, "%s=%s\n", line->name,
				     text_of(record, line));
		if (n < 0 || (size_t)n >= room)
			return -ENAMETOOLONG;
		length += (size_t)n;
	}
	return (int)length;
}

static int parse_value(const char *value, const struct line *line,
		       struct heel_record *record)
{
	uint64_t number;

	if (line->max == 0) {
		memcpy((char *)record + line->offset, &value, sizeof(value));
	} else {
		if (heel_parse_number(value, line->max, &number) < 0)
			return -EINVAL;
		memcpy((char *)record + line->offset, &number, sizeof(number));
	}
	return is_good(record, line) ? 0 : -EINVAL;
}

/* Takes the line NAME=VALUE; NULL if it is not there. */
static char *take_line(char **cursor, const char *name)
{
	const size_t length = strlen(name);
	char *line = *cursor;
	char *end = strchr(line, '\n');

	if (!end || strncmp(line, name, length) != 0 || line[length] != '=')
		return NULL;
	*end = '\0';
	*cursor = end + 1;
	return line + length + 1;
}

int heel_record_parse(struct heel_arena *arena, const char *text, struct heel_record *ret)
{
	struct heel_record record = {0};
	char *cursor;

	if (strncmp(text, HEAD, strlen(HEAD)) != 0)
		return -EINVAL;
	cursor = heel_strdup(arena, text + strlen(HEAD));
	if (!cursor)
		return -ENOMEM;
	for (size_t i = 0; i < HEEL_ARRAY_SIZE(lines); i++) {
		const char *value = take_line(&cursor, lines[i].name);

		if (!value || parse_value(value, &lines[i], &record) < 0)
			return -EINVAL;
	}
	if (*cursor)
		return -EINVAL;
	*ret = record;
	return 0;
}
