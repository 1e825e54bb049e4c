/* SPDX-License-Identifier: ISC */
/*
 * `heel selftest`: tries the known ways out. Each act has to succeed unconfined; then a
 * child that is confined as a session would be tries it, and what became of it is held
 * against what the plan claims.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../shell/process.h"
#include "ctl.h"
#include "text.h"
#include "trial.h"

enum verdict {
	VERDICT_STOPPED,
	VERDICT_OPEN,	/* as the profile says */
	VERDICT_BROKEN, /* although the profile claims to stop it */
	VERDICT_UNTRIED,
	VERDICTS,
};

static const struct {
	const char *text;
	enum heel_style style;
} verdicts[VERDICTS] = {
	[VERDICT_STOPPED] = {"stopped", HEEL_STYLE_GOOD},
	[VERDICT_OPEN] = {"open", HEEL_STYLE_WARNING},
	[VERDICT_BROKEN] = {"NOT STOPPED", HEEL_STYLE_BAD},
	[VERDICT_UNTRIED] = {"not tried", HEEL_STYLE_PLAIN},
};

struct trial_case {
	const char *id, *name, *by;
	bool claimed;
	enum verdict verdict;
};

struct selftest {
	struct heel_inspection inspection;
	struct heel_targets targets;
	struct heel_arena arena;
	struct trial_case *cases;
	size_t n;
	size_t count[VERDICTS];
	bool interrupted;
	const struct heel_escape *escape; /* that is being tried */
};

/* --- What the plan claims ----------------------------------------------------------- */

/* Whether the plan stops an act, and the words for it: what stops it, or leaves it open.
 */
struct claim {
	bool stops;
	const char *by;
};

static struct claim claim_of(struct selftest *test, bool stops, struct heel_origin from,
			     const char *what)
{
	const char *by = HEEL_NEED(heel_format(
		&test->arena, "%s: %s", heel_origin_text(&test->arena, from), what));

	return (struct claim){stops, by};
}

/* What no line of a policy leaves open. */
static struct claim open_by_kernel(struct selftest *test, const char *what,
				   const char *name)
{
	const char *by =
		HEEL_NEED(heel_format(&test->arena, "this kernel %s %s", what, name));

	return (struct claim){false, by};
}

static bool holds(const struct heel_condition *condition, uint32_t argument)
{
	switch (condition->compare) {
	case HEEL_MASKED:
		return (argument & condition->mask) == condition->value;
	case HEEL_NOT_EQUAL:
		return argument != condition->value;
	case HEEL_ABOVE:
		return argument > condition->value;
	case HEEL_NONE_OF:
		for (size_t i = 0; i < condition->n_values; i++)
			if (condition->values[i] == argument)
				return false;
		return true;
	}
	return false;
}

static bool denies(const struct heel_denial *denial, const struct heel_trial_call *call)
{
	if (strcmp(denial->call, call->name) != 0)
		return false;
	for (size_t i = 0; i < denial->n_conditions; i++) {
		const struct heel_condition *condition = &denial->conditions[i];

		if (!holds(condition, call->arguments[condition->argument]))
			return false;
	}
	return true;
}

/* The name of a restriction does not say that it is one. */
static const char *reason_text(struct selftest *test, const char *reason)
{
	return heel_restriction_by_name(reason) < 0
		       ? reason
		       : HEEL_NEED(
				 heel_format(&test->arena, "restriction \"%s\"", reason));
}

static struct claim claim_of_call(struct selftest *test,
				  const struct heel_trial_call *call)
{
	const struct heel_filter *filter = &test->inspection.plan->filter;

	for (size_t i = 0; i < filter->n; i++)
		if (denies(&filter->rules[i].denial, call))
			return claim_of(test, true, filter->rules[i].from,
					reason_text(test, filter->rules[i].reason));
	return (struct claim){0};
}

