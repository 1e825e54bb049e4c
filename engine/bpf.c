/* SPDX-License-Identifier: ISC */
/* From the denials of a filter to programs for the kernel. */
#include <errno.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <seccomp.h>

#include "bpf.h"

/*
 * A filter sees the number, the architecture, and six arguments of 64 bits, in 32-bit
 * words (struct seccomp_data). The lower half of an argument is where the byte order puts
 * it.
 */
#define NUMBER_WORD offsetof(struct seccomp_data, nr)
#define ARCH_WORD   offsetof(struct seccomp_data, arch)
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define LOWER_WORD(i) (offsetof(struct seccomp_data, args) + (size_t)8 * (i))
#else
#define LOWER_WORD(i) (offsetof(struct seccomp_data, args) + (size_t)8 * (i) + 4)
#endif

#define RET_ERROR(error) (SECCOMP_RET_ERRNO | ((uint32_t)(error)&SECCOMP_RET_DATA))

struct assembler {
	struct heel_arena *arena;
	const struct heel_filter *filter;
	enum heel_arch arch;
	struct sock_filter *code;
	size_t n;
	struct heel_report *report;
};

/* --- Instructions --- */

static int emit(struct assembler *assembler, struct sock_filter instruction)
{
	struct sock_filter *code =
		heel_grow(assembler->arena, assembler->code, assembler->n, sizeof(*code));

	if (!code)
		return heel_fail_memory(assembler->report);
	code[assembler->n++] = instruction;
	assembler->code = code;
	return 0;
}

static int emit_load(struct assembler *assembler, size_t word)
{
	return emit(assembler, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
							    (uint32_t)word));
}

/* Jumps by so many instructions if the comparison holds, and by so many if not. */
static int emit_jump(struct assembler *assembler, unsigned int compare, uint32_t value,
		     size_t yes, size_t no)
{
	if (yes > UINT8_MAX || no > UINT8_MAX)
		return heel_fail(assembler->report, E2BIG, (struct heel_origin){0},
				 "a rule of the filter is too long to jump over");
	return emit(assembler,
		    (struct sock_filter)BPF_JUMP((uint16_t)(BPF_JMP | compare | BPF_K),
						 value, (uint8_t)yes, (uint8_t)no));
}

static int emit_return(struct assembler *assembler, uint32_t action)
{
	return emit(assembler, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, action));
}

/* --- One rule --- */

static size_t length_of_condition(const struct heel_condition *condition)
{
	switch (condition->compare) {
	case HEEL_MASKED:
		return 3;
	case HEEL_NOT_EQUAL:
	case HEEL_ABOVE:
		return 2;
	case HEEL_NONE_OF:
		return 1 + condition->n_values;
	}
	return 0;
}

/* Goes on behind itself if the condition holds, else left instructions after that. */
static int emit_condition(struct assembler *assembler,
			  const struct heel_condition *condition, size_t left)
{
	int rc = emit_load(assembler, LOWER_WORD(condition->argument));

	if (rc < 0)
		return rc;
	switch (condition->compare) {
	case HEEL_MASKED:
		rc = emit(assembler, (struct sock_filter)BPF_STMT(
					     BPF_ALU | BPF_AND | BPF_K, condition->mask));
		return rc < 0 ? rc
			      : emit_jump(assembler, BPF_JEQ, condition->value, 0, left);
	case HEEL_NOT_EQUAL:
		return emit_jump(assembler, BPF_JEQ, condition->value, left, 0);
	case HEEL_ABOVE:
		return emit_jump(assembler, BPF_JGT, condition->value, 0, left);
	case HEEL_NONE_OF:
		for (size_t i = 0; rc == 0 && i < condition->n_values; i++)
			rc = emit_jump(assembler, BPF_JEQ, condition->values[i],
				       condition->n_values - 1 - i + left, 0);
		return rc;
	}
	return -EINVAL;
}

/* True where the lower 32 bits of the arguments are all that counts. */
static bool is_of_32_bits(const struct assembler *assembler,
			  const struct heel_denial *denial)
{
	for (size_t i = 0; i < denial->n_conditions; i++)
		if (assembler->arch == HEEL_ARCH_NATIVE &&
		    denial->conditions[i].compare != HEEL_MASKED &&
		    denial->conditions[i].compare != HEEL_NONE_OF)
			return false;
	return true;
}

