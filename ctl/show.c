/* SPDX-License-Identifier: ISC */
/* `heel show`: the effective policy of a session, each line with its source. */
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "access.h"
#include "ctl.h"
#include "family.h"

/* What was found when the path was opened: less than the rule on a file. */
static uint64_t access_of(const struct heel_inspection *inspection, size_t i)
{
	const struct heel_opened *opened =
		inspection->opened ? &inspection->opened[i] : NULL;

	return opened && !opened->left_out ? opened->access
					   : inspection->plan->paths[i].access;
}

/* What the kernel has, and what was found when the path was opened can carry. */
static uint64_t possible_on(const struct heel_inspection *inspection, size_t i)
{
	uint64_t handled = inspection->plan->attr.handled_access_fs;
	const struct heel_opened *opened =
		inspection->opened ? &inspection->opened[i] : NULL;

	return opened && !opened->left_out && !S_ISDIR(opened->place.mode)
		       ? handled & HEEL_FS_OF_FILE
		       : handled;
}

static bool is_left_out(const struct heel_inspection *inspection, size_t i)
{
	return inspection->opened && inspection->opened[i].left_out;
}

static const char *why_left_out(const struct heel_inspection *inspection, size_t i)
{
	return is_left_out(inspection, i) ? inspection->opened[i].why : NULL;
}

/* True if a line has granted something on the path before: by two lists, or twice. */
static bool is_repeated(const struct heel_path *path, size_t i)
{
	const struct heel_origin *origin = &path->grants[i].from;

	for (size_t j = 0; j < i; j++)
		if (path->grants[j].from.line == origin->line &&
		    strcmp(path->grants[j].from.file, origin->file) == 0)
			return true;
	return false;
}

static const char *unsupported_text(struct heel_arena *arena,
				    const struct heel_unsupported *unsupported)
{
	if (!unsupported->from.file)
		return unsupported->text;
	return HEEL_NEED(heel_format(arena, "%s (%s)", unsupported->text,
				     heel_origin_text(arena, unsupported->from)));
}

/* --- Text --- */

static void print_heading(const char *text)
{
	(void)fputc('\n', stdout);
	heel_put_styled(stdout, HEEL_STYLE_HEADING, text);
	(void)fputc('\n', stdout);
}

static void print_head(const struct heel_inspection *inspection)
{
	const struct heel_policy *policy = inspection->policy;
	const struct heel_subject *subject = &inspection->subject;
	struct heel_arena arena = {0};

	heel_put_styled(
		stdout, HEEL_STYLE_HEADING,
		HEEL_NEED(heel_format(&arena, "%s (uid %u): %s%s%s", subject->user,
				      (unsigned int)subject->uid,
				      policy->unconfined ? "unconfined" : "profile \"",
				      policy->unconfined ? "" : policy->profile,
				      policy->unconfined ? "" : "\"")));
	heel_say(stdout, ", by %s", heel_origin_text(&arena, policy->assigned));
	if (policy->description)
		heel_say(stdout, "%s", policy->description);
	heel_arena_free(&arena);
}

static void print_basics(const struct heel_policy *policy)
{
	struct heel_table table = {0};
	struct heel_arena arena = {0};
	char mask[16] = "unchanged";

	if (policy->has_umask)
		(void)snprintf(mask, sizeof(mask), "%03o", (unsigned int)policy->umask);
	heel_add_row(&table, "shell", policy->shell,
		     heel_origin_text(&arena, policy->shell_from));
	if (!policy->unconfined) {
		heel_add_row(&table, "no_new_privs", policy->no_new_privs ? "on" : "off",
			     heel_origin_text(&arena, policy->no_new_privs_from));
		heel_add_row(&table, "umask", mask,
			     heel_origin_text(&arena, policy->umask_from));
	}
	heel_print_table(stdout, &table);
	heel_arena_free(&arena);
}

/* One row for the path, and one more for each further line that grants something on it.
 */
static void add_path_rows(const struct heel_inspection *inspection, size_t i,
			  struct heel_table *table)
{
	const struct heel_path *path = inspection->plan->paths[i].path;
	struct heel_arena arena = {0};
	const char *words = heel_access_words(&arena, access_of(inspection, i),
					      possible_on(inspection, i));
	const char *remark = "";

