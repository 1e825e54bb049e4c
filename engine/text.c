/* SPDX-License-Identifier: ISC */
/* Small questions about text: numbers, similar names, safe characters. */
#include <ctype.h>
#include <errno.h>
#include <fnmatch.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "text.h"

/* Names longer than this get no suggestion; every known name is shorter. */
#define LONGEST_NAME 40

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Parses the digits in [text, end). */
static int parse_digits(const char *text, const char *end, uint64_t max, uint64_t *ret)
{
	uint64_t value = 0;

	if (text == end || (text[0] == '0' && end - text > 1))
		return -EINVAL;
	for (const char *c = text; c < end; c++)
		if (!is_digit(*c))
			return -EINVAL;
	for (const char *c = text; c < end; c++)
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(*c - '0'), &value))
			return -ERANGE;
	if (value > max)
		return -ERANGE;
	*ret = value;
	return 0;
}

int heel_parse_number(const char *text, uint64_t max, uint64_t *ret)
{
	return parse_digits(text, text + strlen(text), max, ret);
}

int heel_parse_range(const char *text, uint64_t max, uint64_t *ret_low,
		     uint64_t *ret_high)
{
	const char *end = text + strlen(text);
	const char *dash = strchr(text, '-');
	uint64_t low, high;
	int rc;

	rc = parse_digits(text, dash ? dash : end, max, &low);
	if (rc < 0)
		return rc;
	high = low;
	if (dash) {
		rc = parse_digits(dash + 1, end, max, &high);
		if (rc < 0)
			return rc;
	}
	if (low > high)
		return -EINVAL;
	*ret_low = low;
	*ret_high = high;
	return 0;
}

int heel_parse_mode(const char *text, mode_t *ret)
{
	size_t length = strlen(text);
	mode_t mode = 0;

	if (length < 1 || length > 4 || (length == 4 && text[0] != '0'))
		return -EINVAL;
	for (; *text; text++) {
		if (*text < '0' || *text > '7')
			return -EINVAL;
		mode = mode * 8 + (mode_t)(*text - '0');
	}
	*ret = mode;
	return 0;
}

static size_t smallest(size_t a, size_t b, size_t c)
{
	size_t least = a < b ? a : b;

	return least < c ? least : c;
}

static bool same_letter(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/* Edit distance in which swapping two neighbouring letters counts as one. */
static size_t distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
	size_t d[LONGEST_NAME + 1][LONGEST_NAME + 1];

	for (size_t i = 0; i <= a_length; i++)
		d[i][0] = i;
	for (size_t j = 0; j <= b_length; j++)
		d[0][j] = j;
	for (size_t i = 1; i <= a_length; i++) {
		for (size_t j = 1; j <= b_length; j++) {
			size_t change = same_letter(a[i - 1], b[j - 1]) ? 0 : 1;

			d[i][j] = smallest(d[i - 1][j] + 1, d[i][j - 1] + 1,
					   d[i - 1][j - 1] + change);
			if (i > 1 && j > 1 && same_letter(a[i - 1], b[j - 2]) &&
			    same_letter(a[i - 2], b[j - 1]) &&
			    d[i - 2][j - 2] + 1 < d[i][j])
				d[i][j] = d[i - 2][j - 2] + 1;
		}
	}
	return d[a_length][b_length];
}

void heel_suggest(struct heel_suggestion *suggestion, const char *candidate)
{
	size_t length = strlen(suggestion->name);
	size_t candidate_length = strlen(candidate);
	size_t changes;

	if (length > LONGEST_NAME || candidate_length > LONGEST_NAME)
		return;
	changes = distance(suggestion->name, length, candidate, candidate_length);
	if (changes > (candidate_length <= 4 ? 1 : 2) || changes >= candidate_length)
		return;
	if (suggestion->best && suggestion->distance <= changes)
		return;
	suggestion->best = candidate;
	suggestion->distance = changes;
}

const char *heel_did_you_mean(const struct heel_suggestion *suggestion, char *buffer,
			      size_t size)
{
	if (!suggestion->best)
		return "";
	/* Known names are short; a truncated suggestion would still be harmless. */
	(void)snprintf(buffer, size, "; did you mean \"%s\"?", suggestion->best);
	return buffer;
}

static bool matches_by_library(const char *pattern, const char *text)
{
	locale_t plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
	locale_t before;
	bool result;

	if (plain == (locale_t)0)
		return fnmatch(pattern, text, 0) == 0;
	before = uselocale(plain); /* of this thread */
	result = fnmatch(pattern, text, 0) == 0;
	(void)uselocale(before); /* it was in use */
	freelocale(plain);
	return result;
}

static bool is_special(char c)
{
	return c == '*' || c == '?' || c == '[' || c == '\\';
}