/*
 * Answers a call if it is the one and all conditions hold, else goes on behind itself.
 * Arguments are compared in 32 bits, which is all that calls of i386 have.
 */
static int emit_rule(struct assembler *assembler, const struct heel_denial *denial,
		     int number)
{
	size_t left = 1; /* the answer */
	int rc;

	if (!is_of_32_bits(assembler, denial))
		return heel_fail(assembler->report, EINVAL, (struct heel_origin){0},
				 "the rule on \"%s\" needs a libseccomp that knows it",
				 denial->call);
	for (size_t i = 0; i < denial->n_conditions; i++)
		left += length_of_condition(&denial->conditions[i]);
	rc = emit_load(assembler, NUMBER_WORD);
	if (rc == 0)
		rc = emit_jump(assembler, BPF_JEQ, (uint32_t)number, 0, left);
	for (size_t i = 0; rc == 0 && i < denial->n_conditions; i++) {
		left -= length_of_condition(&denial->conditions[i]);
		rc = emit_condition(assembler, &denial->conditions[i], left);
	}
	return rc < 0 ? rc : emit_return(assembler, RET_ERROR(denial->error));
}

/* --- Programs --- */

/* Calls of other architectures are for other programs. */
static int emit_arch(struct assembler *assembler)
{
	int rc = emit_load(assembler, ARCH_WORD);

	if (rc == 0)
		rc = emit_jump(assembler, BPF_JEQ, heel_arch_token(assembler->arch), 1,
			       0);
	return rc < 0 ? rc : emit_return(assembler, SECCOMP_RET_ALLOW);
}

/* Ends every branch; the kernel takes no program that is longer. */
static int finish(struct assembler *assembler, const char *title, bool logged,
		  struct heel_program *ret)
{
	if (assembler->n > HEEL_PROGRAM_LENGTH_MAX)
		return heel_fail(
			assembler->report, E2BIG, (struct heel_origin){0},
			"the system call filter has %zu instructions, and the kernel takes %d: deny fewer system calls",
			assembler->n, HEEL_PROGRAM_LENGTH_MAX);
	*ret = (struct heel_program){title, assembler->arch, logged, assembler->code,
				     assembler->n};
	return 0;
}

/* True for what is answered as if the kernel did not have it. */
static bool is_missing(const struct heel_denial *denial)
{
	return denial->error == ENOSYS && denial->n_conditions == 0;
}

/* ENOSYS for a range of numbers; the accumulator has the number. */
static int emit_range(struct assembler *assembler, struct heel_number_range range)
{
	bool one = range.first == range.last;
	bool open = range.last == UINT32_MAX;
	int rc = emit_jump(assembler, one ? BPF_JEQ : BPF_JGE, range.first, 0,
			   one || open ? 1 : 2);

	if (rc == 0 && !one && !open)
		rc = emit_jump(assembler, BPF_JGT, range.last, 1, 0);
	return rc < 0 ? rc : emit_return(assembler, RET_ERROR(ENOSYS));
}

/*
 * The first program: calls that are answered with ENOSYS. Numbers that heel does not
 * know, those of x32 (which wear the architecture of x86-64), and those that have to be
 * missing.
 */
static int assemble_missing(struct assembler *assembler, struct heel_program *ret)
{
	const struct heel_filter *filter = assembler->filter;
	const struct heel_number_range *ranges;
	size_t n;
	int rc = emit_arch(assembler);

	if (rc == 0)
		rc = emit_load(assembler, NUMBER_WORD);
	if (rc == 0)
		rc = emit_range(assembler,
				(struct heel_number_range){HEEL_X32_NUMBERS, UINT32_MAX});
	ranges = heel_unknown_numbers(assembler->arch, &n);
	for (size_t i = 0; rc == 0 && !filter->unknown && i < n; i++)
		rc = emit_range(assembler, ranges[i]);
	for (size_t i = 0; rc == 0 && i < filter->n; i++) {
		const struct heel_denial *denial = &filter->rules[i].denial;
		int number;

		if (!is_missing(denial))
			continue;
		number = heel_syscall_number(assembler->arch, denial->call);
		if (number < 0)
			continue;
		rc = emit_range(assembler, (struct heel_number_range){(uint32_t)number,
								      (uint32_t)number});
	}
	if (rc == 0)
		rc = emit_return(assembler, SECCOMP_RET_ALLOW);
	return rc < 0 ? rc : finish(assembler, "missing system calls", false, ret);
}

