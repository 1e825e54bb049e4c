/* SPDX-License-Identifier: ISC */
/*
 * The table of named restrictions: what each one denies. Some depend on the rest of the
 * policy, or on who it is for; their denials are made in filter.c.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "denial.h"

/* The restrictions in the order of the manual. */
enum heel_restriction_id {
	HEEL_RESTRICT_DEBUG,
	HEEL_RESTRICT_PERF,
	HEEL_RESTRICT_NAMESPACES,
	HEEL_RESTRICT_MOUNT,
	HEEL_RESTRICT_IO_URING,
	HEEL_RESTRICT_KERNEL,
	HEEL_RESTRICT_CLOCK,
	HEEL_RESTRICT_KEYRING,
	HEEL_RESTRICT_PERSONALITY,
	HEEL_RESTRICT_TTY_INJECTION,
	HEEL_RESTRICT_OTHER_PROCESSES,
	HEEL_RESTRICT_DEVICE_NODES,
	HEEL_RESTRICT_FOREIGN_ABI,
	HEEL_RESTRICT_UNKNOWN_SYSCALLS,
	HEEL_RESTRICT_RAW_NETWORK,
	HEEL_RESTRICT_SETUID_BITS,
	HEEL_RESTRICT_METADATA,
	HEEL_RESTRICT_WX_MEMORY,
	HEEL_RESTRICT_FILELESS_EXEC,
	HEEL_RESTRICT_SYSV_IPC,
	HEEL_RESTRICT_REALTIME,
	HEEL_RESTRICT_SETID_CALLS,
	HEEL_RESTRICTIONS,
};

struct heel_restriction {
	const char *name;
	bool on_by_default; /* in "version = 1" */
	const char *stops;  /* in a few words, for people */
	const struct heel_denial *denials;
	size_t n_denials;
};

/* i is below HEEL_RESTRICTIONS. */
const struct heel_restriction *heel_restriction(size_t i);

/* The index of the restriction of that name, or -1. */
int heel_restriction_by_name(const char *name);

/*
 * The error of a call that is denied whatever its arguments, by syscalls.deny: what its
 * callers are prepared for, where that is not EPERM.
 */
int heel_error_of_call(const char *call);
