/* SPDX-License-Identifier: ISC */
/*
 * The policy directory on disk: which files there are, whether they can be
 * trusted, and their text. Everything is judged through descriptors, so what
 * was judged is what is read.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "attr.h"
#include "cache.h"
#include "report.h"

/* Whose files are policy. */
enum heel_trust {
	HEEL_TRUST_ROOT,   /* root's only */
	HEEL_TRUST_CALLER, /* also the calling user's own: `heel --config DIR` */
};

enum heel_folder {
	HEEL_FOLDER_TOP,      /* heel.conf itself */
	HEEL_FOLDER_USERS,    /* users.d */
	HEEL_FOLDER_PROFILES, /* profiles.d, and the shipped one behind it */
	HEEL_FOLDER_SERVICES, /* services.d, likewise */
	HEEL_FOLDERS,
	HEEL_FOLDER_CACHE = HEEL_FOLDERS, /* cache.d, in which there is no policy */
};

/* The largest policy file that is read, in bytes. */
#define HEEL_FILE_SIZE_MAX ((size_t)1024 * 1024)

struct heel_store;

/* The text of a policy file, in the arena. file is its full name, for origins. */
struct heel_text_file {
	const char *file;
	const char *text;
	size_t length;
	bool shipped;  /* from the shipped directory */
	bool readable; /* by everyone, as heel-shell needs it */
};

/* A file of a folder, by the name that it gives to what it defines. */
struct heel_listed {
	const char *name;
	const char *file;
	bool shipped;
};

/*
 * Opens a policy directory (and the shipped one, if it is there), judging every
 * directory above it: owned by root, and not writable by group or others unless
 * sticky. Links owned by root are followed. Errors: -ENOENT, -EPERM not
 * trusted, -ENOTDIR, or what open(2) gave.
 */
HEEL_MUST_CHECK int heel_store_open(struct heel_arena *arena, const char *confdir,
				    const char *sharedir, enum heel_trust trust,
				    struct heel_store **ret, struct heel_report *report);
void heel_store_close(struct heel_store *store);

/* Its name as it was given, without a slash at the end. */
const char *heel_store_name(const struct heel_store *store);

/*
 * Reads the file "NAME.conf" of a folder (for HEEL_FOLDER_TOP, "heel.conf":
 * name is "heel"). A file in the policy directory is taken before a shipped one.
 * Returns 0, -ENOENT without reporting anything if there is no such file, or
 * another negative errno: -EPERM not trusted, -EFBIG larger than 1 MiB.
 */
HEEL_MUST_CHECK int heel_store_read(struct heel_store *store, enum heel_folder folder,
				    const char *name, struct heel_text_file *ret,
				    struct heel_report *report);

/*
 * What was worked out beforehand for a profile (HEEL_FOLDER_TOP: for heel.conf), from
 * "cache.d" of the policy directory, in the arena. Where there is none, or none that is
 * trusted, it is empty.
 */
struct heel_cache heel_store_read_cache(struct heel_store *store, enum heel_folder folder,
					const char *name);

/*
 * The same, to be used from then on. Only the session's own programs ask for that:
 * whoever checks a policy is to see it worked out.
 */
void heel_store_load_cache(struct heel_store *store, enum heel_folder folder,
			   const char *name);
const struct heel_cache *heel_store_cache(const struct heel_store *store);

/* The values of a file that was read, if it has them; as heel_cache_values(). */
HEEL_MUST_CHECK bool heel_store_values(const struct heel_store *store,
				       struct heel_arena *arena,
				       const struct heel_schema *schema,
				       const struct heel_text_file *file,
				       struct heel_values **ret);

/* A policy file that was read. */
struct heel_read {
	const struct heel_read *next;
	enum heel_folder folder;
	struct heel_text_file file;
};

/* All that were, the last one first. */
const struct heel_read *heel_store_reads(const struct heel_store *store);

/* The name of a profile's file in "cache.d"; NULL without memory. */
const char *heel_cache_name(struct heel_arena *arena, enum heel_folder folder,
			    const char *name);

/*
 * The files of a folder in order of name; a shipped one that is replaced is
 * left out. Names that heel would never read are warned about.
 */
HEEL_MUST_CHECK int heel_store_list(struct heel_store *store, enum heel_folder folder,
				    struct heel_listed **ret, size_t *ret_n,
				    struct heel_report *report);
