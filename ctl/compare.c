/* SPDX-License-Identifier: ISC */
/* Finds what one policy grants and another does not: whether it is the weaker one. */
#include <string.h>

#include "ctl.h"
#include "text.h"

/* Where the paths of a policy lead now. */
static const char **locate_all(struct heel_arena *arena, const struct heel_policy *policy)
{
	const char **real = HEEL_NEED(heel_alloc(arena, policy->n_paths, sizeof(*real)));

	for (size_t i = 0; i < policy->n_paths; i++)
		real[i] = heel_locate(arena, policy->paths[i].path, false)->path;
	return real;
}

static const char *path_gained(struct heel_arena *arena, const struct heel_policy *strict,
			       const struct heel_policy *other)
{
	const char **outer = locate_all(arena, strict);
	const char **inner = locate_all(arena, other);

	for (size_t i = 0; i < other->n_paths; i++) {
		const char *path = other->paths[i].path;
		uint64_t more = other->paths[i].access;

		for (size_t j = 0; j < strict->n_paths; j++)
			if (heel_path_is_below(path, strict->paths[j].path) ||
			    heel_path_is_below(inner[i], outer[j]))
				more &= ~strict->paths[j].access;
		if (more)
			return HEEL_NEED(heel_format(
				arena, "%s on %s",
				heel_right_names(arena, HEEL_CLASS_FS, more, ", "),
				path));
	}
	return NULL;
}

static const struct heel_port_range *range_with(const struct heel_ports *ports,
						unsigned int port)
{
	for (size_t i = 0; i < ports->n; i++)
		if (port >= ports->ranges[i].low && port <= ports->ranges[i].high)
			return &ports->ranges[i];
	return NULL;
}

static const char *port_gained(struct heel_arena *arena, const struct heel_policy *strict,
			       const struct heel_policy *other, enum heel_port_kind kind)
{
	const struct heel_ports *ports = &other->ports[kind];
	const char *name = heel_port_kind_name(kind);

	if (strict->ports[kind].any)
		return NULL;
	if (ports->any)
		return HEEL_NEED(heel_format(arena, "%s \"any\"", name));
	for (size_t i = 0; i < ports->n; i++) {
		unsigned int port = ports->ranges[i].low;
		const struct heel_port_range *range;

		while (port <= ports->ranges[i].high &&
		       (range = range_with(&strict->ports[kind], port)))
			port = range->high + 1U;
		if (port <= ports->ranges[i].high)
			return HEEL_NEED(heel_format(arena, "%s %u", name, port));
	}
	return NULL;
}

struct search {
	struct heel_arena *arena;
	const struct heel_policy *policy;
	const char *call; /* what is looked for */
};

static int is_the_call(const char *call, void *context)
{
	const struct search *search = context;

	return strcmp(call, search->call) == 0;
}

/* Returns 1 for a call that no word of the policy denies. */
static int is_not_denied(const char *call, void *context)
{
	struct search *search = context;
	const struct heel_values *words = &search->policy->syscalls_deny;

	search->call = call;
	for (size_t i = 0; i < words->n; i++)
		if (heel_visit_syscalls(search->arena, words->v[i].text, is_the_call,
					search) != 0)
			return 0;
	return 1;
}

/* True if the policy denies every call that a word stands for. */
static bool denies(struct heel_arena *arena, const struct heel_policy *policy,
		   const char *word)
{
	struct search search = {arena, policy, NULL};

	return heel_visit_syscalls(arena, word, is_not_denied, &search) == 0;
}

static const char *freedom_gained(struct heel_arena *arena,
				  const struct heel_policy *strict,
				  const struct heel_policy *other)
{
	uint64_t scope = strict->scope & ~other->scope;

	if (scope)
		return HEEL_NEED(heel_format(
			arena, "no scope \"%s\"",
			heel_right_names(arena, HEEL_CLASS_SCOPE, scope, "\", \"")));
	if (strict->no_new_privs && !other->no_new_privs)
		return "no_new_privs is off";
	if (other->families & ~strict->families)
		return HEEL_NEED(heel_format(
			arena, "families \"%s\"",
			heel_family_names(arena, other->families & ~strict->families,
					  "\", \"")));
	for (size_t i = 0; i < strict->syscalls_deny.n; i++)
		if (!denies(arena, other, strict->syscalls_deny.v[i].text))
			return HEEL_NEED(heel_format(arena, "system calls \"%s\"",
						     strict->syscalls_deny.v[i].text));
	for (size_t i = 0; i < HEEL_RESTRICTIONS; i++)
		if (strict->restrictions[i].on && !other->restrictions[i].on)
			return HEEL_NEED(heel_format(arena, "permit \"%s\"",
						     heel_restriction(i)->name));
	return NULL;
}

/* True if the policy allows that command, and runs the same for it. */
static bool has_command(const struct heel_policy *policy,
			const struct heel_command *command)
{
	for (size_t i = 0; i < policy->n_commands; i++) {
		const struct heel_command *other = &policy->commands[i];

		if (strcmp(other->match_text, command->match_text) == 0 &&
		    strcmp(other->run_text ? other->run_text : "",
			   command->run_text ? command->run_text : "") == 0)
			return true;
	}
	return false;
}

static const char *command_gained(struct heel_arena *arena,
				  const struct heel_policy *strict,
				  const struct heel_policy *other)
{
	if (!strict->limits_commands)
		return NULL;
	if (!other->limits_commands)
		return "no \"commands\": a shell";
	for (size_t i = 0; i < other->n_commands; i++)
		if (!has_command(strict, &other->commands[i]))
			return HEEL_NEED(heel_format(arena, "the command \"%s\"",
						     other->commands[i].match_text));
	return NULL;
}

const char *heel_first_gain(struct heel_arena *arena, const struct heel_policy *strict,
			    const struct heel_policy *other)
{
	const char *gain;

	if (strict->unconfined || other->unconfined)
		return strict->unconfined ? NULL : "everything";
	gain = path_gained(arena, strict, other);
	for (enum heel_port_kind kind = 0; !gain && kind < HEEL_PORT_KINDS; kind++)
		gain = port_gained(arena, strict, other, kind);
	if (!gain)
		gain = freedom_gained(arena, strict, other);
	if (!gain)
		gain = command_gained(arena, strict, other);
	return gain;
}
