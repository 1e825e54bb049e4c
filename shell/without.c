/* SPDX-License-Identifier: ISC */
/*
 * Takes the place of engine/load.c, engine/bpf.c and libseccomp in heel-shell, which has
 * no library to parse a policy with, nor one to compile filters: what is not in the cache
 * is left to the program that has them.
 */
#include <errno.h>

#include <seccomp.h>

#include "bpf.h"
#include "load.h"

int heel_load(HEEL_UNUSED struct heel_arena *arena,
	      HEEL_UNUSED const struct heel_schema *schema, const char *file,
	      HEEL_UNUSED const char *text, HEEL_UNUSED size_t length,
	      HEEL_UNUSED struct heel_values **ret, struct heel_report *report)
{
	return heel_fail(report, ENOSYS, (struct heel_origin){file, 0},
			 "is not in the cache");
}

int heel_assemble(HEEL_UNUSED struct heel_arena *arena,
		  HEEL_UNUSED const struct heel_filter *filter,
		  HEEL_UNUSED const struct heel_program **ret, HEEL_UNUSED size_t *ret_n,
		  struct heel_report *report)
{
	return heel_fail(report, ENOSYS, (struct heel_origin){0},
			 "the filter is not in the cache");
}

/* Names are only asked for when a policy is loaded. */
uint32_t seccomp_arch_native(void)
{
	return 0;
}

int seccomp_syscall_resolve_name(HEEL_UNUSED const char *name)
{
	return __NR_SCMP_ERROR;
}
