/* SPDX-License-Identifier: ISC */
/* What sessions may do under one policy and not under another. */
#pragma once

#include "ctl.h"

/*
 * One thing that is gained or lost. To be gained, the session must be able to do more: so
 * a restriction that went is gained. The texts are as `heel show` has them.
 */
struct heel_change {
	bool gained;
	const char *what;   /* "write", "tcp_connect", "permit" */
	const char *object; /* a path, a port, a name */
	struct heel_origin from;
};

/* Set the arena, in which the texts are as well; the rest is zero at first. */
struct heel_changes {
	struct heel_arena *arena;
	struct heel_change *v;
	size_t n;
};

/* Adds a change, unless it is there. The texts are not copied. */
void heel_add_change(struct heel_changes *changes, bool gained, const char *what,
		     const char *object, struct heel_origin from);

/* Where a change comes from: a line of the freer policy, or what it has left out. */
struct heel_origin heel_line_of(struct heel_origin freer, struct heel_origin stricter);

/* The parts of a policy; a set of bits. */
enum heel_part {
	HEEL_PART_GRANTS = 1,  /* what is enforced */
	HEEL_PART_MANNERS = 2, /* limits, environment, umask, shell */
	HEEL_PART_KERNELS = 4, /* of heel.conf: on which kernels there are sessions */
};

#define HEEL_PART_ALL (HEEL_PART_GRANTS | HEEL_PART_MANNERS | HEEL_PART_KERNELS)

/*
 * Adds what was lost and what is gained from the old policy to the new one, as the
 * profiles say it and on whatever kernel. Turned round, it adds the same with the other
 * sign. A path below one with the same rights, as far as it can be seen here, is no gain.
 */
void heel_compare(const struct heel_policy *old, const struct heel_policy *new,
		  unsigned int parts, struct heel_changes *changes);
