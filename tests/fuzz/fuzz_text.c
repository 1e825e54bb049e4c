/* SPDX-License-Identifier: ISC */
/*
 * The small parsers. The first line of an input is a text for all of them, the second one
 * is what it is compared with; each answer is compared with one found in another way.
 */
#include <errno.h>
#include <regex.h>
#include <string.h>

#include "fuzz.h"
#include "limit.h"
#include "text.h"
#include "token.h"

static bool looks_like(const char *text, const char *expression)
{
	regex_t compiled;
	bool found;

	FUZZ_CHECK(regcomp(&compiled, expression, REG_EXTENDED | REG_NOSUB) == 0, "%s",
		   expression);
	found = regexec(&compiled, text, 0, NULL, 0) == 0;
	regfree(&compiled);
	return found;
}

#define NUMBER "(0|[1-9][0-9]*)"

static void try_number(const char *text, uint64_t max)
{
	uint64_t number = 77;
	int rc = heel_parse_number(text, max, &number);
	unsigned long long wanted;

	if (!looks_like(text, "^" NUMBER "$")) {
		FUZZ_CHECK(rc == -EINVAL && number == 77, "\"%s\": %d", text, rc);
		return;
	}
	errno = 0;
	wanted = strtoull(text, NULL, 10);
	if (errno == ERANGE || wanted > max)
		FUZZ_CHECK(rc == -ERANGE && number == 77, "\"%s\": %d", text, rc);
	else
		FUZZ_CHECK(rc == 0 && number == wanted, "\"%s\": %d", text, rc);
}

static void try_range(const char *text, uint64_t max)
{
	uint64_t low = 0, high = 0;
	int rc = heel_parse_range(text, max, &low, &high);
	char *again;

	if (rc < 0)
		return;
	FUZZ_CHECK(low <= high && high <= max, "\"%s\"", text);
	if (asprintf(&again, strchr(text, '-') ? "%llu-%llu" : "%llu",
		     (unsigned long long)low, (unsigned long long)high) < 0)
		abort();
	FUZZ_CHECK(strcmp(again, text) == 0, "\"%s\" is %s", text, again);
	free(again);
}

static void try_limits(const char *text)
{
	for (size_t i = 0; i < HEEL_LIMITS; i++) {
		uint64_t value = 0, number = 0;
		int rc = heel_parse_limit(heel_limit(i), text, &value);

		FUZZ_CHECK(
			(rc != -EINVAL) ==
				(strcmp(text, "infinity") == 0 ||
				 looks_like(text, heel_limit(i)->unit == HEEL_UNIT_BYTES
							  ? "^" NUMBER "[KMG]?$"
						  : heel_limit(i)->unit == HEEL_UNIT_COUNT
							  ? "^" NUMBER "$"
							  : "^" NUMBER "[smh]?$")),
			"%s of \"%s\"", heel_limit(i)->name, text);
		if (rc == 0 && heel_parse_number(text, UINT64_MAX, &number) == 0)
			FUZZ_CHECK(value == number, "%s", text);
		FUZZ_CHECK(rc < 0 || value != HEEL_LIMIT_INFINITY ||
				   strcmp(text, "infinity") == 0,
			   "%s", text);
	}
}

static void try_mode(const char *text)
{
	mode_t mode = 0;
	int rc = heel_parse_mode(text, &mode);

	FUZZ_CHECK((rc == 0) == looks_like(text, "^(0[0-7]{3}|[0-7]{1,3})$"), "\"%s\"",
		   text);
	FUZZ_CHECK(rc < 0 || mode == strtoul(text, NULL, 8), "\"%s\" is %o", text, mode);
}

static void try_proxy(const char *text)
{
	uint16_t port = 0;

	if (heel_parse_proxy(text, &port) < 0)
		return;
	FUZZ_CHECK(port > 0, "%s", text);
	FUZZ_CHECK(looks_like(text,
			      "^(https?|socks4a?|socks5h?)://"
			      "([A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.]+\\]):[1-9][0-9]*/?$"),
		   "%s", text);
}

