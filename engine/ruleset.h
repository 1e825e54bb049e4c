/* SPDX-License-Identifier: ISC */
/* From a plan to a ruleset of the kernel: opens the paths, adds the rules. */
#pragma once

#include <stddef.h>

#include "arena.h"
#include "attr.h"
#include "plan.h"
#include "report.h"
#include "subject.h"
#include "walk.h"

/* What became of one path rule of a plan. */
struct heel_opened {
	const struct heel_path_rule *rule;
	bool left_out;	 /* an optional path, missing or unusable; place is not set */
	const char *why; /* it was left out; in the arena */
	uint64_t access; /* the rule's, without a directory's rights on anything else */
	struct heel_place place;
};

/*
 * Opens all paths of the plan for the walk's subject. With make, paths marked "+" are
 * made where they are missing, and of the places only is known what rules need. ret is an
 * array of plan->n_paths elements in the arena, whose descriptors are open as long as the
 * walk. Returns 0, or a negative errno with an error for each path that is neither usable
 * nor optional; optional ones are noted in the report.
 */
HEEL_MUST_CHECK int heel_open_paths(struct heel_arena *arena,
				    const struct heel_plan *plan, bool make,
				    struct heel_walk *walk, struct heel_opened **ret,
				    struct heel_report *report);

/*
 * Makes the kernel's ruleset for the plan and the subject. *ret_fd is
 * close-on-exec and belongs to the caller. *ret_rules is the number of rules added.
 * Any rule that cannot be added is an error.
 */
HEEL_MUST_CHECK int heel_build_ruleset(struct heel_arena *arena,
				       const struct heel_plan *plan,
				       const struct heel_subject *subject, int *ret_fd,
				       size_t *ret_rules, struct heel_report *report);
