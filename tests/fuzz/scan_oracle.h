/* SPDX-License-Identifier: ISC */
/*
 * What heel_scan() promises, as a question about one text: if it passes, then
 * libconfig reads it, and what libconfig read is what is written there. For
 * the comparison, text and tree are both written down as a line of tokens;
 * the text by a lexer of its own, which may rely on the text having passed.
 *
 * In a header because the unit test and the fuzzer both ask.
 */
#pragma once

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <libconfig.h>

#include "report.h"
#include "scan.h"

enum oracle_verdict {
	ORACLE_REFUSED,
	ORACLE_DUPLICATE, /* passed; libconfig found a name twice */
	ORACLE_READ,	  /* passed, and was read as it is written */
	ORACLE_BROKEN,	  /* the promise is broken */
};

struct oracle_cursor {
	const char *at;
	unsigned int line;
};

static void oracle_skip(struct oracle_cursor *cursor, size_t n)
{
	for (; n > 0; n--)
		if (*cursor->at++ == '\n')
			cursor->line++;
}

static void oracle_skip_blanks(struct oracle_cursor *cursor)
{
	for (;;) {
		const char *at = cursor->at;
		size_t n = strspn(at, " \t\r\n\f;,");

		if (*at == '#' || strncmp(at, "//", 2) == 0)
			n = strcspn(at, "\n");
		else if (strncmp(at, "/*", 2) == 0)
			n = (size_t)(strstr(at + 2, "*/") - at) + 2;
		if (n == 0)
			return;
		oracle_skip(cursor, n);
	}
}

static void oracle_trace_string(struct oracle_cursor *cursor, FILE *trace)
{
	static const char escapes[] = "n\nr\rt\tf\f\\\\\"\"";

	fputc('"', trace);
	for (cursor->at++; *cursor->at != '"'; cursor->at++) {
		char c = *cursor->at;

		if (c == '\\')
			c = strchr(escapes, *++cursor->at)[1];
		fputc(c, trace);
	}
	fputc('"', trace);
	cursor->at++;
}

static void oracle_trace_word(struct oracle_cursor *cursor, FILE *trace)
{
	size_t n = strcspn(cursor->at, " \t\r\n\f;,=:{}[]()\"#/");
	char *word = strndup(cursor->at, n);

	if (word[0] == '0' && strchr("xX", word[1]))
		fprintf(trace, " %lld", strtoll(word, NULL, 16));
	else if (strchr("+-0123456789", word[0]))
		fprintf(trace, " %lld", strtoll(word, NULL, 10));
	else if (strcasecmp(word, "true") == 0 || strcasecmp(word, "false") == 0)
		fprintf(trace, "%s", strcasecmp(word, "true") == 0 ? " T" : " F");
	else
		fprintf(trace, " %s@%u", word, cursor->line);
	cursor->at += n;
	free(word);
}

static void oracle_trace_text(const char *text, FILE *trace)
{
	struct oracle_cursor cursor = {text, 1};

	for (;;) {
		oracle_skip_blanks(&cursor);
		if (*cursor.at == '\0')
			return;
		if (*cursor.at == '"')
			oracle_trace_string(&cursor, trace);
		else if (strchr("=:", *cursor.at))
			cursor.at++;
		else if (strchr("{}[]()", *cursor.at))
			fputc(*cursor.at++, trace);
		else
			oracle_trace_word(&cursor, trace);
	}
}

static void oracle_trace_scalar(const config_setting_t *setting, FILE *trace)
{
	switch (config_setting_type(setting)) {
	case CONFIG_TYPE_INT:
		fprintf(trace, " %d", config_setting_get_int(setting));
		break;
	case CONFIG_TYPE_BOOL:
		fprintf(trace, "%s", config_setting_get_bool(setting) ? " T" : " F");
		break;
	case CONFIG_TYPE_STRING:
		fprintf(trace, "\"%s\"", config_setting_get_string(setting));
		break;
	default:
		fprintf(trace, " type %d", config_setting_type(setting));
	}
}

/* Recursion is bounded by HEEL_SCAN_MAX_DEPTH: only what passed comes here. */
static void oracle_trace_tree(const config_setting_t *setting, FILE *trace)
{
	const char *brackets = config_setting_is_group(setting)	  ? "{}"
			       : config_setting_is_array(setting) ? "[]"
								  : "()";

	if (config_setting_name(setting))
		fprintf(trace, " %s@%u", config_setting_name(setting),
			config_setting_source_line(setting));
	if (!config_setting_is_aggregate(setting)) {
		oracle_trace_scalar(setting, trace);
		return;
	}
	if (!config_setting_is_root(setting))
		fputc(brackets[0], trace);
	for (int i = 0; i < config_setting_length(setting); i++)
		oracle_trace_tree(config_setting_get_elem(setting, (unsigned int)i),
				  trace);
	if (!config_setting_is_root(setting))
		fputc(brackets[1], trace);
}

static enum oracle_verdict oracle_compare(const char *text, const config_t *config)
{
	char *expected = NULL;
	char *found = NULL;
	size_t expected_size;
	size_t found_size;
	FILE *trace = open_memstream(&expected, &expected_size);
	enum oracle_verdict verdict = ORACLE_READ;

	oracle_trace_text(text, trace);
	fclose(trace);
	trace = open_memstream(&found, &found_size);
	oracle_trace_tree(config_root_setting(config), trace);
	fclose(trace);
	if (expected_size != found_size || memcmp(expected, found, found_size) != 0) {
		fprintf(stderr, "written: %s\nread:    %s\n", expected, found);
		verdict = ORACLE_BROKEN;
	}
	free(expected);
	free(found);
	return verdict;
}

static enum oracle_verdict oracle_parse(const char *text)
{
	enum oracle_verdict verdict;
	config_t config;

	config_init(&config);
	if (config_read_string(&config, text) == CONFIG_TRUE) {
		verdict = oracle_compare(text, &config);
	} else if (strcmp(config_error_text(&config), "duplicate setting name") == 0) {
		verdict = ORACLE_DUPLICATE;
	} else {
		fprintf(stderr, "libconfig: line %d: %s\n", config_error_line(&config),
			config_error_text(&config));
		verdict = ORACLE_BROKEN;
	}
	config_destroy(&config);
	return verdict;
}

/* text[length] is NUL. The scanner gets a copy without it, so that reading on would show.
 */
static enum oracle_verdict oracle(const char *text, size_t length)
{
	char *copy = malloc(length ? length : 1);
	struct heel_report report = {0};
	enum oracle_verdict verdict;
	size_t errors;
	int rc;

	memcpy(copy, text, length);
	rc = heel_scan("fuzz.conf", copy, length, &report);
	errors = heel_count(&report, HEEL_ERROR);
	free(copy);
	heel_report_free(&report);
	if (rc == 0)
		verdict = errors == 0 ? oracle_parse(text) : ORACLE_BROKEN;
	else
		verdict =
			rc == -EINVAL && errors > 0 && errors <= HEEL_SCAN_MAX_ERRORS + 1
				? ORACLE_REFUSED
				: ORACLE_BROKEN;
	if (verdict == ORACLE_BROKEN)
		fprintf(stderr, "text:\n%s\n", text);
	return verdict;
}
