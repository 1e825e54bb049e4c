/* SPDX-License-Identifier: ISC */
/* Looks up who a session is for in the system's databases. */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "subject.h"

/* An entry of a directory server can be long, but not without end. */
#define ENTRY_SIZE_MAX ((size_t)1024 * 1024)

/*
 * The reentrant look-ups want a buffer of a size that nobody knows; this asks
 * again with a larger one. Returns 0, -ENOENT, or another negative errno.
 */
static int look_up_user(struct heel_arena *arena, const char *name, uid_t uid,
			struct passwd *entry)
{
	for (size_t size = 1024; size <= ENTRY_SIZE_MAX; size *= 4) {
		struct passwd *found = NULL;
		char *buffer = heel_alloc(arena, size, 1);
		int err;

		if (!buffer)
			return -ENOMEM;
		err = name ? getpwnam_r(name, entry, buffer, size, &found)
			   : getpwuid_r(uid, entry, buffer, size, &found);
		if (err == ERANGE)
			continue;
		if (found)
			return 0;
		return err == 0 ? -ENOENT : -err;
	}
	return -ERANGE;
}

static void free_buffer(char **buffer)
{
	free(*buffer);
}

static bool lists(char *const *members, const char *user)
{
	for (; members && *members; members++)
		if (strcmp(*members, user) == 0)
			return true;
	return false;
}

static int find_group(const char *name, const char *user, struct heel_group *ret)
{
	for (size_t size = 1024; size <= ENTRY_SIZE_MAX; size *= 4) {
		__attribute__((cleanup(free_buffer))) char *buffer = malloc(size);
		struct group entry;
		struct group *found = NULL;
		int err;

		if (!buffer)
			return -ENOMEM;
		err = getgrnam_r(name, &entry, buffer, size, &found);
		if (err == ERANGE)
			continue;
		if (!found)
			return err == 0 ? -ENOENT : -err;
		*ret = (struct heel_group){entry.gr_gid, lists(entry.gr_mem, user)};
		return 0;
	}
	return -ERANGE;
}

/* Asked only when a profile uses ${group}: a name service takes its time. */
static const char *name_group(struct heel_arena *arena, gid_t gid)
{
	for (size_t size = 1024; size <= ENTRY_SIZE_MAX; size *= 4) {
		char *buffer = heel_alloc(arena, size, 1);
		struct group entry;
		struct group *found = NULL;

		if (!buffer)
			return NULL;
		if (getgrgid_r(gid, &entry, buffer, size, &found) != ERANGE)
			return found ? entry.gr_name : NULL;
	}
	return NULL;
}

static int groups_of_database(struct heel_arena *arena, struct heel_subject *subject)
{
	int n = 64;

	/* The second call can be short again if the database changed in between. */
	for (int tries = 0; tries < 8; tries++) {
		int room = n;
		gid_t *groups = heel_alloc(arena, (size_t)n, sizeof(*groups));

		if (!groups)
			return -ENOMEM;
		if (getgrouplist(subject->user, subject->gid, groups, &n) >= 0) {
			subject->groups = groups;
			subject->n_groups = (size_t)n;
			return 0;
		}
		if (n <= room)
			return -EIO;
	}
	return -EAGAIN;
}

static int fill_in(struct heel_arena *arena, const struct passwd *entry,
		   const char *service, enum heel_groups groups, struct heel_subject *ret,
		   struct heel_report *report)
{
	struct heel_subject subject = {
		.service = service,
		.user = entry->pw_name,
		.uid = entry->pw_uid,
		.gid = entry->pw_gid,
		.home = entry->pw_dir ? entry->pw_dir : "",
		.shell = entry->pw_shell ? entry->pw_shell : "",
		.find_group = find_group,
		.name_group = name_group,
	};
	int rc;

	rc = groups == HEEL_GROUPS_OF_PROCESS ? heel_take_groups(arena, &subject)
					      : groups_of_database(arena, &subject);
	if (rc < 0)
		return heel_fail(report, -rc, (struct heel_origin){0},
				 "the groups of \"%s\" cannot be found out: %s",
				 subject.user, strerror(-rc));
	*ret = subject;
	return 0;
}

int heel_subject_by_name(struct heel_arena *arena, const char *name, const char *service,
			 enum heel_groups groups, struct heel_subject *ret,
			 struct heel_report *report)
{
	struct passwd entry;
	int rc = look_up_user(arena, name, 0, &entry);

	if (rc == -ENOENT)
		return heel_fail(report, ENOENT, (struct heel_origin){0},
				 "no user \"%s\"", name);
	if (rc < 0)
		return heel_fail(report, -rc, (struct heel_origin){0},
				 "user \"%s\" cannot be looked up: %s", name,
				 strerror(-rc));
	return fill_in(arena, &entry, service, groups, ret, report);
}

int heel_subject_by_uid(struct heel_arena *arena, uid_t uid, const char *service,
			enum heel_groups groups, struct heel_subject *ret,
			struct heel_report *report)
{
	struct passwd entry;
	int rc = look_up_user(arena, NULL, uid, &entry);

	if (rc == -ENOENT)
		return heel_fail(report, ENOENT, (struct heel_origin){0},
				 "uid %u is not in the password database",
				 (unsigned int)uid);
	if (rc < 0)
		return heel_fail(report, -rc, (struct heel_origin){0},
				 "uid %u cannot be looked up: %s", (unsigned int)uid,
				 strerror(-rc));
	return fill_in(arena, &entry, service, groups, ret, report);
}
