/* SPDX-License-Identifier: ISC */
/*
 * Who a session is for: a plain value. Everything up to the plan works on
 * made-up subjects; only the look-ups below ask the name service.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "arena.h"
#include "attr.h"
#include "report.h"

/* How a session comes to be confined. */
enum heel_door {
	HEEL_DOOR_SHELL,   /* by the user's own process: heel-shell, heel run */
	HEEL_DOOR_SESSION, /* by root, in the process of a service that opens the session
			    */
	HEEL_DOOR_CHILD, /* by root, in the child that such a process made for the user */
};

/* What the database of groups says of one. */
struct heel_group {
	gid_t gid;
	bool lists_user; /* false also where its members are left out */
};

struct heel_subject {
	const char *service; /* PAM service, "heel-shell", or what --service says */
	enum heel_door door;
	const char *user; /* the canonical name of the password database */
	uid_t uid;
	gid_t gid;
	const char *group; /* name of the primary group; NULL: ask name_group() when it
			      matters */
	const char *home;
	const char *shell;   /* the login shell of the password database */
	const gid_t *groups; /* supplementary groups; may repeat gid */
	size_t n_groups;

	/*
	 * Finds a group by name, and whether it lists the user. Returns 0, or a
	 * negative errno if the name does not resolve for whatever reason: no such
	 * group and an unreachable directory server cannot be told apart safely.
	 */
	int (*find_group)(const char *name, const char *user, struct heel_group *ret);

	/* Finds a group's name, in the arena; NULL if it has none. May be NULL itself. */
	const char *(*name_group)(struct heel_arena *arena, gid_t gid);
};

/* Where the supplementary groups come from. */
enum heel_groups {
	HEEL_GROUPS_OF_PROCESS,	 /* getgroups(2): right and fast for the caller's own
				    session */
	HEEL_GROUPS_OF_DATABASE, /* the name service: for somebody else */
};

/* Gives the subject the groups of the calling process. 0 or a negative errno. */
HEEL_MUST_CHECK int heel_take_groups(struct heel_arena *arena,
				     struct heel_subject *subject);

/*
 * Looks the user up in the password database. Strings live in the arena.
 * Returns 0, -ENOENT if there is no such user, or another negative errno.
 */
HEEL_MUST_CHECK int heel_subject_by_name(struct heel_arena *arena, const char *name,
					 const char *service, enum heel_groups groups,
					 struct heel_subject *ret,
					 struct heel_report *report);
HEEL_MUST_CHECK int heel_subject_by_uid(struct heel_arena *arena, uid_t uid,
					const char *service, enum heel_groups groups,
					struct heel_subject *ret,
					struct heel_report *report);
