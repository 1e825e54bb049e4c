/* SPDX-License-Identifier: ISC */
/* From a policy and a kernel to a plan. */
#pragma once

#include "arena.h"
#include "attr.h"
#include "plan.h"
#include "report.h"

/*
 * Compiles a policy for a kernel. What the kernel or the door cannot do stands in the
 * plan, so that it can be shown. Errors: those of heel_make_filter() and heel_assemble().
 */
HEEL_MUST_CHECK int heel_compile(struct heel_arena *arena,
				 const struct heel_policy *policy,
				 const struct heel_kernel *kernel,
				 const struct heel_plan **ret,
				 struct heel_report *report);

/*
 * Only root, in PAM, can confine without no_new_privs; and it is no boundary even then.
 * For everybody else: returns 0, or -EPERM where the policy has it off.
 */
HEEL_MUST_CHECK int heel_require_no_new_privs(const struct heel_policy *policy,
					      struct heel_report *report);

/*
 * Decides whether a session may be started with the plan.
 * Errors: -EOPNOTSUPP when Landlock is missing or older than minimum_abi, when there are
 * no system call filters, or when something that a profile wrote cannot be enforced and
 * on_unsupported is "refuse" (with "warn" it is a note); -EPERM when no_new_privs is off
 * and the door is not one of root's.
 */
HEEL_MUST_CHECK int heel_admit(const struct heel_plan *plan, struct heel_report *report);
