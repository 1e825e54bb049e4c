/* SPDX-License-Identifier: ISC */
/* The environment of a confined session. */
#pragma once

#include <stdbool.h>

#include "arena.h"
#include "attr.h"
#include "policy.h"
#include "report.h"
#include "subject.h"

/*
 * Filters an environment by the policy: keeps the variables of SPEC's list and
 * the policy's `keep`, drops its `unset`, never keeps what steers the loader or
 * the C library; sets HOME, USER, LOGNAME from the password database, SHELL to the
 * policy's shell and HEEL_PROFILE to the profile's name; then the policy's `set`.
 * ret is a NULL-terminated array in the arena. Errors: -ENOMEM, and -E2BIG with more
 * than 4096 variables to keep.
 */
HEEL_MUST_CHECK int heel_environment(struct heel_arena *arena,
				     const struct heel_policy *policy,
				     const struct heel_subject *subject,
				     const char *const *environment, char ***ret,
				     struct heel_report *report);

/* True for a variable that steers the loader, the C library's tables or its search
 * paths (LD_*, GCONV_PATH, LOCPATH, GLIBC_TUNABLES, ...). text is NAME or NAME=VALUE. */
bool heel_is_loader_variable(const char *text);
