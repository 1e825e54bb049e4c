/* SPDX-License-Identifier: ISC */
/*
 * Words of a request without a shell. An input is the text; one that begins with 0xff and
 * a number is what follows these, so many times: for the bounds.
 */
#include <errno.h>
#include <string.h>
#include <wordexp.h>

#include "fuzz.h"
#include "text.h"
#include "words.h"

static const struct heel_origin here = {FUZZ_CONFDIR, 0};

/* What a POSIX shell acts on unquoted, but for quotes, backslash and blank. */
static const char acting[] = "|&;<>()$`*?[#~\t\n";

/* True if every such character of the text is quoted; read in a way of its own. */
static bool is_inert(const char *text)
{
	char quote = '\0';

	for (; *text; text++) {
		bool skips = *text == '\\' && quote != '\'' && text[1];

		if (quote == '\0' && strchr(acting, *text))
			return false;
		if (quote == '"' && strchr("$`", *text))
			return false;
		if (skips)
			text++;
		else if (*text == quote)
			quote = '\0';
		else if (quote == '\0' && strchr("'\"", *text))
			quote = *text;
	}
	return quote == '\0';
}

/* Nothing that anybody could act on. */
static bool is_harmless(const char *text)
{
	size_t length = strlen(text);

	return length > strspn(text, " ") && length < 1000 &&
	       strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
			    "0123456789/._- ") == length;
}

static void judge_same(const struct heel_words *words, const struct heel_words *others)
{
	FUZZ_CHECK(words->n == others->n, "%zu words, then %zu", words->n, others->n);
	for (size_t i = 0; i < words->n; i++)
		FUZZ_CHECK(strcmp(words->v[i].text, others->v[i].text) == 0,
			   "\"%s\", then \"%s\"", words->v[i].text, others->v[i].text);
}

/* The words, each with a newline after it, in a way of its own; to be freed. */
static char *split(const char *text)
{
	char quote = '\0', *lines = NULL;
	bool word = false;
	size_t size;
	FILE *out = open_memstream(&lines, &size);

	if (!out)
		abort();
	for (; *text; text++) {
		bool escapes =
			*text == '\\' &&
			(quote == '\0' || (quote == '"' && strchr("$`\"\\", text[1])));

		if (quote == '\0' && *text == ' ') {
			fputs(word ? "\n" : "", out);
			word = false;
			continue;
		}
		word = true;
		if (escapes)
			fputc(*++text, out);
		else if (*text == quote)
			quote = '\0';
		else if (quote == '\0' && strchr("'\"", *text))
			quote = *text;
		else
			fputc(*text, out);
	}
	fputs(word ? "\n" : "", out);
	fclose(out);
	return lines;
}

static void judge_by_split(const char *text, const struct heel_words *words)
{
	char *lines = split(text), *rest = lines;

	for (size_t i = 0; i < words->n; i++) {
		char *line = strsep(&rest, "\n");

		FUZZ_CHECK(rest && strcmp(line, words->v[i].text) == 0,
			   "word %zu of \"%s\" is \"%s\"", i, text, words->v[i].text);
	}
	FUZZ_CHECK(rest && *rest == '\0', "words of \"%s\" are missing", text);
	free(lines);
}

/*
 * The C library's idea of a shell's words. It makes two of '' and what follows it without
 * a blank, which no shell does; and of long words it copies all for every few bytes.
 */
static void judge_by_wordexp(const char *text, const struct heel_words *words)
{
	wordexp_t expanded;
	int rc;

	if (strstr(text, "''") || strstr(text, "\"\"") || strlen(text) > 4096)
		return;
	rc = wordexp(text, &expanded, WRDE_NOCMD | WRDE_UNDEF);
	FUZZ_CHECK(rc == 0, "wordexp says %d to \"%s\"", rc, text);
	FUZZ_CHECK(expanded.we_wordc == words->n, "%zu words of \"%s\", not %zu",
		   words->n, text, expanded.we_wordc);
	for (size_t i = 0; i < words->n; i++)
		FUZZ_CHECK(strcmp(expanded.we_wordv[i], words->v[i].text) == 0,
			   "\"%s\", not \"%s\"", words->v[i].text, expanded.we_wordv[i]);
	wordfree(&expanded);
}

