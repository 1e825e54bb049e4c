/* SPDX-License-Identifier: ISC */
/*
 * Refuses texts that libconfig would misread: a lexer that knows a subset of
 * libconfig's tokens, and a checker with a bounded stack of open brackets.
 *
 * The order of safety: whatever the lexer does not know becomes WORD, and no
 * text with a WORD in it passes. So recovery after an error may guess, as it
 * only decides which further errors are reported.
 */
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "attr.h"
#include "report.h"
#include "scan.h"

#define SHOWN_MAX 40

enum kind {
	END,
	NAME,
	STRING,
	BOOLEAN,
	INTEGER,
	WORD, /* anything else; always an error */
	EQUALS,
	COMMA,
	SEMICOLON,
	OPEN,
	CLOSE,
};

struct token {
	enum kind kind;
	unsigned int line;
	const char *text; /* a string's with its quotes */
	size_t length;
};

enum expect {
	EXPECT_SETTING, /* a name, or the end of the group */
	EXPECT_EQUALS,
	EXPECT_VALUE, /* after '=', or after a list's comma */
	EXPECT_FIRST, /* a list's first value, or its end */
	EXPECT_NEXT,  /* after a value: a separator, or the end of the group or list */
};

struct bracket {
	char open; /* '{', '(' or '['; NUL for the file itself, which is a group */
	unsigned int line;
	unsigned int n;	   /* settings or values so far */
	enum kind element; /* of '[': its values' kind; END before the first, OPEN for
			      "any" */
};

struct scan {
	const char *file;
	const char *at;
	const char *end;
	unsigned int line;
	struct heel_report *report;
	unsigned int n_errors;
	int rc;
	bool stop; /* what follows has no meaning */
	enum expect expect;
	struct token name; /* of the setting that was begun last */
	struct token previous;
	struct bracket brackets[HEEL_SCAN_MAX_DEPTH + 1];
	size_t depth;
	struct heel_arena *arena; /* with lines: where they are kept */
	struct heel_lines *lines; /* NULL: nobody wants to know */
};

/* A macro because heel_fail() has no form that takes a va_list. */
#define REFUSE(scan, where, ...)                                                         \
	do {                                                                             \
		struct heel_origin at_ = {(scan)->file, (where)};                        \
		if (may_report(scan))                                                    \
			(scan)->rc =                                                     \
				heel_fail((scan)->report, EINVAL, at_, __VA_ARGS__);     \
	} while (0)

static bool may_report(struct scan *scan)
{
	if (scan->n_errors++ < HEEL_SCAN_MAX_ERRORS)
		return true;
	scan->stop = true;
	return false;
}

/* A piece of the policy that is safe and short enough to be shown in a message. */
struct shown {
	char text[SHOWN_MAX + sizeof("...")];
};

static struct shown show(const struct token *token)
{
	size_t n = token->length < SHOWN_MAX ? token->length : SHOWN_MAX;
	struct shown shown = {0};

	for (size_t i = 0; i < n; i++) {
		char c = token->text[i];

		shown.text[i] = '?';
		if (c >= ' ' && c <= '~')
			shown.text[i] = c;
	}
	if (n < token->length)
		memcpy(shown.text + n, "...", sizeof("..."));
	return shown;
}

/* The bytes, before they become tokens. */

static bool is_control(const char *at, const char *end)
{
	unsigned char c = (unsigned char)*at;

	if (c == '\r')
		return end - at < 2 || at[1] != '\n';
	return c == 0x7f || (c < ' ' && c != '\t' && c != '\n' && c != '\f');
}

static void refuse_control(struct scan *scan, char c)
{
	if (c == '\0')
		REFUSE(scan, scan->line, "a NUL byte: a policy is plain text in UTF-8");
	else if (c == '\r')
		REFUSE(scan, scan->line,
		       "a carriage return inside a line: lines end in LF or in CR LF");
	else
		REFUSE(scan, scan->line, "a control character (byte 0x%02x): remove it",
		       (unsigned int)c);
}

