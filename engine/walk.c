/* SPDX-License-Identifier: ISC */
/* Opens paths component by component; see walk.h for the rules. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "text.h"
#include "walk.h"

/* As in the kernel's own path walk. */
#define LINKS_MAX     40

/* A walk remembers what it found in so many lists, by the names' hashes. */
#define LISTS	      1024

/* What a directory's list of names may take; there is no list of a longer one. Each name
 * takes 24 bytes or more, so the slots do not run out. */
#define LISTING_BYTES ((size_t)32 * 1024)
#define LISTING_SLOTS 2048U

/* What is in a directory, by name: where in the bytes of getdents64(2), plus one. */
struct listing {
	uint16_t slots[LISTING_SLOTS];
	bool whole; /* a name that is not in it is not there */
	alignas(struct dirent64) char bytes[];
};

/* Beside the DT_ types of dirent(3). */
#define TYPE_MISSING (-1)

/* The beginning of a path. */
struct prefix {
	const char *path;
	size_t length;
	size_t last;   /* where its last component begins */
	uint32_t hash; /* heel_mark(): goes on from that of the path to its directory */
};

/* What was found under a name, once links were followed. */
struct node {
	struct node *next;     /* of the same list */
	struct node *previous; /* of all lists, in the order of opening */
	struct prefix name;    /* the normalised path that was asked for */
	struct node *parent;   /* the directory that it was found in; NULL: "/" */
	struct heel_place place;
	bool known; /* else only type, region, path and descriptor of place are */
	unsigned long file_system; /* its type, as statfs(2) has it; 0: of "/" */
	struct listing *listing;   /* or NULL */
	bool owned; /* the descriptor is this node's; else it is an alias of another one
		     */
};

/* The calling thread's identity before it took the subject's. */
struct identity {
	bool taken;
	uid_t fsuid;
	gid_t fsgid;
	gid_t *groups;
	int n_groups;
	int death_signal; /* the signal that the process gets when its parent ends */
	int dumpable;
	struct __user_cap_data_struct caps[_LINUX_CAPABILITY_U32S_3];
};

struct heel_walk {
	struct heel_arena arena;
	struct node *lists[LISTS];
	struct node *root;
	struct node *last;		    /* that was opened */
	const struct heel_subject *subject; /* NULL for policy files */
	uid_t user; /* the subject's, or the owner that is trusted */
	struct identity identity;
};

/*
 * The libc's setgroups() changes every thread of the process; this walk is the
 * business of the calling thread only, in whatever process it is.
 */
static int set_thread_groups(int n, const gid_t *groups)
{
	return syscall(SYS_setgroups, n, groups) == 0 ? 0 : -errno;
}

/* setfsuid() and setfsgid() report no errors: a second call tells what is in force. */
static int set_thread_ids(uid_t uid, gid_t gid)
{
	(void)setfsgid(gid);
	(void)setfsuid(uid);
	if ((gid_t)setfsgid((gid_t)-1) != gid || (uid_t)setfsuid((uid_t)-1) != uid)
		return -EPERM;
	return 0;
}

static int save_caps(struct identity *identity)
{
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};

	return syscall(SYS_capget, &header, identity->caps) == 0 ? 0 : -errno;
}

/* A file system identity of root has the kernel raise all that is permitted. */
static int restore_caps(const struct identity *identity)
{
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};

	return syscall(SYS_capset, &header, identity->caps) == 0 ? 0 : -errno;
}

/* The kernel resets these whenever the file system identity changes. */
static void save_attributes(struct identity *identity)
{
	if (prctl(PR_GET_PDEATHSIG, &identity->death_signal, 0, 0, 0) < 0)
		identity->death_signal = 0;
	identity->dumpable = prctl(PR_GET_DUMPABLE, 0, 0, 0, 0);
}

static int restore_attributes(const struct identity *identity)
{
	if (identity->death_signal != 0 &&
	    prctl(PR_SET_PDEATHSIG, identity->death_signal, 0, 0, 0) < 0)
		return -errno;
	/* Other values nobody can set, and they mean less. */
	if (identity->dumpable == 1 && prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) < 0)
		return -errno;
	return 0;
}

