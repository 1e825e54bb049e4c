/* SPDX-License-Identifier: ISC */
/* From a plan to a ruleset of the kernel. */
#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "access.h"
#include "ruleset.h"

static struct heel_origin first_origin(const struct heel_path *path)
{
	return path->n_grants > 0 ? path->grants[0].from : (struct heel_origin){0};
}

/* A home that cannot be trusted must not widen anything: judged before any path in it. */
static int judge_home(const struct heel_plan *plan, struct heel_walk *walk,
		      struct heel_report *report)
{
	for (size_t i = 0; i < plan->n_paths; i++) {
		const struct heel_path *path = plan->paths[i].path;
		const struct heel_place *home;
		const char *why = NULL;
		int rc;

		if (!path->uses_home)
			continue;
		rc = heel_walk_home(walk, &home, &why);
		/* A missing home is the business of each path that needs it. */
		if (rc == 0 || rc == -ENOENT)
			return 0;
		return heel_fail(report, -rc, first_origin(path),
				 "the home directory cannot be used: %s", why);
	}
	return 0;
}

static int open_path(const struct heel_path_rule *rule, bool make, struct heel_walk *walk,
		     struct heel_opened *ret, struct heel_report *report)
{
	const struct heel_path *path = rule->path;
	const struct heel_place *place;
	const char *why = NULL;
	int rc = heel_walk_open(walk, path->path, make && path->make, &place, &why);

	ret->rule = rule;
	if (rc == 0) {
		ret->place = *place;
		ret->access = rule->access;
		/* A directory's rights on anything else make the whole rule invalid. */
		if (!S_ISDIR(place->mode))
			ret->access &= HEEL_FS_OF_FILE;
		return 0;
	}
	if (path->optional || (rc == -ENOENT && path->make && !make)) {
		ret->left_out = true;
		heel_note(report, first_origin(path), "left out: %s", why);
		return 0;
	}
	return heel_fail(report, -rc, first_origin(path), "%s", why);
}

int heel_open_paths(struct heel_arena *arena, const struct heel_plan *plan,
		    const struct heel_subject *subject, bool make, struct heel_walk *walk,
		    struct heel_opened **ret, struct heel_report *report)
{
	struct heel_opened *opened = heel_alloc(arena, plan->n_paths, sizeof(*opened));
	int result;

	(void)subject; /* the walk was begun for it */
	if (!opened)
		return heel_fail_memory(report);
	result = judge_home(plan, walk, report);
	for (size_t i = 0; i < plan->n_paths; i++) {
		int rc = open_path(&plan->paths[i], make, walk, &opened[i], report);

		if (rc < 0)
			result = rc;
	}
	if (result == 0)
		*ret = opened;
	return result;
}

static int add_path_rules(const struct heel_plan *plan, const struct heel_opened *opened,
			  int ruleset, size_t *rules, struct heel_report *report)
{
	for (size_t i = 0; i < plan->n_paths; i++) {
		const struct heel_landlock_path_beneath attr = {
			.allowed_access = opened[i].access,
			.parent_fd = opened[i].place.fd,
		};

		if (opened[i].left_out || opened[i].access == 0)
			continue;
		if (syscall(HEEL_SYS_LANDLOCK_ADD_RULE, ruleset,
			    HEEL_LANDLOCK_RULE_PATH_BENEATH, &attr, 0) != 0)
			return heel_fail(report, errno,
					 first_origin(opened[i].rule->path),
					 "the kernel refuses a rule for %s: %s",
					 opened[i].place.path, strerror(errno));
		(*rules)++;
	}
	return 0;
}

static int add_port_rules(const struct heel_plan *plan, int ruleset, size_t *rules,
			  struct heel_report *report)
{
	for (size_t i = 0; i < plan->n_ports; i++) {
		const struct heel_port_range *range = plan->ports[i].range;

		for (uint32_t port = range->low; port <= range->high; port++) {
			const struct heel_landlock_net_port attr = {plan->ports[i].access,
								    port};

			if (syscall(HEEL_SYS_LANDLOCK_ADD_RULE, ruleset,
				    HEEL_LANDLOCK_RULE_NET_PORT, &attr, 0) != 0)
				return heel_fail(
					report, errno, range->from,
					"the kernel refuses a rule for port %u: %s", port,
					strerror(errno));
			(*rules)++;
		}
	}
	return 0;
}

static int fill_ruleset(struct heel_arena *arena, const struct heel_plan *plan,
			const struct heel_subject *subject, int ruleset, size_t *rules,
			struct heel_report *report)
{
	struct heel_walk *walk = NULL;
	struct heel_opened *opened;
	int rc, end;

	rc = heel_walk_begin(subject, &walk, report);
	if (rc < 0)
		return rc;
	rc = heel_open_paths(arena, plan, subject, true, walk, &opened, report);
	if (rc == 0)
		rc = add_path_rules(plan, opened, ruleset, rules, report);
	end = heel_walk_end(walk, report);
	return end < 0 ? end : rc;
}

int heel_build_ruleset(struct heel_arena *arena, const struct heel_plan *plan,
		       const struct heel_subject *subject, int *ret_fd, size_t *ret_rules,
		       struct heel_report *report)
{
	HEEL_CLOSE int ruleset = -1;
	size_t rules = 0;
	long fd;
	int rc;

	/* The kernel makes the descriptor close-on-exec. */
	fd = syscall(HEEL_SYS_LANDLOCK_CREATE_RULESET, &plan->attr, sizeof(plan->attr),
		     0);
	if (fd < 0)
		return heel_fail(
			report, errno, (struct heel_origin){0},
			"the kernel does not take the ruleset that its Landlock ABI %d "
			"promises: %s",
			plan->kernel.abi, strerror(errno));
	ruleset = (int)fd;
	rc = fill_ruleset(arena, plan, subject, ruleset, &rules, report);
	if (rc == 0)
		rc = add_port_rules(plan, ruleset, &rules, report);
	if (rc < 0)
		return rc;
	*ret_fd = HEEL_TAKE_FD(ruleset);
	*ret_rules = rules;
	return 0;
}