static void try_path(const char *text)
{
	char *path;

	if (asprintf(&path, "/%s", text) < 0)
		abort();
	heel_normalise_path(path);
	FUZZ_CHECK(heel_is_normal_path(path) || heel_has_dot_dot(path), "%s", path);
	FUZZ_CHECK(strlen(path) <= strlen(text) + 1, "%s", path);
	FUZZ_CHECK(!looks_like(path, "//|/\\./|/\\.$|./$"), "%s", path);
	FUZZ_CHECK(heel_has_dot_dot(path) == looks_like(path, "/\\.\\.(/|$)"), "%s",
		   path);
	FUZZ_CHECK(heel_path_is_below(path, "/") && heel_path_is_below(path, path), "%s",
		   path);
	free(path);
}

/* However a rule's path is written, what comes out is absolute and of this user. */
static void try_rule_path(const char *text)
{
	const struct heel_origin here = {FUZZ_CONFDIR, 0};
	struct heel_arena arena = {0};
	struct heel_report report = {0};
	struct heel_rule_path path = {0};

	if (heel_check_rule_path(text, here, &report) == 0 &&
	    heel_expand_rule_path(&arena, text, fuzz_subject(), here, &path, &report) ==
		    0) {
		FUZZ_CHECK(heel_is_normal_path(path.path), "%s: %s", text, path.path);
		FUZZ_CHECK(!heel_has_control(path.path), "%s", text);
		FUZZ_CHECK(!looks_like(path.path, "\\$\\{(user|uid|group|gid|home)\\}"),
			   "%s: %s", text, path.path);
		FUZZ_CHECK(path.optional == (text[0] == '-'), "%s", text);
		FUZZ_CHECK(path.make == (text[0] == '+'), "%s", text);
	} else {
		FUZZ_CHECK(heel_count(&report, HEEL_ERROR) > 0, "%s", text);
	}
	heel_report_free(&report);
	heel_arena_free(&arena);
}

/* Of patterns that are no more than stars and question marks. */
static bool matches(const char *pattern, const char *text)
{
	const char *star = NULL, *from = text;

	while (*text) {
		if (*pattern == '*') {
			star = pattern++;
			from = text;
		} else if (*pattern == '?' || *pattern == *text) {
			pattern++;
			text++;
		} else if (star) {
			pattern = star + 1;
			text = ++from;
		} else {
			return false;
		}
	}
	return pattern[strspn(pattern, "*")] == '\0';
}

static void try_names(const char *text, const char *other)
{
	struct heel_suggestion suggestion = {.name = text};

	FUZZ_CHECK(heel_is_profile_name(text) ==
			   (strlen(text) <= 200 &&
			    looks_like(text, "^[A-Za-z0-9][A-Za-z0-9_.-]*$")),
		   "\"%s\"", text);
	if (!strpbrk(text, "[\\"))
		FUZZ_CHECK(heel_matches(text, other) == matches(text, other),
			   "\"%s\" for \"%s\"", text, other);
	heel_suggest(&suggestion, other);
	FUZZ_CHECK(!suggestion.best || suggestion.best == other, "\"%s\"", text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = calloc(1, size + 1);
	char *other = text;

	/* Regular expressions take long for long texts. */
	if (!text || size > 1024) {
		free(text);
		return 0;
	}
	if (size > 0)
		memcpy(text, data, size);
	(void)strsep(&other, "\n");
	try_number(text, UINT64_MAX);
	try_number(text, UINT16_MAX);
	try_range(text, UINT16_MAX);
	try_limits(text);
	try_mode(text);
	try_proxy(text);
	try_path(text);
	try_rule_path(text);
	try_names(text, other ? other : "");
	free(text);
	return 0;
}
