/* SPDX-License-Identifier: ISC */
/* What a system call filter denies: one call, under conditions on its arguments. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/*
 * The kernel takes an int argument from the lower 32 bits, whatever stands above; a
 * filter sees all 64. So a comparison of an int must be masked, or it is passed by
 * setting a higher bit. NOT_EQUAL and ABOVE compare 64 bits, which denies too much in
 * that case.
 */
enum heel_compare {
	HEEL_MASKED,	/* argument & mask == value */
	HEEL_NOT_EQUAL, /* argument != value */
	HEEL_ABOVE,	/* argument > value */
	HEEL_NONE_OF,	/* the lower 32 bits are none of the values */
};

struct heel_condition {
	unsigned int argument; /* 0 to 5 */
	enum heel_compare compare;
	uint32_t mask;
	uint32_t value;
	const uint32_t *values; /* of HEEL_NONE_OF */
	size_t n_values;
};

#define HEEL_CONDITIONS_MAX 3

/*
 * The call is answered with the error if all conditions hold; always if there are none.
 * An architecture that has no call of that name needs no denial.
 */
struct heel_denial {
	const char *call;
	int error; /* a positive errno */
	size_t n_conditions;
	struct heel_condition conditions[HEEL_CONDITIONS_MAX];
};

#define HEEL_ALL_BITS UINT32_MAX