static int save_groups(struct heel_walk *walk)
{
	struct identity *identity = &walk->identity;

	identity->n_groups = getgroups(0, NULL);
	if (identity->n_groups < 0)
		return -errno;
	identity->groups =
		heel_alloc(&walk->arena, (size_t)identity->n_groups + 1, sizeof(gid_t));
	if (!identity->groups)
		return -ENOMEM;
	identity->n_groups = getgroups(identity->n_groups, identity->groups);
	return identity->n_groups < 0 ? -errno : 0;
}

static int take_identity(struct heel_walk *walk)
{
	struct identity *identity = &walk->identity;
	int rc = save_groups(walk);

	if (rc == 0)
		rc = save_caps(identity);
	if (rc < 0)
		return rc;
	save_attributes(identity);
	identity->fsuid = (uid_t)setfsuid((uid_t)-1);
	identity->fsgid = (gid_t)setfsgid((gid_t)-1);
	if (walk->subject->n_groups > INT_MAX)
		return -EINVAL;
	/* Groups first: afterwards the thread may lack what setting them takes. */
	rc = set_thread_groups((int)walk->subject->n_groups, walk->subject->groups);
	if (rc < 0)
		return rc;
	identity->taken = true; /* from here on there is something to give back */
	return set_thread_ids(walk->subject->uid, walk->subject->gid);
}

static int give_identity_back(const struct identity *identity)
{
	int rc;

	if (!identity->taken)
		return 0;
	rc = set_thread_ids(identity->fsuid, identity->fsgid);
	if (rc == 0)
		rc = set_thread_groups(identity->n_groups, identity->groups);
	if (rc == 0)
		rc = restore_caps(identity);
	return rc < 0 ? rc : restore_attributes(identity);
}

/* For a filter that knows no close_range(2), descriptor by descriptor. */
static void close_range_of(int first, int last)
{
	if (first < 0 || syscall(SYS_close_range, first, last, 0) == 0)
		return;
	for (int fd = first; fd <= last; fd++)
		(void)close(fd); /* nothing was written through it */
}

/* They were mostly given out one after the other: with one call for each such row. */
static void close_all(struct heel_walk *walk)
{
	int first = -1, last = -1;

	for (const struct node *node = walk->last; node; node = node->previous) {
		if (!node->owned)
			continue;
		if (first < 0 || node->place.fd != first - 1) {
			close_range_of(first, last);
			last = node->place.fd;
		}
		first = node->place.fd;
	}
	close_range_of(first, last);
}

int heel_walk_end(struct heel_walk *walk, struct heel_report *report)
{
	int rc;

	if (!walk)
		return 0;
	rc = give_identity_back(&walk->identity);
	close_all(walk);
	heel_arena_free(&walk->arena);
	free(walk);
	if (rc < 0)
		return heel_fail(
			report, EPERM, (struct heel_origin){0},
			"the process cannot return to its own file system identity");
	return 0;
}

int heel_walk_begin(const struct heel_subject *subject, struct heel_walk **ret,
		    struct heel_report *report)
{
	struct heel_walk *walk = calloc(1, sizeof(*walk));
	int rc = 0;

	if (!walk)
		return heel_fail_memory(report);
	walk->subject = subject;
	walk->user = subject->uid;
	if (geteuid() == 0 && subject->uid != 0)
		rc = take_identity(walk);
	if (rc < 0) {
		int end = heel_walk_end(walk, report);

		return end < 0 ? end
			       : heel_fail(report, -rc, (struct heel_origin){0},
					   "cannot take the file system identity of "
					   "\"%s\": %s",
					   subject->user, strerror(-rc));
	}
	*ret = walk;
	return 0;
}

int heel_walk_begin_trust(uid_t owner, struct heel_walk **ret, struct heel_report *report)
{
	struct heel_walk *walk = calloc(1, sizeof(*walk));

	if (!walk)
		return heel_fail_memory(report);
	walk->user = owner;
	*ret = walk;
	return 0;
}

/* Sets *ret_why to a text in the walk's memory. */
HEEL_PRINTF(3, 4)
static void explain(struct heel_walk *walk, const char **ret_why, const char *fmt, ...)
{
	va_list args;
	const char *why;

	va_start(args, fmt);
	why = heel_vformat(&walk->arena, fmt, args);
	va_end(args);
	*ret_why = why ? why : "out of memory";
}

/* As heel_fail() does it: an errno of 0 must not make a failure look like success. */
static int failure(int err)
{
	return err > 0 ? -err : -EIO;
}

