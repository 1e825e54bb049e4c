/* SPDX-License-Identifier: ISC */
/*
 * Decides, as the kernel would, whether a plan allows one act. Landlock
 * looks at the object itself and every directory above it and adds up what the rules
 * on them grant; so does this.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "access.h"
#include "ctl.h"
#include "text.h"

/* As in the kernel: links in one path, interpreters of one program. */
#define LINKS_MAX	 40
#define INTERPRETERS_MAX 4

static const char *const verbs[HEEL_VERBS] = {
	[HEEL_VERB_READ] = "read",	 [HEEL_VERB_WRITE] = "write",
	[HEEL_VERB_EXECUTE] = "execute", [HEEL_VERB_CONNECT] = "connect",
	[HEEL_VERB_BIND] = "bind",
};

const char *heel_verb_name(enum heel_verb verb)
{
	return verbs[verb];
}

/* --- The question --- */

static bool ask_port(struct heel_arena *arena, const char *target,
		     struct heel_question *question, const char **ret_why)
{
	size_t length = strcspn(target, "/");
	const char *digits = HEEL_NEED(heel_strndup(arena, target, length));
	uint64_t port;

	if (heel_parse_number(digits, UINT16_MAX, &port) == 0 &&
	    (!target[length] || strcmp(target + length, "/tcp") == 0)) {
		question->port = (uint16_t)port;
		question->target = digits;
		return true;
	}
	*ret_why = HEEL_NEED(heel_format(arena,
					 "\"%s\" is not a TCP port (0 to 65535); "
					 "Landlock knows ports, not addresses",
					 target));
	return false;
}

static bool ask_path(struct heel_arena *arena, const char *target,
		     struct heel_question *question, const char **ret_why)
{
	size_t length = strlen(target);

	while (length > 1 && target[length - 1] == '/')
		length--;
	question->target = HEEL_NEED(heel_strndup(arena, target, length));
	if (heel_is_normal_path(question->target) && length < PATH_MAX)
		return true;
	*ret_why = HEEL_NEED(heel_format(
		arena, "\"%s\" is not an absolute path without \"//\", \".\" and \"..\"",
		target));
	return false;
}

bool heel_ask(struct heel_arena *arena, const char *verb, const char *target,
	      struct heel_question *ret, const char **ret_why)
{
	struct heel_suggestion suggestion = {.name = verb};
	struct heel_question question = {0};
	char buffer[64];

	for (size_t i = 0; i < HEEL_VERBS; i++) {
		heel_suggest(&suggestion, verbs[i]);
		if (strcmp(verb, verbs[i]) != 0)
			continue;
		question.verb = (enum heel_verb)i;
		if (i == HEEL_VERB_CONNECT || i == HEEL_VERB_BIND
			    ? !ask_port(arena, target, &question, ret_why)
			    : !ask_path(arena, target, &question, ret_why))
			return false;
		*ret = question;
		return true;
	}
	*ret_why = HEEL_NEED(heel_format(
		arena,
		"unknown verb \"%s\": there are read, write, execute, connect, bind%s",
		verb, heel_did_you_mean(&suggestion, buffer, sizeof(buffer))));
	return false;
}

/* --- The location --- */

/* path without its last component. */
static const char *parent_of(struct heel_arena *arena, const char *path)
{
	size_t length = (size_t)(strrchr(path, '/') - path);

	return HEEL_NEED(heel_strndup(arena, path, length > 0 ? length : 1));
}

/* Where a link that leads nowhere leads, or NULL if path is no link. */
static const char *dangling(struct heel_arena *arena, const char *path)
{
	char text[PATH_MAX];
	ssize_t length = readlink(path, text, sizeof(text) - 1);

	if (length <= 0)
		return NULL;
	text[length] = '\0';
	while (length > 1 && text[length - 1] == '/')
		text[--length] = '\0';
	if (text[0] == '/')
		return HEEL_NEED(heel_strdup(arena, text));
	return HEEL_NEED(heel_format(arena, "%s/%s", parent_of(arena, path), text));
}