static void check_bytes(struct scan *scan)
{
	const char *at = scan->at;

	if (scan->end - at >= 3 && memcmp(at, "\xef\xbb\xbf", 3) == 0)
		REFUSE(scan, 1,
		       "a byte order mark (UTF-8 BOM) begins the file: remove it");
	for (; at < scan->end && !scan->stop; at++) {
		if (*at == '\n')
			scan->line++;
		else if (is_control(at, scan->end))
			refuse_control(scan, *at);
	}
	scan->line = 1;
}

/* From bytes to tokens. */

static bool looking_at(const struct scan *scan, const char *text)
{
	size_t length = strlen(text);

	return (size_t)(scan->end - scan->at) >= length &&
	       memcmp(scan->at, text, length) == 0;
}

static bool is_one_of(char c, const char *set)
{
	return c != '\0' && strchr(set, c);
}

static bool is_blank(char c)
{
	return is_one_of(c, " \t\r\n\f");
}

static bool at_line_comment(const struct scan *scan)
{
	return looking_at(scan, "#") || looking_at(scan, "//");
}

/* libconfig knows such a comment only by the line break after it. */
static void skip_line_comment(struct scan *scan)
{
	const char *newline = memchr(scan->at, '\n', (size_t)(scan->end - scan->at));

	scan->at = newline ? newline : scan->end;
	if (!newline)
		REFUSE(scan, scan->line,
		       "the file ends inside a comment: end its last line with a line "
		       "break");
}

static void skip_block_comment(struct scan *scan)
{
	unsigned int line = scan->line;

	for (scan->at += 2; scan->at < scan->end; scan->at++) {
		if (looking_at(scan, "*/")) {
			scan->at += 2;
			return;
		}
		if (*scan->at == '\n')
			scan->line++;
	}
	REFUSE(scan, line, "this comment is never closed: end it with */");
	scan->stop = true;
}

static void skip_blanks(struct scan *scan)
{
	while (scan->at < scan->end && !scan->stop) {
		if (at_line_comment(scan)) {
			skip_line_comment(scan);
		} else if (looking_at(scan, "/*")) {
			skip_block_comment(scan);
		} else if (is_blank(*scan->at)) {
			if (*scan->at++ == '\n')
				scan->line++;
		} else {
			return;
		}
	}
}

/* At a backslash; goes on to what it escapes, but never to the line's end. */
static void check_escape(struct scan *scan)
{
	char c = scan->end - scan->at > 1 ? scan->at[1] : '\n';

	if (c == '\n' || c == '\r')
		return;
	scan->at++;
	if (c == 'x' || c == 'X')
		REFUSE(scan, scan->line,
		       "\\%c escapes are refused: write the character itself, "
		       "or \\\\ for a backslash",
		       c);
	else if (!is_one_of(c, "\\\"nrtf"))
		REFUSE(scan, scan->line,
		       "unknown escape \\%c in a string: write \\\\ for a backslash",
		       c > ' ' && c <= '~' ? c : '?');
}