	if (is_left_out(inspection, i))
		remark = HEEL_NEED(
			heel_format(&arena, "  (%s: %s)",
				    path->optional ? "left out" : "will be made",
				    why_left_out(inspection, i)));
	for (size_t j = 0; j < path->n_grants; j++) {
		const char *source = HEEL_NEED(heel_format(
			&arena, "%s%s", heel_origin_text(&arena, path->grants[j].from),
			j == 0 ? remark : ""));

		if (!is_repeated(path, j))
			heel_add_row(table, j == 0 ? words : "", j == 0 ? path->path : "",
				     source);
	}
	heel_arena_free(&arena);
}

static void print_paths(const struct heel_inspection *inspection)
{
	struct heel_table table = {0};

	print_heading("Paths (and everything beneath them)");
	for (size_t i = 0; i < inspection->plan->n_paths; i++)
		add_path_rows(inspection, i, &table);
	if (table.n == 0)
		heel_add_row(&table, "none", "", "");
	heel_print_table(stdout, &table);
	if (!inspection->opened && !inspection->refused)
		heel_say(stdout, "  (Not opened: only root and the user can see what is "
				 "there.)");
}

static void add_port_rows(const struct heel_ports *ports, const char *name,
			  struct heel_table *table)
{
	struct heel_arena arena = {0};

	if (ports->any)
		heel_add_row(table, name, "any", heel_origin_text(&arena, ports->from));
	else if (ports->n == 0)
		heel_add_row(table, name, "none", heel_origin_text(&arena, ports->from));
	for (size_t i = 0; !ports->any && i < ports->n; i++)
		heel_add_row(table, i == 0 ? name : "",
			     heel_range_text(&arena, &ports->ranges[i]),
			     heel_origin_text(&arena, ports->ranges[i].from));
	heel_arena_free(&arena);
}

/* Also on kernels that do not restrict them, where no rule is made for them. */
static void add_socket_rows(const struct heel_policy *policy, struct heel_table *table)
{
	struct heel_arena arena = {0};

	for (size_t i = 0; i < policy->n_paths; i++) {
		const struct heel_path *path = &policy->paths[i];

		for (size_t j = 0; j < path->n_grants; j++)
			if (path->grants[j].access & HEEL_FS_RESOLVE_UNIX)
				heel_add_row(
					table, "unix_connect", path->path,
					heel_origin_text(&arena, path->grants[j].from));
	}
	heel_arena_free(&arena);
}

static void add_family_rows(const struct heel_policy *policy, struct heel_table *table)
{
	struct heel_arena arena = {0};
	const char *names = heel_family_names(&arena, policy->families, ", ");

	heel_add_row(table, "families", names[0] ? names : "none",
		     heel_origin_text(&arena, policy->families_from));
	if (policy->proxy)
		heel_add_row(table, "proxy", policy->proxy,
			     heel_origin_text(&arena, policy->proxy_from));
	heel_arena_free(&arena);
}

static void print_network(const struct heel_policy *policy)
{
	struct heel_table table = {0};

	print_heading("Network");
	add_family_rows(policy, &table);
	for (enum heel_port_kind kind = 0; kind < HEEL_PORT_KINDS; kind++)
		add_port_rows(&policy->ports[kind], heel_port_kind_name(kind), &table);
	add_socket_rows(policy, &table);
	heel_print_table(stdout, &table);
}

static void print_scope(const struct heel_policy *policy)
{
	struct heel_table table = {0};
	struct heel_arena arena = {0};
	const char *names =
		heel_right_names(&arena, HEEL_CLASS_SCOPE, policy->scope, ", ");

	print_heading("Scope (kept within the session)");
	heel_add_row(&table, names[0] ? names : "none",
		     heel_origin_text(&arena, policy->scope_from), "");
	heel_print_table(stdout, &table);
	heel_arena_free(&arena);
}