/*
 * Follows path as far as it exists. *ret_there is that part of it; what is missing
 * is appended to the result as it stands.
 */
static const char *canonical(struct heel_arena *arena, const char *path,
			     const char **ret_there, int *ret_missing)
{
	const char *rest = "";
	int links = 0;

	*ret_missing = 0;
	for (;;) {
		char real[PATH_MAX];
		const char *next;

		if (realpath(path, real)) {
			*ret_there = HEEL_NEED(heel_strdup(arena, real));
			return real[1] || !rest[0]
				       ? HEEL_NEED(heel_format(arena, "%s%s", real, rest))
				       : rest;
		}
		if (*ret_missing == 0)
			*ret_missing = errno;
		next = links++ < LINKS_MAX ? dangling(arena, path) : NULL;
		if (!next) {
			rest = HEEL_NEED(
				heel_format(arena, "%s%s", strrchr(path, '/'), rest));
			next = parent_of(arena, path);
		}
		path = next;
	}
}

/* The objects that rules can be on: the deepest directory that is there, and all above.
 */
static void add_ancestors(struct heel_arena *arena, const char *there,
			  struct heel_location *location)
{
	for (;;) {
		struct stat st;

		if (stat(there, &st) == 0) {
			struct heel_object *objects = HEEL_NEED(
				heel_grow(arena, location->ancestors,
					  location->n_ancestors, sizeof(*objects)));

			if (location->n_ancestors == 0 && location->missing == 0)
				location->mode = st.st_mode;
			objects[location->n_ancestors++] =
				(struct heel_object){st.st_dev, st.st_ino};
			location->ancestors = objects;
		}
		if (there[1] == '\0')
			return;
		there = parent_of(arena, there);
	}
}

static const struct heel_location *locate(struct heel_arena *arena, const char *path,
					  unsigned int interpreters)
{
	struct heel_location *location =
		HEEL_NEED(heel_alloc(arena, 1, sizeof(*location)));
	const char *interpreter = NULL;
	const char *there;

	location->path = canonical(arena, path, &there, &location->missing);
	add_ancestors(arena, there, location);
	if (interpreters > 0 && location->missing == 0)
		interpreter = heel_interpreter_of(arena, location->path);
	if (interpreter)
		location->interpreter = locate(arena, interpreter, interpreters - 1);
	return location;
}

const struct heel_location *heel_locate(struct heel_arena *arena, const char *path,
					bool execute)
{
	return locate(arena, path, execute ? INTERPRETERS_MAX : 0);
}

/* --- The decision --- */

struct decider {
	struct heel_arena *arena;
	const struct heel_plan *plan;
	const struct heel_opened *opened;
};

/* A rule on the location or above it. */
struct cover {
	const struct heel_path *path;
	uint64_t access;
	size_t distance; /* 0: on the location itself */
	bool directory;
};

struct covers {
	struct cover *v;
	size_t n;
};

static void add_origin(struct heel_arena *arena, struct heel_decision *decision,
		       struct heel_origin origin)
{
	struct heel_origin *from;

	for (size_t i = 0; i < decision->n_from; i++)
		if (decision->from[i].file == origin.file &&
		    decision->from[i].line == origin.line)
			return;
	from = HEEL_NEED(
		heel_grow(arena, decision->from, decision->n_from, sizeof(*from)));
	from[decision->n_from++] = origin;
	decision->from = from;
}

/* Compares by name: for a made-up user, or for paths that nobody has opened. */
static bool covers_by_name(const struct decider *decider, const char *rule_path,
			   const struct heel_location *location, struct cover *cover)
{
	const struct heel_location *place = locate(decider->arena, rule_path, 0);

	if (!heel_path_is_below(location->path, place->path))
		return false;
	cover->directory = place->missing != 0 || S_ISDIR(place->mode);
	if (!cover->directory)
		cover->access &= HEEL_FS_OF_FILE;
	for (const char *c = location->path + strlen(place->path); *c; c++)
		if (*c == '/')
			cover->distance++;
	if (place->path[1] == '\0' && location->path[1])
		cover->distance++;
	return true;
}