static bool covers(const struct heel_opened *opened, const struct heel_path_rule *rule,
		   const struct heel_location *location)
{
	size_t distance;

	/* What a session makes as it starts has a name only. */
	if (opened->left_out)
		return rule->path->make &&
		       heel_path_is_below(location->path, rule->path->path);
	return heel_leads_through(location, &opened->place, &distance);
}

/* Whether no rule grants the right on the path, and no kernel is too old for it. */
static struct claim claim_of_right(struct selftest *test, uint64_t right,
				   const char *path)
{
	const struct heel_plan *plan = test->inspection.plan;
	const struct heel_location *location = heel_locate(&test->arena, path, false);
	const char *name = heel_right_names(&test->arena, HEEL_CLASS_FS, right, ", ");

	if (!(plan->attr.handled_access_fs & right))
		return open_by_kernel(test, "does not know the right", name);
	for (size_t i = 0; i < plan->n_paths; i++) {
		const struct heel_path *granted = plan->paths[i].path;

		if (!(plan->paths[i].access & right) ||
		    !covers(&test->inspection.opened[i], &plan->paths[i], location))
			continue;
		for (size_t j = 0; j < granted->n_grants; j++)
			if (granted->grants[j].access & right)
				return claim_of(test, false, granted->grants[j].from,
						HEEL_NEED(heel_format(
							&test->arena, "grants %s on %s",
							name, granted->path)));
	}
	return claim_of(
		test, true, plan->policy->assigned,
		HEEL_NEED(heel_format(&test->arena, "profile \"%s\": no rule grants %s",
				      plan->policy->profile, name)));
}

static struct claim claim_of_port(struct selftest *test, enum heel_port_kind kind,
				  uint16_t port)
{
	const struct heel_plan *plan = test->inspection.plan;
	const struct heel_ports *ports = &plan->policy->ports[kind];
	struct heel_origin from = ports->written ? ports->from : (struct heel_origin){0};
	const char *name = heel_port_kind_name(kind);
	const struct heel_port_range *range = heel_range_with(ports, port);

	if (ports->any)
		return claim_of(test, false, from, name);
	if (!(plan->attr.handled_access_net & heel_port_kind_right(kind)))
		return open_by_kernel(test, "does not restrict", name);
	return claim_of(test, !range, range ? range->from : from, name);
}

static struct claim claim_of_scope(struct selftest *test, uint64_t scope)
{
	const struct heel_plan *plan = test->inspection.plan;
	bool stops = plan->attr.scoped & scope;
	const char *name = heel_right_names(&test->arena, HEEL_CLASS_SCOPE, scope, ", ");

	if (!stops && (plan->policy->scope & scope))
		return open_by_kernel(test, "has no scope", name);
	return claim_of(test, stops, plan->policy->scope_from,
			HEEL_NEED(heel_format(&test->arena, "scope %s\"%s\"",
					      stops ? "" : "without ", name)));
}

static struct claim claim_of_barrier(struct selftest *test, enum heel_barrier barrier)
{
	const struct heel_plan *plan = test->inspection.plan;
	const struct heel_restriction_state *states = plan->policy->restrictions;

