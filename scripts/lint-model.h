/* SPDX-License-Identifier: ISC */
/*
 * For clang-tidy, which sees one file at a time: a failure that is reported is
 * always a negative result. heel_fail() has this from here, not from report.h,
 * since no compiler needs it.
 */
#pragma once

#include "report.h"

static inline int lint_negative(int rc)
{
	if (rc >= 0)
		__builtin_unreachable();
	return rc;
}

#define heel_fail(...)	      lint_negative(heel_fail(__VA_ARGS__))
#define heel_fail_memory(...) lint_negative(heel_fail_memory(__VA_ARGS__))