static void print_restrictions(const struct heel_policy *policy)
{
	struct heel_table table = {0};
	struct heel_arena arena = {0};

	print_heading("Restrictions (what is denied)");
	for (size_t i = 0; i < HEEL_RESTRICTIONS; i++) {
		const struct heel_restriction_state *state = &policy->restrictions[i];

		if (state->on || state->written)
			heel_add_row(&table, heel_restriction(i)->name,
				     state->on ? heel_restriction(i)->stops : "permitted",
				     heel_origin_text(&arena, state->from));
	}
	for (size_t i = 0; i < policy->syscalls_deny.n; i++)
		heel_add_row(&table, policy->syscalls_deny.v[i].text, "system calls",
			     heel_origin_text(&arena, policy->syscalls_deny.v[i].from));
	if (table.n == 0)
		heel_add_row(&table, "none", "", "");
	heel_print_table(stdout, &table);
	heel_arena_free(&arena);
}

/* What runs, and for which requests. */
static void print_commands(const struct heel_policy *policy)
{
	struct heel_table table = {0};
	struct heel_arena arena = {0};

	if (!policy->limits_commands)
		return;
	print_heading("Commands (and no shell; by heel-shell)");
	for (size_t i = 0; i < policy->n_commands; i++) {
		const struct heel_command *command = &policy->commands[i];

		heel_add_row(&table, command->match_text,
			     command->run_text ? command->run_text : "as it stands",
			     heel_origin_text(&arena, command->from));
	}
	if (table.n == 0)
		heel_add_row(&table, "none", "",
			     heel_origin_text(&arena, policy->commands_from));
	heel_print_table(stdout, &table);
	heel_arena_free(&arena);
}

static void print_limits(const struct heel_policy *policy)
{
	struct heel_table table = {0};
	struct heel_arena arena = {0};

	for (size_t i = 0; i < HEEL_LIMITS; i++) {
		const struct heel_limit_value *limit = &policy->limits[i];

		if (!limit->set)
			continue;
		heel_add_row(&table, heel_limit(i)->name,
			     HEEL_NEED(heel_format(&arena, "soft %s, hard %s",
						   heel_limit_text(&arena, limit->soft),
						   heel_limit_text(&arena, limit->hard))),
			     heel_origin_text(&arena, limit->from));
	}
	if (table.n > 0)
		print_heading("Limits");
	heel_print_table(stdout, &table);
	heel_arena_free(&arena);
}

static void add_variables(struct heel_table *table, const char *what,
			  const struct heel_values *values)
{
	struct heel_arena arena = {0};

	for (size_t i = 0; i < values->n; i++)
		heel_add_row(table, what, values->v[i].text,
			     heel_origin_text(&arena, values->v[i].from));
	heel_arena_free(&arena);
}

static void print_environment(const struct heel_policy *policy)
{
	struct heel_table table = {0};

	add_variables(&table, "keep", &policy->environment_keep);
	add_variables(&table, "set", &policy->environment_set);
	add_variables(&table, "unset", &policy->environment_unset);
	if (table.n > 0)
		print_heading("Environment");
	heel_print_table(stdout, &table);
}

/* What this kernel lacks, or what the policy itself leaves open. */
static void print_not_enforced(const struct heel_plan *plan, bool open,
			       const char *heading)
{
	struct heel_arena arena = {0};
	size_t n = 0;

	for (size_t i = 0; i < plan->n_unsupported; i++) {
		const struct heel_unsupported *unsupported = &plan->unsupported[i];

		if (unsupported->open != open)
			continue;
		if (n++ == 0)
			print_heading(heading);
		heel_say(stdout, "  %s", unsupported_text(&arena, unsupported));
	}
	heel_arena_free(&arena);
}

static void print_unsupported(const struct heel_plan *plan)
{
	struct heel_arena arena = {0};
	const char *heading = HEEL_NEED(
		heel_format(&arena, "Cannot be enforced here (Linux %s, Landlock ABI %d)",
			    plan->kernel.release, plan->kernel.abi));

	print_not_enforced(plan, false, heading);
	print_not_enforced(plan, true, "Left open by this policy, on any kernel");
	heel_arena_free(&arena);
}

static bool grants_ports(const struct heel_policy *policy)
{
	for (enum heel_port_kind kind = 0; kind < HEEL_PORT_KINDS; kind++)
		if (policy->ports[kind].any || policy->ports[kind].n > 0)
			return true;
	return false;
}