/* Patterns are mostly names, or beginnings of names, and mostly of something else. */
bool heel_matches(const char *pattern, const char *text)
{
	for (; *pattern && !is_special(*pattern); pattern++, text++)
		if (*pattern != *text)
			return false;
	if (!*pattern)
		return !*text;
	return strcmp(pattern, "*") == 0 || matches_by_library(pattern, text);
}

uint32_t heel_mark(const char *text)
{
	uint32_t mark = HEEL_MARK_START;

	for (; *text; text++)
		mark = heel_mark_on(mark, *text);
	return mark;
}

bool heel_has_control(const char *text)
{
	for (const char *c = text; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			return true;
	return false;
}

static bool is_name_start(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || is_digit(c);
}

bool heel_is_profile_name(const char *name)
{
	if (!is_name_start(name[0]) || strlen(name) > 200)
		return false;
	for (const char *c = name; *c; c++)
		if (!is_name_start(*c) && *c != '_' && *c != '.' && *c != '-')
			return false;
	return true;
}

bool heel_is_in_list(const char *list, char separator, const char *name)
{
	const char separators[] = {separator, '\0'};
	size_t length = strlen(name);

	while (list && length > 0) {
		size_t item = strcspn(list, separators);

		if (item == length && strncmp(list, name, length) == 0)
			return true;
		list = list[item] ? list + item + 1 : NULL;
	}
	return false;
}

size_t heel_component(const char *path)
{
	size_t length = 0;

	while (path[length] && path[length] != '/')
		length++;
	return length;
}

bool heel_is_component(const char *text, size_t length)
{
	return length > 0 && !(length == 1 && text[0] == '.') &&
	       !(length == 2 && text[0] == '.' && text[1] == '.');
}

bool heel_is_normal_path(const char *path)
{
	if (path[0] != '/')
		return false;
	if (path[1] == '\0')
		return true;
	for (const char *part = path; *part;) {
		size_t length = heel_component(++part);

		if (!heel_is_component(part, length))
			return false;
		part += length;
	}
	return true;
}

static bool is_proxy_scheme(const char *text, size_t length)
{
	static const char *const schemes[] = {"http",	 "https",  "socks4",
					      "socks4a", "socks5", "socks5h"};

	for (size_t i = 0; i < HEEL_ARRAY_SIZE(schemes); i++)
		if (strlen(schemes[i]) == length &&
		    strncmp(schemes[i], text, length) == 0)
			return true;
	return false;
}

/* The end of the host that text begins with, or NULL if it begins with none. */
static const char *end_of_host(const char *text)
{
	static const char in_names[] = "abcdefghijklmnopqrstuvwxyz"
				       "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-";
	size_t length;

	if (text[0] != '[') {
		length = strspn(text, in_names);
		return length > 0 ? text + length : NULL;
	}
	length = strspn(text + 1, "0123456789abcdefABCDEF:.");
	return length > 0 && text[length + 1] == ']' ? text + length + 2 : NULL;
}

int heel_parse_proxy(const char *text, uint16_t *ret_port)
{
	const char *colon = strchr(text, ':');
	const char *end;
	char digits[sizeof("65535")];
	size_t length;
	uint64_t port;

	if (!colon || !is_proxy_scheme(text, (size_t)(colon - text)) ||
	    strncmp(colon, "://", 3) != 0)
		return -EINVAL;
	end = end_of_host(colon + 3);
	if (!end || *end != ':')
		return -EINVAL;
	length = strspn(end + 1, "0123456789");
	if (length >= sizeof(digits) ||
	    (end[1 + length] && strcmp(end + 1 + length, "/") != 0))
		return -EINVAL;
	memcpy(digits, end + 1, length);
	digits[length] = '\0';
	if (heel_parse_number(digits, UINT16_MAX, &port) < 0 || port == 0)
		return -EINVAL;
	*ret_port = (uint16_t)port;
	return 0;
}

void heel_normalise_path(char *path)
{
	char *out = path;

	for (const char *in = path; *in;) {
		size_t length;

		in += strspn(in, "/");
		length = strcspn(in, "/");
		if (length > 0 && !(length == 1 && in[0] == '.')) {
			*out++ = '/';
			memmove(out, in, length);
			out += length;
		}
		in += length;
	}
	if (out == path)
		*out++ = '/';
	*out = '\0';
}

bool heel_has_dot_dot(const char *path)
{
	for (const char *c = strstr(path, ".."); c; c = strstr(c + 1, ".."))
		if ((c == path || c[-1] == '/') && (c[2] == '/' || c[2] == '\0'))
			return true;
	return false;
}

bool heel_is_program_path(const char *path)
{
	return heel_is_normal_path(path) && path[1] && !heel_has_control(path) &&
	       !strstr(path, "${");
}

bool heel_path_is_below(const char *path, const char *directory)
{
	size_t length = strlen(directory);

	if (length == 1)
		return path[0] == '/';
	return strncmp(path, directory, length) == 0 &&
	       (path[length] == '\0' || path[length] == '/');
}
