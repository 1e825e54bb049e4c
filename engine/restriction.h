/* SPDX-License-Identifier: ISC */
/*
 * The table of named restrictions. What each one stops is system calls, so
 * they become part of the seccomp filter; this version has their names, defaults and
 * precedence, and says of each that it is not enforced yet.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct heel_restriction {
	const char *name;
	bool on_by_default; /* in "version = 1" */
	const char *stops;  /* in a few words, for people */
};

#define HEEL_RESTRICTIONS 22

/* The restrictions in the order of the manual; i is below HEEL_RESTRICTIONS. */
const struct heel_restriction *heel_restriction(size_t i);

/* The index of the restriction of that name, or -1. */
int heel_restriction_by_name(const char *name);
