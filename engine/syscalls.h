/* SPDX-License-Identifier: ISC */
/*
 * The names of system calls: their numbers, also those that the installed libseccomp
 * does not know yet, and the groups of them that a profile may name.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "attr.h"

/* The architectures whose calls a filter can judge by name. */
enum heel_arch {
	HEEL_ARCH_NATIVE,
	HEEL_ARCH_I386, /* only on x86-64 */
	HEEL_ARCHES,
};

/* The kernel's AUDIT_ARCH_ value, or 0 where this machine has no such calls. */
uint32_t heel_arch_token(enum heel_arch arch);

/*
 * The number of a call, or -1 where the architecture has none of that name. Of i386,
 * the calls that also stand behind socketcall(2) and ipc(2) have their own numbers.
 */
int heel_syscall_number(enum heel_arch arch, const char *name);

/* True if libseccomp can judge the call by that name itself. */
bool heel_syscall_is_in_library(const char *name);

/* True for a name of a call, on whatever architecture. */
bool heel_is_syscall(const char *name);

/* The name of a number, or NULL; in the arena. */
const char *heel_syscall_name(struct heel_arena *arena, enum heel_arch arch, int number);

/* Numbers that heel knows nothing about: first to last; the last range has no end. */
struct heel_number_range {
	uint32_t first, last;
};

/* The ranges of an architecture, in ascending order. */
const struct heel_number_range *heel_unknown_numbers(enum heel_arch arch, size_t *ret_n);

/* Calls of this number on are those of x32, which are never answered. */
#define HEEL_X32_NUMBERS UINT32_C(0x40000000)

/*
 * A group as systemd names it: "@mount". members is words with one blank between
 * them; one that begins with "@" is a group whose members it has, too. A member
 * that is no name of a call here is to be passed over.
 */
struct heel_syscall_group {
	const char *name;
	const char *members;
};

/* The groups; each is listed once. */
const struct heel_syscall_group *heel_syscall_groups(size_t *ret_n);

/* The group of that name, which begins with "@"; or NULL. */
const struct heel_syscall_group *heel_syscall_group(const char *name);

/*
 * Calls visit with every call that a name stands for: itself, or a group's members and
 * those of the groups in it. Stops at, and returns, the first result that is not 0.
 */
typedef int heel_syscall_visit(const char *call, void *context);
HEEL_MUST_CHECK int heel_visit_syscalls(struct heel_arena *arena, const char *name,
					heel_syscall_visit *visit, void *context);