/* Explains, and is -err. err is evaluated first: the explanation may change errno. */
#define refuse(walk, err, ret_why, ...)                                                  \
	({                                                                               \
		int refused_ = failure(err);                                             \
		explain(walk, ret_why, __VA_ARGS__);                                     \
		refused_;                                                                \
	})

static const char *writable_text(mode_t mode)
{
	return mode & S_IWOTH ? "others" : "its group";
}

/*
 * Notes where another file system begins. One that is a program may be a user's over
 * their home: its owners and modes are what it says. "/" is taken as it is.
 */
static void look_at_file_system(struct node *node)
{
	const struct node *parent = node->parent;
	struct statfs fs;

	if (!parent)
		return;
	node->file_system = parent->file_system;
	if (node->place.dev != parent->place.dev)
		node->file_system = fstatfs(node->place.fd, &fs) < 0
					    ? FUSE_SUPER_MAGIC
					    : (unsigned long)fs.f_type;
}

/* The region of what lies below a directory that serves as part of a rule's path. */
static enum heel_region region_for_rules(struct heel_walk *walk, struct node *node,
					 const char **ret_blame)
{
	const struct heel_place *place = &node->place;

	look_at_file_system(node);
	if (node->file_system == FUSE_SUPER_MAGIC) {
		*ret_blame = heel_format(&walk->arena,
					 "%s is a file system that a program may invent",
					 place->path);
		return HEEL_REGION_USER;
	}
	if (place->mode & (S_IWGRP | S_IWOTH)) {
		*ret_blame = heel_format(&walk->arena, "%s is writable by %s",
					 place->path, writable_text(place->mode));
		return HEEL_REGION_USER;
	}
	if (place->uid == 0)
		return HEEL_REGION_SYSTEM;
	*ret_blame = heel_format(&walk->arena, "%s belongs to %s", place->path,
				 place->uid == walk->user ? "the user" : "another user");
	return place->uid == walk->user ? HEEL_REGION_USER : HEEL_REGION_THIRD;
}

/* Likewise for a directory above policy files. */
static enum heel_region region_for_policy(struct heel_walk *walk,
					  const struct heel_place *place,
					  const char **ret_blame)
{
	if (place->uid == 0 && (place->mode & S_ISVTX))
		return HEEL_REGION_SYSTEM;
	if (place->uid != 0 && place->uid != walk->user) {
		*ret_blame =
			heel_format(&walk->arena, "%s belongs to uid %u, not to root",
				    place->path, (unsigned int)place->uid);
		return HEEL_REGION_USER;
	}
	if (place->mode & (S_IWGRP | S_IWOTH)) {
		*ret_blame = heel_format(&walk->arena, "%s is writable by %s",
					 place->path, writable_text(place->mode));
		return HEEL_REGION_USER;
	}
	return HEEL_REGION_SYSTEM;
}

/* Fills in the regions of what was found below its parent. */
static void classify(struct heel_walk *walk, struct node *node)
{
	const struct heel_place *parent = node->parent ? &node->parent->place : NULL;
	struct heel_place *place = &node->place;
	enum heel_region own = HEEL_REGION_SYSTEM;
	const char *blame = NULL;

	place->region = parent ? parent->below : HEEL_REGION_SYSTEM;
	if (S_ISDIR(place->mode))
		own = walk->subject ? region_for_rules(walk, node, &blame)
				    : region_for_policy(walk, place, &blame);
	place->below = place->region;
	place->blame = parent ? parent->blame : NULL;
	if (own > place->below) {
		place->below = own;
		place->blame = blame;
	}
}

/*
 * A node for what a name leads to, whose text it keeps; alias: to what another node holds
 * open already.
 */
static int add_node(struct heel_walk *walk, const struct prefix *name,
		    const struct node *found, bool owned, struct node **ret)
{
	struct node **list = &walk->lists[name->hash % LISTS];
	struct node *node = heel_alloc(&walk->arena, 1, sizeof(*node));

	if (!node)
		return -ENOMEM;
	*node = *found;
	node->name = *name;
	node->owned = owned;
	node->next = *list;
	*list = node;
	node->previous = walk->last;
	walk->last = node;
	*ret = node;
	return 0;
}