/* libseccomp has no word for a list of values, and none for numbers it does not know. */
static bool is_for_library(const struct assembler *assembler,
			   const struct heel_denial *denial)
{
	if (assembler->arch != HEEL_ARCH_NATIVE ||
	    !heel_syscall_is_in_library(denial->call))
		return false;
	for (size_t i = 0; i < denial->n_conditions; i++)
		if (denial->conditions[i].compare == HEEL_NONE_OF)
			return false;
	return true;
}

/* The rules that are written here, one behind the other. */
static int emit_own_rules(struct assembler *assembler)
{
	const struct heel_filter *filter = assembler->filter;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < filter->n; i++) {
		const struct heel_denial *denial = &filter->rules[i].denial;
		int number;

		if (is_missing(denial) || is_for_library(assembler, denial))
			continue;
		number = heel_syscall_number(assembler->arch, denial->call);
		if (number >= 0)
			rc = emit_rule(assembler, denial, number);
	}
	return rc;
}

/* --- What libseccomp makes --- */

static int library_failed(struct assembler *assembler, int rc, const char *what)
{
	return heel_fail(assembler->report, -rc, (struct heel_origin){0},
			 "libseccomp cannot make the filter: %s: %s", what,
			 strerror(-rc));
}

static struct scmp_arg_cmp library_condition(const struct heel_condition *condition)
{
	struct scmp_arg_cmp cmp = {.arg = condition->argument};

	switch (condition->compare) {
	case HEEL_MASKED:
		cmp.op = SCMP_CMP_MASKED_EQ;
		cmp.datum_a = condition->mask;
		cmp.datum_b = condition->value;
		break;
	case HEEL_NOT_EQUAL:
		cmp.op = SCMP_CMP_NE;
		cmp.datum_a = condition->value;
		break;
	case HEEL_ABOVE:
	case HEEL_NONE_OF: /* is_for_library() is false for it */
		cmp.op = SCMP_CMP_GT;
		cmp.datum_a = condition->value;
		break;
	}
	return cmp;
}

static int add_library_rules(struct assembler *assembler, scmp_filter_ctx context)
{
	const struct heel_filter *filter = assembler->filter;

	for (size_t i = 0; i < filter->n; i++) {
		const struct heel_denial *denial = &filter->rules[i].denial;
		struct scmp_arg_cmp conditions[HEEL_CONDITIONS_MAX];
		int rc;

		if (is_missing(denial) || !is_for_library(assembler, denial))
			continue;
		for (size_t j = 0; j < denial->n_conditions; j++)
			conditions[j] = library_condition(&denial->conditions[j]);
		/* Exactly so or not at all: it would weaken what it cannot express. */
		rc = seccomp_rule_add_exact_array(
			context, SCMP_ACT_ERRNO((uint16_t)denial->error),
			heel_syscall_number(assembler->arch, denial->call),
			(unsigned int)denial->n_conditions, conditions);
		if (rc < 0)
			return library_failed(assembler, rc, denial->call);
	}
	return 0;
}

static int set_attributes(struct assembler *assembler, scmp_filter_ctx context)
{
	/* Calls of i386, where they are permitted, are for programs of their own. */
	uint32_t others =
		assembler->filter->i386 ? SCMP_ACT_ALLOW : SCMP_ACT_ERRNO(ENOSYS);
	/* Errors as the kernel gives them, not one that stands for all. */
	int rc = seccomp_attr_set(context, SCMP_FLTATR_API_SYSRAWRC, 1);

	if (rc == 0)
		rc = seccomp_attr_set(context, SCMP_FLTATR_ACT_BADARCH, others);
	if (rc < 0)
		return library_failed(assembler, rc, "other architectures");
	rc = seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	return rc < 0 ? library_failed(assembler, rc, "binary tree") : 0;
}

