/* SPDX-License-Identifier: ISC */
/* From policy files in memory to a plan for a made-up kernel, and what is true of any. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "../sim.h"
#include "access.h"
#include "family.h"
#include "fuzz.h"
#include "syscalls.h"
#include "text.h"

/* --- Made up ------------------------------------------------------------------------ */

static int find_group(const char *name, const char *user, struct heel_group *ret)
{
	(void)user;
	if (strcmp(name, "gone") == 0)
		return -ENOENT;
	*ret = (struct heel_group){.gid = strcmp(name, "students") == 0 ? 2000 : 50};
	return 0;
}

static const gid_t groups[] = {2000, 2001};

/* Belongs to the policies for as long as they live, and has nothing of its own. */
static struct heel_subject subject = {
	.user = "anna",
	.uid = 1001,
	.gid = 2000,
	.group = "students",
	.home = "/home/anna",
	.groups = groups,
	.n_groups = HEEL_ARRAY_SIZE(groups),
	.find_group = find_group,
};

const struct heel_subject *fuzz_subject(void)
{
	return &subject;
}

const struct heel_policy *fuzz_make_policy(const struct fuzz_world *world,
					   struct fuzz_plan *ret)
{
	const struct heel_policy *policy = NULL;

	*ret = (struct fuzz_plan){0};
	subject.door = world->door;
	subject.service = world->door == HEEL_DOOR_SHELL ? "heel-shell" : "sshd";
	ret->rc = heel_open(FUZZ_CONFDIR, HEEL_TRUST_ROOT, &ret->heel, &ret->report);
	if (ret->rc == 0)
		ret->rc = heel_policy_of_subject(ret->heel, &subject, &policy,
						 &ret->report);
	return policy;
}

void fuzz_make_plan(const struct fuzz_world *world, struct fuzz_plan *ret)
{
	const struct heel_kernel kernel = {
		.release = "made up",
		.abi = world->abi,
		.seccomp = true,
		.mdwe = world->mdwe,
	};
	const struct heel_policy *policy = fuzz_make_policy(world, ret);

	if (policy)
		ret->rc = heel_compile(heel_arena_of(ret->heel), policy, &kernel,
				       &ret->plan, &ret->report);
}

void fuzz_free_plan(struct fuzz_plan *plan)
{
	heel_close(plan->heel);
	heel_report_free(&plan->report);
	*plan = (struct fuzz_plan){0};
}

/* --- The filter --------------------------------------------------------------------- */

