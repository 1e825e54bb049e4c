/* SPDX-License-Identifier: ISC */
/* The policy directory on disk. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store.h"
#include "text.h"
#include "walk.h"

#define SUFFIX ".conf"

static const char *const folder_names[HEEL_FOLDERS + 1] = {
	[HEEL_FOLDER_TOP] = NULL,
	[HEEL_FOLDER_USERS] = "users.d",
	[HEEL_FOLDER_PROFILES] = "profiles.d",
	[HEEL_FOLDER_SERVICES] = "services.d",
	[HEEL_FOLDER_CACHE] = "cache.d",
};

/* One of the two directories that policy comes from. */
struct root {
	const char *name; /* as given, for messages and origins */
	const char *path; /* where it is, links followed; NULL: not there */
	bool shipped;
};

struct heel_store {
	struct heel_arena *arena;
	struct heel_walk *walk;
	uid_t owner;	      /* trusted besides root */
	struct root roots[2]; /* the administrator's, then the shipped one */
	struct heel_cache cache;
	const struct heel_read *reads;
};

void heel_store_close(struct heel_store *store)
{
	struct heel_report ignored = {0};

	if (!store)
		return;
	/* This walk has taken no identity, so ending it cannot fail. */
	if (heel_walk_end(store->walk, &ignored) < 0)
		heel_report_free(&ignored);
	store->walk = NULL;
}

const char *heel_store_name(const struct heel_store *store)
{
	return store->roots[0].name;
}

/* A directory's name as an absolute, normalised path, in which ".." may be left. */
static char *absolute(struct heel_arena *arena, const char *name)
{
	char cwd[PATH_MAX];
	char *path;

	if (name[0] == '/')
		path = heel_strdup(arena, name);
	else if (getcwd(cwd, sizeof(cwd)))
		path = heel_format(arena, "%s/%s", cwd, name);
	else
		return NULL;
	if (path)
		heel_normalise_path(path);
	return path;
}

/*
 * Takes the ".." out of a path, one after the other: each means the parent of where the
 * path before it leads, by the same rules as everything else.
 */
static int take_dots_out(struct heel_store *store, char **path, const char **ret_why)
{
	const struct heel_place *place;

	while (heel_has_dot_dot(*path)) {
		char *dots = strstr(*path, "/..");
		char *before;
		int rc;

		while (dots[3] && dots[3] != '/')
			dots = strstr(dots + 1, "/..");
		before = heel_strndup(store->arena, *path,
				      dots > *path ? (size_t)(dots - *path) : 0);
		if (!before)
			return -ENOMEM;
		rc = heel_walk_open(store->walk, before[0] ? before : "/", false, &place,
				    ret_why);
		if (rc < 0)
			return rc;
		*path = heel_format(store->arena, "%.*s/%s",
				    (int)(strrchr(place->path, '/') - place->path),
				    place->path, dots + 3);
		if (!*path)
			return -ENOMEM;
		heel_normalise_path(*path);
	}
	return 0;
}

static const char *without_slash(struct heel_arena *arena, const char *name)
{
	size_t length = strlen(name);

	while (length > 1 && name[length - 1] == '/')
		length--;
	return heel_strndup(arena, name, length);
}

/*
 * -EACCES is what a policy says; this process cannot even read it, be it for a domain
 * that it is in.
 */
static int unusable(int rc)
{
	return rc == -EACCES ? EIO : -rc;
}

/* Opens one of the two directories. A missing one is -ENOENT and not reported. */
static int open_root(struct heel_store *store, const char *name, struct root *root,
		     struct heel_report *report)
{
	const struct heel_origin at = {name, 0};
	const struct heel_place *place;
	char *path = absolute(store->arena, name);
	const char *why = "out of memory";
	int rc;

	root->name = without_slash(store->arena, name);
	if (!root->name)
		return heel_fail_memory(report);
	if (!path)
		return heel_fail(report, errno, at, "cannot be found: %s",
				 strerror(errno));
	rc = take_dots_out(store, &path, &why);
	if (rc == 0)
		rc = heel_walk_open(store->walk, path, false, &place, &why);
	if (rc == -ENOENT)
		return rc;
	if (rc < 0)
		return heel_fail(report, unusable(rc), at, "%s", why);
	/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): errors are < 0 */
	if (!S_ISDIR(place->mode))
		return heel_fail(report, ENOTDIR, at, "is not a directory");
	if (place->below != HEEL_REGION_SYSTEM)
		return heel_fail(report, EPERM, at, "is not trusted: %s", place->blame);
	root->path = place->path;
	return 0;
}

