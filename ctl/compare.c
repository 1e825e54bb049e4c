/* SPDX-License-Identifier: ISC */
/* Finds what one policy grants and another does not, each with the line it comes from. */
#include <string.h>

#include "compare.h"
#include "family.h"
#include "text.h"

void heel_add_change(struct heel_changes *changes, bool gained, const char *what,
		     const char *object, struct heel_origin from)
{
	const struct heel_change change = {gained, what, object, from};

	/* What two lines grant is gained once. */
	for (size_t i = 0; i < changes->n; i++)
		if (changes->v[i].gained == gained &&
		    strcmp(changes->v[i].what, what) == 0 &&
		    strcmp(changes->v[i].object, object) == 0)
			return;
	changes->v = HEEL_NEED(
		heel_grow(changes->arena, changes->v, changes->n, sizeof(change)));
	changes->v[changes->n++] = change;
}

struct heel_origin heel_line_of(struct heel_origin freer, struct heel_origin stricter)
{
	return freer.line > 0 || !stricter.file ? freer : stricter;
}

/*
 * One direction: what more grants and less does not. Whether that was gained or lost
 * depends on which of them is the new one.
 */
struct comparison {
	struct heel_changes *changes;
	struct heel_arena *arena;
	bool gained;
	const struct heel_policy *less, *more;
	const char **less_real, **more_real; /* where their paths lead now */
};

static void add(const struct comparison *comparison, const char *what, const char *object,
		struct heel_origin from)
{
	heel_add_change(comparison->changes, comparison->gained, what, object, from);
}

/* --- Paths --- */

static const char **locate_all(struct heel_arena *arena, const struct heel_policy *policy)
{
	const char **real = HEEL_NEED(heel_alloc(arena, policy->n_paths, sizeof(*real)));

	for (size_t i = 0; i < policy->n_paths; i++)
		real[i] = heel_locate(arena, policy->paths[i].path, false)->path;
	return real;
}

/* What the stricter policy grants on a path of the other, there or above. */
static uint64_t granted_before(const struct comparison *comparison, size_t i)
{
	const struct heel_policy *less = comparison->less;
	const char *path = comparison->more->paths[i].path;
	uint64_t access = 0;

	for (size_t j = 0; j < less->n_paths; j++)
		if (heel_path_is_below(path, less->paths[j].path) ||
		    heel_path_is_below(comparison->more_real[i],
				       comparison->less_real[j]))
			access |= less->paths[j].access;
	return access;
}

/* The first line that grants any of it. */
static struct heel_origin line_that_grants(const struct heel_path *path, uint64_t access)
{
	for (size_t i = 0; i < path->n_grants; i++)
		if (path->grants[i].access & access)
			return path->grants[i].from;
	return (struct heel_origin){0};
}

static void compare_paths(const struct comparison *comparison)
{
	for (size_t i = 0; i < comparison->more->n_paths; i++) {
		const struct heel_path *path = &comparison->more->paths[i];
		uint64_t more = path->access & ~granted_before(comparison, i);
		uint64_t files = more & ~(uint64_t)HEEL_FS_RESOLVE_UNIX;

		if (files)
			add(comparison,
			    heel_gain_words(comparison->arena, files, path->access),
			    path->path, line_that_grants(path, files));
		if (more & HEEL_FS_RESOLVE_UNIX)
			add(comparison, "unix_connect", path->path,
			    line_that_grants(path, HEEL_FS_RESOLVE_UNIX));
	}
}

static const struct heel_path *path_named(const struct heel_policy *policy,
					  const char *name)
{
	for (size_t i = 0; i < policy->n_paths; i++)
		if (strcmp(policy->paths[i].path, name) == 0)
			return &policy->paths[i];
	return NULL;
}

/* A session begins also where the path is missing. */
static void compare_presence(const struct comparison *comparison)
{
	for (size_t i = 0; i < comparison->more->n_paths; i++) {
		const struct heel_path *path = &comparison->more->paths[i];
		const struct heel_path *before = path_named(comparison->less, path->path);
		struct heel_origin from = line_that_grants(path, UINT64_MAX);

		if (before && path->optional && !before->optional && !before->make)
			add(comparison, "may be missing", path->path, from);
		if (before && path->make && !before->make)
			add(comparison, "made if missing", path->path, from);
	}
}

/* --- Network and scope --- */

