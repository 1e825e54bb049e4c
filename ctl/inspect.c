/* SPDX-License-Identifier: ISC */
/*
 * Finds out what would become of a session, by the same steps that start one,
 * short of confining anything. Used by `heel show` and `heel can`.
 */
#include <string.h>
#include <unistd.h>

#include "ctl.h"

enum heel_trust heel_trust_of(const struct heel_arguments *arguments)
{
	return arguments->config && geteuid() != 0 ? HEEL_TRUST_CALLER : HEEL_TRUST_ROOT;
}

int heel_find_subject(const struct heel_arguments *arguments, const char *user,
		      struct heel_arena *arena, struct heel_subject *ret,
		      struct heel_report *report)
{
	const char *service =
		arguments->service ? arguments->service : HEEL_SERVICE_SHELL;
	int rc = user ? heel_subject_by_name(arena, user, service,
					     HEEL_GROUPS_OF_DATABASE, ret, report)
		      : heel_subject_by_uid(arena, getuid(), service,
					    HEEL_GROUPS_OF_PROCESS, ret, report);

	if (rc == 0 && strcmp(service, HEEL_SERVICE_SHELL) != 0)
		ret->door = HEEL_DOOR_SESSION;
	return rc;
}

int heel_find_policy(const struct heel_arguments *arguments,
		     const struct heel_subject *subject, struct heel **ret_heel,
		     const struct heel_policy **ret, struct heel_report *report)
{
	int rc = heel_open(arguments->config, heel_trust_of(arguments), ret_heel, report);

	if (rc < 0)
		return rc;
	if (arguments->profile)
		return heel_policy_of_profile(*ret_heel, arguments->profile, subject, ret,
					      report);
	return heel_policy_of_subject(*ret_heel, subject, ret, report);
}

/*
 * Only root and the user see what the session will see; for anybody else, paths
 * that are there may look missing.
 */
static bool can_see(const struct heel_subject *subject)
{
	return geteuid() == 0 || geteuid() == subject->uid;
}

static void locate(struct heel_inspection *inspection,
		   const struct heel_question *question)
{
	inspection->location = heel_locate(&inspection->arena, question->target,
					   question->verb == HEEL_VERB_EXECUTE);
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
		locate(inspection, question);
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

	if (rc < 0 || inspection->policy->unconfined)
		return rc;
	admitted = heel_check_commands(inspection->policy, &inspection->subject, report);
	if (admitted == 0)
		admitted = heel_admit(inspection->plan, report);
	if (can_see(&inspection->subject))
		rc = look_around(inspection, question);
	else if (question)
		locate(inspection, question);
	return rc < 0 ? rc : admitted;
}

/* There is no session to inspect, and so no more to say than why. */
static int give_up(const struct heel_arguments *arguments, const char *user,
		   const struct heel_inspection *inspection)
{
	heel_print_report(stderr, &inspection->report);
	if (arguments->json) {
		json_t *object = heel_json_object();

		heel_json_set(object, "user", heel_json_text(user));
		heel_json_set(
			object, "refused",
			heel_json_text(heel_first_error(&inspection->report)->text));
		heel_json_print(object);
	}
	return HEEL_EXIT_FOUND;
}

int heel_inspect(const struct heel_arguments *arguments, const char *user,
		 const struct heel_question *question, struct heel_inspection *ret)
{
	int rc;

	*ret = (struct heel_inspection){0};
	rc = heel_find_subject(arguments, user, &ret->arena, &ret->subject, &ret->report);
	if (rc < 0)
		return give_up(arguments, user, ret);
	heel_kernel_query(&ret->kernel);
	rc = heel_find_policy(arguments, &ret->subject, &ret->heel, &ret->policy,
			      &ret->report);
	if (rc == 0)
		rc = find_plan(ret, question);
	ret->refused = rc < 0;
	return 0;
}

bool heel_is_confined(const struct heel_inspection *inspection)
{
	return inspection->policy && !inspection->policy->unconfined;
}

void heel_inspection_free(struct heel_inspection *inspection)
{
	heel_close(inspection->heel);
	heel_arena_free(&inspection->arena);
	heel_report_free(&inspection->report);
}
