/* SPDX-License-Identifier: ISC */
/*
 * Finds out what would become of a session, by the same steps that start one,
 * short of confining anything. Used by `heel show` and `heel can`.
 */
#include <errno.h>
#include <unistd.h>

#include "ctl.h"

enum heel_trust heel_trust_of(const struct heel_arguments *arguments)
{
	return arguments->config && geteuid() != 0 ? HEEL_TRUST_CALLER : HEEL_TRUST_ROOT;
}

static int find_subject(const struct heel_arguments *arguments, const char *user,
			struct heel_inspection *inspection)
{
	const char *service =
		arguments->service ? arguments->service : HEEL_SERVICE_SHELL;

	if (user)
		return heel_subject_by_name(&inspection->arena, user, service,
					    HEEL_GROUPS_OF_DATABASE, &inspection->subject,
					    &inspection->report);
	return heel_subject_by_uid(&inspection->arena, getuid(), service,
				   HEEL_GROUPS_OF_PROCESS, &inspection->subject,
				   &inspection->report);
}

static int find_policy(const struct heel_arguments *arguments,
		       struct heel_inspection *inspection)
{
	struct heel_report *report = &inspection->report;
	int rc = heel_open(arguments->config, heel_trust_of(arguments), &inspection->heel,
			   report);

	if (rc < 0)
		return rc;
	if (arguments->profile)
		return heel_policy_of_profile(inspection->heel, arguments->profile,
					      &inspection->subject, &inspection->policy,
					      report);
	return heel_policy_of_subject(inspection->heel, &inspection->subject,
				      &inspection->policy, report);
}

/*
 * Only root and the user see what the session will see; for anybody else, paths
 * that are there may look missing.
 */
static bool can_see(const struct heel_subject *subject)
{
	return geteuid() == 0 || geteuid() == subject->uid;
}

/* Opens the paths and looks the question's path up, both with the user's identity. */
static int look_around(struct heel_inspection *inspection,
		       const struct heel_question *question)
{
	struct heel_report *report = &inspection->report;
	struct heel_opened *opened;
	struct heel_walk *walk;
	int rc, end;

	rc = heel_walk_begin(&inspection->subject, &walk, report);
	if (rc < 0)
		return rc;
	rc = heel_open_paths(&inspection->arena, inspection->plan, false, walk, &opened,
			     report);
	if (question)
		inspection->location = heel_locate(&inspection->arena, question->target,
						   question->verb == HEEL_VERB_EXECUTE);
	/* From here on the places in opened are numbers only: their descriptors go. */
	end = heel_walk_end(walk, report);
	if (rc == 0)
		inspection->opened = opened;
	return end < 0 ? end : rc;
}

static int find_plan(struct heel_inspection *inspection,
		     const struct heel_question *question)
{
	struct heel_report *report = &inspection->report;
	int rc = heel_compile(&inspection->arena, inspection->policy, &inspection->kernel,
			      &inspection->plan, report);
	int admitted;

	if (rc < 0)
		return rc;
	admitted = heel_admit(inspection->plan, HEEL_DOOR_SHELL, report);
	if (can_see(&inspection->subject))
		rc = look_around(inspection, question);
	else if (question)
		inspection->location = heel_locate(&inspection->arena, question->target,
						   question->verb == HEEL_VERB_EXECUTE);
	return rc < 0 ? rc : admitted;
}

int heel_inspect(const struct heel_arguments *arguments, const char *user,
		 const struct heel_question *question, struct heel_inspection *ret)
{
	int rc;

	*ret = (struct heel_inspection){0};
	rc = find_subject(arguments, user, ret);
	if (rc < 0) {
		heel_print_report(stderr, &ret->report);
		return rc == -ENOENT ? HEEL_EXIT_USAGE : HEEL_EXIT_FOUND;
	}
	heel_kernel_query(&ret->kernel);
	rc = find_policy(arguments, ret);
	if (rc == 0 && !ret->policy->unconfined)
		rc = find_plan(ret, question);
	ret->refused = rc < 0;
	return 0;
}

void heel_inspection_free(struct heel_inspection *inspection)
{
	heel_close(inspection->heel);
	heel_arena_free(&inspection->arena);
	heel_report_free(&inspection->report);
}