/* How far it goes. */
static void print_reach(const struct heel_policy *policy)
{
	if (policy->door == HEEL_DOOR_SHELL) {
		heel_say(stdout,
			 "  This is for sessions whose shell is heel-shell. It does not "
			 "reach internal-sftp,");
		heel_say(
			stdout,
			"  port forwarding, cron, at or su -s: that is for pam_heel (heel "
			"show --service sshd).");
	} else {
		heel_say(stdout,
			 "  This is for sessions of service \"%s\" with pam_heel in its "
			 "PAM stack.",
			 policy->service);
		if (!(policy->families & HEEL_FAMILY(AF_UNIX)))
			heel_say(
				stdout,
				"  Without UNIX sockets, what the service has to say once "
				"the session has begun is not logged.");
	}
	heel_say(stdout, "  Not reached: what a service outside starts for the user: a "
			 "systemd user manager, D-Bus.");
}

/* What surprises people. */
static void print_remarks(const struct heel_policy *policy)
{
	print_heading("Good to know");
	heel_say(stdout,
		 "  Paths and ports that are not listed are denied, as far as this "
		 "kernel can;");
	heel_say(stdout, "  file permissions apply in addition.");
	if (policy->no_new_privs)
		heel_say(stdout,
			 "  Set-uid programs gain nothing: passwd, crontab, at, su "
			 "and sudo do not work inside.");
	if (grants_ports(policy))
		heel_say(stdout, "  A granted port is open to every host: Landlock knows "
				 "ports, not addresses.");
	if (heel_has_inet(policy) && heel_makes_no_socket_for(policy, HEEL_UDP_CONNECT))
		heel_say(stdout, "  Without UDP ports, programs find no hosts by name, "
				 "unless a local service does.");
	print_reach(policy);
}

static void print_text(const struct heel_inspection *inspection)
{
	const struct heel_policy *policy = inspection->policy;

	print_head(inspection);
	print_basics(policy);
	if (policy->unconfined) {
		heel_say(stdout, "Nothing is restricted, not even by no_new_privs.");
		return;
	}
	if (!inspection->plan)
		return;
	print_paths(inspection);
	print_network(policy);
	print_scope(policy);
	print_commands(policy);
	print_restrictions(policy);
	print_limits(policy);
	print_environment(policy);
	print_unsupported(inspection->plan);
	print_remarks(policy);
}

/* --- JSON --- */

static json_t *json_origin(struct heel_origin origin)
{
	struct heel_arena arena = {0};
	json_t *value = heel_json_text(heel_origin_text(&arena, origin));

	heel_arena_free(&arena);
	return value;
}

static json_t *json_rule(const struct heel_inspection *inspection, size_t i)
{
	const struct heel_path *path = inspection->plan->paths[i].path;
	json_t *sources = heel_json_array();
	json_t *rule = heel_json_object();

	for (size_t j = 0; j < path->n_grants; j++)
		if (!is_repeated(path, j))
			heel_json_append(sources, json_origin(path->grants[j].from));
	heel_json_set(rule, "path", heel_json_text(path->path));
	heel_json_set(rule, "access",
		      heel_json_rights(HEEL_CLASS_FS, access_of(inspection, i)));
	heel_json_set(rule, "source",
		      json_origin(path->n_grants > 0 ? path->grants[0].from
						     : (struct heel_origin){0}));
	heel_json_set(rule, "sources", sources);
	heel_json_set(rule, "left_out", json_boolean(is_left_out(inspection, i)));
	heel_json_set(rule, "left_out_reason",
		      heel_json_text(why_left_out(inspection, i)));
	return rule;
}

static json_t *json_rules(const struct heel_inspection *inspection)
{
	json_t *rules = heel_json_array();
	size_t n = inspection->plan ? inspection->plan->n_paths : 0;

	for (size_t i = 0; i < n; i++)
		heel_json_append(rules, json_rule(inspection, i));
	return rules;
}

