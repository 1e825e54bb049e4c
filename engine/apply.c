/* SPDX-License-Identifier: ISC */
/* The irreversible part: limits, umask, no_new_privs, the domain, the filter. */
#include <errno.h>
#include <linux/seccomp.h>
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

	if (setrlimit(HEEL_RESOURCE(limit->resource), &wanted) == 0)
		return 0;
	if (errno != EPERM || getrlimit(HEEL_RESOURCE(limit->resource), &present) < 0 ||
	    wanted.rlim_max <= present.rlim_max)
		return heel_fail(report, errno, value->from,
				 "limit \"%s\" cannot be set: %s", limit->name,
				 strerror(errno));
	wanted.rlim_max = present.rlim_max;
	if (wanted.rlim_cur > wanted.rlim_max)
		wanted.rlim_cur = wanted.rlim_max;
	if (setrlimit(HEEL_RESOURCE(limit->resource), &wanted) < 0)
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

int heel_fail_layers(struct heel_report *report)
{
	return heel_fail(report, E2BIG, (struct heel_origin){0},
			 "this session is nested in %d Landlock domains already, and the "
			 "kernel allows no more",
			 HEEL_LANDLOCK_MAX_LAYERS);
}

static int restrict_self(const struct heel_plan *plan, int ruleset_fd,
			 struct heel_report *report)
{
	if (syscall(HEEL_SYS_LANDLOCK_RESTRICT_SELF, ruleset_fd, plan->restrict_flags) ==
	    0)
		return 0;
	if (errno == E2BIG)
		return heel_fail_layers(report);
	return heel_fail(report, errno, (struct heel_origin){0},
			 "the kernel refuses the Landlock domain: %s", strerror(errno));
}

/* Inherited over fork and exec. Not a filter: only the kernel knows what was writable. */
static int apply_wx_memory(const struct heel_plan *plan, struct heel_report *report)
{
	const struct heel_origin from =
		plan->policy->restrictions[HEEL_RESTRICT_WX_MEMORY].from;

	if (!plan->wx_memory)
		return 0;
	if (prctl(HEEL_PR_SET_MDWE, HEEL_PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0) < 0)
		return heel_fail(report, errno, from,
				 "restriction \"wx_memory\" cannot be set: %s",
				 strerror(errno));
	/* As with no_new_privs: what was answered may not have been done. */
	if (!(prctl(HEEL_PR_GET_MDWE, 0, 0, 0, 0) & (int)HEEL_PR_MDWE_REFUSE_EXEC_GAIN))
		return heel_fail(report, EPERM, from,
				 "restriction \"wx_memory\" was set and is not in force");
	return 0;
}

static int install_program(const struct heel_program *program, struct heel_report *report)
{
	const struct sock_fprog fprog = {
		.len = (unsigned short)program->n,
		/* The kernel only reads it; its struct knows no const. */
		.filter = (struct sock_filter *)(uintptr_t)program->code,
	};
	const unsigned int flags = program->logged ? SECCOMP_FILTER_FLAG_LOG : 0;

	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &fprog) == 0)
		return 0;
	if (errno == ENOMEM)
		return heel_fail(
			report, ENOMEM, (struct heel_origin){0},
			"the kernel takes no more system call filters: those that are installed here are too long already, or memory is exhausted");
	return heel_fail(report, errno, (struct heel_origin){0},
			 "the kernel refuses the system call filter: %s",
			 strerror(errno));
}

static int install_filter(const struct heel_plan *plan, struct heel_report *report)
{
	for (size_t i = 0; i < plan->n_programs; i++) {
		int rc = install_program(&plan->programs[i], report);

		if (rc < 0)
			return rc;
	}
	return 0;
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
	rc = restrict_self(plan, ruleset_fd, report);
	if (rc < 0)
		return rc;
	rc = apply_wx_memory(plan, report);
	/*
	 * The filter comes last of all: it may deny the very calls of the steps before,
	 * and nothing that installing it needs is denied by the domain.
	 */
	return rc < 0 ? rc : install_filter(plan, report);
}
