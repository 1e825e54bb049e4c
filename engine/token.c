/* SPDX-License-Identifier: ISC */
/* Tokens and the paths of rules. */
#include <errno.h>
#include <string.h>

#include "text.h"
#include "token.h"
#include "walk.h"

enum token {
	TOKEN_USER,
	TOKEN_UID,
	TOKEN_GROUP,
	TOKEN_GID,
	TOKEN_HOME,
	TOKENS,
};

static const char *const token_names[TOKENS] = {
	[TOKEN_USER] = "user", [TOKEN_UID] = "uid",   [TOKEN_GROUP] = "group",
	[TOKEN_GID] = "gid",   [TOKEN_HOME] = "home",
};

/* Which token begins at text (which begins with "${"), or TOKENS. */
static enum token token_at(const char *text, size_t *ret_length)
{
	for (enum token token = 0; token < TOKENS; token++) {
		size_t length = strlen(token_names[token]);

		if (strncmp(text + 2, token_names[token], length) == 0 &&
		    text[2 + length] == '}') {
			*ret_length = length + 3;
			return token;
		}
	}
	return TOKENS;
}

int heel_check_tokens(const char *text, struct heel_origin at, struct heel_report *report)
{
	size_t length;

	if (heel_has_control(text))
		return heel_fail(report, EINVAL, at,
				 "a control character stands in this text");
	for (const char *c = strchr(text, '$'); c; c = strchr(c + 1, '$')) {
		if (c[1] != '{')
			continue;
		if (token_at(c, &length) == TOKENS)
			return heel_fail(
				report, EINVAL, at,
				"unknown token \"%.*s\": there are ${user} ${uid} "
				"${group} "
				"${gid} ${home}",
				(int)(strcspn(c, "}") + (strchr(c, '}') ? 1 : 0)), c);
	}
	return 0;
}

/* What follows the prefix. */
static const char *skip_prefix(const char *text)
{
	return text[0] == '-' || text[0] == '+' ? text + 1 : text;
}

int heel_check_rule_path(const char *text, struct heel_origin at,
			 struct heel_report *report)
{
	const char *path = skip_prefix(text);
	bool home = path[0] == '~' && (path[1] == '\0' || path[1] == '/');
	int rc = heel_check_tokens(path, at, report);

	if (rc < 0)
		return rc;
	if (path[0] == '~' && !home)
		return heel_fail(
			report, EINVAL, at,
			"\"%s\": only the user's own home can be written with ~, as ~/...",
			text);
	if (!home && path[0] != '/' && strncmp(path, "${home}", strlen("${home}")) != 0)
		return heel_fail(
			report, EINVAL, at,
			"\"%s\" is not absolute: a path begins with /, ~/ or ${home}",
			text);
	if (heel_has_dot_dot(path))
		return heel_fail(report, EINVAL, at,
				 "\"%s\": a path may not contain \"..\"", text);
	return 0;
}

static int bad_token(enum token token, const char *value, struct heel_origin at,
		     const struct heel_subject *subject, struct heel_report *report)
{
	if (!value || !value[0])
		return heel_fail(report, EACCES, at, "${%s} has no value for user \"%s\"",
				 token_names[token], subject->user);
	return heel_fail(report, EACCES, at,
			 "${%s} has the value \"%s\" for user \"%s\", which cannot be "
			 "used safely%s",
			 token_names[token], value, subject->user,
			 token == TOKEN_HOME ? " as a home directory" : "");
}

static const char *token_value(struct heel_arena *arena, enum token token,
			       const struct heel_subject *subject)
{
	switch (token) {
	case TOKEN_USER:
		return subject->user;
	case TOKEN_UID:
		return heel_format(arena, "%u", (unsigned int)subject->uid);
	case TOKEN_GROUP:
		if (!subject->group && subject->name_group)
			return subject->name_group(arena, subject->gid);
		return subject->group;
	case TOKEN_GID:
		return heel_format(arena, "%u", (unsigned int)subject->gid);
	case TOKEN_HOME:
		return subject->home;
	case TOKENS:
		break;
	}
	return NULL;
}

static bool is_safe_value(enum token token, const char *value)
{
	if (!value || !value[0] || heel_has_control(value))
		return false;
	if (token == TOKEN_HOME)
		return !heel_is_system_directory(value);
	return !strchr(value, '/') && strcmp(value, ".") != 0 && strcmp(value, "..") != 0;
}

int heel_expand(struct heel_arena *arena, const char *text,
		const struct heel_subject *subject, struct heel_origin at,
		const char **ret, struct heel_report *report)
{
	const char *result = "";

	for (const char *next; (next = strstr(text, "${"));) {
		size_t length;
		enum token token = token_at(next, &length);
		const char *plain, *value;

		if (token == TOKENS)
			return heel_check_tokens(next, at, report);
		value = token_value(arena, token, subject);
		if (!is_safe_value(token, value))
			return bad_token(token, value, at, subject, report);
		plain = heel_strndup(arena, text, (size_t)(next - text));
		if (plain)
			result = HEEL_CONCAT(arena, result, plain, value);
		if (!plain || !result)
			return heel_fail_memory(report);
		text = next + length;
	}
	result = HEEL_CONCAT(arena, result, text);
	if (!result)
		return heel_fail_memory(report);
	*ret = result;
	return 0;
}

/* A path in which nothing is to be replaced is its own; most are. */
static bool is_plain(const char *path)
{
	return heel_is_normal_path(path) && !strchr(path, '$');
}

static int expand_path(struct heel_arena *arena, const char *path,
		       const struct heel_subject *subject, struct heel_origin at,
		       char **ret, struct heel_report *report)
{
	const char *expanded = "";
	int rc;

	path = path[0] == '~' ? HEEL_CONCAT(arena, "${home}", path + 1) : path;
	if (!path)
		return heel_fail_memory(report);
	rc = heel_expand(arena, path, subject, at, &expanded, report);
	if (rc < 0)
		return rc;
	*ret = heel_strdup(arena, expanded);
	if (!*ret)
		return heel_fail_memory(report);
	heel_normalise_path(*ret);
	return 0;
}

int heel_expand_rule_path(struct heel_arena *arena, const char *text,
			  const struct heel_subject *subject, struct heel_origin at,
			  struct heel_rule_path *ret, struct heel_report *report)
{
	const char *path = skip_prefix(text);
	struct heel_rule_path result = {
		.path = path,
		.optional = text[0] == '-',
		.make = text[0] == '+',
	};
	char *expanded = NULL;
	int rc;

	if (is_plain(path)) {
		*ret = result;
		return 0;
	}
	rc = expand_path(arena, path, subject, at, &expanded, report);
	if (rc < 0)
		return rc;
	if (!heel_is_normal_path(expanded))
		return heel_fail(report, EACCES, at,
				 "\"%s\" becomes \"%s\", which is no plain path", text,
				 expanded);
	result.path = expanded;
	result.uses_home = path[0] == '~' || strstr(path, "${home}");
	*ret = result;
	return 0;
}
