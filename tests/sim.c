/* SPDX-License-Identifier: ISC */
/* A classic BPF machine, of which filters use a small part. */
#include <linux/filter.h>
#include <string.h>

#include <check.h>

#include "sim.h"

static const char *refuses_jump(const struct heel_program *program, size_t i)
{
	const struct sock_filter *instruction = &program->code[i];

	if (BPF_OP(instruction->code) == BPF_JA)
		return instruction->k >= program->n - i - 1 ? "jump out of the program"
							    : NULL;
	return i + instruction->jt + 1 >= program->n ||
			       i + instruction->jf + 1 >= program->n
		       ? "conditional jump out of the program"
		       : NULL;
}

static const char *refuses_instruction(const struct heel_program *program, size_t i)
{
	const struct sock_filter *instruction = &program->code[i];

	switch (instruction->code) {
	case BPF_LD | BPF_W | BPF_ABS:
		return instruction->k % 4 != 0 ||
				       instruction->k >= sizeof(struct seccomp_data)
			       ? "load from nowhere"
			       : NULL;
	case BPF_ALU | BPF_AND | BPF_K:
	case BPF_RET | BPF_K:
		return NULL;
	case BPF_JMP | BPF_JA:
	case BPF_JMP | BPF_JEQ | BPF_K:
	case BPF_JMP | BPF_JGT | BPF_K:
	case BPF_JMP | BPF_JGE | BPF_K:
	case BPF_JMP | BPF_JSET | BPF_K:
		return refuses_jump(program, i);
	default:
		return "an instruction that filters do not use";
	}
}

const char *sim_refuses(const struct heel_program *program)
{
	if (program->n == 0 || program->n > BPF_MAXINSNS)
		return "length";
	for (size_t i = 0; i < program->n; i++) {
		const char *why = refuses_instruction(program, i);

		if (why)
			return why;
	}
	return BPF_CLASS(program->code[program->n - 1].code) == BPF_RET
		       ? NULL
		       : "no return at the end";
}

static bool holds(const struct sock_filter *instruction, uint32_t accumulator)
{
	switch (BPF_OP(instruction->code)) {
	case BPF_JEQ:
		return accumulator == instruction->k;
	case BPF_JGT:
		return accumulator > instruction->k;
	case BPF_JGE:
		return accumulator >= instruction->k;
	default:
		return accumulator & instruction->k;
	}
}

static uint32_t load(const struct seccomp_data *data, uint32_t offset)
{
	uint32_t word;

	memcpy(&word, (const char *)data + offset, sizeof(word));
	return word;
}

uint32_t sim_action(const struct heel_program *program, const struct seccomp_data *data)
{
	uint32_t accumulator = 0;

	for (size_t i = 0; i < program->n; i++) {
		const struct sock_filter *instruction = &program->code[i];

		switch (BPF_CLASS(instruction->code)) {
		case BPF_LD:
			accumulator = load(data, instruction->k);
			break;
		case BPF_ALU:
			accumulator &= instruction->k;
			break;
		case BPF_RET:
			return instruction->k;
		default:
			if (BPF_OP(instruction->code) == BPF_JA)
				i += instruction->k;
			else
				i += holds(instruction, accumulator) ? instruction->jt
								     : instruction->jf;
		}
	}
	ck_abort_msg("the program has no end");
	return 0;
}

int sim_call(const struct heel_program *programs, size_t n,
	     const struct seccomp_data *data, bool *ret_logged)
{
	int error = 0;

	if (ret_logged)
		*ret_logged = false;
	for (size_t i = n; i-- > 0;) {
		uint32_t action = sim_action(&programs[i], data);

		if (action == SECCOMP_RET_ALLOW)
			continue;
		ck_assert_uint_eq(action & SECCOMP_RET_ACTION_FULL, SECCOMP_RET_ERRNO);
		if (error != 0)
			continue;
		error = (int)(action & SECCOMP_RET_DATA);
		ck_assert_int_gt(error, 0);
		if (ret_logged)
			*ret_logged = programs[i].logged;
	}
	return error;
}
