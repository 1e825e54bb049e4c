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

/* A path is as good as it was; this process cannot open any more. */
static bool is_exhausted(int rc)
{
	return rc == -ENOMEM || rc == -EMFILE || rc == -ENFILE;
}

/*
 * A path that is simply not there is noted in few words: a profile made for many machines
 * has dozens of them. What a service has no use for here is not noted. What is there and
 * cannot be used is noted with its line.
 */
static int leave_out(struct heel_arena *arena, const struct heel_path *path, int rc,
		     const char *why, struct heel_opened *ret, struct heel_report *report)
{
	ret->left_out = true;
	ret->why = rc == -ENOENT ? "missing" : heel_strdup(arena, why);
	if (!ret->why)
		return heel_fail_memory(report);
	if (rc == -ENOENT && path->of_service)
		return 0;
	if (rc == -ENOENT)
		heel_note_text(report, (struct heel_origin){0},
			       HEEL_CONCAT(&report->arena, "left out: ", path->path));
	else
		heel_note(report, first_origin(path), "left out: %s", why);
	return 0;
}

static int open_path(struct heel_arena *arena, const struct heel_path_rule *rule,
		     bool make, struct heel_walk *walk, struct heel_opened *ret,
		     struct heel_report *report)
{
	const struct heel_path *path = rule->path;
	const struct heel_place *place;
	const char *why = NULL;
	int rc =
		make ? heel_walk_open_for_rule(walk, path->path, path->make, &place, &why)
		     : heel_walk_open(walk, path->path, false, &place, &why);

	ret->rule = rule;
	if (rc == 0) {
		ret->place = *place;
		ret->access = rule->access;
		/* A directory's rights on anything else make the whole rule invalid. */
		if (!S_ISDIR(place->mode))
			ret->access &= HEEL_FS_OF_FILE;
		return 0;
	}
	if ((path->optional && !is_exhausted(rc)) ||
	    (rc == -ENOENT && path->make && !make))
		return leave_out(arena, path, rc, why, ret, report);
	if (rc == -ENOENT && !path->make)
		return heel_fail(report, ENOENT, first_origin(path), "%s: %s", path->path,
				 strerror(ENOENT));
	return heel_fail(report, -rc, first_origin(path), "%s", why);
}

/* So many paths of one directory, one after the other, are worth reading its list. */
#define WORTH_A_LIST 6

static bool same_directory(const struct heel_path_rule *a, const struct heel_path_rule *b)
{
	const char *left = a->path->path, *right = b->path->path;
	const size_t length = (size_t)(strrchr(left, '/') - left);

	return (size_t)(strrchr(right, '/') - right) == length &&
	       memcmp(left, right, length) == 0;
}

static int list_directories(struct heel_arena *arena, const struct heel_plan *plan,
			    struct heel_walk *walk)
{
	const struct heel_path_rule *paths = plan->paths;

	for (size_t i = 0, n; i < plan->n_paths; i += n) {
		const char *path = paths[i].path->path;
		const char *directory;

		for (n = 1; i + n < plan->n_paths; n++)
			if (!same_directory(&paths[i], &paths[i + n]))
				break;
		if (n < WORTH_A_LIST || strrchr(path, '/') == path)
			continue;
		directory =
			heel_strndup(arena, path, (size_t)(strrchr(path, '/') - path));
		if (!directory)
			return -ENOMEM;
		heel_walk_list(walk, directory);
	}
	return 0;
}

int heel_open_paths(struct heel_arena *arena, const struct heel_plan *plan, bool make,
		    struct heel_walk *walk, struct heel_opened **ret,
		    struct heel_report *report)
{
	struct heel_opened *opened = heel_alloc(arena, plan->n_paths, sizeof(*opened));
	int result;

	if (!opened)
		return heel_fail_memory(report);
	result = judge_home(plan, walk, report);
	if (result < 0)
		return result; /* nothing must be made in it */
	if (make && list_directories(arena, plan, walk) < 0)
		return heel_fail_memory(report);
	for (size_t i = 0; i < plan->n_paths; i++) {
		int rc =
			open_path(arena, &plan->paths[i], make, walk, &opened[i], report);

		if (rc < 0)
			result = rc;
		if (is_exhausted(rc))
			break; /* all others would fail for the same reason */
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

/* Ports that have their rule already: ranges may overlap, and each rule is a system call.
 */
struct ports_done {
	uint64_t access;
	uint64_t bits[(UINT16_MAX + 1) / 64];
};

static bool is_done(struct ports_done *done, uint64_t access, uint32_t port)
{
	const uint64_t bit = UINT64_C(1) << (port % 64);
	bool known;

	/* The rules of a plan come kind by kind. */
	if (done->access != access)
		*done = (struct ports_done){.access = access};
	known = done->bits[port / 64] & bit;
	done->bits[port / 64] |= bit;
	return known;
}

static int add_port_rule(int ruleset, const struct heel_port_rule *rule, uint32_t port,
			 struct heel_report *report)
{
	const struct heel_landlock_net_port attr = {rule->access, port};

	if (syscall(HEEL_SYS_LANDLOCK_ADD_RULE, ruleset, HEEL_LANDLOCK_RULE_NET_PORT,
		    &attr, 0) != 0)
		return heel_fail(report, errno, rule->range->from,
				 "the kernel refuses a rule for port %u: %s", port,
				 strerror(errno));
	return 0;
}

static int add_port_rules(const struct heel_plan *plan, int ruleset, size_t *rules,
			  struct heel_report *report)
{
	struct ports_done done = {0};

	for (size_t i = 0; i < plan->n_ports; i++) {
		const struct heel_port_rule *rule = &plan->ports[i];

		for (uint32_t port = rule->range->low; port <= rule->range->high;
		     port++) {
			int rc;

			if (is_done(&done, rule->access, port))
				continue;
			rc = add_port_rule(ruleset, rule, port, report);
			if (rc < 0)
				return rc;
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
	rc = heel_open_paths(arena, plan, true, walk, &opened, report);
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
