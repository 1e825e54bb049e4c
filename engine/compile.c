/* SPDX-License-Identifier: ISC */
/* From a policy and a kernel to a plan. */
#include <errno.h>
#include <string.h>

#include "access.h"
#include "compile.h"
#include "recall.h"

struct compiler {
	struct heel_arena *arena;
	const struct heel_policy *policy;
	struct heel_plan *plan;
	struct heel_report *report;
};

/* Notes something that this kernel, or this version of heel, cannot enforce. */
static int add_unsupported(struct compiler *compiler, bool written,
			   struct heel_origin from, const char *fmt, ...)
	HEEL_PRINTF(4, 5);

static int add_unsupported(struct compiler *compiler, bool written,
			   struct heel_origin from, const char *fmt, ...)
{
	struct heel_plan *plan = compiler->plan;
	struct heel_unsupported *list = heel_grow(compiler->arena, plan->unsupported,
						  plan->n_unsupported, sizeof(*list));
	va_list args;
	char *text;

	va_start(args, fmt);
	text = heel_vformat(compiler->arena, fmt, args);
	va_end(args);
	if (!list || !text)
		return heel_fail_memory(compiler->report);
	list[plan->n_unsupported++] =
		(struct heel_unsupported){.text = text, .written = written, .from = from};
	plan->unsupported = list;
	return 0;
}

/*
 * Everything that both the kernel and heel know is handled, whatever the
 * profile lists. The one exception is a kind of ports that is granted whole: not
 * handling it is the same as 65536 rules.
 */
static void compile_handled(const struct compiler *compiler)
{
	const struct heel_policy *policy = compiler->policy;
	struct heel_landlock_ruleset_attr *attr = &compiler->plan->attr;
	int abi = compiler->plan->kernel.abi;

	attr->handled_access_fs = heel_rights_of_abi(HEEL_CLASS_FS, abi);
	attr->handled_access_net = heel_rights_of_abi(HEEL_CLASS_NET, abi);
	for (enum heel_port_kind kind = 0; kind < HEEL_PORT_KINDS; kind++)
		if (policy->ports[kind].any)
			attr->handled_access_net &= ~heel_port_kind_right(kind);
	attr->scoped = policy->scope & heel_rights_of_abi(HEEL_CLASS_SCOPE, abi);
	/* A session execs its shell first: without this its denials would never be
	 * logged. */
	if (abi >= 7)
		compiler->plan->restrict_flags = HEEL_LANDLOCK_LOG_NEW_EXEC_ON;
}

/*
 * A path whose rights this kernel does not have keeps its place in the plan, without
 * any: whether it must be there does not depend on the kernel.
 */
static int compile_paths(struct compiler *compiler)
{
	const struct heel_policy *policy = compiler->policy;
	struct heel_plan *plan = compiler->plan;

	plan->paths = heel_alloc(compiler->arena, policy->n_paths, sizeof(*plan->paths));
	if (!plan->paths)
		return heel_fail_memory(compiler->report);
	plan->n_paths = policy->n_paths;
	for (size_t i = 0; i < policy->n_paths; i++)
		plan->paths[i] = (struct heel_path_rule){
			&policy->paths[i],
			policy->paths[i].access & plan->attr.handled_access_fs,
		};
	return 0;
}

static int compile_ports(struct compiler *compiler)
{
	const struct heel_policy *policy = compiler->policy;
	struct heel_plan *plan = compiler->plan;
	size_t n = 0;

	for (enum heel_port_kind kind = 0; kind < HEEL_PORT_KINDS; kind++)
		n += policy->ports[kind].n;
	plan->ports = heel_alloc(compiler->arena, n, sizeof(*plan->ports));
	if (!plan->ports)
		return heel_fail_memory(compiler->report);
	for (enum heel_port_kind kind = 0; kind < HEEL_PORT_KINDS; kind++) {
		uint64_t access =
			heel_port_kind_right(kind) & plan->attr.handled_access_net;

		for (size_t i = 0; access != 0 && i < policy->ports[kind].n; i++)
			plan->ports[plan->n_ports++] = (struct heel_port_rule){
				&policy->ports[kind].ranges[i], access};
	}
	return 0;
}

/* Rights and scopes that this kernel does not have. */
static int note_missing_right(struct compiler *compiler, const struct heel_right *right)
{
	const struct heel_policy *policy = compiler->policy;
	int abi = compiler->plan->kernel.abi;

	switch (right->class) {
	case HEEL_CLASS_FS:
		return add_unsupported(
			compiler, false, (struct heel_origin){0},
			"\"%s\" is not restricted: that needs Landlock ABI %d, this "
			"kernel has %d",
			right->name, right->abi, abi);
	case HEEL_CLASS_SCOPE:
		if (!(policy->scope & right->bit))
			return 0;
		return add_unsupported(
			compiler, policy->scope_written, policy->scope_from,
			"scope \"%s\" needs Landlock ABI %d, this kernel has %d",
			right->name, right->abi, abi);
	case HEEL_CLASS_NET:
	case HEEL_CLASSES:
		break; /* ports are noted by their key */
	}
	return 0;
}

