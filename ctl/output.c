/* SPDX-License-Identifier: ISC */
/* How `heel` writes: safe text, aligned tables, colour, problems, JSON. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "access.h"
#include "ctl.h"
#include "family.h"

_Noreturn void heel_out_of_memory(void)
{
	(void)fputs("heel: out of memory\n", stderr); /* nothing is left to do about it */
	exit(HEEL_EXIT_FOUND);
}

/*
 * The length of the UTF-8 sequence that text begins with, or 0 if it is none that a
 * terminal only shows: control characters, what turns the direction of writing around.
 */
static size_t printable_length(const unsigned char *text)
{
	static const unsigned int least[] = {0, 0, 0x80, 0x800, 0x10000};
	unsigned int c = text[0];
	size_t length;

	if (c < 0x80)
		return c >= 0x20 && c != 0x7f ? 1 : 0;
	length = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
	if (c < 0xc2 || c > 0xf4)
		return 0;
	c &= 0x7fU >> length;
	for (size_t i = 1; i < length; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (text[i] & 0x3f);
	}
	if (c < least[length] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	if (c < 0xa0 || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069))
		return 0;
	return length;
}

/* Writes the escape of one byte; returns its length, at most 4. */
static size_t escape_byte(unsigned char byte, char *out)
{
	static const char digits[] = "0123456789abcdef";

	out[0] = '\\';
	out[1] = byte == '\n' ? 'n' : byte == '\t' ? 't' : 'x';
	if (out[1] != 'x')
		return 2;
	out[2] = digits[byte >> 4];
	out[3] = digits[byte & 0xf];
	return 4;
}

static void escape_into(const char *text, char *out)
{
	while (*text) {
		size_t length = printable_length((const unsigned char *)text);

		if (length == 0) {
			out += escape_byte((unsigned char)*text++, out);
			continue;
		}
		memcpy(out, text, length);
		out += length;
		text += length;
	}
	*out = '\0';
}

const char *heel_escape(struct heel_arena *arena, const char *text)
{
	char *copy = HEEL_NEED(heel_alloc(arena, strlen(text) + 1, 4));

	escape_into(text, copy);
	return copy;
}

void heel_put(FILE *stream, const char *text)
{
	struct heel_arena arena = {0};

	/* main() looks at the stream's error indicator at the end. */
	(void)fputs(heel_escape(&arena, text), stream);
	heel_arena_free(&arena);
}

static void say(FILE *stream, const char *prefix, const char *fmt, va_list args)
	HEEL_PRINTF(3, 0);

static void say(FILE *stream, const char *prefix, const char *fmt, va_list args)
{
	struct heel_arena arena = {0};
	const char *text = HEEL_NEED(heel_vformat(&arena, fmt, args));

	(void)fprintf(stream, "%s%s\n", prefix, heel_escape(&arena, text));
	heel_arena_free(&arena);
}

void heel_say(FILE *stream, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say(stream, "", fmt, args);
	va_end(args);
}

int heel_usage_error(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say(stderr, "heel: ", fmt, args);
	va_end(args);
	(void)fputs("Try 'heel --help'.\n", stderr);
	return HEEL_EXIT_USAGE;
}

void heel_put_styled(FILE *stream, enum heel_style style, const char *text)
{
	static const char *const codes[] = {
		[HEEL_STYLE_PLAIN] = "",	 [HEEL_STYLE_HEADING] = "\033[1m",
		[HEEL_STYLE_GOOD] = "\033[32m",	 [HEEL_STYLE_WARNING] = "\033[35m",
		[HEEL_STYLE_BAD] = "\033[1;31m",
	};
	const char *no_color = getenv("NO_COLOR");
	const char *terminal = getenv("TERM");
	bool coloured = style != HEEL_STYLE_PLAIN && !(no_color && no_color[0]) &&
			terminal && strcmp(terminal, "dumb") != 0 &&
			isatty(fileno(stream));

	(void)fputs(coloured ? codes[style] : "", stream);
	heel_put(stream, text);
	(void)fputs(coloured ? "\033[0m" : "", stream);
}

const char *heel_origin_text(struct heel_arena *arena, struct heel_origin origin)
{
	if (!origin.file)
		return "default";
	if (origin.line == 0)
		return HEEL_NEED(heel_strdup(arena, origin.file));
	return HEEL_NEED(heel_format(arena, "%s:%u", origin.file, origin.line));
}