static void lex_string(struct scan *scan, struct token *token)
{
	token->kind = STRING;
	for (scan->at++; scan->at < scan->end && *scan->at != '\n'; scan->at++) {
		if (*scan->at == '"') {
			scan->at++;
			return;
		}
		if (*scan->at == '\\')
			check_escape(scan);
	}
	REFUSE(scan, token->line,
	       "this string is not closed on its line: end it with \"");
	scan->stop = true;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static size_t count_digits(const char *text, size_t length)
{
	size_t n = 0;

	while (n < length && is_digit(text[n]))
		n++;
	return n;
}

static size_t count_hex_digits(const char *text, size_t length)
{
	size_t n = 0;

	while (n < length && (is_digit(text[n]) || is_one_of(text[n], "abcdefABCDEF")))
		n++;
	return n;
}

static size_t count_sign(const char *text, size_t length)
{
	return length > 0 && (*text == '+' || *text == '-') ? 1 : 0;
}

static bool is_word(const struct token *token, const char *word)
{
	return token->length == strlen(word) &&
	       strncasecmp(token->text, word, token->length) == 0;
}

static bool is_name(const struct token *token)
{
	if (!is_letter(token->text[0]) && token->text[0] != '*')
		return false;
	for (size_t i = 1; i < token->length; i++) {
		char c = token->text[i];

		if (!is_letter(c) && !is_digit(c) && !is_one_of(c, "-_*"))
			return false;
	}
	return true;
}

/* Like libconfig's, but with at least one digit: "." is no number here. */
static bool is_float(const struct token *token)
{
	const char *text = token->text;
	size_t n = count_sign(text, token->length);
	size_t digits = count_digits(text + n, token->length - n);

	n += digits;
	if (n < token->length && text[n] == '.') {
		size_t fraction = count_digits(text + n + 1, token->length - n - 1);

		digits += fraction;
		n += 1 + fraction;
	}
	if (digits > 0 && n < token->length && is_one_of(text[n], "eE")) {
		n++;
		n += count_sign(text + n, token->length - n);
		digits = count_digits(text + n, token->length - n);
		n += digits;
	}
	return digits > 0 && n == token->length;
}

static bool is_long_suffix(const char *text, size_t length)
{
	return (length == 1 && text[0] == 'L') ||
	       (length == 2 && memcmp(text, "LL", 2) == 0);
}

static void check_decimal(struct scan *scan, const struct token *token)
{
	size_t sign = count_sign(token->text, token->length);
	const char *largest = token->text[0] == '-' ? "2147483648" : "2147483647";
	const char *digits = token->text + sign;
	size_t n = token->length - sign;

	if (n > 1 && digits[0] == '0')
		REFUSE(scan, token->line,
		       "an integer must not begin with 0: write it as a string, \"%s\"",
		       show(token).text);
	else if (n > strlen(largest) ||
		 (n == strlen(largest) && memcmp(digits, largest, n) > 0))
		REFUSE(scan, token->line,
		       "%s does not fit an integer of 32 bits: write it as a string, "
		       "\"%s\"",
		       show(token).text, show(token).text);
}

static void check_hex(struct scan *scan, const struct token *token)
{
	const char *digits = token->text + 2;
	size_t n = token->length - 2;

	while (n > 0 && *digits == '0') {
		digits++;
		n--;
	}
	if (n > 8 || (n == 8 && *digits > '7'))
		REFUSE(scan, token->line,
		       "%s does not fit: the largest integer is 0x7fffffff",
		       show(token).text);
}

/* Calls check if the rest of the token after its digits is empty or an L suffix. */
static bool take_integer(struct scan *scan, struct token *token, size_t n,
			 void (*check)(struct scan *, const struct token *))
{
	if (n == token->length)
		check(scan, token);
	else if (is_long_suffix(token->text + n, token->length - n))
		REFUSE(scan, token->line, "leave out the L at the end of %s",
		       show(token).text);
	else
		return false;
	token->kind = INTEGER;
	return true;
}

static bool take_number(struct scan *scan, struct token *token)
{
	const char *text = token->text;
	size_t sign = count_sign(text, token->length);
	size_t n = count_digits(text + sign, token->length - sign);

	if (n > 0 && take_integer(scan, token, sign + n, check_decimal))
		return true;
	n = 0;
	if (token->length > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
		n = count_hex_digits(text + 2, token->length - 2);
	if (n > 0 && take_integer(scan, token, 2 + n, check_hex))
		return true;
	if (!is_float(token))
		return false;
	REFUSE(scan, token->line, "%s is a fraction, and no setting takes one",
	       show(token).text);
	token->kind = INTEGER;
	return true;
}

static bool ends_word(const struct scan *scan)
{
	return is_blank(*scan->at) || is_one_of(*scan->at, "\"=:,;{}[]()") ||
	       at_line_comment(scan) || looking_at(scan, "/*");
}

/*
 * A word is whatever stands between blanks and punctuation, and it must be
 * one token of libconfig's as a whole. libconfig takes the longest match and
 * has no token that goes on beyond such an end, so it sees the same one.
 */
static void lex_word(struct scan *scan, struct token *token)
{
	while (scan->at < scan->end && !ends_word(scan))
		scan->at++;
	token->length = (size_t)(scan->at - token->text);
	token->kind = WORD;
	if (is_word(token, "true") || is_word(token, "false"))
		token->kind = BOOLEAN;
	else if (is_name(token))
		token->kind = NAME;
	else
		(void)take_number(scan, token); /* what is no number stays a WORD */
}

static enum kind punctuation(char c)
{
	switch (c) {
	case '=':
	case ':':
		return EQUALS;
	case ',':
		return COMMA;
	case ';':
		return SEMICOLON;
	case '{':
	case '[':
	case '(':
		return OPEN;
	case '}':
	case ']':
	case ')':
		return CLOSE;
	default:
		return END;
	}
}

static struct token next_token(struct scan *scan)
{
	struct token token;

	skip_blanks(scan);
	token = (struct token){.line = scan->line, .text = scan->at};
	if (scan->at == scan->end)
		return token;
	token.kind = punctuation(*scan->at);
	if (token.kind != END)
		scan->at++;
	else if (*scan->at == '"')
		lex_string(scan, &token);
	else
		lex_word(scan, &token);
	token.length = (size_t)(scan->at - token.text);
	return token;
}

/* Brackets. */

static struct bracket *innermost(struct scan *scan)
{
	return &scan->brackets[scan->depth];
}

static bool in_group(const struct scan *scan)
{
	char open = scan->brackets[scan->depth].open;

	return open == '{' || open == '\0';
}

static char closer_of(char open)
{
	return open == '{' ? '}' : open == '[' ? ']' : ')';
}

static void open_bracket(struct scan *scan, const struct token *token)
{
	if (scan->depth == HEEL_SCAN_MAX_DEPTH) {
		REFUSE(scan, token->line, "more than %d brackets are open here",
		       HEEL_SCAN_MAX_DEPTH);
		scan->stop = true;
		return;
	}
	scan->depth++;
	*innermost(scan) = (struct bracket){.open = token->text[0], .line = token->line};
	scan->expect = in_group(scan) ? EXPECT_SETTING : EXPECT_FIRST;
}

static void close_bracket(struct scan *scan, const struct token *token)
{
	const struct bracket *bracket = innermost(scan);

	if (scan->depth == 0) {
		REFUSE(scan, token->line, "'%c' closes nothing: no bracket is open here",
		       token->text[0]);
		scan->stop = true;
	} else if (token->text[0] != closer_of(bracket->open)) {
		REFUSE(scan, token->line,
		       "'%c' cannot close the '%c' of line %u: '%c' is missing before it",
		       token->text[0], bracket->open, bracket->line,
		       closer_of(bracket->open));
		scan->stop = true;
	} else {
		scan->depth--;
		scan->expect = EXPECT_NEXT;
	}
}

static void end_of_file(struct scan *scan)
{
	const struct bracket *bracket = innermost(scan);

	if (scan->depth > 0)
		REFUSE(scan, bracket->line, "this '%c' is never closed: '%c' is missing",
		       bracket->open, closer_of(bracket->open));
	scan->stop = true;
}

/* Words that must be something else. */

static const struct {
	const char *bytes;
	const char *advice;
} foreign[] = {
	{"\xc2\xa0", "a no-break space: write a plain one"},
	{"\xe2\x80\x98", "a typographic quotation mark: write a plain \""},
	{"\xe2\x80\x99", "a typographic quotation mark: write a plain \""},
	{"\xe2\x80\x9c", "a typographic quotation mark: write a plain \""},
	{"\xe2\x80\x9d", "a typographic quotation mark: write a plain \""},
	{"\xe2\x80\x9e", "a typographic quotation mark: write a plain \""},
};

/* Returns the word's first byte that is not ASCII, or NULL. */
static const char *find_foreign(const struct token *token)
{
	for (size_t i = 0; i < token->length; i++)
		if (((unsigned char)token->text[i] & 0x80) != 0)
			return token->text + i;
	return NULL;
}

static void refuse_foreign(struct scan *scan, const struct token *token, const char *at)
{
	size_t rest = token->length - (size_t)(at - token->text);

	for (size_t i = 0; i < HEEL_ARRAY_SIZE(foreign); i++) {
		size_t n = strlen(foreign[i].bytes);

		if (rest >= n && memcmp(at, foreign[i].bytes, n) == 0) {
			REFUSE(scan, token->line, "%s", foreign[i].advice);
			return;
		}
	}
	REFUSE(scan, token->line,
	       "byte 0x%02x is not ASCII: such text can stand only in strings and "
	       "comments",
	       (unsigned int)(unsigned char)*at);
}

static void skip_line(struct scan *scan)
{
	while (scan->at < scan->end && *scan->at != '\n')
		scan->at++;
}

/* Words that are wrong wherever they stand. Returns true if this was one. */
static bool refuse_anywhere(struct scan *scan, const struct token *token)
{
	const char *at = token->kind == WORD ? find_foreign(token) : NULL;

	if (at) {
		refuse_foreign(scan, token, at);
		scan->stop = true;
		return true;
	}
	if (token->length < 8 || memcmp(token->text, "@include", 8) != 0)
		return false;
	REFUSE(scan, token->line,
	       "@include is refused: use inherit = [ ... ] in a profile");
	skip_line(scan);
	return true;
}

static bool in_variable(const char *at)
{
	return at[-1] == '$' && *at == '{';
}

static bool is_comment_in_word(const struct scan *scan)
{
	return looking_at(scan, "#") || looking_at(scan, "/*") ||
	       (looking_at(scan, "//") && scan->at[-1] != ':');
}

/* The whole of a value without quotes, to where it was probably meant to end. */
static struct token finish_unquoted(struct scan *scan, const struct token *token)
{
	const char *line_end = memchr(scan->at, '\n', (size_t)(scan->end - scan->at));
	const char *quote = NULL;
	bool variable = false;

	if (!line_end)
		line_end = scan->end;
	if (token->text[0] == '\'')
		quote = memchr(token->text + 1, '\'',
			       (size_t)(line_end - token->text - 1));
	for (; !quote && scan->at < line_end && !is_blank(*scan->at); scan->at++) {
		if (is_one_of(*scan->at, "\";,()[]") || is_comment_in_word(scan))
			break;
		if (is_one_of(*scan->at, "{}") && !variable && !in_variable(scan->at))
			break;
		variable = *scan->at == '{' || (variable && *scan->at != '}');
	}
	if (quote)
		scan->at = quote + 1;
	return (struct token){token->kind, token->line, token->text,
			      (size_t)(scan->at - token->text)};
}

static void refuse_unquoted(struct scan *scan, const struct token *word)
{
	struct token token = finish_unquoted(scan, word);

	if (token.text[0] == '\'')
		REFUSE(scan, token.line,
		       "%s: use double quotes (\") instead of single ones",
		       show(&token).text);
	else if (is_word(&token, "yes") || is_word(&token, "on"))
		REFUSE(scan, token.line, "%s: write true, or put it in double quotes",
		       show(&token).text);
	else if (is_word(&token, "no") || is_word(&token, "off"))
		REFUSE(scan, token.line, "%s: write false, or put it in double quotes",
		       show(&token).text);
	else
		REFUSE(scan, token.line, "%s must be in double quotes: \"%s\"",
		       show(&token).text, show(&token).text);
	scan->expect = EXPECT_NEXT;
}

/* Values. */

static void count(struct scan *scan, const struct token *token)
{
	unsigned int max =
		in_group(scan) ? HEEL_SCAN_MAX_SETTINGS : HEEL_SCAN_MAX_ELEMENTS;

	if (innermost(scan)->n++ < max)
		return;
	REFUSE(scan, token->line, "more than %u %s in one %s", max,
	       in_group(scan) ? "settings" : "values", in_group(scan) ? "group" : "list");
	scan->stop = true;
}

/* Reports once for each [ ]. */
static void check_element(struct scan *scan, const struct token *token)
{
	struct bracket *array = innermost(scan);

	if (array->open != '[' || array->element == OPEN || token->kind == NAME ||
	    token->kind == WORD)
		return;
	if (token->kind == OPEN)
		REFUSE(scan, token->line,
		       "'%c' inside the '[' of line %u: groups and lists go into ( )",
		       token->text[0], array->line);
	else if (array->element != END && array->element != token->kind)
		REFUSE(scan, token->line,
		       "%s is of another type than the values before it: use ( ) instead "
		       "of "
		       "the [ ] of line %u, or write numbers as strings",
		       show(token).text, array->line);
	else
		array->element = token->kind;
	if (array->element != token->kind)
		array->element = OPEN;
}

static void remember_line(struct scan *scan, const struct token *token)
{
	struct heel_lines *lines = scan->lines;
	unsigned int *v = heel_grow(scan->arena, lines->v, lines->n, sizeof(*v));

	if (!v) {
		scan->rc = heel_fail_memory(scan->report);
		scan->stop = true;
		return;
	}
	v[lines->n++] = token->line;
	lines->v = v;
}

static void take_value(struct scan *scan, const struct token *token)
{
	if (scan->lines && token->kind != OPEN)
		remember_line(scan, token);
	if (!in_group(scan)) {
		count(scan, token);
		check_element(scan, token);
	}
	if (scan->stop)
		return;
	scan->expect = EXPECT_NEXT;
	if (token->kind == OPEN)
		open_bracket(scan, token);
	else if (token->kind == NAME || token->kind == WORD)
		refuse_unquoted(scan, token);
}

/* Groups. */

static void begin_setting(struct scan *scan, const struct token *token)
{
	count(scan, token);
	scan->name = *token;
	scan->expect = EXPECT_EQUALS;
}

static void refuse_name(struct scan *scan, const struct token *token)
{
	if (token->kind == STRING)
		REFUSE(scan, token->line,
		       "%s stands where a setting begins: names have no quotes",
		       show(token).text);
	else
		REFUSE(scan, token->line,
		       "%s is no name: a setting is NAME = VALUE; and a name begins with "
		       "a "
		       "letter and has only letters, digits, '-' and '_'",
		       show(token).text);
}

/* No name, and directly after a value: meant to belong to it, or to begin a setting? */
static bool is_second_value(const struct scan *scan, const struct token *token)
{
	return token->line == scan->previous.line ||
	       (token->kind == STRING && scan->previous.kind == STRING);
}

static void refuse_second_value(struct scan *scan, const struct token *token)
{
	if (token->kind == STRING && scan->previous.kind == STRING)
		REFUSE(scan, token->line,
		       "two strings in a row: libconfig would join them; write one");
	else
		REFUSE(scan, token->line, "%s follows a value: a setting has only one",
		       show(token).text);
}

static void refuse_separator(struct scan *scan, const struct token *token)
{
	REFUSE(scan, token->line, "a '%c' too many: it ends no setting", token->text[0]);
}

static void lost_in_group(struct scan *scan, const struct token *token)
{
	REFUSE(scan, token->line,
	       "'%c' has no name before it: a setting is NAME = VALUE;", token->text[0]);
	scan->stop = true;
}

static void expect_setting(struct scan *scan, const struct token *token)
{
	bool after_value = scan->expect == EXPECT_NEXT;

	switch (token->kind) {
	case NAME:
		begin_setting(scan, token);
		break;
	case STRING:
	case BOOLEAN:
	case INTEGER:
	case WORD:
		if (after_value && is_second_value(scan, token)) {
			refuse_second_value(scan, token);
			break;
		}
		refuse_name(scan, token);
		begin_setting(scan, token);
		break;
	case COMMA:
	case SEMICOLON:
		if (!after_value)
			refuse_separator(scan, token);
		scan->expect = EXPECT_SETTING;
		break;
	case EQUALS:
	case OPEN:
		lost_in_group(scan, token);
		break;
	case CLOSE:
		close_bracket(scan, token);
		break;
	case END:
		end_of_file(scan);
		break;
	}
}

/* The setting that was begun ends here, at a token that belongs to the next one. */
static void no_value(struct scan *scan, const struct token *token)
{
	if (scan->name.kind == NAME)
		REFUSE(scan, scan->name.line, "%s has no value: write %s = VALUE;",
		       show(&scan->name).text, show(&scan->name).text);
	scan->expect = EXPECT_NEXT;
	expect_setting(scan, token);
}

static void no_equals(struct scan *scan, const struct token *token)
{
	if (token->kind == NAME && token->line != scan->name.line) {
		no_value(scan, token);
		return;
	}
	REFUSE(scan, scan->name.line, "'=' is missing after %s", show(&scan->name).text);
	if (token->kind == WORD || token->kind == NAME) {
		(void)finish_unquoted(scan, token); /* one error is enough */
		scan->expect = EXPECT_NEXT;
	} else {
		take_value(scan, token);
	}
}

static void expect_equals(struct scan *scan, const struct token *token)
{
	switch (token->kind) {
	case EQUALS:
		scan->expect = EXPECT_VALUE;
		break;
	case NAME:
	case STRING:
	case BOOLEAN:
	case INTEGER:
	case WORD:
	case OPEN:
		no_equals(scan, token);
		break;
	case COMMA:
	case SEMICOLON:
	case CLOSE:
	case END:
		no_value(scan, token);
		break;
	}
}

static void expect_value(struct scan *scan, const struct token *token)
{
	switch (token->kind) {
	case NAME:
		/* "shell =" was left unfinished, or its value has no quotes. */
		if (token->line != scan->previous.line)
			no_value(scan, token);
		else
			take_value(scan, token);
		break;
	case STRING:
	case BOOLEAN:
	case INTEGER:
	case WORD:
	case OPEN:
		take_value(scan, token);
		break;
	case EQUALS:
		REFUSE(scan, token->line,
		       "'%c' too many: '=' or ':' stands once after %s", token->text[0],
		       show(&scan->name).text);
		break;
	case COMMA:
	case SEMICOLON:
	case CLOSE:
	case END:
		no_value(scan, token);
		break;
	}
}

/* Lists. */

static void lost_in_list(struct scan *scan, const struct token *token)
{
	const struct bracket *bracket = innermost(scan);

	REFUSE(scan, token->line,
	       "'%s' inside the '%c' of line %u: a comma or '%c' is missing before it",
	       show(token).text, bracket->open, bracket->line, closer_of(bracket->open));
	scan->stop = true;
}

static void close_after_comma(struct scan *scan, const struct token *token)
{
	if (token->text[0] == closer_of(innermost(scan)->open))
		REFUSE(scan, scan->previous.line, "a comma too many before '%c'",
		       token->text[0]);
	close_bracket(scan, token);
}

/* The next setting begins, so the list was left open. */
static bool begins_setting(const struct scan *scan)
{
	const char *at = scan->at;

	while (at < scan->end && (*at == ' ' || *at == '\t'))
		at++;
	return at < scan->end && *at == '=';
}

static void expect_element(struct scan *scan, const struct token *token)
{
	switch (token->kind) {
	case NAME:
		if (begins_setting(scan))
			lost_in_list(scan, token);
		else
			take_value(scan, token);
		break;
	case STRING:
	case BOOLEAN:
	case INTEGER:
	case WORD:
	case OPEN:
		take_value(scan, token);
		break;
	case COMMA:
		REFUSE(scan, token->line,
		       "a comma too many: there is no value before it");
		scan->expect =
			EXPECT_FIRST; /* so that a ")" next is not reported as well */
		break;
	case EQUALS:
	case SEMICOLON:
		lost_in_list(scan, token);
		break;
	case CLOSE:
		if (scan->expect == EXPECT_VALUE)
			close_after_comma(scan, token);
		else
			close_bracket(scan, token);
		break;
	case END:
		end_of_file(scan);
		break;
	}
}

static void missing_comma(struct scan *scan, const struct token *token)
{
	if (token->kind == STRING && scan->previous.kind == STRING)
		REFUSE(scan, scan->previous.line,
		       "a comma is missing after %s: libconfig would join it with the "
		       "next "
		       "string",
		       show(&scan->previous).text);
	else
		REFUSE(scan, scan->previous.line, "a comma is missing after %s",
		       show(&scan->previous).text);
	take_value(scan, token);
}

static void expect_separator(struct scan *scan, const struct token *token)
{
	switch (token->kind) {
	case COMMA:
		scan->expect = EXPECT_VALUE;
		break;
	case STRING:
	case BOOLEAN:
	case INTEGER:
	case OPEN:
		missing_comma(scan, token);
		break;
	case NAME:
	case WORD:
	case EQUALS:
	case SEMICOLON:
		lost_in_list(scan, token);
		break;
	case CLOSE:
		close_bracket(scan, token);
		break;
	case END:
		end_of_file(scan);
		break;
	}
}

static void check_token(struct scan *scan, const struct token *token)
{
	if (refuse_anywhere(scan, token))
		return;
	if (!in_group(scan) && scan->expect == EXPECT_NEXT)
		expect_separator(scan, token);
	else if (!in_group(scan))
		expect_element(scan, token);
	else if (scan->expect == EXPECT_EQUALS)
		expect_equals(scan, token);
	else if (scan->expect == EXPECT_VALUE)
		expect_value(scan, token);
	else
		expect_setting(scan, token);
	scan->previous = *token;
}

static void check_tokens(struct scan *scan)
{
	while (!scan->stop) {
		struct token token = next_token(scan);

		if (!scan->stop)
			check_token(scan, &token);
	}
}

static int finish(const struct scan *scan)
{
	struct heel_origin at = {.file = scan->file};
	int rc = scan->rc;

	if (scan->n_errors > HEEL_SCAN_MAX_ERRORS)
		rc = heel_fail(scan->report, EINVAL, at,
			       "too many errors: the rest of the file was not looked at");
	if (scan->report->out_of_memory)
		return heel_fail_memory(scan->report);
	return rc;
}

static int scan_text(struct scan *scan, size_t length)
{
	if (length > HEEL_SCAN_MAX_LENGTH)
		return heel_fail(scan->report, EINVAL,
				 (struct heel_origin){scan->file, 0},
				 "the file has %zu bytes; the most is %zu", length,
				 HEEL_SCAN_MAX_LENGTH);
	check_bytes(scan);
	if (scan->rc == 0)
		check_tokens(scan);
	return finish(scan);
}

int heel_scan(const char *file, const char *text, size_t length,
	      struct heel_report *report)
{
	struct scan scan = {
		.file = file,
		.at = text,
		.end = text + length,
		.line = 1,
		.report = report,
		.expect = EXPECT_SETTING,
	};

	return scan_text(&scan, length);
}

int heel_scan_lines(struct heel_arena *arena, const char *file, const char *text,
		    size_t length, struct heel_lines *ret, struct heel_report *report)
{
	struct heel_lines lines = {0};
	struct scan scan = {
		.file = file,
		.at = text,
		.end = text + length,
		.line = 1,
		.report = report,
		.expect = EXPECT_SETTING,
		.arena = arena,
		.lines = &lines,
	};
	int rc = scan_text(&scan, length);

	if (rc == 0)
		*ret = lines;
	return rc;
}
