/* SPDX-License-Identifier: ISC */
/*
 * From the denials of a filter to programs for the kernel. One of two users of
 * <seccomp.h>, which makes a balanced tree of what it can express; what it cannot, and
 * numbers that it does not know, stand in front of that, written here.
 */
#pragma once

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "attr.h"
#include "filter.h"
#include "report.h"
#include "syscalls.h"

/*
 * A program; several are installed one after the other, and the strictest answer counts.
 * Calls that have to be missing (ENOSYS) are answered by programs that are not logged:
 * each thread that a program starts tries clone3(2) first, and nobody is to read of that.
 * (Foreign ABIs are logged, although their answer is the same: nothing tries them.)
 * The program that denies native calls is the last, as it may deny seccomp(2) itself.
 */
struct heel_program {
	const char *title;
	enum heel_arch arch; /* whose calls it judges; others it allows */
	bool logged;	     /* the kernel is asked to log what it denies */
	const struct sock_filter *code;
	size_t n;
};

#define HEEL_PROGRAMS_MAX	((size_t)2 * HEEL_ARCHES)

/* The most instructions that the kernel takes in one program. */
#define HEEL_PROGRAM_LENGTH_MAX BPF_MAXINSNS

/*
 * Makes the programs of a filter, in the order in which they are installed. ret is an
 * array of *ret_n in the arena. Errors: -E2BIG when one is longer than the kernel takes,
 * -EINVAL when a rule cannot be expressed, -EMFILE, -ENOMEM.
 */
HEEL_MUST_CHECK int heel_assemble(struct heel_arena *arena,
				  const struct heel_filter *filter,
				  const struct heel_program **ret, size_t *ret_n,
				  struct heel_report *report);
