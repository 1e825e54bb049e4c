/* SPDX-License-Identifier: ISC */
/*
 * Opens paths from "/" component by component, looking at each object through
 * its descriptor. A Landlock rule is bound to whatever object was opened, so a
 * path that a user can influence must not lead anywhere the administrator did
 * not mean. What a walk passes through puts the rest of a path into a region:
 *
 *   system   so far every directory belongs to root, and only root can write
 *            to it: a link that belongs to root is followed
 *   third    some directory belongs to somebody else: no link is followed
 *   user     some directory belongs to the user, or its group or others may
 *            write to it, or a FUSE file system begins there, which may be the
 *            user's invention: no link is followed, what is opened must belong
 *            to the user or to root, and a file must not have other hard links
 *
 * Each step opens one name below a directory that is held open, without
 * following it, so nothing that is renamed or replaced meanwhile can lead
 * elsewhere. Only O_PATH is used: FIFOs and devices neither block nor act.
 *
 * A walk remembers every directory, so paths that share a beginning share
 * the work.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#include "arena.h"
#include "attr.h"
#include "report.h"
#include "subject.h"

enum heel_region {
	HEEL_REGION_SYSTEM,
	HEEL_REGION_THIRD,
	HEEL_REGION_USER,
};

/* An object that was found. Everything in it lives as long as the walk. */
struct heel_place {
	const char *path; /* where it is, links followed */
	int fd;		  /* O_PATH */
	dev_t dev;
	ino_t ino;
	mode_t mode;
	uid_t uid;
	gid_t gid;
	nlink_t nlink;
	enum heel_region region; /* that it lies in */
	enum heel_region below;	 /* that what lies below it is in */
	const char *blame;	 /* why below is not "system", or NULL */
};

struct heel_walk;

/*
 * Starts a walk for a subject's rules. Where the caller is root, the calling
 * thread takes the subject's file system identity (fsuid, fsgid, groups) until
 * heel_walk_end(): it sees what the session will see, and network homes that
 * root cannot read. Do nothing else in between.
 */
HEEL_MUST_CHECK int heel_walk_begin(const struct heel_subject *subject,
				    struct heel_walk **ret, struct heel_report *report);

/*
 * Starts a walk for policy files, with the caller's identity. Here the system
 * region is what the policy may lie in: directories of root, and of the owner
 * if that is another uid, that are not writable by group or others; a sticky
 * directory of root counts as not writable.
 */
HEEL_MUST_CHECK int heel_walk_begin_trust(uid_t owner, struct heel_walk **ret,
					  struct heel_report *report);

/*
 * Ends the walk: the caller's own identity again, descriptors closed, memory
 * freed. NULL is fine. If the identity does not come back this is -EPERM, and
 * the caller must give up.
 */
HEEL_MUST_CHECK int heel_walk_end(struct heel_walk *walk, struct heel_report *report);

/*
 * Opens a normalised path. With make, a missing last component is made: a
 * directory of mode 0700, by the subject. On failure *ret_why says why, in the
 * walk's memory; whether that is an error is the caller's decision. Errors:
 * -ENOENT missing, -ELOOP a link that may not be followed, -EPERM not the
 * user's or root's, -EMLINK a file with other hard links, or what open(2) gave.
 */
HEEL_MUST_CHECK int heel_walk_open(struct heel_walk *walk, const char *path, bool make,
				   const struct heel_place **ret, const char **ret_why);

/*
 * As heel_walk_open(), at less cost: of the place only path, fd, region and the type of
 * mode are sure, which is what a rule needs. What lies in the region of users is always
 * looked at.
 */
HEEL_MUST_CHECK int heel_walk_open_for_rule(struct heel_walk *walk, const char *path,
					    bool make, const struct heel_place **ret,
					    const char **ret_why);

/*
 * Has the walk read what is in a directory, if that is in the system region: what is
 * opened in it later is then opened in one call, and what is missing in none. Only a
 * help: where it cannot be had everything is as without it.
 */
void heel_walk_list(struct heel_walk *walk, const char *directory);

/*
 * Opens the subject's home directory and judges it: a directory, not a system
 * directory, owned by the user, or by root and not writable by others. Errors
 * as above; -EPERM if it cannot serve as ${home}.
 */
HEEL_MUST_CHECK int heel_walk_home(struct heel_walk *walk, const struct heel_place **ret,
				   const char **ret_why);

/*
 * True for a directory that no user's home can be: with fewer than two
 * components, in a system hierarchy, or one that services share.
 */
bool heel_is_system_directory(const char *path);