int heel_store_open(struct heel_arena *arena, const char *confdir, const char *sharedir,
		    enum heel_trust trust, struct heel_store **ret,
		    struct heel_report *report)
{
	struct heel_store *store = heel_alloc(arena, 1, sizeof(*store));
	int rc;

	if (!store)
		return heel_fail_memory(report);
	store->arena = arena;
	store->owner = trust == HEEL_TRUST_CALLER ? geteuid() : 0;
	rc = heel_walk_begin_trust(store->owner, &store->walk, report);
	if (rc < 0)
		return rc;
	rc = open_root(store, confdir, &store->roots[0], report);
	if (rc == -ENOENT)
		rc = heel_fail(report, ENOENT, (struct heel_origin){confdir, 0},
			       "there is no such policy directory");
	if (rc == 0) {
		store->roots[1].shipped = true;
		rc = open_root(store, sharedir, &store->roots[1], report);
		/* Nothing shipped: everything has to be in the policy directory. */
		rc = rc == -ENOENT ? 0 : rc;
	}
	if (rc < 0) {
		heel_store_close(store);
		return rc;
	}
	*ret = store;
	return 0;
}

/*
 * A link that leads nowhere is no missing folder: the shipped one must not take
 * its place.
 */
static bool is_dangling_link(struct heel_store *store, const struct root *root,
			     enum heel_folder folder)
{
	const struct heel_place *top;
	const char *why;
	struct stat st;

