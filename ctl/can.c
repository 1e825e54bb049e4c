/* SPDX-License-Identifier: ISC */
/* `heel can`: may a session do that, and which line decides? */
#include "ctl.h"

static void print_json(const struct heel_question *question,
		       const struct heel_inspection *inspection,
		       const struct heel_decision *decision)
{
	struct heel_arena arena = {0};
	json_t *sources = heel_json_array();
	json_t *object = heel_json_object();

	for (size_t i = 0; i < decision->n_from; i++)
		heel_json_append(sources, heel_json_text(heel_origin_text(
						  &arena, decision->from[i])));
	heel_json_set(object, "user", heel_json_text(inspection->subject.user));
	heel_json_set(object, "confined", json_boolean(heel_is_confined(inspection)));
	heel_json_set(object, "verb", heel_json_text(heel_verb_name(question->verb)));
	heel_json_set(object, "target", heel_json_text(question->target));
	heel_json_set(object, "allowed", json_boolean(decision->allowed));
	heel_json_set(object, "source",
		      heel_json_text(heel_origin_text(&arena, decision->from[0])));
	heel_json_set(object, "sources", sources);
	heel_json_set(object, "reason", heel_json_text(decision->reason));
	heel_json_print(object);
	heel_arena_free(&arena);
}

static void print_text(const struct heel_inspection *inspection,
		       const struct heel_decision *decision)
{
	bool confined = inspection->policy && !inspection->policy->unconfined;

	heel_put_styled(stdout, decision->allowed ? HEEL_STYLE_GOOD : HEEL_STYLE_BAD,
			decision->allowed ? "yes" : "no");
	heel_say(stdout, ": %s", decision->reason);
	if (confined && !inspection->refused && inspection->location &&
	    !inspection->opened)
		heel_say(stdout, "     by the names of paths: only root and the user can "
				 "look where they lead");
	if (decision->allowed && inspection->location)
		heel_say(stdout, "     file permissions still apply in addition");
}

/* A session that is refused can do nothing; the first error says why. */
static struct heel_decision refused(struct heel_inspection *inspection)
{
	const struct heel_problem *problem = heel_first_error(&inspection->report);
	struct heel_decision decision = {.n_from = 1};

	decision.from =
		HEEL_NEED(heel_alloc(&inspection->arena, 1, sizeof(*decision.from)));
	decision.from[0] = problem->at;
	decision.reason = HEEL_NEED(heel_format(
		&inspection->arena, "the session would be refused: %s%s%s",
		problem->at.file ? heel_origin_text(&inspection->arena, problem->at) : "",
		problem->at.file ? ": " : "", problem->text));
	return decision;
}

static int answer(const struct heel_arguments *arguments,
		  const struct heel_question *question,
		  struct heel_inspection *inspection)
{
	bool port =
		question->verb == HEEL_VERB_CONNECT || question->verb == HEEL_VERB_BIND;
	struct heel_decision decision;
	int rc = heel_inspect(arguments, arguments->operands[0], port ? NULL : question,
			      inspection);

	if (rc != 0)
		return rc;
	if (inspection->refused) {
		heel_print_report(stderr, &inspection->report);
		decision = refused(inspection);
	} else {
		decision =
			heel_decide(&inspection->arena, inspection->plan,
				    inspection->opened, question, inspection->location);
	}
	if (arguments->json)
		print_json(question, inspection, &decision);
	else
		print_text(inspection, &decision);
	return decision.allowed ? HEEL_EXIT_DONE : HEEL_EXIT_FOUND;
}

int heel_command_can(const struct heel_arguments *arguments)
{
	struct heel_inspection inspection = {0};
	struct heel_arena arena = {0};
	struct heel_question question;
	const char *why;
	int status;

	if (heel_ask(&arena, arguments->operands[1], arguments->operands[2], &question,
		     &why))
		status = answer(arguments, &question, &inspection);
	else
		status = heel_usage_error("%s", why);
	heel_inspection_free(&inspection);
	heel_arena_free(&arena);
	return status;
}
