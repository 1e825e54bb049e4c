/* SPDX-License-Identifier: ISC */
/* The irreversible part: limits, umask, no_new_privs, the domain. */
#include <errno.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "apply.h"

/*
 * Sets one limit. A hard limit above the present one needs privilege; without
 * it the present one stays, which is never weaker than what was asked for.
 */
static int apply_limit(const struct heel_limit *limit,
		       const struct heel_limit_value *value, struct heel_report *report)
{
	struct rlimit wanted = {value->soft, value->hard};
	struct rlimit present;

	if (setrlimit((__rlimit_resource_t)limit->resource, &wanted) == 0)
		return 0;
	if (errno != EPERM ||
	    getrlimit((__rlimit_resource_t)limit->resource, &present) < 0 ||
	    wanted.rlim_max <= present.rlim_max)
		return heel_fail(report, errno, value->from,
				 "limit \"%s\" cannot be set: %s", limit->name,
				 strerror(errno));
	wanted.rlim_max = present.rlim_max;
	if (wanted.rlim_cur > wanted.rlim_max)
		wanted.rlim_cur = wanted.rlim_max;
	if (setrlimit((__rlimit_resource_t)limit->resource, &wanted) < 0)
		return heel_fail(report, errno, value->from,
				 "limit \"%s\" cannot be set: %s", limit->name,
				 strerror(errno));
	heel_note(report, value->from,
		  "limit \"%s\" lowered to the present hard limit %llu", limit->name,
		  (unsigned long long)present.rlim_max);
	return 0;
}

static int apply_limits(const struct heel_policy *policy, struct heel_report *report)
{
	for (size_t i = 0; i < HEEL_LIMITS; i++) {
		int rc = 0;

		if (policy->limits[i].set)
			rc = apply_limit(heel_limit(i), &policy->limits[i], report);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int apply_no_new_privs(const struct heel_policy *policy,
			      struct heel_report *report)
{
	if (!policy->no_new_privs)
		return 0;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return heel_fail(report, errno, (struct heel_origin){0},
				 "no_new_privs cannot be set: %s", strerror(errno));
	/* A filter can answer a call with success and not do it. */
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		return heel_fail(report, EPERM, (struct heel_origin){0},
				 "no_new_privs was set and is not in force");
	return 0;
}

static int restrict_self(const struct heel_plan *plan, int ruleset_fd,
			 struct heel_report *report)
{
	if (syscall(HEEL_SYS_LANDLOCK_RESTRICT_SELF, ruleset_fd, plan->restrict_flags) ==
	    0)
		return 0;
	if (errno == E2BIG)
		return heel_fail(
			report, E2BIG, (struct heel_origin){0},
			"this session is nested in %d Landlock domains already, and the "
			"kernel allows no more",
			HEEL_LANDLOCK_MAX_LAYERS);
	return heel_fail(report, errno, (struct heel_origin){0},
			 "the kernel refuses the Landlock domain: %s", strerror(errno));
}

int heel_apply(const struct heel_plan *plan, int ruleset_fd, struct heel_report *report)
{
	int rc;

	/* Limits first: from the domain on, what fails should be the session's own acts.
	 */
	rc = apply_limits(plan->policy, report);
	if (rc < 0)
		return rc;
	if (plan->policy->has_umask)
		(void)umask(
			plan->policy->umask); /* cannot fail; the old one is not needed */
	/* Then no_new_privs, without which the kernel gives a domain to root only. */
	rc = apply_no_new_privs(plan->policy, report);
	if (rc < 0)
		return rc;
	/*
	 * The domain. The system call filter will come after it, last of all: it may
	 * deny these very calls, and nothing that the filter needs is denied here.
	 */
	return restrict_self(plan, ruleset_fd, report);
}
