/* SPDX-License-Identifier: ISC */
/* The table of socket families: the names that a profile uses, and their numbers. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct heel_family {
	const char *name; /* the kernel's AF_ name in lower case */
	int number;	  /* below 64 */
};

/* Every family, in the order of their numbers. */
const struct heel_family *heel_families(size_t *ret_n);

/* The number of the family of that name, or -1. */
int heel_family_by_name(const char *name);

/* The bit of a family in a set of them. */
#define HEEL_FAMILY(number) (UINT64_C(1) << (number))
