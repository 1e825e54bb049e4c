/* SPDX-License-Identifier: ISC */
/*
 * `heel show --filter`: the system call filter of a session, as rules with their sources,
 * and as the very instructions that the kernel gets.
 */
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>

#include "ctl.h"

/* "EPERM", or a number where the C library has no name for it. */
static const char *error_name(struct heel_arena *arena, int error)
{
	const char *name = strerrorname_np(error);

	return name ? name : HEEL_NEED(heel_format(arena, "error %d", error));
}

/* --- Rules --- */

static const char *values_text(struct heel_arena *arena,
			       const struct heel_condition *condition)
{
	const char *text = "";

	for (size_t i = 0; i < condition->n_values; i++)
		text = HEEL_NEED(heel_format(arena, "%s%s%#x", text, i > 0 ? ", " : "",
					     condition->values[i]));
	return text;
}

/* A condition as C would say it; arguments are counted from 0. */
static const char *condition_text(struct heel_arena *arena,
				  const struct heel_condition *condition)
{
	unsigned int i = condition->argument;

	switch (condition->compare) {
	case HEEL_MASKED:
		return HEEL_NEED(
			condition->mask == HEEL_ALL_BITS
				? heel_format(arena, "arg%u == %#x", i, condition->value)
				: heel_format(arena, "(arg%u & %#x) == %#x", i,
					      condition->mask, condition->value));
	case HEEL_NOT_EQUAL:
		return HEEL_NEED(heel_format(arena, "arg%u != %#x", i, condition->value));
	case HEEL_ABOVE:
		return HEEL_NEED(heel_format(arena, "arg%u > %#x", i, condition->value));
	case HEEL_NONE_OF:
		return HEEL_NEED(heel_format(arena, "arg%u not in {%s}", i,
					     values_text(arena, condition)));
	}
	return "";
}

/* "arg0 == 2 && arg1 == 3", or "" where the call is denied whatever its arguments. */
static const char *conditions_text(struct heel_arena *arena,
				   const struct heel_denial *denial)
{
	const char *text = "";

	for (size_t i = 0; i < denial->n_conditions; i++)
		text = HEEL_NEED(
			heel_format(arena, "%s%s%s", text, i > 0 ? " && " : "",
				    condition_text(arena, &denial->conditions[i])));
	return text;
}

static void add_rule_row(const struct heel_filter_rule *rule, struct heel_table *table)
{
	struct heel_arena arena = {0};
	const char *conditions = conditions_text(&arena, &rule->denial);
	const char *answer = HEEL_NEED(
		heel_format(&arena, "%s%s%s", error_name(&arena, rule->denial.error),
			    conditions[0] ? " if " : "", conditions));
	const char *source = HEEL_NEED(heel_format(&arena, "%s, %s", rule->reason,
						   heel_origin_text(&arena, rule->from)));

	heel_add_row(table, rule->denial.call, answer, source);
	heel_arena_free(&arena);
}

/* Of calls that this machine does not have, nothing is to be told. */
static bool is_here(const struct heel_filter *filter, const struct heel_denial *denial)
{
	return heel_syscall_number(HEEL_ARCH_NATIVE, denial->call) >= 0 ||
	       (filter->i386 && heel_syscall_number(HEEL_ARCH_I386, denial->call) >= 0);
}

static void print_rules(const struct heel_filter *filter)
{
	struct heel_table table = {0};

	heel_put_styled(stdout, HEEL_STYLE_HEADING, "System calls that are not allowed");
	(void)fputc('\n', stdout);
	for (size_t i = 0; i < filter->n; i++)
		if (is_here(filter, &filter->rules[i].denial))
			add_rule_row(&filter->rules[i], &table);
	heel_add_row(&table, "x32", "ENOSYS", "always");
	if (!filter->i386)
		heel_add_row(&table, "other ABIs", "ENOSYS", "foreign_abi");
	if (!filter->unknown)
		heel_add_row(&table, "unknown numbers", "ENOSYS", "unknown_syscalls");
	heel_print_table(stdout, &table);
}

/* --- Instructions --- */