/* The last port of the range before the next that is granted already. */
static uint16_t end_of_gap(const struct heel_ports *less, unsigned int low, uint16_t high)
{
	for (size_t i = 0; i < less->n; i++)
		if (less->ranges[i].low > low && less->ranges[i].low <= high)
			high = (uint16_t)(less->ranges[i].low - 1);
	return high;
}

static void compare_range(const struct comparison *comparison, enum heel_port_kind kind,
			  const struct heel_port_range *range)
{
	const struct heel_ports *less = &comparison->less->ports[kind];
	unsigned int port = range->low;

	while (port <= range->high) {
		const struct heel_port_range *before = heel_range_with(less, port);
		struct heel_port_range gap = {.low = (uint16_t)port};

		if (before) {
			port = before->high + 1U;
			continue;
		}
		gap.high = end_of_gap(less, port, range->high);
		add(comparison, heel_port_kind_name(kind),
		    heel_range_text(comparison->arena, &gap), range->from);
		port = gap.high + 1U;
	}
}

static void compare_ports(const struct comparison *comparison)
{
	for (enum heel_port_kind kind = 0; kind < HEEL_PORT_KINDS; kind++) {
		const struct heel_ports *ports = &comparison->more->ports[kind];

		if (comparison->less->ports[kind].any)
			continue;
		if (ports->any)
			add(comparison, heel_port_kind_name(kind), "any", ports->from);
		for (size_t i = 0; !ports->any && i < ports->n; i++)
			compare_range(comparison, kind, &ports->ranges[i]);
	}
}

static void compare_families(const struct comparison *comparison)
{
	uint64_t more = comparison->more->families & ~comparison->less->families;
	const struct heel_family *families;
	size_t n;

	families = heel_families(&n);
	for (size_t i = 0; i < n; i++)
		if (more & HEEL_FAMILY(families[i].number))
			add(comparison, "families", families[i].name,
			    heel_line_of(comparison->more->families_from,
					 comparison->less->families_from));
}

static void compare_scope(const struct comparison *comparison)
{
	uint64_t more = comparison->less->scope & ~comparison->more->scope;
	const struct heel_right *rights;
	size_t n;

	rights = heel_rights(&n);
	for (size_t i = 0; i < n; i++)
		if (rights[i].class == HEEL_CLASS_SCOPE && (more & rights[i].bit))
			add(comparison, "no scope", rights[i].name,
			    heel_line_of(comparison->more->scope_from,
					 comparison->less->scope_from));
}

/* --- System calls --- */