static int look_at(int fd, struct heel_place *place)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	place->dev = st.st_dev;
	place->ino = st.st_ino;
	place->mode = st.st_mode;
	place->uid = st.st_uid;
	place->gid = st.st_gid;
	place->nlink = st.st_nlink;
	return 0;
}

/* Looks at what has only been opened so far. */
static int know(struct heel_walk *walk, struct node *node, const char **ret_why)
{
	int rc;

	if (node->known)
		return 0;
	rc = look_at(node->place.fd, &node->place);
	if (rc < 0)
		return refuse(walk, -rc, ret_why, "%s: %s", node->place.path,
			      strerror(-rc));
	classify(walk, node);
	node->known = true;
	return 0;
}

/*
 * Opens one name below a directory without following it. As a directory first, unless
 * its type is known to be another: only that makes an automounter put the real directory
 * there.
 */
static int open_name(int parent, const char *name, int *type)
{
	const bool maybe_directory = *type == DT_DIR || *type == DT_UNKNOWN;
	int fd = -1;

	if (maybe_directory)
		fd = openat(parent, name, O_PATH | O_CLOEXEC | O_NOFOLLOW | O_DIRECTORY);
	if (fd >= 0)
		*type = DT_DIR;
	else if (!maybe_directory || errno == ENOTDIR)
		fd = openat(parent, name, O_PATH | O_CLOEXEC | O_NOFOLLOW);
	return fd < 0 ? -errno : fd;
}

static char *join(struct heel_walk *walk, const char *directory, const char *name)
{
	return HEEL_CONCAT(&walk->arena, directory[1] ? directory : "", "/", name);
}

/*
 * The path that a link's text leads to from a directory without links in its
 * own path. ".." is taken at the beginning only: behind a name, which may be
 * another link, it does not mean what its text says.
 */
static const char *link_target(struct heel_walk *walk, const char *directory,
			       const char *text)
{
	const char *base = directory;
	char *path;
	size_t length;

	if (text[0] == '/') {
		base = "/";
		text += strspn(text, "/");
	}
	while (strncmp(text, "..", 2) == 0 && (text[2] == '/' || text[2] == '\0')) {
		length = (size_t)(strrchr(base, '/') - base);
		base = heel_strndup(&walk->arena, base, length > 0 ? length : 1);
		if (!base)
			return NULL;
		text += 2;
		text += strspn(text, "/");
	}
	path = join(walk, base, text);
	if (!path)
		return NULL;
	heel_normalise_path(path);
	return heel_is_normal_path(path) ? path : NULL;
}

static int find(struct heel_walk *walk, const char *path, bool make, unsigned int links,
		struct node **ret, const char **ret_why);

/* Follows a link that was found under a name in a directory, if that is allowed. */
static int follow(struct heel_walk *walk, const struct node *link,
		  const struct prefix *name, unsigned int links, struct node **ret,
		  const char **ret_why)
{
	const struct heel_place *parent = &link->parent->place;
	const struct heel_place *place = &link->place;
	HEEL_UNINITIALISED char text[PATH_MAX];
	const char *target;
	struct node *node;
	ssize_t length;
	int rc;

	if (parent->below != HEEL_REGION_SYSTEM)
		return refuse(walk, ELOOP, ret_why,
			      "%s is a symbolic link, which is not followed because %s",
			      place->path, parent->blame);
	if (place->uid != 0 && (walk->subject || place->uid != walk->user))
		return refuse(walk, ELOOP, ret_why,
			      "%s is a symbolic link that does not belong to root",
			      place->path);
	if (links >= LINKS_MAX)
		return refuse(walk, ELOOP, ret_why, "%s: too many symbolic links",
			      place->path);
	length = readlinkat(place->fd, "", text, sizeof(text) - 1);
	if (length < 0)
		return refuse(walk, errno, ret_why, "%s: %s", place->path,
			      strerror(errno));
	text[length] = '\0';
	target = link_target(walk, parent->path, text);
	if (!target)
		return refuse(walk, ELOOP, ret_why,
			      "%s is a symbolic link whose text is not a plain path",
			      place->path);
	rc = find(walk, target, false, links + 1, &node, ret_why);
	if (rc == 0)
		rc = know(walk, node, ret_why);
	if (rc == 0 && add_node(walk, name, node, false, ret) < 0)
		return refuse(walk, ENOMEM, ret_why, "out of memory");
	return rc;
}