void heel_print_problem(FILE *stream, const struct heel_problem *problem)
{
	static const enum heel_style styles[] = {
		[HEEL_ERROR] = HEEL_STYLE_BAD,
		[HEEL_WARNING] = HEEL_STYLE_WARNING,
		[HEEL_NOTE] = HEEL_STYLE_PLAIN,
	};
	struct heel_arena arena = {0};

	heel_put(stream,
		 problem->at.file ? heel_origin_text(&arena, problem->at) : "heel");
	(void)fputs(": ", stream);
	heel_put_styled(stream, styles[problem->severity],
			heel_severity_name(problem->severity));
	heel_say(stream, ": %s", problem->text);
	heel_arena_free(&arena);
}

void heel_print_report(FILE *stream, const struct heel_report *report)
{
	for (size_t i = 0; i < report->n; i++)
		if (report->problems[i].severity != HEEL_NOTE)
			heel_print_problem(stream, &report->problems[i]);
	if (report->out_of_memory)
		(void)fputs("heel: error: out of memory\n", stream);
}

/* --- Access rights in words --- */

const char *heel_right_names(struct heel_arena *arena, enum heel_class class,
			     uint64_t bits, const char *between)
{
	const char *names = "";
	const struct heel_right *rights;
	size_t n;

	rights = heel_rights(&n);
	for (size_t i = 0; i < n; i++)
		if (rights[i].class == class && (rights[i].bit & bits))
			names = HEEL_NEED(heel_format(arena, "%s%s%s", names,
						      names[0] ? between : "",
						      rights[i].name));
	return names;
}

static const struct {
	const char *word;
	uint64_t access;
} words[] = {
	{"read", HEEL_GRANT_READ},
	{"execute", HEEL_GRANT_EXECUTE},
	{"write", HEEL_GRANT_WRITE},
	{"device", HEEL_GRANT_DEVICE},
};

#define WORD_SETS (1U << HEEL_ARRAY_SIZE(words))

static uint64_t access_of_words(unsigned int set)
{
	uint64_t access = 0;

	for (size_t i = 0; i < HEEL_ARRAY_SIZE(words); i++)
		if (set & 1U << i)
			access |= words[i].access;
	return access;
}

/* The words of a set; the names of the rights if it is empty. */
static const char *text_of_words(struct heel_arena *arena, unsigned int best,
				 uint64_t access)
{
	const char *text = "";

	if (best == 0)
		return heel_right_names(arena, HEEL_CLASS_FS, access, ",");
	for (size_t i = 0; i < HEEL_ARRAY_SIZE(words); i++)
		if (best & 1U << i)
			text = HEEL_NEED(heel_format(arena, "%s%s%s", text,
						     text[0] ? "+" : "", words[i].word));
	return text;
}

/* The smaller of two sets of words, where 0 is none; of equal ones the first. */
static unsigned int smaller(unsigned int a, unsigned int b)
{
	return a == 0 || __builtin_popcount(b) < __builtin_popcount(a) ? b : a;
}

const char *heel_access_words(struct heel_arena *arena, uint64_t access,
			      uint64_t possible)
{
	unsigned int best = 0;

	/* "read" is part of every other word, so the smallest set says it once. */
	for (unsigned int set = 1; set < WORD_SETS; set++)
		if (access == (access_of_words(set) & possible))
			best = smaller(best, set);
	return access == 0 ? "nothing" : text_of_words(arena, best, access);
}

/* True if the rights are what a set of words has of those that may be. */
static bool are_words(uint64_t access, uint64_t possible)
{
	for (unsigned int set = 0; set < WORD_SETS; set++)
		if (access == (access_of_words(set) & possible))
			return true;
	return false;
}

const char *heel_gain_words(struct heel_arena *arena, uint64_t gain, uint64_t access)
{
	unsigned int best = 0;

	for (unsigned int set = 1; set < WORD_SETS; set++) {
		uint64_t of_words = access_of_words(set);

		if (!(gain & ~of_words) && !(of_words & ~access) &&
		    are_words(of_words & ~gain, of_words))
			best = smaller(best, set);
	}
	return text_of_words(arena, best, gain);
}

const char *heel_family_names(struct heel_arena *arena, uint64_t set, const char *between)
{
	const struct heel_family *families;
	const char *names = "";
	size_t n;

	families = heel_families(&n);
	for (size_t i = 0; i < n; i++)
		if (set & HEEL_FAMILY(families[i].number))
			names = HEEL_NEED(heel_format(arena, "%s%s%s", names,
						      names[0] ? between : "",
						      families[i].name));
	return names;
}