/* What the accumulator holds before an instruction. */
enum holds {
	HOLDS_NOTHING, /* no way leads here, or this is where the program begins */
	HOLDS_NUMBER,
	HOLDS_ARCH,
	HOLDS_OTHER,
};

static enum holds holds_after(const struct sock_filter *instruction, enum holds before)
{
	if (BPF_CLASS(instruction->code) == BPF_LD) {
		if (instruction->k == offsetof(struct seccomp_data, nr))
			return HOLDS_NUMBER;
		return instruction->k == offsetof(struct seccomp_data, arch)
			       ? HOLDS_ARCH
			       : HOLDS_OTHER;
	}
	return BPF_CLASS(instruction->code) == BPF_ALU ? HOLDS_OTHER : before;
}

static void join(enum holds *target, enum holds held)
{
	*target = *target == HOLDS_NOTHING || *target == held ? held : HOLDS_OTHER;
}

/* Jumps only lead on, so one way through the program suffices. */
static const enum holds *follow(struct heel_arena *arena,
				const struct heel_program *program)
{
	enum holds *holds = HEEL_NEED(heel_alloc(arena, program->n + 1, sizeof(*holds)));

	for (size_t i = 0; i < program->n; i++) {
		const struct sock_filter *instruction = &program->code[i];
		enum holds after = holds_after(instruction, holds[i]);
		size_t yes = i + 1;
		size_t no = yes;

		if (BPF_CLASS(instruction->code) == BPF_RET)
			continue;
		if (BPF_CLASS(instruction->code) == BPF_JMP) {
			bool always = BPF_OP(instruction->code) == BPF_JA;

			yes += always ? instruction->k : instruction->jt;
			no += always ? instruction->k : instruction->jf;
		}
		if (yes < program->n)
			join(&holds[yes], after);
		if (no < program->n)
			join(&holds[no], after);
	}
	return holds;
}

static const char *word_name(struct heel_arena *arena, uint32_t offset)
{
	const size_t args = offsetof(struct seccomp_data, args);

	if (offset == offsetof(struct seccomp_data, nr))
		return "number";
	if (offset == offsetof(struct seccomp_data, arch))
		return "architecture";
	return HEEL_NEED(heel_format(arena, "arg%zu, %s half", (offset - args) / 8,
				     (offset - args) % 8 == 0 ? "lower" : "upper"));
}

