/* SPDX-License-Identifier: ISC */
/* The groups of the calling process, for which no name service is asked. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "subject.h"

int heel_take_groups(struct heel_arena *arena, struct heel_subject *subject)
{
	gid_t few[64]; /* mostly all of them */
	int n = getgroups(HEEL_ARRAY_SIZE(few), few);
	gid_t *groups;

	if (n < 0)
		n = getgroups(0, NULL);
	if (n < 0)
		return -errno;
	groups = heel_alloc(arena, (size_t)n + 1, sizeof(*groups));
	if (!groups)
		return -ENOMEM;
	if (n <= (int)HEEL_ARRAY_SIZE(few))
		memcpy(groups, few, (size_t)n * sizeof(*groups));
	else
		n = getgroups(n, groups);
	if (n < 0)
		return -errno;
	subject->groups = groups;
	subject->n_groups = (size_t)n;
	return 0;
}
