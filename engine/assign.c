/* SPDX-License-Identifier: ISC */
/* Which assignment of heel.conf is a subject's. */
#include <errno.h>
#include <stdbool.h>

#include "assign.h"
#include "text.h"

enum truth {
	FALSE_,
	TRUE_,
	UNKNOWN,
};

static enum truth matches_pattern(const struct heel_values *values, const char *text)
{
	for (size_t i = 0; i < values->n; i++)
		if (heel_matches(values->v[i].text, text))
			return TRUE_;
	return FALSE_;
}

static enum truth matches_uid(const struct heel_values *values, uid_t uid)
{
	uint64_t low, high;

	for (size_t i = 0; i < values->n; i++)
		if (heel_parse_range(values->v[i].text, UINT32_MAX, &low, &high) == 0 &&
		    uid >= low && uid <= high)
			return TRUE_;
	return FALSE_;
}

static bool is_member(const struct heel_subject *subject, gid_t gid)
{
	if (subject->gid == gid)
		return true;
	for (size_t i = 0; i < subject->n_groups; i++)
		if (subject->groups[i] == gid)
			return true;
	return false;
}

/*
 * One membership makes the key true, whatever else does not resolve. That the group lists
 * the user is one as well: the user's groups were asked for before, and where a directory
 * server did not answer then, they are fewer, and nobody says so.
 */
static enum truth matches_group(const struct heel_values *values,
				const struct heel_subject *subject,
				const char **ret_unresolved)
{
	enum truth result = FALSE_;

	for (size_t i = 0; i < values->n; i++) {
		struct heel_group group;

		if (subject->find_group(values->v[i].text, subject->user, &group) < 0) {
			*ret_unresolved = values->v[i].text;
			result = UNKNOWN;
		} else if (group.lists_user || is_member(subject, group.gid)) {
			return TRUE_;
		}
	}
	return result;
}

/*
 * All keys that are written must hold. The ones that need no name service come first: a
 * false one decides, and then a group that does not resolve does not matter.
 */
static enum truth holds(const struct heel_assignment *assignment,
			const struct heel_subject *subject, const char **ret_unresolved)
{
	const struct heel_values *keys = assignment->keys;
	const char *service = subject->service ? subject->service : "";

	if (keys[HEEL_ASSIGN_UID].written &&
	    matches_uid(&keys[HEEL_ASSIGN_UID], subject->uid) == FALSE_)
		return FALSE_;
	if (keys[HEEL_ASSIGN_USER].written &&
	    matches_pattern(&keys[HEEL_ASSIGN_USER], subject->user) == FALSE_)
		return FALSE_;
	if (keys[HEEL_ASSIGN_SERVICE].written &&
	    matches_pattern(&keys[HEEL_ASSIGN_SERVICE], service) == FALSE_)
		return FALSE_;
	if (!keys[HEEL_ASSIGN_GROUP].written)
		return TRUE_;
	return matches_group(&keys[HEEL_ASSIGN_GROUP], subject, ret_unresolved);
}

int heel_assign(const struct heel_settings *settings, const struct heel_subject *subject,
		size_t start, size_t *ret, struct heel_report *report)
{
	const char *unresolved = NULL;

	for (size_t i = start; i < settings->n_assign; i++) {
		const struct heel_assignment *assignment = &settings->assign[i];

		switch (holds(assignment, subject, &unresolved)) {
		case FALSE_:
			break;
		case TRUE_:
			*ret = i;
			return 0;
		case UNKNOWN:
			return heel_fail(report, EACCES, assignment->from,
					 "cannot be decided for user \"%s\": group "
					 "\"%s\" does not "
					 "resolve",
					 subject->user, unresolved);
		}
	}
	return heel_fail(report, EACCES, (struct heel_origin){settings->file, 0},
			 "no assignment matches user \"%s\" (uid %u)", subject->user,
			 (unsigned int)subject->uid);
}