bool heel_leads_through(const struct heel_location *location,
			const struct heel_place *place, size_t *ret_distance)
{
	for (size_t i = 0; i < location->n_ancestors; i++) {
		if (location->ancestors[i].dev != place->dev ||
		    location->ancestors[i].ino != place->ino)
			continue;
		*ret_distance = i;
		return true;
	}
	return false;
}

static bool covers_by_object(const struct heel_opened *opened,
			     const struct heel_location *location, struct cover *cover)
{
	cover->access = opened->access;
	cover->directory = S_ISDIR(opened->place.mode);
	return heel_leads_through(location, &opened->place, &cover->distance);
}

static struct covers find_covers(const struct decider *decider,
				 const struct heel_location *location)
{
	struct covers covers = {0};

	for (size_t i = 0; i < decider->plan->n_paths; i++) {
		const struct heel_path_rule *rule = &decider->plan->paths[i];
		const struct heel_opened *opened =
			decider->opened ? &decider->opened[i] : NULL;
		struct cover cover = {rule->path, rule->access, 0, true};
		bool hit;

		if (opened && opened->left_out && !rule->path->make)
			continue;
		/* What will be made when the session starts has a name only. */
		hit = opened && !opened->left_out
			      ? covers_by_object(opened, location, &cover)
			      : covers_by_name(decider, rule->path->path, location,
					       &cover);
		if (!hit)
			continue;
		covers.v = HEEL_NEED(
			heel_grow(decider->arena, covers.v, covers.n, sizeof(*covers.v)));
		covers.v[covers.n++] = cover;
	}
	return covers;
}

/* The rights that the kernel asks for; SPEC's verbs in Landlock's terms. */
static uint64_t rights_needed(enum heel_verb verb, const struct heel_location *location)
{
	bool directory = location->missing == 0 && S_ISDIR(location->mode);

	switch (verb) {
	case HEEL_VERB_READ:
		return directory ? HEEL_FS_READ_DIR : HEEL_FS_READ_FILE;
	case HEEL_VERB_WRITE:
		if (directory)
			return HEEL_FS_MAKE_REG | HEEL_FS_REMOVE_FILE;
		if (location->missing != 0)
			return HEEL_FS_MAKE_REG | HEEL_FS_WRITE_FILE;
		/* What is there is written anew or appended to; a device has no end. */
		return S_ISREG(location->mode) ? HEEL_FS_WRITE_FILE | HEEL_FS_TRUNCATE
					       : HEEL_FS_WRITE_FILE;
	case HEEL_VERB_EXECUTE:
		/* Without read_file the kernel refuses to execute. */
		return directory ? HEEL_FS_EXECUTE : HEEL_FS_EXECUTE | HEEL_FS_READ_FILE;
	case HEEL_VERB_CONNECT:
	case HEEL_VERB_BIND:
	case HEEL_VERBS:
		break;
	}
	return 0;
}

/* "read /x", "read /x (/y)" behind a link, "read /x (which does not exist now)". */
static const char *describe(const struct decider *decider, enum heel_verb verb,
			    const char *asked, const struct heel_location *location)
{
	const char *real = strcmp(asked, location->path) != 0 ? location->path : "";
	const char *why = "";

	if (location->missing == ENOENT)
		why = "which does not exist now";
	else if (location->missing != 0)
		why = strerror(location->missing);
	if (!real[0] && !why[0])
		return HEEL_NEED(
			heel_format(decider->arena, "%s %s", verbs[verb], asked));
	return HEEL_NEED(heel_format(decider->arena, "%s %s (%s%s%s)", verbs[verb], asked,
				     real, real[0] && why[0] ? ", " : "", why));
}

/* "A:1", or "A:1 and B:2". */
static const char *origins_text(struct heel_arena *arena,
				const struct heel_decision *decision)
{
	const char *text = "";

	for (size_t i = 0; i < decision->n_from; i++)
		text = HEEL_NEED(heel_format(arena, "%s%s%s", text, i > 0 ? " and " : "",
					     heel_origin_text(arena, decision->from[i])));
	return text;
}