static char *quoted(struct heel_arena *arena, const struct heel_words *words)
{
	char *text = NULL, *copy;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		abort();
	for (size_t i = 0; i < words->n; i++) {
		fputs(i > 0 ? " '" : "'", out);
		for (const char *c = words->v[i].text; *c; c++)
			fputs(*c == '\'' ? "'\\''" : (const char[]){*c, '\0'}, out);
		fputc('\'', out);
	}
	fclose(out);
	copy = heel_strdup(arena, text);
	free(text);
	if (!copy)
		abort();
	return copy;
}

/* Quoted, words are split as they were; as a pattern, they match themselves alone. */
static void judge_round_trip(struct heel_arena *arena, const struct heel_words *words,
			     struct heel_report *report)
{
	char *text = quoted(arena, words);
	struct heel_words again = {0}, match = {0};
	struct heel_word other;

	if (strlen(text) > HEEL_WORDS_TEXT_MAX)
		return;
	FUZZ_CHECK(heel_split(arena, HEEL_WORDS_REQUEST, text, here, &again, report) == 0,
		   "%s", text);
	judge_same(words, &again);
	FUZZ_CHECK(heel_split(arena, HEEL_WORDS_MATCH, text, here, &match, report) == 0,
		   "%s", text);
	FUZZ_CHECK(match.n == words->n && heel_words_match(&match, words), "%s", text);
	other = words->v[0];
	other.text = heel_format(arena, "%sx", words->v[0].text);
	again.v = &other;
	again.n = 1;
	match.n = 1;
	FUZZ_CHECK(!heel_words_match(&match, &again), "%s", text);
}

static void judge_accepted(struct heel_arena *arena, const char *text,
			   const struct heel_words *words, struct heel_report *report)
{
	size_t length = 0;

	FUZZ_CHECK(strlen(text) <= HEEL_WORDS_TEXT_MAX, "%zu", strlen(text));
	FUZZ_CHECK(words->n > 0 && words->n <= HEEL_WORDS_MAX, "%zu", words->n);
	FUZZ_CHECK(is_inert(text), "%s", text);
	FUZZ_CHECK(!heel_has_control(text), "%s", text);
	for (size_t i = 0; i < words->n; i++) {
		length += strlen(words->v[i].text);
		FUZZ_CHECK(!words->v[i].rest, "%s", words->v[i].text);
	}
	FUZZ_CHECK(length <= strlen(text), "%s", text);
	judge_by_split(text, words);
	judge_by_wordexp(text, words);
	judge_round_trip(arena, words, report);
}

static void judge_refused(const char *text, int rc, const struct heel_report *report)
{
	const struct heel_problem *error = heel_first_error(report);

	FUZZ_CHECK(rc == -EINVAL || rc == -E2BIG, "%d", rc);
	FUZZ_CHECK(error && !heel_has_control(error->text), "%s", text);
	FUZZ_CHECK(!is_harmless(text), "\"%s\": %s", text, error->text);
}

/* In the forms of a profile's own texts there may be more; here, only that it ends well.
 */
static void try_kind(struct heel_arena *arena, enum heel_words_kind kind,
		     const char *text)
{
	struct heel_report report = {0};
	struct heel_words words = {0};
	int rc = heel_split(arena, kind, text, here, &words, &report);

	if (rc == 0)
		FUZZ_CHECK(words.n > 0 && words.n <= HEEL_WORDS_MAX, "%s", text);
	else
		judge_refused(text, rc, &report);
	heel_report_free(&report);
}

static char *make_text(const uint8_t *data, size_t size)
{
	size_t times = 1;
	char *text;

	if (size > 2 && data[0] == 0xff) {
		times = 1 + (size_t)data[1] * 64;
		data += 2;
		size -= 2;
	}
	if (size * times > (size_t)2 * HEEL_WORDS_TEXT_MAX)
		times = 1;
	text = calloc(1, size * times + 1);
	if (!text)
		abort();
	for (size_t i = 0; size > 0 && i < times; i++)
		memcpy(text + i * size, data, size);
	return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = make_text(data, size);
	struct heel_arena arena = {0};
	struct heel_report report = {0};
	struct heel_words words = {0};
	int rc = heel_split(&arena, HEEL_WORDS_REQUEST, text, here, &words, &report);

	if (rc == 0)
		judge_accepted(&arena, text, &words, &report);
	else
		judge_refused(text, rc, &report);
	try_kind(&arena, HEEL_WORDS_MATCH, text);
	try_kind(&arena, HEEL_WORDS_RUN, text);
	heel_report_free(&report);
	heel_arena_free(&arena);
	free(text);
	return 0;
}
