/* SPDX-License-Identifier: ISC */
/*
 * What the kernel can do: a plain value, and the functions that ask the
 * running kernel for it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "attr.h"
#include "report.h"

/* Memory that was writable never becomes executable; newer than the build's headers. */
#define HEEL_PR_SET_MDWE	      65
#define HEEL_PR_GET_MDWE	      66
#define HEEL_PR_MDWE_REFUSE_EXEC_GAIN 1UL

struct heel_kernel {
	char release[65];    /* for people only; nothing is decided by it */
	int abi;	     /* Landlock's, or 0 */
	int landlock_error;  /* why abi is 0: ENOSYS not built in, EOPNOTSUPP not enabled
			      */
	unsigned int errata; /* bit N-1: erratum N is fixed */
	bool seccomp;	     /* filters can be installed */
	bool mdwe;	     /* PR_SET_MDWE is there (Linux 6.3) */
};

/* Asks the running kernel. Cannot fail: what cannot be asked is not there. */
void heel_kernel_query(struct heel_kernel *ret);

/*
 * How many Landlock domains the caller is nested in, as nobody can ask the kernel: a
 * child nests more until there is no room. 0 without looking where no system call filter
 * is in force, as then no domain of heel's is. For people only; nothing is decided by it.
 */
unsigned int heel_count_layers(void);

enum heel_trial_result {
	HEEL_TRIAL_ENFORCED,
	HEEL_TRIAL_NOT_ENFORCED, /* the kernel claims it and did not do it */
	HEEL_TRIAL_NOT_HERE,	 /* this kernel does not have it */
	HEEL_TRIAL_IMPOSSIBLE, /* could not be tried: the same act fails without a domain
				*/
};

/* One act tried outside and inside a real domain. */
struct heel_trial {
	const char *name; /* "read outside the rules", ... */
	int abi;	  /* the ABI that brought it */
	bool known_gap; /* not Landlock's claim: the system call filter has to close it */
	enum heel_trial_result result;
};

#define HEEL_TRIALS 10

/*
 * Forks a child that puts itself under a real ruleset with a real path rule
 * and tries what must then fail, and what must still work. Harmless: touches
 * no file, connects only to a closed port on loopback. The child is killed after
 * five seconds. Fills in all trials; returns 0 if everything the kernel claims
 * was enforced, else a negative errno with an error in the report.
 */
HEEL_MUST_CHECK int heel_kernel_selftest(const struct heel_kernel *kernel,
					 struct heel_trial ret[static HEEL_TRIALS],
					 struct heel_report *report);
