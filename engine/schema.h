/* SPDX-License-Identifier: ISC */
/*
 * What a policy file may say: tables of keys, and the values that loading
 * one file fills in. The tables stand in settings.c (heel.conf) and profile.c;
 * load.c walks every element of a file against them.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "report.h"

/* The kinds of value a key takes; a set of bits. */
enum heel_kind {
	HEEL_KIND_TEXT = 1,
	HEEL_KIND_NUMBER = 2, /* an integer; written as a string it is a TEXT */
	HEEL_KIND_BOOL = 4,
	HEEL_KIND_ENTRY = 8, /* { ... } with a schema of its own */
};

struct heel_key;
struct heel_schema;
struct heel_values;

/* One value. Numbers are decimal text, booleans "true" or "false". */
struct heel_value {
	const char *text;	    /* NULL for an entry */
	struct heel_values *fields; /* an entry's values, one per key of its schema */
	struct heel_origin from;
};

/* What was written under one key. */
struct heel_values {
	bool written; /* also by an empty list */
	struct heel_origin from;
	struct heel_value *v;
	size_t n;
};

/* Judges one value that already is of a right kind. Returns 0 or -errno with an error. */
typedef int heel_check(const struct heel_key *key, const struct heel_value *value,
		       struct heel_report *report);

struct heel_key {
	const char *name; /* with its group: "filesystem.read" */
	unsigned int kinds;
	size_t min, max;   /* how many values there may be; max 0: any number */
	heel_check *check; /* or NULL */
	const struct heel_schema *entry; /* for HEEL_KIND_ENTRY */
};

struct heel_schema {
	const char *what; /* for messages: "heel.conf", "a profile" */
	const struct heel_key *keys;
	size_t n;
};

/* The text of a key that holds at most one value, or NULL if it was not written. */
static inline const char *heel_text(const struct heel_values *values)
{
	return values->n > 0 ? values->v[0].text : NULL;
}
