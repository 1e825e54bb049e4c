/* SPDX-License-Identifier: ISC */
/*
 * The kernel's side of a system call filter, for tests that need no kernel: whether it
 * takes the programs, and what they answer to a call.
 */
#pragma once

#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf.h"

/* As bpf_check_classic() and seccomp_check_filter() judge. NULL, or what is wrong. */
const char *sim_refuses(const struct heel_program *program);

/* What one program that is not refused answers. */
uint32_t sim_action(const struct heel_program *program, const struct seccomp_data *data);

/*
 * The errno that a call is answered with, or 0 if it is allowed: the strictest answer
 * of the programs, and of equal ones that of the newest. Fails the test when a program
 * does anything else. *ret_logged, if not NULL: the kernel would log the denial.
 */
int sim_call(const struct heel_program *programs, size_t n,
	     const struct seccomp_data *data, bool *ret_logged);