static json_t *json_ports(const struct heel_policy *policy, enum heel_port_kind kind)
{
	const struct heel_ports *ports = &policy->ports[kind];
	struct heel_arena arena = {0};
	json_t *list;

	if (ports->any || policy->unconfined)
		return heel_json_text("any");
	list = heel_json_array();
	for (size_t i = 0; i < ports->n; i++)
		heel_json_append(list, ports->ranges[i].low == ports->ranges[i].high
					       ? json_integer(ports->ranges[i].low)
					       : heel_json_text(heel_range_text(
							 &arena, &ports->ranges[i])));
	heel_arena_free(&arena);
	return list;
}

static json_t *json_sockets(const struct heel_policy *policy)
{
	json_t *list = heel_json_array();

	for (size_t i = 0; i < policy->n_paths; i++)
		if (policy->paths[i].access & HEEL_FS_RESOLVE_UNIX)
			heel_json_append(list, heel_json_text(policy->paths[i].path));
	return list;
}

static json_t *json_families(const struct heel_policy *policy)
{
	json_t *list = heel_json_array();
	const struct heel_family *families;
	size_t n;

	if (policy->unconfined)
		heel_json_append(list, heel_json_text("any"));
	families = heel_families(&n);
	for (size_t i = 0; i < n; i++)
		if (policy->families & HEEL_FAMILY(families[i].number))
			heel_json_append(list, heel_json_text(families[i].name));
	return list;
}

static json_t *json_network(const struct heel_policy *policy)
{
	json_t *network = heel_json_object();

	heel_json_set(network, "families", json_families(policy));
	heel_json_set(network, "proxy", heel_json_text(policy->proxy));
	for (enum heel_port_kind kind = 0; kind < HEEL_PORT_KINDS; kind++)
		heel_json_set(network, heel_port_kind_name(kind),
			      json_ports(policy, kind));
	return network;
}

static json_t *json_restrictions(const struct heel_policy *policy)
{
	json_t *list = heel_json_array();

	for (size_t i = 0; i < HEEL_RESTRICTIONS && !policy->unconfined; i++) {
		const struct heel_restriction_state *state = &policy->restrictions[i];
		json_t *item = heel_json_object();

		heel_json_set(item, "name", heel_json_text(heel_restriction(i)->name));
		heel_json_set(item, "on", json_boolean(state->on));
		heel_json_set(item, "source", json_origin(state->from));
		heel_json_append(list, item);
	}
	return list;
}

static json_t *json_limit(uint64_t value)
{
	/* What JSON's integers cannot hold is as good as no limit. */
	return value > INT64_MAX ? heel_json_text("infinity")
				 : json_integer((json_int_t)value);
}

static json_t *json_limits(const struct heel_policy *policy)
{
	json_t *limits = heel_json_object();

	for (size_t i = 0; i < HEEL_LIMITS; i++) {
		json_t *pair;

		if (!policy->limits[i].set)
			continue;
		pair = heel_json_array();
		heel_json_append(pair, json_limit(policy->limits[i].soft));
		heel_json_append(pair, json_limit(policy->limits[i].hard));
		heel_json_set(limits, heel_limit(i)->name, pair);
	}
	return limits;
}

static json_t *json_unsupported(const struct heel_plan *plan)
{
	json_t *list = heel_json_array();
	struct heel_arena arena = {0};

	for (size_t i = 0; plan && i < plan->n_unsupported; i++)
		heel_json_append(list, heel_json_text(unsupported_text(
					       &arena, &plan->unsupported[i])));
	heel_arena_free(&arena);
	return list;
}

static json_t *json_values(const struct heel_values *values)
{
	json_t *list = heel_json_array();

	for (size_t i = 0; i < values->n; i++)
		heel_json_append(list, heel_json_text(values->v[i].text));
	return list;
}

/* null: any, through a shell. */
static json_t *json_commands(const struct heel_policy *policy)
{
	struct heel_arena arena = {0};
	json_t *list;

	if (!policy->limits_commands)
		return json_null();
	list = heel_json_array();
	for (size_t i = 0; i < policy->n_commands; i++) {
		const struct heel_command *command = &policy->commands[i];
		json_t *item = heel_json_object();

		heel_json_set(item, "match", heel_json_text(command->match_text));
		heel_json_set(item, "run", heel_json_text(command->run_text));
		heel_json_set(item, "source",
			      heel_json_text(heel_origin_text(&arena, command->from)));
		heel_json_append(list, item);
	}
	heel_arena_free(&arena);
	return list;
}

