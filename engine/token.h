/* SPDX-License-Identifier: ISC */
/*
 * Tokens (${user} ${uid} ${group} ${gid} ${home}) and the paths of rules. A
 * token's value comes from the user database, which may be a directory server that
 * people edit themselves, so no value may lead a path astray.
 */
#pragma once

#include <stdbool.h>

#include "arena.h"
#include "attr.h"
#include "report.h"
#include "subject.h"

/* Checks that all tokens in the text are known. Returns 0 or -EINVAL with an error. */
HEEL_MUST_CHECK int heel_check_tokens(const char *text, struct heel_origin at,
				      struct heel_report *report);

/*
 * Checks a rule's path as it is written: a prefix "-" or "+", then an absolute
 * path, "~", "~/..." or one that begins with ${home}; no "..".
 */
HEEL_MUST_CHECK int heel_check_rule_path(const char *text, struct heel_origin at,
					 struct heel_report *report);

/*
 * Replaces the tokens of a text by the subject's values. Errors: -EACCES when
 * a value that is used is empty, "." or "..", or holds a control
 * character or (except in home) a slash; or when home is not absolute, normalised, at
 * least two components deep, and none of the system's own directories.
 */
HEEL_MUST_CHECK int heel_expand(struct heel_arena *arena, const char *text,
				const struct heel_subject *subject, struct heel_origin at,
				const char **ret, struct heel_report *report);

/* A rule's path, expanded and normalised, and what its prefix says. */
struct heel_rule_path {
	const char *path;
	bool optional;	/* "-" */
	bool make;	/* "+" */
	bool uses_home; /* ${home} or ~ stands in it */
};

HEEL_MUST_CHECK int heel_expand_rule_path(struct heel_arena *arena, const char *text,
					  const struct heel_subject *subject,
					  struct heel_origin at,
					  struct heel_rule_path *ret,
					  struct heel_report *report);
