/* SPDX-License-Identifier: ISC */
/* The table of resource limits: the names of setrlimit(2) and how their values are
 * written. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "attr.h"

enum heel_unit {
	HEEL_UNIT_COUNT,	/* a plain number */
	HEEL_UNIT_BYTES,	/* K, M, G may follow */
	HEEL_UNIT_SECONDS,	/* s, m, h may follow */
	HEEL_UNIT_MICROSECONDS, /* a plain number of microseconds, or with s, m, h */
};

struct heel_limit {
	const char *name;
	int resource; /* the RLIMIT_ constant */
	enum heel_unit unit;
	uint64_t least; /* below it no program would start */
};

#define HEEL_LIMITS	    16

/* "infinity"; the value of RLIM_INFINITY on the systems heel runs on. */
#define HEEL_LIMIT_INFINITY UINT64_MAX

/* The limits in alphabetical order; i is below HEEL_LIMITS. */
const struct heel_limit *heel_limit(size_t i);

/*
 * Parses a value of that limit: a number, a number with a unit, or "infinity".
 * Returns 0, -EINVAL if it is none of these, -ERANGE if it does not fit.
 */
HEEL_MUST_CHECK int heel_parse_limit(const struct heel_limit *limit, const char *text,
				     uint64_t *ret);
