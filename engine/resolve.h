/* SPDX-License-Identifier: ISC */
/*
 * From profiles to the policy of one subject: inheritance, the merge rules of
 * SPEC section 4, tokens, the union of grants.
 */
#pragma once

#include "arena.h"
#include "attr.h"
#include "policy.h"
#include "profile.h"
#include "report.h"
#include "settings.h"
#include "store.h"
#include "subject.h"

/*
 * Resolves the profile of that name in the folder (users.d or profiles.d) for the
 * subject. assigned is the place of the assignment that chose it. Parents always
 * come from profiles.d. Errors: -ENOENT no such profile, -ELOOP a cycle or a depth over
 * 8, -EINVAL what is wrong in a file, -EACCES a value of the subject's that cannot be
 * used for a token, which says nothing about the files. What the subject's service
 * needs comes from services.d, if the service has a file there.
 */
HEEL_MUST_CHECK int heel_resolve(struct heel_arena *arena, struct heel_store *store,
				 const struct heel_settings *settings,
				 const struct heel_subject *subject,
				 enum heel_folder folder, const char *name,
				 struct heel_origin assigned,
				 const struct heel_policy **ret,
				 struct heel_report *report);

/*
 * What a PAM service needs by its file in services.d, with what that inherits. ret:
 * HEEL_SERVICE_KEYS values in the arena, nothing written in them if there is no file.
 */
HEEL_MUST_CHECK int heel_resolve_service(struct heel_arena *arena,
					 struct heel_store *store, const char *service,
					 const struct heel_values **ret,
					 struct heel_report *report);

/* The policy of a subject who is assigned "unconfined". */
HEEL_MUST_CHECK int heel_resolve_unconfined(struct heel_arena *arena,
					    const struct heel_settings *settings,
					    struct heel_origin assigned,
					    const struct heel_policy **ret,
					    struct heel_report *report);

/*
 * What the policy's profile expects, each as "VERB TARGET" with tokens expanded. No
 * session has a use for it.
 */
HEEL_MUST_CHECK int heel_expand_promises(struct heel_arena *arena,
					 const struct heel_policy *policy,
					 const struct heel_subject *subject,
					 struct heel_values *ret_allow,
					 struct heel_values *ret_deny,
					 struct heel_report *report);