int fuzz_answer(const struct heel_plan *plan, uint32_t arch, int number,
		const uint64_t args[static 6])
{
	struct seccomp_data data = {.nr = number, .arch = arch};
	int error = 0;

	memcpy(data.args, args, sizeof(data.args));
	for (size_t i = plan->n_programs; i-- > 0;) {
		uint32_t action = sim_action(&plan->programs[i], &data);

		if (action == SECCOMP_RET_ALLOW)
			continue;
		FUZZ_CHECK((action & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO &&
				   (action & SECCOMP_RET_DATA) != 0,
			   "program %zu answers %#x to %d", i, action, number);
		if (error == 0)
			error = (int)(action & SECCOMP_RET_DATA);
	}
	return error;
}

/* A value with which a condition holds. */
static uint64_t argument_for(const struct heel_condition *condition)
{
	uint32_t value = 0;

	switch (condition->compare) {
	case HEEL_MASKED:
		return condition->value;
	case HEEL_NOT_EQUAL:
	case HEEL_ABOVE:
		return (uint64_t)condition->value + 1;
	case HEEL_NONE_OF:
		break;
	}
	for (size_t i = 0; i < condition->n_values; i++)
		if (condition->values[i] == value) {
			value++;
			i = (size_t)-1;
		}
	return value;
}

/*
 * A call for which a denial holds is answered with an error, of the machine and of i386;
 * also with bits above those that the kernel looks at.
 */
static void judge_denial(const struct heel_plan *plan, const struct heel_denial *denial,
			 const char *reason)
{
	for (enum heel_arch arch = 0; arch < HEEL_ARCHES; arch++) {
		const uint32_t token = heel_arch_token(arch);
		int number = heel_syscall_number(arch, denial->call);
		uint64_t args[6] = {0};

		if (number < 0)
			continue;
		for (size_t i = 0; i < denial->n_conditions; i++)
			args[denial->conditions[i].argument] =
				argument_for(&denial->conditions[i]);
		FUZZ_CHECK(fuzz_answer(plan, token, number, args) != 0, "%s, of %s",
			   denial->call, reason);
		for (size_t i = 0; i < denial->n_conditions; i++)
			args[denial->conditions[i].argument] |= UINT64_C(1) << 32;
		FUZZ_CHECK(fuzz_answer(plan, token, number, args) != 0,
			   "%s, of %s, with higher bits", denial->call, reason);
	}
}

static bool is_left_out(const struct heel_filter *filter, const char *call)
{
	for (size_t i = 0; i < filter->n_left_out; i++)
		if (strcmp(filter->left_out[i].denial.call, call) == 0)
			return true;
	return false;
}

/* By the table of restrictions, not by what the filter was made of. */
static void judge_restrictions(const struct heel_plan *plan)
{
	for (size_t i = 0; i < HEEL_RESTRICTIONS; i++) {
		const struct heel_restriction *restriction = heel_restriction(i);

		if (!plan->policy->restrictions[i].on)
			continue;
		for (size_t j = 0; j < restriction->n_denials; j++)
			if (!is_left_out(&plan->filter, restriction->denials[j].call))
				judge_denial(plan, &restriction->denials[j],
					     restriction->name);
	}
}

static void judge_families(const struct heel_plan *plan)
{
	const uint32_t native = heel_arch_token(HEEL_ARCH_NATIVE);
	const int number = heel_syscall_number(HEEL_ARCH_NATIVE, "socket");

	for (uint64_t family = 0; family < 64; family++) {
		const uint64_t args[6] = {family, SOCK_STREAM};

		if (!(plan->policy->families & HEEL_FAMILY(family)))
			FUZZ_CHECK(fuzz_answer(plan, native, number, args) != 0,
				   "family %llu", (unsigned long long)family);
	}
}

static void judge_filter(const struct heel_plan *plan)
{
	FUZZ_CHECK(plan->n_programs > 0 && plan->n_programs <= HEEL_PROGRAMS_MAX, "%zu",
		   plan->n_programs);
	for (size_t i = 0; i < plan->n_programs; i++) {
		const char *why = sim_refuses(&plan->programs[i]);

		FUZZ_CHECK(!why, "program %zu: %s", i, why);
	}
	for (size_t i = 0; i < plan->filter.n; i++)
		judge_denial(plan, &plan->filter.rules[i].denial,
			     plan->filter.rules[i].reason);
	judge_restrictions(plan);
	judge_families(plan);
}

/* --- The rest of the plan ----------------------------------------------------------- */

static void judge_origin(struct heel_origin from, const char *what)
{
	long lines = from.file ? fuzz_count_lines(from.file) : -1;

	FUZZ_CHECK(lines >= 0, "%s: there is no file %s", what,
		   from.file ? from.file : "at all");
	FUZZ_CHECK((long)from.line <= lines, "%s: %s:%u", what, from.file, from.line);
}

static void judge_paths(const struct heel_plan *plan)
{
	const uint64_t handled = plan->attr.handled_access_fs;

	FUZZ_CHECK(handled == heel_rights_of_abi(HEEL_CLASS_FS, plan->kernel.abi),
		   "%#llx", (unsigned long long)handled);
	for (size_t i = 0; i < plan->n_paths; i++) {
		const struct heel_path_rule *rule = &plan->paths[i];

		FUZZ_CHECK((rule->access & ~handled) == 0, "%s", rule->path->path);
		FUZZ_CHECK(heel_is_normal_path(rule->path->path) &&
				   !heel_has_control(rule->path->path) &&
				   !strstr(rule->path->path, "${"),
			   "%s", rule->path->path);
		FUZZ_CHECK(rule->path->n_grants > 0, "%s", rule->path->path);
		for (size_t j = 0; j < rule->path->n_grants; j++)
			judge_origin(rule->path->grants[j].from, rule->path->path);
		for (size_t j = 0; j < i; j++)
			FUZZ_CHECK(strcmp(plan->paths[j].path->path, rule->path->path) !=
					   0,
				   "%s", rule->path->path);
	}
}

static void judge_ports(const struct heel_plan *plan)
{
	for (size_t i = 0; i < plan->n_ports; i++) {
		const struct heel_port_rule *rule = &plan->ports[i];

		FUZZ_CHECK(rule->access != 0 &&
				   (rule->access & ~plan->attr.handled_access_net) == 0,
			   "rule %zu", i);
		FUZZ_CHECK(rule->range->low <= rule->range->high, "rule %zu", i);
		judge_origin(rule->range->from, "a port");
	}
}

static void judge_limits(const struct heel_policy *policy)
{
	for (size_t i = 0; i < HEEL_LIMITS; i++)
		FUZZ_CHECK(!policy->limits[i].set ||
				   (policy->limits[i].soft <= policy->limits[i].hard &&
				    policy->limits[i].soft >= heel_limit(i)->least),
			   "%s", heel_limit(i)->name);
}

static void judge_problems(const struct fuzz_plan *plan)
{
	static const char contradiction[] = "two rules of the filter contradict";

	for (size_t i = 0; i < plan->report.n; i++) {
		const struct heel_problem *problem = &plan->report.problems[i];

		if (problem->at.file && strcmp(problem->at.file, FUZZ_CONFDIR) != 0)
			judge_origin(problem->at, problem->text);
		else
			FUZZ_CHECK(problem->at.line == 0 && problem->at.file, "%s",
				   problem->text);
		/* Whatever a policy says, its denials have to be made so that they agree.
		 */
		FUZZ_CHECK(strncmp(problem->text, contradiction, strlen(contradiction)) !=
				   0,
			   "%s", problem->text);
		FUZZ_CHECK(problem->text[0] && !heel_has_control(problem->text), "%s",
			   problem->text);
	}
}

void fuzz_judge_plan(const struct fuzz_plan *plan)
{
	judge_problems(plan);
	FUZZ_CHECK((plan->rc == 0) == (plan->plan != NULL), "%d", plan->rc);
	FUZZ_CHECK(plan->rc == 0 || plan->report.out_of_memory ||
			   heel_count(&plan->report, HEEL_ERROR) > 0,
		   "%d", plan->rc);
	if (!plan->plan || plan->plan->policy->unconfined)
		return;
	judge_paths(plan->plan);
	judge_ports(plan->plan);
	judge_limits(plan->plan->policy);
	judge_filter(plan->plan);
}

/* --- As text ------------------------------------------------------------------------ */

static void describe_filter(const struct heel_plan *plan, FILE *out)
{
	for (size_t i = 0; i < plan->filter.n; i++)
		fprintf(out, "deny %s %d, %s %s:%u\n", plan->filter.rules[i].denial.call,
			plan->filter.rules[i].denial.error, plan->filter.rules[i].reason,
			plan->filter.rules[i].from.file ? plan->filter.rules[i].from.file
							: "",
			plan->filter.rules[i].from.line);
	for (size_t i = 0; i < plan->n_programs; i++) {
		fprintf(out, "program %s\n", plan->programs[i].title);
		for (size_t j = 0; j < plan->programs[i].n; j++)
			fprintf(out, "%x %x %x %x\n", plan->programs[i].code[j].code,
				plan->programs[i].code[j].jt,
				plan->programs[i].code[j].jf,
				plan->programs[i].code[j].k);
	}
}

static void describe_values(const struct heel_values *values, FILE *out)
{
	for (size_t i = 0; i < values->n; i++)
		fprintf(out, "value %s %u\n", values->v[i].text, values->v[i].from.line);
}

static void describe(const struct heel_plan *plan, FILE *out)
{
	const struct heel_policy *policy = plan->policy;

	fprintf(out, "handled %llx %llx %llx, flags %x, wx %d, shell %s, nnp %d\n",
		(unsigned long long)plan->attr.handled_access_fs,
		(unsigned long long)plan->attr.handled_access_net,
		(unsigned long long)plan->attr.scoped, plan->restrict_flags,
		plan->wx_memory, policy->shell, policy->no_new_privs);
	for (size_t i = 0; i < plan->n_paths; i++)
		fprintf(out, "%s %llx %d %d\n", plan->paths[i].path->path,
			(unsigned long long)plan->paths[i].access,
			plan->paths[i].path->optional, plan->paths[i].path->make);
	for (size_t i = 0; i < plan->n_ports; i++)
		fprintf(out, "port %u %u %llx\n", plan->ports[i].range->low,
			plan->ports[i].range->high,
			(unsigned long long)plan->ports[i].access);
	for (size_t i = 0; i < plan->n_unsupported; i++)
		fprintf(out, "unsupported %s\n", plan->unsupported[i].text);
	for (size_t i = 0; i < HEEL_LIMITS; i++)
		fprintf(out, "limit %llx %llx\n",
			(unsigned long long)policy->limits[i].soft,
			(unsigned long long)policy->limits[i].hard);
	describe_values(&policy->environment_set, out);
	describe_values(&policy->environment_keep, out);
	describe_values(&policy->environment_unset, out);
	describe_filter(plan, out);
}

char *fuzz_describe_plan(const struct fuzz_plan *plan)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		abort();
	fprintf(out, "result %d\n", plan->rc);
	for (size_t i = 0; i < plan->report.n; i++)
		fprintf(out, "%s:%u: %s\n", plan->report.problems[i].at.file,
			plan->report.problems[i].at.line, plan->report.problems[i].text);
	if (plan->plan)
		describe(plan->plan, out);
	fclose(out);
	return text;
}
