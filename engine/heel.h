/* SPDX-License-Identifier: ISC */
/*
 * The façade: what the front ends use, so that what is explained is what is done.
 *
 *	heel_open()               the policy directory is trusted, heel.conf loaded
 *	heel_policy_of_subject()  the effective policy of a session
 *	heel_compile()            the plan for a kernel
 *	heel_admit()              may a session be started with it?
 *	heel_confine()            the calling process is confined, for good
 *	heel_close()
 *
 * Whatever a call returned lives until heel_close(), except the report,
 * which is the caller's.
 */
#pragma once

#include "compile.h"
#include "kernel.h"
#include "plan.h"
#include "policy.h"
#include "report.h"
#include "settings.h"
#include "store.h"
#include "subject.h"

struct heel;

/*
 * Opens a policy directory; confdir NULL is the installed one. Errors: as
 * SPEC section 2, with an error for everything found wrong in heel.conf.
 */
HEEL_MUST_CHECK int heel_open(const char *confdir, enum heel_trust trust,
			      struct heel **ret, struct heel_report *report);
/*
 * The same for a session: what `heel cache` has worked out beforehand is not worked out
 * again. All others are to see the files themselves.
 */
HEEL_MUST_CHECK int heel_open_for_session(const char *confdir, enum heel_trust trust,
					  struct heel **ret, struct heel_report *report);
void heel_close(struct heel *heel);

/* Memory that lives as long as the handle; its files; what heel.conf says. */
struct heel_arena *heel_arena_of(struct heel *heel);
struct heel_store *heel_store_of(struct heel *heel);
const struct heel_settings *heel_settings_of(const struct heel *heel);

/*
 * The policy of a subject's session, by the assignments of heel.conf. Errors:
 * -EACCES when the policy says that there is no session: no assignment matches, or one
 * cannot be decided, a user who would be confined comes through a PAM service that is
 * not to be, or their home or name cannot be used. All others are about the files.
 */
HEEL_MUST_CHECK int heel_policy_of_subject(struct heel *heel,
					   const struct heel_subject *subject,
					   const struct heel_policy **ret,
					   struct heel_report *report);

/*
 * Decides whether a session keeps to the commands of its policy, if it has some. Only
 * heel-shell does, so for PAM it must be the login shell, and the service one that starts
 * that. Errors: -EACCES.
 */
HEEL_MUST_CHECK int heel_check_commands(const struct heel_policy *policy,
					const struct heel_subject *subject,
					struct heel_report *report);

/* The policy of a profile by name ("@NAME": that user's own file in users.d). */
HEEL_MUST_CHECK int heel_policy_of_profile(struct heel *heel, const char *profile,
					   const struct heel_subject *subject,
					   const struct heel_policy **ret,
					   struct heel_report *report);

/*
 * Confines the calling process by the plan: heel_admit(), opens the paths, makes the
 * ruleset, applies limits, umask, no_new_privs and the domain. *ret_rules: how many rules
 * it has. After an error the process must not run anything of the user's.
 */
HEEL_MUST_CHECK int heel_confine(struct heel *heel, const struct heel_plan *plan,
				 const struct heel_subject *subject, size_t *ret_rules,
				 struct heel_report *report);
