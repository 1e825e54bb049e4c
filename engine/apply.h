/* SPDX-License-Identifier: ISC */
/* The irreversible part: limits, umask, no_new_privs, the domain, the filter. */
#pragma once

#include "attr.h"
#include "plan.h"
#include "report.h"

/* The one way to say that 16 domains are nested already. Returns -E2BIG. */
HEEL_MUST_CHECK int heel_fail_layers(struct heel_report *report);

/*
 * Confines the calling process by the plan and its ruleset, for good.
 * Requires a single-threaded process: a domain sticks to the calling thread.
 * On failure the process may be partly restricted and must not go on to run
 * anything of the user's. Errors: -E2BIG when 16 domains are nested already,
 * -EPERM without no_new_privs and without privilege, -ENOMEM when so many filters are
 * installed that the kernel takes no more, or what the kernel gave.
 */
HEEL_MUST_CHECK int heel_apply(const struct heel_plan *plan, int ruleset_fd,
			       struct heel_report *report);