/* With mode 0700 whatever the umask is: others must not get in, and the user must. */
static int make_directory(int parent, const char *name)
{
	mode_t mask = umask(0);
	int rc = mkdirat(parent, name, 0700);
	int err = errno;

	(void)umask(mask); /* cannot fail */
	errno = err;
	return rc < 0 && err != EEXIST ? -1 : 0;
}

/* --- Lists of directories ----------------------------------------------------------- */

/* The slot of a name: where it stands, or an empty one. */
static uint16_t *slot_of(struct listing *listing, const char *name)
{
	uint32_t at = heel_mark(name) % LISTING_SLOTS;

	for (;; at = (at + 1) % LISTING_SLOTS) {
		uint16_t *slot = &listing->slots[at];
		const struct dirent64 *entry;

		if (*slot == 0)
			return slot;
		entry = (const void *)(listing->bytes + *slot - 1);
		if (strcmp(entry->d_name, name) == 0)
			return slot;
	}
}

/* The bytes of a directory's list: 0 if they are more, or cannot be had. */
static size_t read_names(int directory, char *bytes, size_t size)
{
	HEEL_CLOSE int fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char rest[sizeof(struct dirent64)];
	long n;

	if (fd < 0)
		return 0;
	n = syscall(SYS_getdents64, fd, bytes, size);
	if (n <= 0 || syscall(SYS_getdents64, fd, rest, sizeof(rest)) != 0)
		return 0;
	return (size_t)n;
}

void heel_walk_list(struct heel_walk *walk, const char *directory)
{
	HEEL_UNINITIALISED alignas(struct dirent64) char bytes[LISTING_BYTES];
	const struct dirent64 *entry;
	struct listing *listing;
	struct node *node;
	const char *why;
	size_t n;

	if (find(walk, directory, false, 0, &node, &why) < 0 ||
	    know(walk, node, &why) < 0 || node->listing || !S_ISDIR(node->place.mode) ||
	    node->place.below != HEEL_REGION_SYSTEM)
		return;
	n = read_names(node->place.fd, bytes, sizeof(bytes));
	listing = heel_alloc(&walk->arena, 1, sizeof(*listing) + n);
	if (n == 0 || !listing)
		return;
	memcpy(listing->bytes, bytes, n);
	for (size_t at = 0; at < n; at += entry->d_reclen) {
		entry = (const void *)(listing->bytes + at);
		*slot_of(listing, entry->d_name) = (uint16_t)(at + 1);
	}
	/* An automounter makes directories that no list has. */
	listing->whole = node->file_system != AUTOFS_SUPER_MAGIC;
	node->listing = listing;
}

/*
 * What kind of object the list of a directory has under a name; DT_UNKNOWN without a
 * list. Only root can have changed it since; should it have become something else, a rule
 * made for the kind that it was gives less.
 */
static int listed_type(const struct node *directory, const char *name)
{
	struct listing *listing = directory->listing;
	uint16_t at = listing ? *slot_of(listing, name) : 0;

	if (at != 0)
		return ((const struct dirent64 *)(const void *)(listing->bytes + at - 1))
			->d_type;
	return listing && listing->whole ? TYPE_MISSING : DT_UNKNOWN;
}

/* --- One component after the other -------------------------------------------------- */

/*
 * Opens a name below a directory, and makes it if it is missing and to be made. *type is
 * what it is known to be before, and after.
 */
static int open_or_make(struct heel_walk *walk, const struct node *parent,
			const char *path, const char *name, int *type, bool make,
			const char **ret_why)
{
	const int directory = parent->place.fd;
	int fd = *type == TYPE_MISSING ? -ENOENT : open_name(directory, name, type);

	if (fd == -ENOENT && make) {
		if (make_directory(directory, name) < 0)
			return refuse(walk, errno, ret_why, "%s cannot be made: %s", path,
				      strerror(errno));
		*type = DT_UNKNOWN;
		fd = open_name(directory, name, type);
	}
	if (fd == -ENOENT) { /* which is so often no error that its text is to be cheap */
		*ret_why = HEEL_CONCAT(&walk->arena, path, ": No such file or directory");
		return *ret_why ? fd : refuse(walk, ENOMEM, ret_why, "out of memory");
	}
	return fd < 0 ? refuse(walk, -fd, ret_why, "%s: %s", path, strerror(-fd)) : fd;
}