/* The ABI from which on ports of this kind can be restricted. */
static int abi_of_ports(enum heel_port_kind kind)
{
	int abi = HEEL_ABI_OLDEST;

	while (abi < HEEL_ABI_NEWEST &&
	       !(heel_rights_of_abi(HEEL_CLASS_NET, abi) & heel_port_kind_right(kind)))
		abi++;
	return abi;
}

static int note_missing_ports(struct compiler *compiler, enum heel_port_kind kind)
{
	const struct heel_ports *ports = &compiler->policy->ports[kind];
	int abi = compiler->plan->kernel.abi;

	if (ports->any || abi_of_ports(kind) <= abi ||
	    heel_makes_no_socket_for(compiler->policy, kind))
		return 0;
	return add_unsupported(
		compiler, ports->written, ports->from,
		"\"%s\" is not restricted: that needs Landlock ABI %d, this kernel "
		"has %d",
		heel_port_kind_name(kind), abi_of_ports(kind), abi);
}

static int note_wx_memory(struct compiler *compiler)
{
	const struct heel_restriction_state *state =
		&compiler->policy->restrictions[HEEL_RESTRICT_WX_MEMORY];

	compiler->plan->wx_memory = state->on && compiler->plan->kernel.mdwe;
	if (!state->on || compiler->plan->kernel.mdwe)
		return 0;
	return add_unsupported(
		compiler, state->written, state->from,
		"restriction \"wx_memory\" needs PR_SET_MDWE, which came with Linux 6.3 and this kernel does not have");
}

/*
 * What stays open beside a limit, by what the profile itself says. Nobody is refused for
 * it: on no kernel could it be closed.
 */
static int note_gaps(struct compiler *compiler)
{
	const struct heel_policy *policy = compiler->policy;
	const struct heel_restriction_state *io_uring =
		&policy->restrictions[HEEL_RESTRICT_IO_URING];
	const size_t before = compiler->plan->n_unsupported;
	int rc = 0;

	if (heel_leaves_listen(policy))
		rc = add_unsupported(
			compiler, false, policy->ports[HEEL_TCP_BIND].from,
			"\"tcp_bind\" does not keep programs from listening on a TCP port that the kernel chooses: listen(2) without bind(2) asks no rule, and other sockets need it");
	if (rc == 0 && heel_leaves_tcp_gaps(policy))
		rc = add_unsupported(
			compiler, false,
			policy->restrictions[HEEL_RESTRICT_RAW_NETWORK].from,
			"ways around the TCP ports (MPTCP, SCTP, Fast Open) are not restricted: \"raw_network\" is permitted");
	if (rc == 0 && !io_uring->on)
		rc = add_unsupported(
			compiler, false, io_uring->from,
			"what io_uring does is not restricted by families and restrictions: \"io_uring\" is permitted");
	for (size_t i = before; i < compiler->plan->n_unsupported; i++)
		compiler->plan->unsupported[i].open = true;
	return rc;
}

static int note_unsupported(struct compiler *compiler)
{
	const struct heel_right *rights;
	size_t n;
	int rc = 0;

	if (compiler->plan->kernel.abi > HEEL_ABI_NEWEST)
		rc = add_unsupported(
			compiler, false, (struct heel_origin){0},
			"what came after Landlock ABI %d is not restricted: heel does "
			"not know it, this kernel has %d",
			HEEL_ABI_NEWEST, compiler->plan->kernel.abi);
	rights = heel_rights(&n);
	for (size_t i = 0; rc == 0 && i < n; i++)
		if (rights[i].abi > compiler->plan->kernel.abi)
			rc = note_missing_right(compiler, &rights[i]);
	for (enum heel_port_kind kind = 0; rc == 0 && kind < HEEL_PORT_KINDS; kind++)
		rc = note_missing_ports(compiler, kind);
	if (rc == 0)
		rc = note_wx_memory(compiler);
	return rc < 0 ? rc : note_gaps(compiler);
}

/* Says what of a restriction is left out. Of `mount` it is chroot, as is the rule. */
static int note_left_out(struct compiler *compiler, const struct heel_filter_rule *rule,
			 const char *calls)
{
	struct heel_plan *plan = compiler->plan;
	const int id = heel_restriction_by_name(rule->reason);
	const bool usual = id == HEEL_RESTRICT_MOUNT;
	int rc = add_unsupported(
		compiler,
		!usual && (id < 0 || compiler->policy->restrictions[id].written),
		rule->from, "\"%s\" does not deny %s: %s itself needs that", rule->reason,
		calls, compiler->policy->service);

	if (rc == 0)
		plan->unsupported[plan->n_unsupported - 1].open = usual;
	return rc;
}