/* The lines that supply the rights: one if it supplies all of them, else each of them. */
static void find_suppliers(const struct decider *decider, const struct covers *covers,
			   uint64_t needed, struct heel_decision *decision)
{
	for (size_t i = 0; i < covers->n; i++) {
		const struct cover *cover = &covers->v[i];

		for (size_t j = 0; j < cover->path->n_grants; j++) {
			const struct heel_grant *grant = &cover->path->grants[j];
			uint64_t supplied = grant->access & cover->access & needed;

			if (supplied == needed) {
				decision->n_from = 0;
				add_origin(decider->arena, decision, grant->from);
				return;
			}
			if (supplied)
				add_origin(decider->arena, decision, grant->from);
		}
	}
}

static int by_distance(const void *a, const void *b)
{
	const struct cover *left = a, *right = b;

	return left->distance < right->distance ? -1 : left->distance > right->distance;
}

static void refuse_path(const struct decider *decider, const struct covers *covers,
			uint64_t lacking, const char *what,
			struct heel_decision *decision)
{
	const struct heel_policy *policy = decider->plan->policy;
	struct heel_arena *arena = decider->arena;
	uint64_t possible = decider->plan->attr.handled_access_fs;
	const struct cover *nearest = covers->v;

	if (covers->n == 0) {
		add_origin(arena, decision, policy->assigned);
		decision->reason = HEEL_NEED(heel_format(
			arena,
			"%s: nothing in profile \"%s\" (by %s) grants anything there",
			what, policy->profile,
			heel_origin_text(arena, policy->assigned)));
		return;
	}
	for (size_t i = 0; i < nearest->path->n_grants; i++)
		add_origin(arena, decision, nearest->path->grants[i].from);
	if (decision->n_from == 0)
		add_origin(arena, decision, policy->assigned);
	decision->reason = HEEL_NEED(heel_format(
		arena, "%s: on %s only %s is granted, by %s; %s is missing", what,
		nearest->path->path, heel_access_words(arena, nearest->access, possible),
		origins_text(arena, decision),
		heel_right_names(arena, HEEL_CLASS_FS, lacking, ", ")));
}

static struct heel_decision decide_path(const struct decider *decider,
					enum heel_verb verb, const char *asked,
					const struct heel_location *location)
{
	struct covers covers = find_covers(decider, location);
	const char *what = describe(decider, verb, asked, location);
	uint64_t needed =
		rights_needed(verb, location) & decider->plan->attr.handled_access_fs;
	struct heel_decision decision = {0};
	uint64_t granted = 0;

	for (size_t i = 0; i < covers.n; i++)
		granted |= covers.v[i].access;
	if (covers.n > 1)
		qsort(covers.v, covers.n, sizeof(*covers.v), by_distance);
	decision.allowed = (needed & ~granted) == 0;
	if (!decision.allowed) {
		refuse_path(decider, &covers, needed & ~granted, what, &decision);
		return decision;
	}
	find_suppliers(decider, &covers, needed, &decision);
	if (decision.n_from == 0) /* the kernel asks for nothing that heel handles */
		add_origin(decider->arena, &decision, decider->plan->policy->assigned);
	decision.reason = HEEL_NEED(heel_format(decider->arena, "%s: granted by %s", what,
						origins_text(decider->arena, &decision)));
	return decision;
}

/* A program can be executed if what the kernel opens beside it can be, too. */
static struct heel_decision decide_program(const struct decider *decider,
					   const char *asked,
					   const struct heel_location *location)
{
	struct heel_decision decision =
		decide_path(decider, HEEL_VERB_EXECUTE, asked, location);
	const struct heel_location *next = location->interpreter;

	for (; decision.allowed && next; next = next->interpreter) {
		struct heel_decision other =
			decide_path(decider, HEEL_VERB_EXECUTE, next->path, next);

		if (other.allowed)
			continue;
		other.reason = HEEL_NEED(heel_format(decider->arena,
						     "%s needs its interpreter: %s",
						     asked, other.reason));
		return other;
	}
	return decision;
}