	switch (barrier) {
	case HEEL_BAR_DOMAIN:
		return claim_of(test, true, plan->policy->assigned,
				"any Landlock domain");
	case HEEL_BAR_SIGNAL:
		return claim_of_scope(test, HEEL_SCOPE_SIGNAL);
	case HEEL_BAR_ABSTRACT:
		return claim_of_scope(test, HEEL_SCOPE_ABSTRACT_UNIX_SOCKET);
	case HEEL_BAR_CONNECT:
		return claim_of_port(test, HEEL_TCP_CONNECT, test->targets.tcp);
	case HEEL_BAR_BIND:
		return claim_of_port(test, HEEL_TCP_BIND, test->targets.free);
	case HEEL_BAR_UDP:
		return claim_of_port(test, HEEL_UDP_CONNECT, test->targets.udp);
	case HEEL_BAR_READING:
		/* From Linux 6.15 on, CAP_PERFMON reads without asking Landlock. */
		if (geteuid() == 0)
			return (struct claim){false, "the kernel lets root read it"};
		return claim_of_barrier(test, HEEL_BAR_DOMAIN);
	case HEEL_BAR_WX_MEMORY:
		return claim_of(test, plan->wx_memory,
				states[HEEL_RESTRICT_WX_MEMORY].from,
				plan->wx_memory ? "restriction \"wx_memory\""
						: "restriction \"wx_memory\" is off");
	case HEEL_BAR_FOREIGN_ABI:
		return claim_of(test, !plan->filter.i386,
				states[HEEL_RESTRICT_FOREIGN_ABI].from,
				plan->filter.i386 ? "restriction \"foreign_abi\" is off"
						  : "restriction \"foreign_abi\"");
	case HEEL_BAR_X32:
		return claim_of(test, true, (struct heel_origin){0}, "every filter");
	case HEEL_BAR_SETTLE:
		return claim_of(test, true, (struct heel_origin){0},
				"every session: descriptors are closed");
	}
	return (struct claim){0};
}

/* What would stop it if it were on. */
static struct claim claim_of_restriction(struct selftest *test, const char *name)
{
	const int id = heel_restriction_by_name(name);
	const struct heel_policy *policy = test->inspection.plan->policy;

	if (policy->restrictions[id].on)
		return claim_of(test, false, policy->restrictions[id].from,
				HEEL_NEED(heel_format(&test->arena,
						      "restriction \"%s\" is not about "
						      "it here",
						      name)));
	return claim_of(
		test, false, policy->restrictions[id].from,
		HEEL_NEED(heel_format(&test->arena, "restriction \"%s\" is off", name)));
}

/* The first thing that stops it; if there is none, what leaves it open. */
static struct claim find_claim(struct selftest *test, const struct heel_escape *escape)
{
	struct claim claim = {0}, open = {false, "nothing in the profile is about it"};
	char path[sizeof(test->targets.directory) + 16];

	if (escape->restriction)
		open = claim_of_restriction(test, escape->restriction);
	for (size_t i = 0; i < HEEL_ARRAY_SIZE(escape->calls) && escape->calls[i].name;
	     i++) {
		claim = claim_of_call(test, &escape->calls[i]);
		if (claim.stops)
			return claim;
	}
	for (unsigned int bit = 1; bit <= HEEL_BAR_SETTLE; bit <<= 1) {
		if (!(escape->barriers & bit))
			continue;
		claim = claim_of_barrier(test, (enum heel_barrier)bit);
		if (claim.stops)
			return claim;
		open = claim;
	}
	if (escape->right &&
	    heel_aim_path(&test->targets, escape->aim, path, sizeof(path)) > 0)
		return claim_of_right(test, escape->right, path);
	return open;
}

/* --- Trying ------------------------------------------------------------------------- */

/* In the child: what `heel run` does. */
static int confine(void *context)
{
	struct selftest *test = context;
	struct heel_inspection *inspection = &test->inspection;
	struct heel_report report = {0};
	size_t rules;

	if ((test->escape->barriers & HEEL_BAR_SETTLE) && heel_settle())
		return -EIO;
	return heel_confine(inspection->heel, inspection->plan, &inspection->subject,
			    &rules, &report);
}

static const char *outcome_text(struct selftest *test, int result)
{
	switch (result) {
	case HEEL_TRY_CANNOT:
		return "what it takes is not there";
	case HEEL_TRY_REFUSED:
		return "the child could not be confined";
	case HEEL_TRY_HUNG:
		return "it did not end, and was killed";
	case HEEL_TRY_KILLED:
		return "a signal ended it";
	default:
		return HEEL_NEED(heel_format(&test->arena, "%s", strerror(-result)));
	}
}