	return folder_names[folder] &&
	       heel_walk_open(store->walk, root->path, false, &top, &why) == 0 &&
	       fstatat(top->fd, folder_names[folder], &st, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Opens a folder of a root. -ENOENT, not reported, if the root or the folder is not
 * there. */
static int open_folder(struct heel_store *store, const struct root *root,
		       enum heel_folder folder, const struct heel_place **ret,
		       struct heel_report *report)
{
	const struct heel_place *place;
	const char *path, *name;
	const char *why = NULL;
	bool link;
	int rc;

	if (!root->path)
		return -ENOENT;
	path = root->path;
	name = root->name;
	if (folder_names[folder]) {
		path = HEEL_CONCAT(store->arena, root->path, "/", folder_names[folder]);
		name = HEEL_CONCAT(store->arena, root->name, "/", folder_names[folder]);
	}
	if (!path || !name)
		return heel_fail_memory(report);
	rc = heel_walk_open(store->walk, path, false, &place, &why);
	link = rc == 0 ? strcmp(place->path, path) != 0
		       : rc == -ENOENT && is_dangling_link(store, root, folder);
	if (rc == -ENOENT && !link)
		return rc;
	if (rc < 0 && !link)
		return heel_fail(report, unusable(rc), (struct heel_origin){name, 0},
				 "%s", why);
	if (link)
		return heel_fail(
			report, ELOOP, (struct heel_origin){name, 0},
			"is a symbolic link, which is not followed inside the policy "
			"directory");
	if (!S_ISDIR(place->mode))
		return heel_fail(report, ENOTDIR, (struct heel_origin){name, 0},
				 "is not a directory");
	if (place->below != HEEL_REGION_SYSTEM)
		return heel_fail(report, EPERM, (struct heel_origin){name, 0},
				 "is not trusted: %s", place->blame);
	*ret = place;
	return 0;
}

/* Judges an opened policy file. */
static int judge_file(const struct heel_store *store, const struct stat *st, size_t most,
		      struct heel_origin at, struct heel_report *report)
{
	if (!S_ISREG(st->st_mode))
		return heel_fail(report, EPERM, at, "is not a regular file");
	if (st->st_uid != 0 && st->st_uid != store->owner)
		return heel_fail(report, EPERM, at,
				 "is not trusted: it belongs to uid %u, not to root",
				 (unsigned int)st->st_uid);
	if (st->st_mode & (S_IWGRP | S_IWOTH))
		return heel_fail(report, EPERM, at,
				 "is not trusted: it is writable by %s",
				 st->st_mode & S_IWOTH ? "others" : "its group");
	if (st->st_size < 0 || (size_t)st->st_size > most)
		return heel_fail(report, EFBIG, at, "is larger than %zu MiB",
				 most / 1024 / 1024);
	return 0;
}

/*
 * Reads an opened file as it is now, at most the size that it was judged at. One that is
 * written in place meanwhile would be half a policy, and so perhaps a weaker one.
 */
static int read_text(struct heel_store *store, int fd, size_t size, struct heel_origin at,
		     struct heel_text_file *ret, struct heel_report *report)
{
	char *text = heel_alloc(store->arena, size + 1, 1);
	size_t length = 0;

	if (!text)
		return heel_fail_memory(report);
	while (length < size) {
		ssize_t n = read(fd, text + length, size - length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return heel_fail(report, errno, at, "cannot be read: %s",
					 strerror(errno));
		if (n == 0)
			return heel_fail(report, EIO, at,
					 "became shorter while it was read");
		length += (size_t)n;
	}
	ret->text = text;
	ret->length = length;
	return 0;
}

/* Opens, judges and reads one file. -ENOENT, not reported, if it is not there. */
static int read_file(struct heel_store *store, const struct heel_place *folder,
		     const char *base, size_t most, const char *file,
		     struct heel_text_file *ret, struct heel_report *report)
{
	const struct heel_origin at = {file, 0};
	/* O_NONBLOCK: a FIFO in the place of a file must not hold up a login. */
	HEEL_CLOSE int fd =
		openat(folder->fd, base,
		       O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK);
	struct stat st;
	int rc;

	if (fd < 0 && errno == ENOENT)
		return -ENOENT;
	if (fd < 0 && errno == ELOOP)
		return heel_fail(
			report, ELOOP, at,
			"is a symbolic link, which is not followed inside the policy "
			"directory");
	if (fd < 0)
		return heel_fail(report, unusable(-errno), at, "cannot be opened: %s",
				 strerror(errno));
	if (fstat(fd, &st) < 0)
		return heel_fail(report, errno, at, "%s", strerror(errno));
	rc = judge_file(store, &st, most, at, report);
	if (rc < 0)
		return rc;
	ret->file = file;
	ret->readable = (st.st_mode & S_IROTH) && (folder->mode & S_IXOTH);
	return read_text(store, fd, (size_t)st.st_size, at, ret, report);
}

static int read_from(struct heel_store *store, const struct root *root,
		     enum heel_folder folder, const char *name,
		     struct heel_text_file *ret, struct heel_report *report)
{
	const struct heel_place *place;
	const char *base = HEEL_CONCAT(store->arena, name, SUFFIX);
	const char *between = folder_names[folder] ? folder_names[folder] : "";
	const char *file = NULL;
	int rc;

	rc = open_folder(store, root, folder, &place, report);
	if (rc < 0)
		return rc;
	if (base)
		file = HEEL_CONCAT(store->arena, root->name, between[0] ? "/" : "",
				   between, "/", base);
	if (!file)
		return heel_fail_memory(report);
	ret->shipped = root->shipped;
	return read_file(store, place, base, HEEL_FILE_SIZE_MAX, file, ret, report);
}

/* Users' own profiles and heel.conf are the administrator's alone. */
static bool is_shipped_folder(enum heel_folder folder)
{
	return folder == HEEL_FOLDER_PROFILES || folder == HEEL_FOLDER_SERVICES;
}

static int remember(struct heel_store *store, enum heel_folder folder,
		    const struct heel_text_file *file)
{
	struct heel_read *read = heel_alloc(store->arena, 1, sizeof(*read));

	if (!read)
		return -ENOMEM;
	*read = (struct heel_read){store->reads, folder, *file};
	store->reads = read;
	return 0;
}

int heel_store_read(struct heel_store *store, enum heel_folder folder, const char *name,
		    struct heel_text_file *ret, struct heel_report *report)
{
	struct heel_text_file file = {0};
	int rc;

	/* No file can have that name, or none that heel would ever list. */
	if (!name[0] || strchr(name, '/') || name[0] == '.' ||
	    strlen(name) > NAME_MAX - strlen(SUFFIX) ||
	    (is_shipped_folder(folder) && !heel_is_profile_name(name)))
		return -ENOENT;
	rc = read_from(store, &store->roots[0], folder, name, &file, report);
	if (rc == -ENOENT && is_shipped_folder(folder))
		rc = read_from(store, &store->roots[1], folder, name, &file, report);
	if (rc == 0 && remember(store, folder, &file) < 0)
		return heel_fail_memory(report);
	if (rc == 0)
		*ret = file;
	return rc;
}

const struct heel_read *heel_store_reads(const struct heel_store *store)
{
	return store->reads;
}

/* --- What was worked out beforehand ---------------------------------------------------
 */

const char *heel_cache_name(struct heel_arena *arena, enum heel_folder folder,
			    const char *name)
{
	if (folder == HEEL_FOLDER_TOP)
		return "heel";
	return HEEL_CONCAT(arena, folder == HEEL_FOLDER_USERS ? "user-" : "profile-",
			   name);
}

struct heel_cache heel_store_read_cache(struct heel_store *store, enum heel_folder folder,
					const char *name)
{
	const char *base = heel_cache_name(store->arena, folder, name);
	const struct heel_place *place;
	struct heel_text_file file;
	struct heel_report ignored = {0};
	struct heel_cache cache = {0};

	/* Why it is not used, `heel check` says. */
	if (base && !strchr(base, '/') &&
	    open_folder(store, &store->roots[0], HEEL_FOLDER_CACHE, &place, &ignored) ==
		    0 &&
	    read_file(store, place, base, HEEL_CACHE_SIZE_MAX, base, &file, &ignored) ==
		    0)
		cache = heel_cache_take(file.text, file.length);
	heel_report_free(&ignored);
	return cache;
}

void heel_store_load_cache(struct heel_store *store, enum heel_folder folder,
			   const char *name)
{
	store->cache = heel_store_read_cache(store, folder, name);
}

const struct heel_cache *heel_store_cache(const struct heel_store *store)
{
	return &store->cache;
}

bool heel_store_values(const struct heel_store *store, struct heel_arena *arena,
		       const struct heel_schema *schema,
		       const struct heel_text_file *file, struct heel_values **ret)
{
	return heel_cache_values(&store->cache, arena, schema, file->file, file->text,
				 file->length, ret);
}

/* --- Lists -------------------------------------------------------------------------- */

struct listing {
	struct heel_listed *v;
	size_t n;
};

static bool is_listed(const struct listing *listing, const char *name)
{
	for (size_t i = 0; i < listing->n; i++)
		if (strcmp(listing->v[i].name, name) == 0)
			return true;
	return false;
}

/* Adds a directory entry if it is a file that heel would read under some name. */
static int list_entry(struct heel_store *store, const struct root *root,
		      enum heel_folder folder, const char *base, struct listing *listing,
		      struct heel_report *report)
{
	size_t length = strlen(base);
	struct heel_listed *v;
	const char *file = heel_format(store->arena, "%s/%s/%s", root->name,
				       folder_names[folder], base);
	const char *name;

	if (!file)
		return heel_fail_memory(report);
	if (base[0] == '.')
		return 0;
	if (length <= strlen(SUFFIX) ||
	    strcmp(base + length - strlen(SUFFIX), SUFFIX) != 0) {
		heel_warn(report, (struct heel_origin){file, 0},
			  "is never read: its name does not end in " SUFFIX);
		return 0;
	}
	name = heel_strndup(store->arena, base, length - strlen(SUFFIX));
	if (!name)
		return heel_fail_memory(report);
	if (folder != HEEL_FOLDER_USERS && !heel_is_profile_name(name))
		heel_warn(report, (struct heel_origin){file, 0},
			  "is never read: its name is none that a profile can have");
	else if (!is_listed(listing, name)) {
		v = heel_grow(store->arena, listing->v, listing->n, sizeof(*v));
		if (!v)
			return heel_fail_memory(report);
		v[listing->n++] = (struct heel_listed){name, file, root->shipped};
		listing->v = v;
	}
	return 0;
}

static int list_root(struct heel_store *store, const struct root *root,
		     enum heel_folder folder, struct listing *listing,
		     struct heel_report *report)
{
	HEEL_CLOSE_DIR DIR *directory = NULL;
	HEEL_CLOSE int fd = -1;
	const struct heel_place *place;
	const struct dirent *entry;
	int rc;

	rc = open_folder(store, root, folder, &place, report);
	if (rc < 0)
		return rc == -ENOENT ? 0 : rc;
	fd = openat(place->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	directory = fd < 0 ? NULL : fdopendir(fd);
	if (!directory)
		return heel_fail(report, errno, (struct heel_origin){place->path, 0},
				 "cannot be listed: %s", strerror(errno));
	(void)HEEL_TAKE_FD(fd); /* the stream has it */
	for (errno = 0; (entry = readdir(directory)); errno = 0) {
		rc = list_entry(store, root, folder, entry->d_name, listing, report);
		if (rc < 0)
			return rc;
	}
	if (errno != 0)
		return heel_fail(report, errno, (struct heel_origin){place->path, 0},
				 "cannot be listed: %s", strerror(errno));
	return 0;
}

static int by_name(const void *a, const void *b)
{
	const struct heel_listed *left = a, *right = b;

	return strcmp(left->name, right->name);
}

int heel_store_list(struct heel_store *store, enum heel_folder folder,
		    struct heel_listed **ret, size_t *ret_n, struct heel_report *report)
{
	struct listing listing = {0};
	int rc = list_root(store, &store->roots[0], folder, &listing, report);

	if (rc == 0 && is_shipped_folder(folder))
		rc = list_root(store, &store->roots[1], folder, &listing, report);
	if (rc < 0)
		return rc;
	if (listing.n > 1)
		qsort(listing.v, listing.n, sizeof(*listing.v), by_name);
	*ret = listing.v;
	*ret_n = listing.n;
	return 0;
}