static const char *action_text(struct heel_arena *arena, uint32_t action)
{
	if (action == SECCOMP_RET_ALLOW)
		return "allow";
	if ((action & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO)
		return error_name(arena, (int)(action & SECCOMP_RET_DATA));
	return "kill";
}

/* What a number that something is compared with means, or "". */
static const char *meaning(struct heel_arena *arena, const struct heel_program *program,
			   uint32_t value, enum holds holds)
{
	const char *name = NULL;

	if (holds == HOLDS_NUMBER && value < HEEL_X32_NUMBERS)
		name = heel_syscall_name(arena, program->arch, (int)value);
	if (holds == HOLDS_ARCH && value == heel_arch_token(HEEL_ARCH_NATIVE))
		name = "native";
	if (holds == HOLDS_ARCH && value == heel_arch_token(HEEL_ARCH_I386))
		name = "i386";
	return name ? name : "";
}

static const char *compare_name(uint16_t code)
{
	switch (BPF_OP(code)) {
	case BPF_JEQ:
		return "jeq";
	case BPF_JGT:
		return "jgt";
	case BPF_JGE:
		return "jge";
	case BPF_JSET:
		return "jset";
	default:
		return "j?";
	}
}

static const char *jump_text(struct heel_arena *arena, const struct heel_program *program,
			     size_t i, enum holds holds)
{
	const struct sock_filter *instruction = &program->code[i];
	const char *name;

	if (BPF_OP(instruction->code) == BPF_JA)
		return HEEL_NEED(heel_format(arena, "ja   %zu", i + 1 + instruction->k));
	name = meaning(arena, program, instruction->k, holds);
	return HEEL_NEED(heel_format(arena, "%-4s %#x, %zu, %zu%s%s",
				     compare_name(instruction->code), instruction->k,
				     i + 1 + instruction->jt, i + 1 + instruction->jf,
				     name[0] ? "\t; " : "", name));
}

/* One instruction, as assemblers of this machine write it; jumps name where they lead. */
static const char *instruction_text(struct heel_arena *arena,
				    const struct heel_program *program, size_t i,
				    enum holds holds)
{
	const struct sock_filter *instruction = &program->code[i];

	switch (BPF_CLASS(instruction->code)) {
	case BPF_LD:
		return HEEL_NEED(heel_format(arena, "ld   [%u]\t; %s", instruction->k,
					     word_name(arena, instruction->k)));
	case BPF_ALU:
		return HEEL_NEED(heel_format(arena, "and  %#x", instruction->k));
	case BPF_RET:
		return HEEL_NEED(heel_format(arena, "ret  %#x\t; %s", instruction->k,
					     action_text(arena, instruction->k)));
	default:
		return jump_text(arena, program, i, holds);
	}
}

static const char *arch_name(enum heel_arch arch)
{
	return arch == HEEL_ARCH_NATIVE ? "" : " of i386";
}

static void print_program(const struct heel_program *program)
{
	struct heel_arena arena = {0};
	const enum holds *holds = follow(&arena, program);
	const char *title = HEEL_NEED(heel_format(
		&arena, "\nProgram: %s%s (%zu instructions%s)", program->title,
		arch_name(program->arch), program->n, program->logged ? ", logged" : ""));

	/* The newline would be escaped. */
	(void)fputc('\n', stdout);
	heel_put_styled(stdout, HEEL_STYLE_HEADING, title + 1);
	(void)fputc('\n', stdout);
	for (size_t i = 0; i < program->n; i++)
		(void)printf("  %4zu  %s\n", i,
			     instruction_text(&arena, program, i, holds[i]));
	heel_arena_free(&arena);
}

void heel_print_filter(const struct heel_plan *plan)
{
	print_rules(&plan->filter);
	for (size_t i = 0; i < plan->n_programs; i++)
		print_program(&plan->programs[i]);
}

/* --- JSON --- */

static json_t *json_filter_rule(const struct heel_filter_rule *rule)
{
	struct heel_arena arena = {0};
	json_t *item = heel_json_object();

	heel_json_set(item, "call", heel_json_text(rule->denial.call));
	heel_json_set(item, "error",
		      heel_json_text(error_name(&arena, rule->denial.error)));
	heel_json_set(item, "condition",
		      heel_json_text(conditions_text(&arena, &rule->denial)));
	heel_json_set(item, "reason", heel_json_text(rule->reason));
	heel_json_set(item, "source",
		      heel_json_text(heel_origin_text(&arena, rule->from)));
	heel_arena_free(&arena);
	return item;
}

static json_t *json_program(const struct heel_program *program)
{
	struct heel_arena arena = {0};
	const enum holds *holds = follow(&arena, program);
	json_t *item = heel_json_object();
	json_t *instructions = heel_json_array();

	for (size_t i = 0; i < program->n; i++)
		heel_json_append(instructions, heel_json_text(instruction_text(
						       &arena, program, i, holds[i])));
	heel_json_set(item, "title",
		      heel_json_text(HEEL_NEED(heel_format(&arena, "%s%s", program->title,
							   arch_name(program->arch)))));
	heel_json_set(item, "logged", json_boolean(program->logged));
	heel_json_set(item, "instructions", instructions);
	heel_arena_free(&arena);
	return item;
}

json_t *heel_json_filter(const struct heel_plan *plan)
{
	json_t *filter = heel_json_object();
	json_t *rules = heel_json_array();
	json_t *programs = heel_json_array();

	for (size_t i = 0; i < plan->filter.n; i++)
		if (is_here(&plan->filter, &plan->filter.rules[i].denial))
			heel_json_append(rules, json_filter_rule(&plan->filter.rules[i]));
	for (size_t i = 0; i < plan->n_programs; i++)
		heel_json_append(programs, json_program(&plan->programs[i]));
	heel_json_set(filter, "rules", rules);
	heel_json_set(filter, "programs", programs);
	return filter;
}