static void add_case(struct selftest *test, struct trial_case added)
{
	test->cases = HEEL_NEED(
		heel_grow(&test->arena, test->cases, test->n, sizeof(*test->cases)));
	test->cases[test->n++] = added;
	test->count[added.verdict]++;
}

/* Holds what became of an act against the claim. */
static void judge(struct selftest *test, struct claim claim, int result,
		  struct trial_case *ret)
{
	ret->claimed = claim.stops;
	ret->by = claim.by;
	if (result == 0) {
		ret->verdict = claim.stops ? VERDICT_BROKEN : VERDICT_OPEN;
	} else if (result < 0 || result == HEEL_TRY_KILLED) {
		ret->verdict = VERDICT_STOPPED;
		if (!claim.stops)
			ret->by = HEEL_NEED(
				heel_format(&test->arena, "by the kernel (%s), though %s",
					    outcome_text(test, result), claim.by));
	} else {
		ret->verdict = VERDICT_UNTRIED;
		ret->by = HEEL_NEED(heel_format(&test->arena, "confined: %s",
						outcome_text(test, result)));
	}
}

static void try_escape(struct selftest *test, const struct heel_escape *escape)
{
	struct trial_case added = {.id = escape->id, .name = escape->name};
	const struct claim claim = find_claim(test, escape);
	int result = heel_try(escape, &test->targets, NULL, NULL);

	if (result == 0) {
		test->escape = escape;
		result = heel_try(escape, &test->targets, confine, test);
		judge(test, claim, result, &added);
	} else {
		added.claimed = claim.stops;
		added.verdict = VERDICT_UNTRIED;
		added.by = HEEL_NEED(heel_format(&test->arena,
						 "fails here without heel, too: %s",
						 outcome_text(test, result)));
	}
	test->interrupted = result == HEEL_TRY_INTERRUPTED;
	if (!test->interrupted)
		add_case(test, added);
}

/* --- What every confined process has -------------------------------------------------
 */

/* Of the process itself; opened before, as the profile may not grant /proc. */
static int open_status(HEEL_UNUSED const struct heel_targets *targets)
{
	return open("/proc/self/status", O_RDONLY | O_CLOEXEC);
}

/* Returns -EPERM, which is to say stopped, if the line is there. */
static int find_line(int fd, const char *line)
{
	char text[8192];
	const ssize_t length = pread(fd, text, sizeof(text) - 1, 0);

	if (length <= 0)
		return HEEL_TRY_CANNOT;
	text[length] = '\0';
	return strstr(text, line) ? -EPERM : 0;
}

static int gain_privileges(HEEL_UNUSED const struct heel_targets *targets, int fd)
{
	return find_line(fd, "\nNoNewPrivs:\t1\n");
}

static int have_no_filter(HEEL_UNUSED const struct heel_targets *targets, int fd)
{
	return find_line(fd, "\nSeccomp:\t2\n");
}

/* Also exceeded is a limit that is not as the policy says, unless it is lower. */
static int find_exceeded(const struct heel_policy *policy, struct heel_origin *ret)
{
	int n = 0;

	for (size_t i = 0; i < HEEL_LIMITS; i++) {
		struct rlimit now;

		if (!policy->limits[i].set)
			continue;
		n++;
		*ret = policy->limits[i].from;
		if (getrlimit((__rlimit_resource_t)heel_limit(i)->resource, &now) < 0 ||
		    now.rlim_max > policy->limits[i].hard ||
		    now.rlim_cur > policy->limits[i].soft)
			return -1;
	}
	return n;
}

static const struct heel_escape frame[] = {
	{.id = "E21a",
	 .name = "gain privileges by a set-uid program",
	 .before = open_status,
	 .act = gain_privileges},
	{.id = "E65",
	 .name = "run without a system call filter",
	 .before = open_status,
	 .act = have_no_filter},
};