static bool same_line(const struct heel_filter_rule *a, const struct heel_filter_rule *b)
{
	return strcmp(a->reason, b->reason) == 0 && a->from.line == b->from.line &&
	       a->from.file == b->from.file;
}

/* What one line of the policy asks for stands together, and is said together. */
static int note_needed(struct compiler *compiler)
{
	const struct heel_filter *filter = &compiler->plan->filter;
	const char *calls = NULL;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < filter->n_left_out; i++) {
		const struct heel_filter_rule *rule = &filter->left_out[i];
		const char *call = rule->denial.call;

		/* A call may have several denials: one for each of its arguments. */
		if (!calls)
			calls = call;
		else if (strcmp(call, rule[-1].denial.call) != 0)
			calls = heel_format(compiler->arena, "%s, %s", calls, call);
		if (!calls)
			return heel_fail_memory(compiler->report);
		if (i + 1 < filter->n_left_out && same_line(rule, rule + 1))
			continue;
		rc = note_left_out(compiler, rule, calls);
		calls = NULL;
	}
	return rc;
}

static int compile_filter(struct compiler *compiler)
{
	struct heel_plan *plan = compiler->plan;
	int rc = heel_make_filter(compiler->arena, compiler->policy, &plan->filter,
				  compiler->report);

	if (rc == 0)
		rc = note_needed(compiler);
	if (rc < 0 ||
	    (compiler->policy->cache &&
	     heel_recall_programs(compiler->policy->cache, compiler->arena, &plan->filter,
				  &plan->programs, &plan->n_programs)))
		return rc;
	return heel_assemble(compiler->arena, &plan->filter, &plan->programs,
			     &plan->n_programs, compiler->report);
}

int heel_compile(struct heel_arena *arena, const struct heel_policy *policy,
		 const struct heel_kernel *kernel, const struct heel_plan **ret,
		 struct heel_report *report)
{
	struct heel_plan *plan = heel_alloc(arena, 1, sizeof(*plan));
	struct compiler compiler = {arena, policy, plan, report};
	int rc;

	if (!plan)
		return heel_fail_memory(report);
	plan->policy = policy;
	plan->kernel = *kernel;
	if (!policy->unconfined) {
		compile_handled(&compiler);
		rc = compile_paths(&compiler);
		if (rc == 0)
			rc = compile_ports(&compiler);
		if (rc == 0)
			rc = note_unsupported(&compiler);
		if (rc == 0)
			rc = compile_filter(&compiler);
		if (rc < 0)
			return rc;
	}
	*ret = plan;
	return 0;
}

static int admit_kernel(const struct heel_plan *plan, struct heel_report *report)
{
	const struct heel_kernel *kernel = &plan->kernel;
	const struct heel_policy *policy = plan->policy;

	if (kernel->abi == 0 && kernel->landlock_error == EOPNOTSUPP)
		return heel_fail(
			report, EOPNOTSUPP, policy->minimum_abi_from,
			"Landlock is built into this kernel but not enabled; boot with "
			"landlock in the lsm= list");
	if (kernel->abi == 0)
		return heel_fail(report, EOPNOTSUPP, policy->minimum_abi_from,
				 "this kernel has no Landlock: %s",
				 strerror(kernel->landlock_error));
	if (kernel->abi < policy->minimum_abi || kernel->abi < HEEL_ABI_OLDEST)
		return heel_fail(report, EOPNOTSUPP, policy->minimum_abi_from,
				 "this kernel has Landlock ABI %d, below the required %d",
				 kernel->abi, policy->minimum_abi);
	if (!kernel->seccomp)
		return heel_fail(
			report, EOPNOTSUPP, policy->assigned,
			"this kernel has no system call filters (CONFIG_SECCOMP_FILTER), without which no profile can be enforced");
	return 0;
}

int heel_require_no_new_privs(const struct heel_policy *policy,
			      struct heel_report *report)
{
	if (policy->no_new_privs)
		return 0;
	return heel_fail(
		report, EPERM, policy->no_new_privs_from,
		"no_new_privs is off, and only PAM can confine a session without it");
}

int heel_admit(const struct heel_plan *plan, struct heel_report *report)
{
	int result;

	if (plan->policy->unconfined)
		return 0;
	result = admit_kernel(plan, report);
	if (result == 0 && plan->policy->door == HEEL_DOOR_SHELL)
		result = heel_require_no_new_privs(plan->policy, report);
	for (size_t i = 0; i < plan->n_unsupported; i++) {
		const struct heel_unsupported *unsupported = &plan->unsupported[i];

		if (unsupported->written && !plan->policy->warn_unsupported)
			result = heel_fail(report, EOPNOTSUPP, unsupported->from,
					   "cannot be enforced: %s", unsupported->text);
		else
			heel_note(report, unsupported->from, "not enforced: %s",
				  unsupported->text);
	}
	return result;
}