static const char *port_act(const struct heel_question *question)
{
	return question->verb == HEEL_VERB_BIND ? "bind" : "connect to";
}

/* Refused for another reason than that the port is not listed. */
static struct heel_decision refuse_port(const struct decider *decider,
					const struct heel_question *question,
					struct heel_origin from, const char *why)
{
	struct heel_decision decision = {0};

	add_origin(decider->arena, &decision, from);
	decision.reason = HEEL_NEED(heel_format(decider->arena, "%s port %s: %s (%s)",
						port_act(question), question->target, why,
						heel_origin_text(decider->arena, from)));
	return decision;
}

/* The rule of the filter that denies a call which the act takes, or NULL. */
static const struct heel_filter_rule *denying_rule(const struct decider *decider,
						   enum heel_verb verb)
{
	const struct heel_filter *filter = &decider->plan->filter;
	const struct heel_filter_rule *rule = heel_filter_denies(filter, "socket");

	return rule ? rule
		    : heel_filter_denies(filter,
					 verb == HEEL_VERB_BIND ? "bind" : "connect");
}

const struct heel_port_range *heel_range_with(const struct heel_ports *ports,
					      unsigned int port)
{
	for (size_t i = 0; i < ports->n; i++)
		if (port >= ports->ranges[i].low && port <= ports->ranges[i].high)
			return &ports->ranges[i];
	return NULL;
}

static struct heel_decision decide_port(const struct decider *decider,
					const struct heel_question *question)
{
	enum heel_port_kind kind =
		question->verb == HEEL_VERB_BIND ? HEEL_TCP_BIND : HEEL_TCP_CONNECT;
	const struct heel_ports *ports = &decider->plan->policy->ports[kind];
	const struct heel_port_range *range =
		ports->any ? NULL : heel_range_with(ports, question->port);
	struct heel_decision decision = {.allowed = ports->any || range};
	struct heel_origin from = range ? range->from : ports->from;

	if (!ports->written)
		from = (struct heel_origin){0};
	add_origin(decider->arena, &decision, from);
	decision.reason = HEEL_NEED(heel_format(
		decider->arena, "%s port %s%s: %s %s (%s)", port_act(question),
		question->target, question->verb == HEEL_VERB_BIND ? "" : ", of any host",
		decision.allowed ? "granted by" : "not among the ports of",
		heel_port_kind_name(kind), heel_origin_text(decider->arena, from)));
	return decision;
}

/* Without sockets of the internet, or a call that they take, no port helps. */
static struct heel_decision decide_network(const struct decider *decider,
					   const struct heel_question *question)
{
	const struct heel_policy *policy = decider->plan->policy;
	const struct heel_filter_rule *rule = denying_rule(decider, question->verb);

	if (!heel_has_inet(policy))
		return refuse_port(decider, question, policy->families_from,
				   "neither inet nor inet6 is among the families");
	if (rule)
		return refuse_port(
			decider, question, rule->from,
			HEEL_NEED(heel_format(decider->arena,
					      "the system call %s is denied by %s",
					      rule->denial.call, rule->reason)));
	return decide_port(decider, question);
}

struct heel_decision heel_decide(struct heel_arena *arena, const struct heel_plan *plan,
				 const struct heel_opened *opened,
				 const struct heel_question *question,
				 const struct heel_location *location)
{
	const struct decider decider = {arena, plan, opened};
	const struct heel_policy *policy = plan->policy;
	struct heel_decision decision = {.allowed = true};

	if (policy->unconfined) {
		add_origin(arena, &decision, policy->assigned);
		decision.reason = HEEL_NEED(
			heel_format(arena, "unconfined by %s: nothing is restricted",
				    heel_origin_text(arena, policy->assigned)));
		return decision;
	}
	if (!location)
		return decide_network(&decider, question);
	if (question->verb == HEEL_VERB_EXECUTE)
		return decide_program(&decider, question->target, location);
	return decide_path(&decider, question->verb, question->target, location);
}