static void try_frame(struct selftest *test)
{
	const struct heel_policy *policy = test->inspection.policy;
	const struct claim claims[] = {
		claim_of(test, policy->no_new_privs, policy->no_new_privs_from,
			 "no_new_privs"),
		claim_of(test, true, policy->assigned, "any profile"),
	};

	for (size_t i = 0; i < HEEL_ARRAY_SIZE(frame) && !test->interrupted; i++) {
		struct trial_case added = {.id = frame[i].id, .name = frame[i].name};
		int result;

		test->escape = &frame[i];
		result = heel_try(&frame[i], &test->targets, confine, test);
		test->interrupted = result == HEEL_TRY_INTERRUPTED;
		judge(test, claims[i], result, &added);
		add_case(test, added);
	}
}

/* A confine() that answers itself: is the umask that of the policy, are the limits? */
static int confine_and_compare(void *context)
{
	struct selftest *test = context;
	const struct heel_policy *policy = test->inspection.policy;
	struct heel_origin from;

	if (confine(context) < 0)
		return -EIO;
	if (policy->has_umask && umask(0) != policy->umask)
		_exit(0);
	_exit(find_exceeded(policy, &from) < 0 ? 0 : EPERM);
}

static void try_limits(struct selftest *test)
{
	const struct heel_policy *policy = test->inspection.policy;
	static const struct heel_escape escape = {
		.id = "E69", .name = "exceed the limits and the umask"};
	struct trial_case added = {.id = escape.id, .name = escape.name};
	struct heel_origin from = policy->umask_from;
	const int n = find_exceeded(policy, &from);
	int result;

	if (n == 0 && !policy->has_umask)
		return;
	test->escape = &escape;
	result = heel_try(&escape, &test->targets, confine_and_compare, test);
	test->interrupted = result == HEEL_TRY_INTERRUPTED;
	judge(test, claim_of(test, true, from, "limits and umask"), result, &added);
	add_case(test, added);
}

/* --- Output ------------------------------------------------------------------------- */

static void print_text(const struct selftest *test)
{
	size_t width = 0;

	for (size_t i = 0; i < test->n; i++)
		if (strlen(test->cases[i].name) > width)
			width = strlen(test->cases[i].name);
	for (size_t i = 0; i < test->n; i++) {
		const struct trial_case *c = &test->cases[i];
		const char *verdict = verdicts[c->verdict].text;

		(void)fprintf(stdout, "%-5s %-*s  ", c->id, (int)width, c->name);
		heel_put_styled(stdout, verdicts[c->verdict].style, verdict);
		(void)fprintf(stdout, "%*s  ", (int)(11 - strlen(verdict)), "");
		heel_say(stdout, "%s", c->by);
	}
	(void)fputc('\n', stdout);
	heel_say(stdout,
		 "%zu stopped, %zu open as the profile says, %zu could not be tried, %zu "
		 "not stopped though claimed",
		 test->count[VERDICT_STOPPED], test->count[VERDICT_OPEN],
		 test->count[VERDICT_UNTRIED], test->count[VERDICT_BROKEN]);
}

static json_t *json_stopped(enum verdict verdict)
{
	return verdict == VERDICT_UNTRIED ? json_null()
					  : json_boolean(verdict == VERDICT_STOPPED);
}

static void print_json(const struct selftest *test)
{
	json_t *object = heel_json_object();
	json_t *cases = heel_json_array();

	for (size_t i = 0; i < test->n; i++) {
		const struct trial_case *c = &test->cases[i];
		json_t *item = heel_json_object();

		heel_json_set(item, "id", heel_json_text(c->id));
		heel_json_set(item, "name", heel_json_text(c->name));
		heel_json_set(item, "stopped", json_stopped(c->verdict));
		heel_json_set(item, "claimed", json_boolean(c->claimed));
		heel_json_set(item, "by", heel_json_text(c->by));
		heel_json_append(cases, item);
	}
	heel_json_set(object, "user", heel_json_text(test->inspection.subject.user));
	heel_json_set(object, "profile",
		      heel_json_text(test->inspection.policy->profile));
	heel_json_set(object, "cases", cases);
	heel_json_print(object);
}