const char *heel_range_text(struct heel_arena *arena, const struct heel_port_range *range)
{
	return HEEL_NEED(range->low == range->high
				 ? heel_format(arena, "%u", range->low)
				 : heel_format(arena, "%u-%u", range->low, range->high));
}

const char *heel_limit_text(struct heel_arena *arena, uint64_t value)
{
	return HEEL_NEED(value == HEEL_LIMIT_INFINITY
				 ? heel_strdup(arena, "infinity")
				 : heel_format(arena, "%llu", (unsigned long long)value));
}

/* --- Tables --- */

void heel_add_cells(struct heel_table *table, enum heel_style style,
		    const char *const *cells, size_t n)
{
	struct heel_arena *arena = &table->arena;
	struct heel_row row = {.style = style};

	for (size_t i = 0; i < HEEL_COLUMNS; i++)
		row.cells[i] = i < n ? heel_escape(arena, cells[i]) : "";
	table->rows = HEEL_NEED(heel_grow(arena, table->rows, table->n, sizeof(row)));
	table->rows[table->n++] = row;
}

void heel_add_styled_row(struct heel_table *table, enum heel_style style,
			 const char *first, const char *second, const char *third)
{
	const char *const cells[] = {first, second, third};

	heel_add_cells(table, style, cells, HEEL_ARRAY_SIZE(cells));
}

void heel_add_row(struct heel_table *table, const char *first, const char *second,
		  const char *third)
{
	heel_add_styled_row(table, HEEL_STYLE_PLAIN, first, second, third);
}

/* How many columns of a terminal an escaped text takes: one a character. */
static size_t width_of(const char *text)
{
	size_t width = 0;

	for (; *text; text++)
		if (((unsigned char)*text & 0xc0) != 0x80)
			width++;
	return width;
}

static bool is_last(const struct heel_row *row, size_t column)
{
	for (size_t i = column + 1; i < HEEL_COLUMNS; i++)
		if (row->cells[i][0])
			return false;
	return true;
}

static void print_row(FILE *stream, const struct heel_row *row, const size_t *widths)
{
	(void)fputs("  ", stream);
	for (size_t i = 0; i < HEEL_COLUMNS; i++) {
		size_t width = width_of(row->cells[i]);

		/* What was escaped is not escaped again: a backslash is left as it is. */
		heel_put_styled(stream, i == 0 ? row->style : HEEL_STYLE_PLAIN,
				row->cells[i]);
		if (is_last(row, i))
			break;
		(void)fprintf(stream, "%*s", (int)(widths[i] - width + 2), "");
	}
	(void)fputc('\n', stream);
}

void heel_print_table(FILE *stream, struct heel_table *table)
{
	size_t widths[HEEL_COLUMNS] = {0};

	for (size_t i = 0; i < table->n; i++)
		for (size_t j = 0; j < HEEL_COLUMNS; j++)
			if (width_of(table->rows[i].cells[j]) > widths[j])
				widths[j] = width_of(table->rows[i].cells[j]);
	for (size_t i = 0; i < table->n; i++)
		print_row(stream, &table->rows[i], widths);
	heel_arena_free(&table->arena);
	*table = (struct heel_table){0};
}

/* --- JSON --- */

json_t *heel_json_text(const char *text)
{
	struct heel_arena arena = {0};
	json_t *value;

	if (!text)
		return json_null();
	value = json_string(text); /* NULL if it is not UTF-8 */
	if (!value)
		value = HEEL_NEED(json_string(heel_escape(&arena, text)));
	heel_arena_free(&arena);
	return value;
}

json_t *heel_json_object(void)
{
	return HEEL_NEED(json_object());
}

json_t *heel_json_array(void)
{
	return HEEL_NEED(json_array());
}

void heel_json_set(json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, value) < 0)
		heel_out_of_memory();
}

void heel_json_append(json_t *array, json_t *value)
{
	if (json_array_append_new(array, value) < 0)
		heel_out_of_memory();
}

json_t *heel_json_rights(enum heel_class class, uint64_t bits)
{
	json_t *names = heel_json_array();
	const struct heel_right *rights;
	size_t n;

	rights = heel_rights(&n);
	for (size_t i = 0; i < n; i++)
		if (rights[i].class == class && (rights[i].bit & bits))
			heel_json_append(names, heel_json_text(rights[i].name));
	return names;
}

void heel_json_print(json_t *object)
{
	/* What the stream could not take is found at the end. */
	(void)json_dumpf(object, stdout, JSON_INDENT(2));
	(void)fputc('\n', stdout);
	json_decref(object);
}