static json_t *json_environment(const struct heel_policy *policy)
{
	json_t *environment = heel_json_object();

	heel_json_set(environment, "keep", json_values(&policy->environment_keep));
	heel_json_set(environment, "set", json_values(&policy->environment_set));
	heel_json_set(environment, "unset", json_values(&policy->environment_unset));
	return environment;
}

static void set_policy(json_t *object, const struct heel_inspection *inspection)
{
	const struct heel_policy *policy = inspection->policy;
	char mask[16];

	(void)snprintf(mask, sizeof(mask), "%03o", (unsigned int)policy->umask);
	heel_json_set(object, "profile", heel_json_text(policy->profile));
	heel_json_set(object, "assigned", json_origin(policy->assigned));
	heel_json_set(object, "shell", heel_json_text(policy->shell));
	heel_json_set(object, "no_new_privs",
		      json_boolean(policy->no_new_privs && !policy->unconfined));
	heel_json_set(object, "umask", heel_json_text(policy->has_umask ? mask : NULL));
	heel_json_set(object, "commands", json_commands(policy));
	heel_json_set(object, "rules", json_rules(inspection));
	heel_json_set(object, "network", json_network(policy));
	heel_json_set(object, "unix_connect", json_sockets(policy));
	heel_json_set(object, "scope", heel_json_rights(HEEL_CLASS_SCOPE, policy->scope));
	heel_json_set(object, "restrictions", json_restrictions(policy));
	heel_json_set(object, "limits", json_limits(policy));
	heel_json_set(object, "environment", json_environment(policy));
	heel_json_set(object, "syscalls_deny", json_values(&policy->syscalls_deny));
	heel_json_set(object, "unsupported", json_unsupported(inspection->plan));
}

static void print_json(const struct heel_arguments *arguments,
		       const struct heel_inspection *inspection)
{
	const struct heel_problem *problem = heel_first_error(&inspection->report);
	json_t *object = heel_json_object();
	struct heel_arena arena = {0};

	heel_json_set(object, "user", heel_json_text(inspection->subject.user));
	heel_json_set(object, "uid", json_integer(inspection->subject.uid));
	heel_json_set(object, "confined", json_boolean(heel_is_confined(inspection)));
	if (inspection->policy)
		set_policy(object, inspection);
	if (arguments->filter && inspection->policy && inspection->plan)
		heel_json_set(object, "filter",
			      inspection->policy->unconfined
				      ? json_null()
				      : heel_json_filter(inspection->plan));
	if (inspection->refused && problem)
		heel_json_set(
			object, "refused",
			heel_json_text(
				problem->at.file
					? HEEL_NEED(heel_format(
						  &arena, "%s: %s",
						  heel_origin_text(&arena, problem->at),
						  problem->text))
					: problem->text));
	heel_json_print(object);
	heel_arena_free(&arena);
}

int heel_command_show(const struct heel_arguments *arguments)
{
	struct heel_inspection inspection;
	const char *user = arguments->n_operands > 0 ? arguments->operands[0] : NULL;
	int status;

	if (!user && !arguments->profile)
		return heel_usage_error("say whose policy: heel show USER, or heel show "
					"--profile NAME");
	status = heel_inspect(arguments, user, NULL, &inspection);
	if (status == 0) {
		heel_print_report(stderr, &inspection.report);
		if (arguments->json)
			print_json(arguments, &inspection);
		else if (arguments->filter && inspection.plan &&
			 !inspection.policy->unconfined)
			heel_print_filter(inspection.plan);
		else if (inspection.policy)
			print_text(&inspection);
		if (inspection.refused)
			(void)fputs("heel: the session would be refused\n", stderr);
		if (inspection.refused && !user && inspection.subject.uid == 0)
			(void)fputs("heel: for somebody else: heel show USER --profile "
				    "NAME\n",
				    stderr);
		status = inspection.refused ? HEEL_EXIT_FOUND : HEEL_EXIT_DONE;
	}
	heel_inspection_free(&inspection);
	return status;
}