/* --- The command -------------------------------------------------------------------- */

/*
 * A directory of its own where the profile grants the least: what the acts aim at should
 * lie outside of the rules. Returns false if none can be made.
 */
static bool make_directory(struct selftest *test, char *ret, size_t size)
{
	const char *const places[] = {"/var/tmp", "/tmp", "/dev/shm",
				      test->inspection.subject.home};
	const char *usable = NULL;

	for (size_t i = 0; i < HEEL_ARRAY_SIZE(places); i++) {
		if (access(places[i], W_OK | X_OK) < 0)
			continue;
		if (!usable)
			usable = places[i];
		if (!claim_of_right(test, HEEL_FS_READ_FILE, places[i]).stops)
			continue;
		usable = places[i];
		break;
	}
	return usable &&
	       snprintf(ret, size, "%s/heel-selftest-XXXXXX", usable) < (int)size &&
	       mkdtemp(ret);
}

static void try_all(struct selftest *test)
{
	const struct heel_escape *escape;

	try_frame(test);
	if (!test->interrupted)
		try_limits(test);
	for (size_t i = 0; !test->interrupted && (escape = heel_escape_at(i)); i++)
		try_escape(test, escape);
}

static int run_trials(struct selftest *test, bool json)
{
	char directory[sizeof(test->targets.directory)];
	int rc;

	if (!make_directory(test, directory, sizeof(directory))) {
		heel_say(stderr, "heel: error: no temporary directory can be made: %s",
			 strerror(errno));
		return HEEL_EXIT_FOUND;
	}
	rc = heel_prepare_targets(directory, &test->targets);
	if (rc < 0) {
		(void)rmdir(directory); /* empty, or it stays for a look at it */
		heel_say(stderr, "heel: error: nothing to aim at can be made: %s",
			 strerror(-rc));
		return HEEL_EXIT_FOUND;
	}
	try_all(test);
	heel_remove_targets(&test->targets);
	if (test->interrupted) {
		heel_say(stderr, "heel: interrupted");
		return HEEL_EXIT_FOUND;
	}
	if (json)
		print_json(test);
	else
		print_text(test);
	return test->count[VERDICT_BROKEN] > 0 || test->count[VERDICT_STOPPED] == 0
		       ? HEEL_EXIT_FOUND
		       : HEEL_EXIT_DONE;
}

static int start(struct selftest *test, const struct heel_arguments *arguments)
{
	struct heel_inspection *inspection = &test->inspection;
	sigset_t old;
	int rc = heel_inspect(arguments, NULL, NULL, inspection);

	if (rc != 0)
		return rc;
	if (inspection->refused) {
		heel_print_report(stderr, &inspection->report);
		heel_say(stderr, "heel: the session would be refused: nothing is tried");
		return HEEL_EXIT_FOUND;
	}
	if (!heel_is_confined(inspection))
		return heel_usage_error(
			"\"%s\" is unconfined by %s: there is nothing to try; "
			"name a profile with --profile",
			inspection->subject.user,
			heel_origin_text(&test->arena, inspection->policy->assigned));
	rc = heel_block_trial_signals(&old);
	if (rc < 0) {
		heel_say(stderr, "heel: error: signals cannot be blocked: %s",
			 strerror(-rc));
		return HEEL_EXIT_FOUND;
	}
	rc = run_trials(test, arguments->json);
	(void)sigprocmask(SIG_SETMASK, &old, NULL); /* cannot fail; it ends soon */
	return rc;
}

int heel_command_selftest(const struct heel_arguments *arguments)
{
	struct selftest test = {0};
	const char *why = heel_settle();
	int status;

	if (why) {
		heel_say(stderr, "heel: error: nothing is tried: %s", why);
		return HEEL_EXIT_FOUND;
	}
	status = start(&test, arguments);
	heel_inspection_free(&test.inspection);
	heel_arena_free(&test.arena);
	return status;
}