/* Opens the last component of a path below its parent directory. */
static int open_component(struct heel_walk *walk, const struct node *parent,
			  const char *name, bool make, struct node *found,
			  const char **ret_why)
{
	struct heel_place *place = &found->place;
	int type = listed_type(parent, name);
	int rc = 0;

	place->fd = open_or_make(walk, parent, place->path, name, &type, make, ret_why);
	if (place->fd < 0)
		return place->fd;
	place->region = parent->place.below;
	if (type == DT_UNKNOWN || type == DT_LNK || place->region == HEEL_REGION_USER) {
		rc = look_at(place->fd, place);
		found->known = true;
	} else {
		place->mode = DTTOIF((mode_t)type);
	}
	return rc < 0 ? refuse(walk, -rc, ret_why, "%s: %s", place->path, strerror(-rc))
		      : 0;
}

/* Finds the last component of a path below its parent directory. */
static int step(struct heel_walk *walk, struct node *parent, struct prefix prefix,
		bool make, unsigned int links, struct node **ret, const char **ret_why)
{
	struct node found = {.parent = parent, .place = {.fd = -1}};
	HEEL_CLOSE int fd = -1;
	int rc = know(walk, parent, ret_why);

	if (rc < 0)
		return rc;
	prefix.path = heel_strndup(&walk->arena, prefix.path, prefix.length);
	if (!prefix.path)
		return refuse(walk, ENOMEM, ret_why, "out of memory");
	/* Where no link was followed the place is the path itself. */
	if (parent->place.path == parent->name.path)
		found.place.path = prefix.path;
	else
		found.place.path =
			join(walk, parent->place.path, prefix.path + prefix.last);
	if (!found.place.path)
		return refuse(walk, ENOMEM, ret_why, "out of memory");
	rc = open_component(walk, parent, prefix.path + prefix.last, make, &found,
			    ret_why);
	fd = found.place.fd;
	if (rc < 0)
		return rc;
	if (S_ISLNK(found.place.mode))
		return follow(walk, &found, &prefix, links, ret, ret_why);
	if (found.known)
		classify(walk, &found);
	if (add_node(walk, &prefix, &found, true, ret) < 0)
		return refuse(walk, ENOMEM, ret_why, "out of memory");
	(void)HEEL_TAKE_FD(fd); /* the node has it */
	return 0;
}

static int open_root(struct heel_walk *walk, const char **ret_why)
{
	HEEL_CLOSE int fd = openat(AT_FDCWD, "/", O_PATH | O_CLOEXEC | O_DIRECTORY);
	const struct prefix name = {"/", 1, 0, HEEL_MARK_START};
	struct node found = {.place = {.path = name.path, .fd = fd}, .known = true};

	if (fd < 0 || look_at(fd, &found.place) < 0)
		return refuse(walk, errno, ret_why, "/: %s", strerror(errno));
	classify(walk, &found);
	if (add_node(walk, &name, &found, true, &walk->root) < 0)
		return refuse(walk, ENOMEM, ret_why, "out of memory");
	(void)HEEL_TAKE_FD(fd); /* the node has it */
	return 0;
}

/* Makes the beginning longer by a component; false if that is none. */
static bool take_component(struct prefix *prefix)
{
	const char *path = prefix->path;
	size_t end = prefix->length;

	do
		prefix->hash = heel_mark_on(prefix->hash, path[end]);
	while (path[++end] && path[end] != '/');
	prefix->last = prefix->length + 1;
	prefix->length = end;
	return end < PATH_MAX &&
	       heel_is_component(path + prefix->last, end - prefix->last);
}

static struct node *remembered(const struct heel_walk *walk, const struct prefix *name)
{
	for (struct node *node = walk->lists[name->hash % LISTS]; node; node = node->next)
		if (node->name.hash == name->hash && node->name.length == name->length &&
		    memcmp(node->name.path, name->path, name->length) == 0)
			return node;
	return NULL;
}

/*
 * Finds a normalised path, one component after the other. The recursion, through
 * follow(), is only as deep as there are links: the path may be a user's own.
 */
static int find(struct heel_walk *walk, const char *path, bool make, unsigned int links,
		struct node **ret, const char **ret_why)
{
	struct prefix prefix = {path, 0, 0, HEEL_MARK_START};
	struct node *node;
	int rc = walk->root ? 0 : open_root(walk, ret_why);