static void compare_no_new_privs(const struct comparison *comparison)
{
	if (comparison->less->no_new_privs && !comparison->more->no_new_privs)
		add(comparison, "no_new_privs", "off",
		    comparison->more->no_new_privs_from);
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

static void compare_calls(const struct comparison *comparison)
{
	const struct heel_values *words = &comparison->less->syscalls_deny;

	for (size_t i = 0; i < words->n; i++)
		if (!denies(comparison->arena, comparison->more, words->v[i].text))
			add(comparison, "system calls", words->v[i].text,
			    words->v[i].from);
}

static void compare_restrictions(const struct comparison *comparison)
{
	for (size_t i = 0; i < HEEL_RESTRICTIONS; i++) {
		const struct heel_restriction_state *less =
			&comparison->less->restrictions[i];
		const struct heel_restriction_state *more =
			&comparison->more->restrictions[i];

		if (less->on && !more->on)
			add(comparison, "permit", heel_restriction(i)->name,
			    heel_line_of(more->from, less->from));
	}
}

/* --- Commands --- */

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

static const char *command_text(struct heel_arena *arena,
				const struct heel_command *command)
{
	if (!command->run_text)
		return command->match_text;
	return HEEL_NEED(heel_format(arena, "%s (runs: %s)", command->match_text,
				     command->run_text));
}

static void compare_commands(const struct comparison *comparison)
{
	const struct heel_policy *less = comparison->less, *more = comparison->more;

	if (!less->limits_commands)
		return;
	if (!more->limits_commands) {
		add(comparison, "commands", "any, by a shell", less->commands_from);
		return;
	}
	for (size_t i = 0; i < more->n_commands; i++)
		if (!has_command(less, &more->commands[i]))
			add(comparison, "commands",
			    command_text(comparison->arena, &more->commands[i]),
			    more->commands[i].from);
}

/* The commands that both have, as they stand in one of them. */
static const char *order_of(struct heel_arena *arena, const struct heel_policy *policy,
			    const struct heel_policy *other)
{
	const char *text = "";

	for (size_t i = 0; i < policy->n_commands; i++)
		if (has_command(other, &policy->commands[i]))
			text = HEEL_NEED(
				heel_format(arena, "%s%s%s", text, text[0] ? ", " : "",
					    command_text(arena, &policy->commands[i])));
	return text;
}

/* --- What is neither more nor less: lost as it was, gained as it is --- */

static void compare_value(const struct comparison *comparison, const char *what,
			  const char *less, const char *more, struct heel_origin from)
{
	if (strcmp(less, more) != 0)
		add(comparison, what, more, from);
}

/* The first command that matches is taken. */
static void compare_order(const struct comparison *comparison)
{
	const struct heel_policy *less = comparison->less, *more = comparison->more;

	compare_value(comparison, "in this order",
		      order_of(comparison->arena, less, more),
		      order_of(comparison->arena, more, less), more->commands_from);
}

static const char *umask_text(struct heel_arena *arena, const struct heel_policy *policy)
{
	if (!policy->has_umask)
		return "unchanged";
	return HEEL_NEED(heel_format(arena, "%03o", (unsigned int)policy->umask));
}

static void compare_values(const struct comparison *comparison)
{
	const struct heel_policy *less = comparison->less, *more = comparison->more;

	compare_value(comparison, "umask", umask_text(comparison->arena, less),
		      umask_text(comparison->arena, more), more->umask_from);
	compare_value(comparison, "proxy", less->proxy ? less->proxy : "none",
		      more->proxy ? more->proxy : "none", more->proxy_from);
}

static void compare_shell(const struct comparison *comparison)
{
	compare_value(comparison, "shell", comparison->less->shell,
		      comparison->more->shell, comparison->more->shell_from);
}

static bool has_text(const struct heel_values *values, const char *text)
{
	for (size_t i = 0; i < values->n; i++)
		if (strcmp(values->v[i].text, text) == 0)
			return true;
	return false;
}

/* A variable that is there because of a proxy, which was compared. */
static bool is_of_proxy(const struct heel_policy *policy, const struct heel_value *value)
{
	const char *end = strchr(value->text, '=');

	return policy->proxy && end && strcmp(end + 1, policy->proxy) == 0 &&
	       value->from.line == policy->proxy_from.line &&
	       strcmp(value->from.file, policy->proxy_from.file) == 0;
}

static void compare_environment(const struct comparison *comparison)
{
	const struct heel_policy *less = comparison->less, *more = comparison->more;
	const struct heel_values *keep = &more->environment_keep;
	const struct heel_values *set = &more->environment_set;
	const struct heel_values *unset = &less->environment_unset;

	for (size_t i = 0; i < keep->n; i++)
		if (!has_text(&less->environment_keep, keep->v[i].text))
			add(comparison, "keep", keep->v[i].text, keep->v[i].from);
	for (size_t i = 0; i < set->n; i++)
		if (!is_of_proxy(more, &set->v[i]) &&
		    !has_text(&less->environment_set, set->v[i].text))
			add(comparison, "set", set->v[i].text, set->v[i].from);
	for (size_t i = 0; i < unset->n; i++)
		if (!has_text(&more->environment_unset, unset->v[i].text))
			add(comparison, "no unset", unset->v[i].text, unset->v[i].from);
}

/* --- Limits --- */

/* A number is less than what the host has, and that is less than none at all. */
static bool is_higher(const struct heel_limit_value *a, uint64_t of_a,
		      const struct heel_limit_value *b, uint64_t of_b)
{
	if (a->set && b->set)
		return of_a > of_b;
	return a->set ? of_a == HEEL_LIMIT_INFINITY
		      : b->set && of_b != HEEL_LIMIT_INFINITY;
}

static const char *bound(struct heel_arena *arena, const struct heel_limit_value *limit,
			 uint64_t value)
{
	return limit->set ? heel_limit_text(arena, value) : "unset";
}

static void compare_bound(const struct comparison *comparison, size_t i,
			  const char *which, uint64_t of_less, uint64_t of_more)
{
	const struct heel_limit_value *less = &comparison->less->limits[i];
	const struct heel_limit_value *more = &comparison->more->limits[i];
	struct heel_arena *arena = comparison->arena;

	if (is_higher(more, of_more, less, of_less))
		add(comparison, heel_limit(i)->name,
		    HEEL_NEED(heel_format(arena, "%s %s, not %s", which,
					  bound(arena, more, of_more),
					  bound(arena, less, of_less))),
		    heel_line_of(more->from, less->from));
}

static void compare_limits(const struct comparison *comparison)
{
	for (size_t i = 0; i < HEEL_LIMITS; i++) {
		const struct heel_limit_value *less = &comparison->less->limits[i];
		const struct heel_limit_value *more = &comparison->more->limits[i];

		compare_bound(comparison, i, "soft", less->soft, more->soft);
		compare_bound(comparison, i, "hard", less->hard, more->hard);
	}
}

/* --- Which kernels there may be --- */

static void compare_kernels(const struct comparison *comparison)
{
	const struct heel_policy *less = comparison->less, *more = comparison->more;

	if (more->minimum_abi < less->minimum_abi)
		add(comparison, "minimum_abi",
		    HEEL_NEED(heel_format(comparison->arena, "%d, not %d",
					  more->minimum_abi, less->minimum_abi)),
		    heel_line_of(more->minimum_abi_from, less->minimum_abi_from));
	if (more->warn_unsupported && !less->warn_unsupported)
		add(comparison, "on_unsupported", "warn, not refuse",
		    (struct heel_origin){more->minimum_abi_from.file, 0});
}

/* --- All of it --- */

static const struct {
	enum heel_part part;
	void (*compare)(const struct comparison *comparison);
} aspects[] = {
	{HEEL_PART_GRANTS, compare_paths},
	{HEEL_PART_GRANTS, compare_ports},
	{HEEL_PART_GRANTS, compare_scope},
	{HEEL_PART_GRANTS, compare_no_new_privs},
	{HEEL_PART_GRANTS, compare_families},
	{HEEL_PART_GRANTS, compare_calls},
	{HEEL_PART_GRANTS, compare_restrictions},
	{HEEL_PART_GRANTS, compare_commands},
	{HEEL_PART_MANNERS, compare_order},
	{HEEL_PART_MANNERS, compare_presence},
	{HEEL_PART_MANNERS, compare_limits},
	{HEEL_PART_MANNERS, compare_values},
	{HEEL_PART_MANNERS, compare_shell},
	{HEEL_PART_MANNERS, compare_environment},
	{HEEL_PART_KERNELS, compare_kernels},
};

static void compare_unconfined(const struct comparison *comparison)
{
	if (comparison->more->unconfined && !comparison->less->unconfined)
		add(comparison, "everything", "unconfined", comparison->more->assigned);
	compare_shell(comparison);
}

void heel_compare(const struct heel_policy *old, const struct heel_policy *new,
		  unsigned int parts, struct heel_changes *changes)
{
	struct heel_arena *arena = changes->arena;
	const char **old_real = locate_all(arena, old);
	const char **new_real = locate_all(arena, new);
	const struct comparison lost = {changes, arena,	   false,   new,
					old,	 new_real, old_real};
	const struct comparison gained = {changes, arena,    true,    old,
					  new,	   old_real, new_real};

	if (old->unconfined || new->unconfined) {
		compare_unconfined(&lost);
		compare_unconfined(&gained);
		return;
	}
	for (size_t i = 0; i < HEEL_ARRAY_SIZE(aspects); i++) {
		if (!(aspects[i].part & parts))
			continue;
		aspects[i].compare(&lost);
		aspects[i].compare(&gained);
	}
}

/* "write on /srv", "tcp_connect 22-80", "permit \"debug\"". */
static const char *gain_text(struct heel_arena *arena, const struct heel_change *change)
{
	const char *object = change->object;

	if (object[0] == '/')
		return HEEL_NEED(heel_format(arena, "%s on %s", change->what, object));
	if (object[0] >= '0' && object[0] <= '9')
		return HEEL_NEED(heel_format(arena, "%s %s", change->what, object));
	return HEEL_NEED(heel_format(arena, "%s \"%s\"", change->what, object));
}

const char *heel_first_gain(struct heel_arena *arena, const struct heel_policy *strict,
			    const struct heel_policy *other)
{
	struct heel_changes changes = {.arena = arena};

	if (strict->unconfined || other->unconfined)
		return strict->unconfined ? NULL : "everything";
	heel_compare(strict, other, HEEL_PART_GRANTS, &changes);
	for (size_t i = 0; i < changes.n; i++)
		if (changes.v[i].gained)
			return gain_text(arena, &changes.v[i]);
	return NULL;
}