/*
 * The program as libseccomp writes it, behind what is there already. It writes to a
 * descriptor, once, and does not look at how much was taken: so to a socket that takes
 * all of a message or nothing, and has neither a size limit nor a name.
 */
static int append_export(struct assembler *assembler, scmp_filter_ctx context)
{
	static const size_t size =
		(HEEL_PROGRAM_LENGTH_MAX + 1) * sizeof(struct sock_filter);
	struct sock_filter *code = heel_alloc(assembler->arena, size, 1);
	HEEL_CLOSE int writing = -1;
	HEEL_CLOSE int reading = -1;
	int ends[2];
	ssize_t got;
	int rc;

	if (!code)
		return heel_fail_memory(assembler->report);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) <
	    0)
		return library_failed(assembler, -errno, "no socket pair");
	writing = ends[0];
	reading = ends[1];
	rc = seccomp_export_bpf(context, writing);
	if (rc < 0)
		return library_failed(assembler, rc, "export");
	got = read(reading, code, size);
	if (got <= 0 || (size_t)got % sizeof(*code) != 0)
		return library_failed(assembler, got < 0 ? -errno : -EIO, "export");
	for (size_t i = 0; i < (size_t)got / sizeof(*code); i++) {
		rc = emit(assembler, code[i]);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static void release_context(scmp_filter_ctx *context)
{
	if (*context)
		seccomp_release(*context);
}

/* A context in which something failed may hold half a rule: it is never exported. */
static int append_library_rules(struct assembler *assembler)
{
	__attribute__((cleanup(release_context))) scmp_filter_ctx context =
		seccomp_init(SCMP_ACT_ALLOW);
	int rc;

	if (!context)
		return heel_fail_memory(assembler->report);
	rc = set_attributes(assembler, context);
	if (rc == 0)
		rc = add_library_rules(assembler, context);
	return rc < 0 ? rc : append_export(assembler, context);
}

/*
 * The rules that are written here are for one architecture: a call of another one jumps
 * over them. The jump is made when their length is known.
 */
static int emit_guarded_rules(struct assembler *assembler)
{
	size_t jump;
	int rc = emit_load(assembler, ARCH_WORD);

	if (rc == 0)
		rc = emit_jump(assembler, BPF_JEQ, heel_arch_token(assembler->arch), 1,
			       0);
	jump = assembler->n;
	if (rc == 0)
		rc = emit(assembler, (struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, 0));
	if (rc == 0)
		rc = emit_own_rules(assembler);
	if (rc == 0)
		assembler->code[jump].k = (uint32_t)(assembler->n - jump - 1);
	return rc;
}

/* The second program: everything else, with the answers that are worth logging. */
static int assemble_denied(struct assembler *assembler, struct heel_program *ret)
{
	int rc = emit_guarded_rules(assembler);

	if (rc == 0 && assembler->arch == HEEL_ARCH_NATIVE)
		rc = append_library_rules(assembler);
	else if (rc == 0)
		rc = emit_return(assembler, SECCOMP_RET_ALLOW);
	return rc < 0 ? rc : finish(assembler, "denied system calls", true, ret);
}

int heel_assemble(struct heel_arena *arena, const struct heel_filter *filter,
		  const struct heel_program **ret, size_t *ret_n,
		  struct heel_report *report)
{
	struct heel_program *programs =
		heel_alloc(arena, HEEL_PROGRAMS_MAX, sizeof(*programs));
	const int arches = filter->i386 ? HEEL_ARCHES : 1;
	size_t n = 0;

	if (!programs)
		return heel_fail_memory(report);
	for (int arch = arches - 1; arch >= 0; arch--) {
		struct assembler missing = {arena, filter, (enum heel_arch)arch,
					    NULL,  0,	   report};
		struct assembler denied = missing;
		int rc = assemble_missing(&missing, &programs[n++]);

		if (rc == 0)
			rc = assemble_denied(&denied, &programs[n++]);
		if (rc < 0)
			return rc;
	}
	*ret = programs;
	*ret_n = n;
	return 0;
}