	for (node = walk->root; rc == 0 && path[prefix.length] && path[1];) {
		struct node *parent = node;

		if (!take_component(&prefix))
			return refuse(walk, EINVAL, ret_why,
				      "%.200s is not a plain absolute path", path);
		node = remembered(walk, &prefix);
		if (node)
			continue;
		/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): errors are < 0 */
		if (!S_ISDIR(parent->place.mode))
			return refuse(walk, ENOTDIR, ret_why, "%s is not a directory",
				      parent->place.path);
		rc = step(walk, parent, prefix, make && !path[prefix.length], links,
			  &node, ret_why);
	}
	if (rc == 0)
		*ret = node;
	return rc;
}

/* What a user can influence must be the user's or root's, and have one name only. */
static int judge(struct heel_walk *walk, const struct heel_place *place,
		 const char **ret_why)
{
	if (place->region != HEEL_REGION_USER || !walk->subject)
		return 0;
	if (place->uid != walk->user && place->uid != 0)
		return refuse(
			walk, EPERM, ret_why,
			"%s belongs to uid %u, neither to the user nor to root, and %s",
			place->path, (unsigned int)place->uid, place->blame);
	if (!S_ISDIR(place->mode) && place->nlink > 1)
		return refuse(walk, EMLINK, ret_why, "%s has other hard links, and %s",
			      place->path, place->blame);
	return 0;
}

/* known: all of the place is to be. */
static int open_place(struct heel_walk *walk, const char *path, bool make, bool known,
		      const struct heel_place **ret, const char **ret_why)
{
	struct node *node;
	int rc;

	if (path[0] != '/')
		return refuse(walk, EINVAL, ret_why,
			      "%.200s is not a plain absolute path", path);
	rc = find(walk, path, make, 0, &node, ret_why);
	if (rc != 0)
		return rc;
	rc = known ? know(walk, node, ret_why) : 0;
	if (rc == 0)
		rc = judge(walk, &node->place, ret_why);
	if (rc == 0)
		*ret = &node->place;
	return rc;
}

int heel_walk_open(struct heel_walk *walk, const char *path, bool make,
		   const struct heel_place **ret, const char **ret_why)
{
	return open_place(walk, path, make, true, ret, ret_why);
}

int heel_walk_open_for_rule(struct heel_walk *walk, const char *path, bool make,
			    const struct heel_place **ret, const char **ret_why)
{
	return open_place(walk, path, make, false, ret, ret_why);
}

bool heel_is_system_directory(const char *path)
{
	static const char *const hierarchies[] = {
		"/bin",	   "/boot", "/dev",  "/etc", "/lib", "/lib32", "/lib64",
		"/libx32", "/proc", "/sbin", "/sys", "/usr", NULL};
	static const char *const shared[] = {
		"/run/lock",  "/run/user",  "/var/backups", "/var/cache",      "/var/lib",
		"/var/local", "/var/lock",  "/var/log",	    "/var/mail",       "/var/opt",
		"/var/run",   "/var/spool", "/var/tmp",	    "/var/spool/mail", NULL};

	if (!heel_is_normal_path(path) || strchr(path + 1, '/') == NULL)
		return true;
	for (size_t i = 0; hierarchies[i]; i++)
		if (heel_path_is_below(path, hierarchies[i]))
			return true;
	for (size_t i = 0; shared[i]; i++)
		if (strcmp(path, shared[i]) == 0)
			return true;
	return false;
}

int heel_walk_home(struct heel_walk *walk, const struct heel_place **ret,
		   const char **ret_why)
{
	const struct heel_place *place;
	int rc = heel_walk_open(walk, walk->subject->home, false, &place, ret_why);

	if (rc < 0)
		return rc;
	/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): errors are < 0 */
	if (!S_ISDIR(place->mode))
		return refuse(walk, ENOTDIR, ret_why, "%s is not a directory",
			      place->path);
	if (heel_is_system_directory(place->path))
		return refuse(walk, EPERM, ret_why, "%s is a system directory",
			      place->path);
	if (place->uid != walk->user &&
	    (place->uid != 0 || (place->mode & (S_IWGRP | S_IWOTH))))
		return refuse(walk, EPERM, ret_why,
			      "%s belongs neither to the user nor to root alone",
			      place->path);
	*ret = place;
	return 0;
}
