/* SPDX-License-Identifier: ISC */
/* Opens paths component by component; see walk.h for the rules. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/magic.h>
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
#define LINKS_MAX 40

/* What was found under a name, once links were followed. */
struct node {
	struct node *next;
	const char *name; /* the normalised path that was asked for */
	struct heel_place place;
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
	struct node *nodes;
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

int heel_walk_end(struct heel_walk *walk, struct heel_report *report)
{
	int rc;

	if (!walk)
		return 0;
	rc = give_identity_back(&walk->identity);
	for (const struct node *node = walk->nodes; node; node = node->next)
		if (node->owned)
			heel_close_fd(&node->place.fd);
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
 * True where another file system begins that is a program: its owners and modes are
 * what the program says, and users can mount one over their home. "/" is taken as it is.
 */
static bool begins_fuse(const struct heel_place *parent, const struct heel_place *place)
{
	struct statfs fs;

	if (!parent || place->dev == parent->dev)
		return false;
	return fstatfs(place->fd, &fs) < 0 || fs.f_type == FUSE_SUPER_MAGIC;
}

/* The region of what lies below a directory that serves as part of a rule's path. */
static enum heel_region region_for_rules(struct heel_walk *walk,
					 const struct heel_place *parent,
					 const struct heel_place *place,
					 const char **ret_blame)
{
	if (begins_fuse(parent, place)) {
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

/* Fills in the regions of a place that was found below parent (NULL for "/"). */
static void classify(struct heel_walk *walk, const struct heel_place *parent,
		     struct heel_place *place)
{
	enum heel_region own = HEEL_REGION_SYSTEM;
	const char *blame = NULL;

	place->region = parent ? parent->below : HEEL_REGION_SYSTEM;
	if (S_ISDIR(place->mode))
		own = walk->subject ? region_for_rules(walk, parent, place, &blame)
				    : region_for_policy(walk, place, &blame);
	place->below = place->region;
	place->blame = parent ? parent->blame : NULL;
	if (own > place->below) {
		place->below = own;
		place->blame = blame;
	}
}

static int add_node(struct heel_walk *walk, const char *name,
		    const struct heel_place *place, bool owned, struct node **ret)
{
	struct node *node = heel_alloc(&walk->arena, 1, sizeof(*node));

	if (!node)
		return -ENOMEM;
	node->name = heel_strdup(&walk->arena, name);
	if (!node->name)
		return -ENOMEM;
	node->place = *place;
	node->owned = owned;
	node->next = walk->nodes;
	walk->nodes = node;
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

/*
 * Opens one name below a directory without following it. As a directory first:
 * only that makes an automounter put the real directory there.
 */
static int open_name(int parent, const char *name)
{
	int fd = openat(parent, name, O_PATH | O_CLOEXEC | O_NOFOLLOW | O_DIRECTORY);

	if (fd < 0 && errno == ENOTDIR)
		fd = openat(parent, name, O_PATH | O_CLOEXEC | O_NOFOLLOW);
	return fd < 0 ? -errno : fd;
}

static char *join(struct heel_walk *walk, const char *directory, const char *name)
{
	return heel_format(&walk->arena, "%s/%s", directory[1] ? directory : "", name);
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
static int follow(struct heel_walk *walk, const struct heel_place *parent,
		  const struct heel_place *link, const char *name, unsigned int links,
		  struct node **ret, const char **ret_why)
{
	char text[PATH_MAX];
	const char *target;
	struct node *node;
	ssize_t length;
	int rc;

	if (parent->below != HEEL_REGION_SYSTEM)
		return refuse(walk, ELOOP, ret_why,
			      "%s is a symbolic link, which is not followed because %s",
			      link->path, parent->blame);
	if (link->uid != 0 && (walk->subject || link->uid != walk->user))
		return refuse(walk, ELOOP, ret_why,
			      "%s is a symbolic link that does not belong to root",
			      link->path);
	if (links >= LINKS_MAX)
		return refuse(walk, ELOOP, ret_why, "%s: too many symbolic links",
			      link->path);
	length = readlinkat(link->fd, "", text, sizeof(text) - 1);
	if (length < 0)
		return refuse(walk, errno, ret_why, "%s: %s", link->path,
			      strerror(errno));
	text[length] = '\0';
	target = link_target(walk, parent->path, text);
	if (!target)
		return refuse(walk, ELOOP, ret_why,
			      "%s is a symbolic link whose text is not a plain path",
			      link->path);
	rc = find(walk, target, false, links + 1, &node, ret_why);
	if (rc == 0 && add_node(walk, name, &node->place, false, ret) < 0)
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

/* Opens the last component of path below its parent directory. */
static int step(struct heel_walk *walk, const struct heel_place *parent, const char *path,
		bool make, unsigned int links, struct node **ret, const char **ret_why)
{
	const char *name = strrchr(path, '/') + 1;
	struct heel_place place = {.path = join(walk, parent->path, name)};
	HEEL_CLOSE int fd = -1;
	int rc;

	if (!place.path)
		return refuse(walk, ENOMEM, ret_why, "out of memory");
	fd = open_name(parent->fd, name);
	if (fd == -ENOENT && make) {
		if (make_directory(parent->fd, name) < 0)
			return refuse(walk, errno, ret_why, "%s cannot be made: %s",
				      place.path, strerror(errno));
		fd = open_name(parent->fd, name);
	}
	if (fd < 0)
		return refuse(walk, -fd, ret_why, "%s: %s", place.path, strerror(-fd));
	place.fd = fd;
	rc = look_at(fd, &place);
	if (rc < 0)
		return refuse(walk, -rc, ret_why, "%s: %s", place.path, strerror(-rc));
	if (S_ISLNK(place.mode))
		return follow(walk, parent, &place, path, links, ret, ret_why);
	classify(walk, parent, &place);
	if (add_node(walk, path, &place, true, ret) < 0)
		return refuse(walk, ENOMEM, ret_why, "out of memory");
	(void)HEEL_TAKE_FD(fd); /* the node has it */
	return 0;
}

static int open_root(struct heel_walk *walk, struct node **ret, const char **ret_why)
{
	HEEL_CLOSE int fd = open("/", O_PATH | O_CLOEXEC | O_DIRECTORY);
	struct heel_place place = {.path = "/", .fd = fd};

	if (fd < 0 || look_at(fd, &place) < 0)
		return refuse(walk, errno, ret_why, "/: %s", strerror(errno));
	classify(walk, NULL, &place);
	if (add_node(walk, "/", &place, true, ret) < 0)
		return refuse(walk, ENOMEM, ret_why, "out of memory");
	(void)HEEL_TAKE_FD(fd); /* the node has it */
	return 0;
}

static struct node *remembered(const struct heel_walk *walk, const char *path)
{
	for (struct node *node = walk->nodes; node; node = node->next)
		if (strcmp(node->name, path) == 0)
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
	struct node *node = remembered(walk, "/");
	int rc = node ? 0 : open_root(walk, &node, ret_why);

	for (const char *end = path; rc == 0 && end[0] && path[1];) {
		struct node *parent = node;
		const char *prefix;

		end += 1 + strcspn(end + 1, "/");
		prefix = heel_strndup(&walk->arena, path, (size_t)(end - path));
		if (!prefix)
			return refuse(walk, ENOMEM, ret_why, "out of memory");
		node = remembered(walk, prefix);
		if (node)
			continue;
		/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): errors are < 0 */
		if (!S_ISDIR(parent->place.mode))
			return refuse(walk, ENOTDIR, ret_why, "%s is not a directory",
				      parent->place.path);
		rc = step(walk, &parent->place, prefix, make && !end[0], links, &node,
			  ret_why);
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

int heel_walk_open(struct heel_walk *walk, const char *path, bool make,
		   const struct heel_place **ret, const char **ret_why)
{
	struct node *node;
	int rc;

	if (!heel_is_normal_path(path) || strlen(path) >= PATH_MAX)
		return refuse(walk, EINVAL, ret_why,
			      "%.200s is not a plain absolute path", path);
	rc = find(walk, path, make, 0, &node, ret_why);
	if (rc == 0)
		rc = judge(walk, &node->place, ret_why);
	if (rc == 0)
		*ret = &node->place;
	return rc;
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
