/* SPDX-License-Identifier: ISC */
/*
 * Opening paths component by component: where no link is followed, whose objects are
 * taken, what is made, what a home can be, and whose identity does it.
 *
 * As root, the user is a made-up one, and a tree of the tests' own becomes "/" where
 * the directories above a path matter. As an ordinary user, the user is oneself.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/fuse.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>

#include "test.h"
#include "walk.h"

/* In a tree of its own, LeakSanitizer has no /proc to look at. */
TEST_LIVE_PROGRAM

#define ALICE	   54321U
#define BOB	   54322U

/* Descriptors are looked for below this number. */
#define COUNTED_TO 256

static struct heel_subject subject;
static struct heel_report report;
static struct heel_walk *walk;
static const struct heel_place *place;
static const char *why;
static const char *home;

static void own(const char *path, uid_t uid)
{
	if (geteuid() == 0)
		ck_assert_int_eq(lchown(path, uid, uid), 0);
}

/* In the tests' trees: a directory, a file, a link, with an owner and a mode. */
static void make_dir(const char *path, uid_t uid, mode_t mode)
{
	ck_assert_msg(mkdir(path, mode) == 0, "%s: %s", path, strerror(errno));
	ck_assert_int_eq(chmod(path, mode), 0);
	own(path, uid);
}

static void make_file(const char *path, uid_t uid)
{
	ck_assert_msg(mknod(path, S_IFREG | 0644, 0) == 0, "%s: %s", path,
		      strerror(errno));
	own(path, uid);
}

static void make_link(const char *text, const char *path, uid_t uid)
{
	ck_assert_msg(symlink(text, path) == 0, "%s: %s", path, strerror(errno));
	own(path, uid);
}

static size_t count_descriptors(void)
{
	size_t n = 0;

	for (int fd = 0; fd < COUNTED_TO; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			n++;
	return n;
}

static void begin(void)
{
	ck_assert_int_eq(heel_walk_begin(&subject, &walk, &report), 0);
}

static void end(void)
{
	ck_assert_int_eq(heel_walk_end(walk, &report), 0);
	walk = NULL;
	place = NULL;
}

static int open_path(const char *path)
{
	place = NULL;
	why = NULL;
	return heel_walk_open(walk, path, false, &place, &why);
}

/* Asserts what a walk says of a path. An object that was found is the one that is there.
 */
static void assert_opens(const char *path, int rc, const char *real)
{
	struct stat st;
	int result = open_path(path);

	ck_assert_msg(result == rc, "%s: %d (%s), not %d", path, result,
		      why ? why : "no reason", rc);
	if (rc < 0) {
		ck_assert_ptr_null(place);
		ck_assert_ptr_nonnull(why);
		return;
	}
	ck_assert_str_eq(place->path, real);
	ck_assert_int_eq(fstatat(place->fd, "", &st, AT_EMPTY_PATH), 0);
	ck_assert_uint_eq(place->ino, st.st_ino);
	ck_assert_uint_eq(place->dev, st.st_dev);
	if (lstat(real, &st) == 0) /* the user may be unable to look */
		ck_assert_uint_eq(place->ino, st.st_ino);
}

static void setup(void)
{
	const bool root = geteuid() == 0;
	static const gid_t groups[] = {ALICE, BOB + 1};

	home = test_format("%s/alice", test_tmpdir());
	subject = (struct heel_subject){
		.service = "test",
		.user = "alice",
		.uid = root ? ALICE : geteuid(),
		.gid = root ? ALICE : getegid(),
		.group = "alice",
		.home = home,
		.groups = groups,
		.n_groups = root ? HEEL_ARRAY_SIZE(groups) : 0,
	};
	report = (struct heel_report){0};
	make_dir(home, ALICE, 0755);
}

static void teardown(void)
{
	if (walk)
		end();
	heel_report_free(&report);
}

/* --- What lies in a user's home ------------------------------------------------- */

static const char *in_home(const char *name)
{
	return name[0] ? test_format("%s/%s", home, name) : home;
}

static void fill_home(void)
{
	make_dir(in_home("dir"), ALICE, 0755);
	make_file(in_home("dir/file"), ALICE);
	make_link("/etc", in_home("dir/etc"), ALICE);
	make_file(in_home("file"), ALICE);
	make_link("dir", in_home("link"), ALICE);
	make_link("file", in_home("filelink"), ALICE);
	make_link("/etc", in_home("etc"), ALICE);
	make_link("/", in_home("slash"), ALICE);
	make_link("nowhere", in_home("dangling"), ALICE);
	make_link("loop", in_home("loop"), ALICE);
	make_link("..", in_home("up"), ALICE);
	make_link("/proc/self/root", in_home("magic"), ALICE);
	make_file(in_home("hard"), ALICE);
	ck_assert_int_eq(link(in_home("hard"), in_home("hard2")), 0);
	ck_assert_int_eq(mkfifo(in_home("fifo"), 0600), 0);
	own(in_home("fifo"), ALICE);
	ck_assert_int_eq(mknod(in_home("socket"), S_IFSOCK | 0600, 0), 0);
	own(in_home("socket"), ALICE);
	make_dir(in_home("private"), ALICE, 0700);
	make_dir(in_home("closed"), ALICE, 0);
	make_dir(in_home("shared"), ALICE, 0777);
	make_file(in_home("shared/file"), ALICE);
}

static const struct {
	const char *name;
	int rc;
} home_cases[] = {
	{"", 0},
	{"dir", 0},
	{"dir/file", 0},
	{"file", 0},
	{"fifo", 0},
	{"socket", 0},
	{"private", 0},
	{"closed", 0},
	{"shared", 0},
	{"shared/file", 0},
	{"link", -ELOOP},
	{"link/file", -ELOOP},
	{"filelink", -ELOOP},
	{"etc", -ELOOP},
	{"etc/passwd", -ELOOP},
	{"dir/etc", -ELOOP},
	{"dir/etc/passwd", -ELOOP},
	{"slash/etc", -ELOOP},
	{"dangling", -ELOOP},
	{"dangling/file", -ELOOP},
	{"loop", -ELOOP},
	{"up", -ELOOP},
	{"up/alice/file", -ELOOP},
	{"magic/etc", -ELOOP},
	{"hard", -EMLINK},
	{"hard2", -EMLINK},
	{"nothing", -ENOENT},
	{"nothing/file", -ENOENT},
	{"dir/nothing", -ENOENT},
	{"file/file", -ENOTDIR},
	{"fifo/file", -ENOTDIR},
	{"..", -EINVAL},
	{"dir/..", -EINVAL},
	{"dir/../file", -EINVAL},
	{"./dir", -EINVAL},
	{"dir/./file", -EINVAL},
	{"dir//file", -EINVAL},
	{"dir/", -EINVAL},
};

START_TEST(home_leads_nowhere_else)
{
	fill_home();
	begin();
	assert_opens(in_home(home_cases[_i].name), home_cases[_i].rc,
		     in_home(home_cases[_i].name));
	if (home_cases[_i].rc == 0)
		ck_assert_int_eq(place->below, HEEL_REGION_USER);
	end();
}
END_TEST

START_TEST(verdict_does_not_depend_on_what_was_opened_before)
{
	const size_t n = HEEL_ARRAY_SIZE(home_cases);

	fill_home();
	begin();
	for (size_t i = 0; i < n; i++)
		assert_opens(in_home(home_cases[i].name), home_cases[i].rc,
			     in_home(home_cases[i].name));
	for (size_t i = n; i-- > 0;)
		assert_opens(in_home(home_cases[i].name), home_cases[i].rc,
			     in_home(home_cases[i].name));
	end();
	begin();
	for (size_t i = n; i-- > 0;)
		assert_opens(in_home(home_cases[i].name), home_cases[i].rc,
			     in_home(home_cases[i].name));
	end();
}
END_TEST

START_TEST(walk_leaves_no_descriptor_behind)
{
	size_t before = count_descriptors();

	fill_home();
	begin();
	for (size_t i = 0; i < HEEL_ARRAY_SIZE(home_cases); i++)
		(void)open_path(in_home(home_cases[i].name)); /* judged elsewhere */
	ck_assert_uint_gt(count_descriptors(), before);
	end();
	ck_assert_uint_eq(count_descriptors(), before);
}
END_TEST

START_TEST(descriptors_do_not_survive_exec_and_cannot_read)
{
	char byte;

	fill_home();
	begin();
	ck_assert_int_eq(open_path(in_home("file")), 0);
	ck_assert_int_eq(fcntl(place->fd, F_GETFD), FD_CLOEXEC);
	ck_assert_int_eq(fcntl(place->fd, F_GETFL) & O_PATH, O_PATH);
	ck_assert_int_eq(read(place->fd, &byte, 1), -1);
	end();
}
END_TEST

START_TEST(path_that_is_too_long_is_refused)
{
	char path[PATH_MAX + 1];

	memset(path, 'a', PATH_MAX);
	path[0] = '/';
	path[PATH_MAX] = '\0';
	begin();
	ck_assert_int_eq(open_path(path), -EINVAL);
	ck_assert_uint_lt(strlen(why), 300);
	path[PATH_MAX - 1] = '\0';
	ck_assert_int_eq(open_path(path), -ENAMETOOLONG);
	end();
}
END_TEST

START_TEST(path_of_thousands_of_components_is_no_danger)
{
	const struct rlimit small = {128 << 10, RLIM_INFINITY};
	char path[PATH_MAX] = "";

	/* A home from a directory server, and a stack that a user has made small. */
	ck_assert_int_eq(setrlimit(RLIMIT_STACK, &small), 0);
	for (size_t i = 0; i + 2 < sizeof(path); i += 2)
		/* NOLINTNEXTLINE(bugprone-not-null-terminated-result): the rest is zero
		 */
		memcpy(path + i, "/a", 2); /* NOLINT: zeros follow */
	begin();
	ck_assert_int_eq(open_path(path), -ENOENT);
	end();
}
END_TEST

START_TEST(remembered_directory_stays_the_one_that_was_opened)
{
	ino_t ino;

	fill_home();
	begin();
	ck_assert_int_eq(open_path(in_home("dir/file")), 0);
	ino = place->ino;
	ck_assert_int_eq(rename(in_home("dir"), in_home("moved")), 0);
	make_link("/etc", in_home("dir"), ALICE);
	ck_assert_int_eq(open_path(in_home("dir/passwd")), -ENOENT);
	ck_assert_int_eq(open_path(in_home("dir/file")), 0);
	ck_assert_uint_eq(place->ino, ino);
	end();
}
END_TEST

START_TEST(missing_path_is_looked_for_again)
{
	fill_home();
	begin();
	ck_assert_int_eq(open_path(in_home("later")), -ENOENT);
	make_file(in_home("later"), ALICE);
	ck_assert_int_eq(open_path(in_home("later")), 0);
	end();
}
END_TEST

START_TEST(file_and_directory_can_take_each_others_place)
{
	fill_home();
	begin();
	ck_assert_int_eq(open_path(in_home("file")), 0);
	ck_assert(S_ISREG(place->mode));
	end();
	ck_assert_int_eq(renameat2(AT_FDCWD, in_home("file"), AT_FDCWD, in_home("dir"),
				   RENAME_EXCHANGE),
			 0);
	begin();
	ck_assert_int_eq(open_path(in_home("file")), 0);
	ck_assert(S_ISDIR(place->mode));
	ck_assert_int_eq(open_path(in_home("dir")), 0);
	ck_assert(S_ISREG(place->mode));
	ck_assert_int_eq(open_path(in_home("dir/file")), -ENOTDIR);
	end();
}
END_TEST

/* --- Making a directory --------------------------------------------------------- */

static int make_path(const char *name)
{
	place = NULL;
	why = NULL;
	return heel_walk_open(walk, in_home(name), true, &place, &why);
}

static const mode_t masks[] = {0, 022, 077, 0277, 0777};

START_TEST(made_directory_is_the_users_alone)
{
	struct stat st;

	(void)umask(masks[_i]);
	begin();
	ck_assert_int_eq(make_path("made"), 0);
	ck_assert_str_eq(place->path, in_home("made"));
	ck_assert_uint_eq(place->mode, S_IFDIR | 0700);
	end();
	ck_assert_uint_eq(umask(0), masks[_i]);
	ck_assert_int_eq(lstat(in_home("made"), &st), 0);
	ck_assert_uint_eq(st.st_mode, S_IFDIR | 0700);
	ck_assert_uint_eq(st.st_uid, subject.uid);
	ck_assert_uint_eq(st.st_gid, subject.gid);
}
END_TEST

static const struct {
	const char *name;
	int rc;
	mode_t mode;
	const char *absent; /* what must not be there afterwards */
} make_cases[] = {
	{"dir", 0, S_IFDIR | 0755, NULL},
	{"file", 0, S_IFREG | 0644, NULL},
	{"shared/made", 0, S_IFDIR | 0700, NULL},
	{"dangling", -ELOOP, 0, "nowhere"},
	{"dangling/made", -ELOOP, 0, "nowhere"},
	{"link", -ELOOP, 0, NULL},
	{"link/made", -ELOOP, 0, "dir/made"},
	{"missing/made", -ENOENT, 0, "missing"},
	{"file/made", -ENOTDIR, 0, NULL},
	{"dir/../made", -EINVAL, 0, "made"},
	{"hard", -EMLINK, 0, NULL},
};

START_TEST(only_a_missing_last_component_is_made)
{
	const char *absent = make_cases[_i].absent;
	struct stat st;

	fill_home();
	begin();
	ck_assert_int_eq(make_path(make_cases[_i].name), make_cases[_i].rc);
	if (make_cases[_i].rc == 0)
		ck_assert_uint_eq(place->mode, make_cases[_i].mode);
	else
		ck_assert_ptr_nonnull(why);
	end();
	if (absent)
		ck_assert_int_eq(lstat(in_home(absent), &st), -1);
}
END_TEST

START_TEST(nothing_is_made_unasked)
{
	struct stat st;

	begin();
	ck_assert_int_eq(open_path(in_home("made")), -ENOENT);
	end();
	ck_assert_int_eq(lstat(in_home("made"), &st), -1);
}
END_TEST

START_TEST(nothing_is_made_where_the_user_may_not)
{
	struct stat st;

	make_dir(in_home("readonly"), ALICE, 0555);
	begin();
	ck_assert_int_eq(make_path("readonly/made"), -EACCES);
	end();
	ck_assert_int_eq(lstat(in_home("readonly/made"), &st), -1);
}
END_TEST

/* --- Homes ---------------------------------------------------------------------- */

static int open_home(const char *path)
{
	int rc;

	place = NULL;
	why = NULL;
	subject.home = path;
	begin();
	rc = heel_walk_home(walk, &place, &why);
	if (rc == 0)
		ck_assert_ptr_nonnull(place);
	else
		ck_assert_ptr_nonnull(why);
	end();
	return rc;
}

static const struct {
	const char *name; /* below the home, or an absolute path */
	int rc;
} own_homes[] = {
	{"", 0},
	{"dir", 0},
	{"private", 0},
	{"shared", 0},
	{"file", -ENOTDIR},
	{"fifo", -ENOTDIR},
	{"nothing", -ENOENT},
	{"link", -ELOOP},
	{"etc", -ELOOP},
	{"dir/..", -EINVAL},
	{"/", -EPERM},
	{"/etc", -EPERM},
	{"/tmp", -EPERM},
};

START_TEST(home_is_a_directory_of_ones_own)
{
	const char *name = own_homes[_i].name;

	fill_home();
	ck_assert_int_eq(open_home(name[0] == '/' ? name : in_home(name)),
			 own_homes[_i].rc);
}
END_TEST

START_TEST(home_that_is_no_path_is_refused)
{
	ck_assert_int_eq(open_home(""), -EINVAL);
	ck_assert_int_eq(open_home("home/alice"), -EINVAL);
	ck_assert_int_eq(open_home("//home/alice"), -EINVAL);
}
END_TEST

static const struct {
	const char *path;
	bool system;
} directories[] = {
	{"/", true},
	{"/home", true},
	{"/root", true},
	{"/tmp", true},
	{"/bin/x", true},
	{"/boot/x", true},
	{"/dev/shm", true},
	{"/etc/x/y", true},
	{"/lib/x", true},
	{"/lib32/x", true},
	{"/lib64/x", true},
	{"/libx32/x", true},
	{"/proc/1", true},
	{"/sbin/x", true},
	{"/sys/x", true},
	{"/usr/home/x", true},
	{"/run/lock", true},
	{"/run/user", true},
	{"/var/backups", true},
	{"/var/cache", true},
	{"/var/lib", true},
	{"/var/local", true},
	{"/var/lock", true},
	{"/var/log", true},
	{"/var/mail", true},
	{"/var/opt", true},
	{"/var/run", true},
	{"/var/spool", true},
	{"/var/spool/mail", true},
	{"/var/tmp", true},
	{"", true},
	{"home/alice", true},
	{"/home/../etc", true},
	{"/home/alice/", true},
	{"//home/alice", true},
	{"/home/alice", false},
	{"/home/etc", false},
	{"/etcetera/x", false},
	{"/user/x", false},
	{"/run/user/1000", false},
	{"/srv/www", false},
	{"/tmp/x", false},
	{"/var/lib/x", false},
};

START_TEST(system_directory_is_known_by_its_path)
{
	ck_assert_int_eq(heel_is_system_directory(directories[_i].path),
			 directories[_i].system);
}
END_TEST

/* --- Races ---------------------------------------------------------------------- */

/* Keeps swapping two names, as the user, until it is killed. */
static pid_t start_swapping(const char *a, const char *b)
{
	pid_t parent = getpid();
	pid_t child = fork();

	ck_assert_int_ge(child, 0);
	if (child > 0)
		return child;
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 || getppid() != parent)
		_exit(EXIT_FAILURE);
	for (;;)
		if (renameat2(AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE) != 0)
			_exit(EXIT_FAILURE);
}

static void stop_swapping(pid_t child)
{
	int status;

	ck_assert_int_eq(kill(child, SIGKILL), 0);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFSIGNALED(status)); /* it has been at it all the time */
}

static double seconds(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now); /* this clock always is there */
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* What is swapped, and what is opened meanwhile; all of "evil" leads to /etc. */
static const struct {
	const char *good;
	const char *evil;
	const char *opened;
} races[] = {
	{"swap", "evil", "swap"},
	{"swap", "evil", "swap/passwd"},
	{"swap", "evil", "swap/deep/passwd"},
	{"swap/deep", "evil", "swap/deep/passwd"},
	{"swap/passwd", "evilfile", "swap/passwd"},
	{"swap", "file", "swap/passwd"},
};

START_TEST(swapped_names_never_lead_elsewhere)
{
	const char *opened = in_home(races[_i].opened);
	unsigned int found = 0, refused = 0;
	double start = seconds();
	struct stat real;
	pid_t child;

	make_dir(in_home("swap"), ALICE, 0755);
	make_file(in_home("swap/passwd"), ALICE);
	make_dir(in_home("swap/deep"), ALICE, 0755);
	make_file(in_home("swap/deep/passwd"), ALICE);
	make_link("/etc", in_home("evil"), ALICE);
	make_link("/etc/passwd", in_home("evilfile"), ALICE);
	make_file(in_home("file"), ALICE);
	ck_assert_int_eq(stat(opened, &real), 0);
	child = start_swapping(in_home(races[_i].good), in_home(races[_i].evil));
	for (unsigned int i = 0;
	     i < 3000 || ((!found || !refused) && seconds() - start < 10); i++) {
		int rc;

		begin();
		rc = open_path(opened);
		if (rc == 0) {
			found++;
			ck_assert_uint_eq(place->dev, real.st_dev);
			ck_assert_uint_eq(place->ino, real.st_ino);
		} else {
			refused++;
			ck_assert_msg(rc == -ELOOP || rc == -ENOTDIR || rc == -ENOENT,
				      "%d: %s", rc, why);
		}
		end();
	}
	stop_swapping(child);
	ck_assert_uint_gt(found, 0);
	ck_assert_uint_gt(refused, 0);
}
END_TEST

/* --- A whole system, as root ---------------------------------------------------- */

/* Makes a system of the tests' own and goes into it, so that "/" and all else are known.
 */
static void enter_world(void)
{
	ck_assert_int_eq(chdir(test_tmpdir()), 0);
	ck_assert_int_eq(chroot("."), 0);
	make_dir("/usr", 0, 0755);
	make_dir("/usr/bin", 0, 0755);
	make_file("/usr/bin/tool", 0);
	make_link("usr/bin", "/bin", 0);
	make_dir("/etc", 0, 0755);
	make_file("/etc/secret", 0);
	make_dir("/home", 0, 0755);
	make_dir("/home/alice", ALICE, 0755);
	make_dir("/home/bob", BOB, 0755);
	make_dir("/srv", 0, 0755);
	make_dir("/tmp", 0, 01777);
}

static void fill_data(void)
{
	make_dir("/data", 0, 0755);
	make_file("/data/hard", 0);
	ck_assert_int_eq(link("/data/hard", "/data/hard2"), 0);
	make_file("/data/file", ALICE);
	make_dir("/data/bob", BOB, 0755);
	make_link("../etc", "/data/relative", 0);
	make_link("../../../etc", "/data/above", 0);
	make_link("..", "/data/up", 0);
	make_link("../..", "/data/upup", 0);
	make_link(".", "/data/self", 0);
	make_link("./hard", "/data/here", 0);
	make_link("../usr/", "/data/slash", 0);
	make_link("//usr///bin", "/data/slashes", 0);
	make_link("/", "/data/root", 0);
	make_link("bob/../../etc", "/data/dots", 0);
	make_link("nowhere", "/data/dangling", 0);
	make_link("/home/alice", "/data/home", 0);
	make_link("/home/alice/etc", "/data/homelink", 0);
	make_link("/etc", "/data/alices", ALICE);
	make_link("/etc", "/data/bobs", BOB);
	make_link("loop2", "/data/loop1", 0);
	make_link("loop1", "/data/loop2", 0);
	make_link("in/in", "/data/in", 0);
	for (unsigned int i = 1; i <= 41; i++)
		make_link(i == 1 ? "../etc" : test_format("chain%u", i - 1),
			  test_format("/data/chain%u", i), 0);
}

static void fill_homes(void)
{
	make_link("/etc", "/home/alice/etc", ALICE);
	make_link("/etc", "/home/alice/rootlink", 0);
	make_dir("/home/alice/dir", ALICE, 0755);
	make_dir("/home/alice/roots", 0, 0755);
	make_link("/etc", "/home/alice/roots/etc", 0);
	make_file("/home/alice/rootfile", 0);
	ck_assert_int_eq(link("/etc/secret", "/home/alice/hard"), 0);
	make_dir("/home/alice/bobs", BOB, 0755);
	make_dir("/home/alice/bobs/alices", ALICE, 0755);
	make_file("/home/alice/bobfile", BOB);
	make_dir("/home/bob/dir", BOB, 0755);
	make_file("/home/bob/dir/file", BOB);
	ck_assert_int_eq(link("/home/bob/dir/file", "/home/bob/dir/hard"), 0);
	make_dir("/home/bob/private", BOB, 0700);
	make_file("/home/bob/private/file", BOB);
	make_link("/etc", "/home/bob/etc", BOB);
	make_link("/etc", "/home/bob/rootlink", 0);
	make_dir("/home/bob/alices", ALICE, 0755);
	make_dir("/home/bob/alices/bobs", BOB, 0755);
	make_dir("/home/bob/open", BOB, 0777);
	make_dir("/home/bob/open/bobs", BOB, 0755);
	make_dir("/home/bob/open/alices", ALICE, 0755);
}

static void fill_shared(void)
{
	make_dir("/tmp/alice", ALICE, 0700);
	make_dir("/tmp/bob", BOB, 0755);
	make_dir("/tmp/bob/alice", ALICE, 0755);
	make_dir("/tmp/root", 0, 0755);
	make_link("/etc", "/tmp/root/etc", 0);
	make_link("/etc", "/tmp/rootlink", 0);
	make_link("/etc", "/tmp/link", ALICE);
	make_dir("/srv/group", 0, 0775);
	make_link("/etc", "/srv/group/rootlink", 0);
	make_dir("/srv/group/bob", BOB, 0755);
	make_file("/srv/group/bobfile", BOB);
	make_file("/srv/group/alicefile", ALICE);
	make_dir("/srv/course", BOB, 0755);
	make_dir("/srv/course/week1", BOB, 0755);
	make_link("group", "/srv/grouplink", 0);
}

enum { SYSTEM = HEEL_REGION_SYSTEM, THIRD = HEEL_REGION_THIRD, USER = HEEL_REGION_USER };

static const struct {
	const char *path;
	int rc;
	const char *real; /* NULL: as it was asked for */
	int region, below;
} world_cases[] = {
	/* Root's own. */
	{"/", 0, NULL, SYSTEM, SYSTEM},
	{"/etc/secret", 0, NULL, SYSTEM, SYSTEM},
	{"/bin", 0, "/usr/bin", SYSTEM, SYSTEM},
	{"/bin/tool", 0, "/usr/bin/tool", SYSTEM, SYSTEM},
	{"/bin/nothing", -ENOENT, NULL, 0, 0},
	{"/data/hard", 0, NULL, SYSTEM, SYSTEM},
	{"/data/file", 0, NULL, SYSTEM, SYSTEM},
	{"/data/bob", 0, NULL, SYSTEM, THIRD},
	{"/data/relative", 0, "/etc", SYSTEM, SYSTEM},
	{"/data/relative/secret", 0, "/etc/secret", SYSTEM, SYSTEM},
	{"/data/above/secret", 0, "/etc/secret", SYSTEM, SYSTEM},
	{"/data/up", 0, "/", SYSTEM, SYSTEM},
	{"/data/up/etc", 0, "/etc", SYSTEM, SYSTEM},
	{"/data/upup/etc", 0, "/etc", SYSTEM, SYSTEM},
	{"/data/self/hard", 0, "/data/hard", SYSTEM, SYSTEM},
	{"/data/here", 0, "/data/hard", SYSTEM, SYSTEM},
	{"/data/slash/bin/tool", 0, "/usr/bin/tool", SYSTEM, SYSTEM},
	{"/data/slashes/tool", 0, "/usr/bin/tool", SYSTEM, SYSTEM},
	{"/data/root/etc", 0, "/etc", SYSTEM, SYSTEM},
	{"/data/dots", -ELOOP, NULL, 0, 0},
	{"/data/dangling", -ENOENT, NULL, 0, 0},
	{"/data/alices", -ELOOP, NULL, 0, 0},
	{"/data/bobs/secret", -ELOOP, NULL, 0, 0},
	{"/data/loop1", -ELOOP, NULL, 0, 0},
	{"/data/in", -ELOOP, NULL, 0, 0},
	{"/data/chain40/secret", 0, "/etc/secret", SYSTEM, SYSTEM},
	{"/data/home/dir", 0, "/home/alice/dir", USER, USER},
	{"/data/home/etc", -ELOOP, NULL, 0, 0},
	{"/data/homelink", -ELOOP, NULL, 0, 0},
	/* The user's. */
	{"/home/alice", 0, NULL, SYSTEM, USER},
	{"/home/alice/dir", 0, NULL, USER, USER},
	{"/home/alice/roots", 0, NULL, USER, USER},
	{"/home/alice/rootfile", 0, NULL, USER, USER},
	{"/home/alice/etc", -ELOOP, NULL, 0, 0},
	{"/home/alice/rootlink", -ELOOP, NULL, 0, 0},
	{"/home/alice/roots/etc", -ELOOP, NULL, 0, 0},
	{"/home/alice/hard", -EMLINK, NULL, 0, 0},
	{"/home/alice/bobs", -EPERM, NULL, 0, 0},
	{"/home/alice/bobfile", -EPERM, NULL, 0, 0},
	{"/home/alice/bobs/alices", 0, NULL, USER, USER},
	/* A third person's. */
	{"/home/bob", 0, NULL, SYSTEM, THIRD},
	{"/home/bob/dir", 0, NULL, THIRD, THIRD},
	{"/home/bob/dir/hard", 0, NULL, THIRD, THIRD},
	{"/home/bob/private", 0, NULL, THIRD, THIRD},
	{"/home/bob/private/file", -EACCES, NULL, 0, 0},
	{"/home/bob/etc", -ELOOP, NULL, 0, 0},
	{"/home/bob/rootlink", -ELOOP, NULL, 0, 0},
	{"/home/bob/alices", 0, NULL, THIRD, USER},
	{"/home/bob/alices/bobs", -EPERM, NULL, 0, 0},
	{"/home/bob/open", 0, NULL, THIRD, USER},
	{"/home/bob/open/bobs", -EPERM, NULL, 0, 0},
	{"/home/bob/open/alices", 0, NULL, USER, USER},
	{"/srv/course/week1", 0, NULL, THIRD, THIRD},
	/* Everyone's. */
	{"/tmp", 0, NULL, SYSTEM, USER},
	{"/tmp/alice", 0, NULL, USER, USER},
	{"/tmp/bob", -EPERM, NULL, 0, 0},
	{"/tmp/bob/alice", 0, NULL, USER, USER},
	{"/tmp/root", 0, NULL, USER, USER},
	{"/tmp/root/etc", -ELOOP, NULL, 0, 0},
	{"/tmp/rootlink", -ELOOP, NULL, 0, 0},
	{"/tmp/link", -ELOOP, NULL, 0, 0},
	{"/srv/group", 0, NULL, SYSTEM, USER},
	{"/srv/group/rootlink", -ELOOP, NULL, 0, 0},
	{"/srv/group/bob", -EPERM, NULL, 0, 0},
	{"/srv/group/bobfile", -EPERM, NULL, 0, 0},
	{"/srv/group/alicefile", 0, NULL, USER, USER},
	{"/srv/grouplink/alicefile", 0, "/srv/group/alicefile", USER, USER},
	{"/srv/grouplink/rootlink", -ELOOP, NULL, 0, 0},
};

static void assert_world_case(size_t i)
{
	const char *path = world_cases[i].path;

	assert_opens(path, world_cases[i].rc,
		     world_cases[i].real ? world_cases[i].real : path);
	if (world_cases[i].rc < 0)
		return;
	ck_assert_msg((int)place->region == world_cases[i].region, "%s: region %d", path,
		      (int)place->region);
	ck_assert_msg((int)place->below == world_cases[i].below, "%s: below %d", path,
		      (int)place->below);
	ck_assert_int_eq(place->blame != NULL, world_cases[i].below != SYSTEM);
}

static void fill_world(void)
{
	enter_world();
	fill_data();
	fill_homes();
	fill_shared();
}

START_TEST(region_decides_about_links_and_owners)
{
	fill_world();
	begin();
	assert_world_case((size_t)_i);
	end();
}
END_TEST

START_TEST(regions_do_not_depend_on_what_was_opened_before)
{
	const size_t n = HEEL_ARRAY_SIZE(world_cases);
	size_t before;

	fill_world();
	before = count_descriptors();
	begin();
	for (size_t i = 0; i < n; i++)
		assert_world_case(i);
	for (size_t i = n; i-- > 0;)
		assert_world_case(i);
	end();
	begin();
	for (size_t i = n; i-- > 0;)
		assert_world_case(i);
	end();
	ck_assert_uint_eq(count_descriptors(), before);
}
END_TEST

START_TEST(chain_of_links_has_an_end)
{
	fill_world();
	begin();
	assert_opens("/data/chain41", -ELOOP, NULL);
	assert_opens("/data/chain40", 0, "/etc");
	end();
}
END_TEST

START_TEST(root_follows_nobodys_links_either)
{
	fill_world();
	subject.uid = 0;
	subject.gid = 0;
	subject.n_groups = 0;
	begin();
	assert_opens("/bin/tool", 0, "/usr/bin/tool");
	assert_opens("/home/alice/etc", -ELOOP, NULL);
	assert_opens("/home/alice/etc/secret", -ELOOP, NULL);
	assert_opens("/data/alices", -ELOOP, NULL);
	assert_opens("/tmp/rootlink", -ELOOP, NULL);
	assert_opens("/tmp/alice", -EPERM, NULL);
	end();
}
END_TEST

START_TEST(nothing_is_made_outside_what_is_the_users)
{
	struct stat st;

	fill_world();
	make_link("made", "/data/new", 0);
	begin();
	ck_assert_int_eq(heel_walk_open(walk, "/data/made", true, &place, &why), -EACCES);
	ck_assert_int_eq(heel_walk_open(walk, "/data/new", true, &place, &why), -ENOENT);
	ck_assert_int_eq(heel_walk_open(walk, "/home/bob/made", true, &place, &why),
			 -EACCES);
	end();
	ck_assert_int_eq(lstat("/data/made", &st), -1);
	ck_assert_int_eq(lstat("/home/bob/made", &st), -1);
}
END_TEST

static const struct {
	const char *path;
	uid_t uid;
	mode_t mode; /* 0: it is there, or is not */
	int rc;
} world_homes[] = {
	{"/home/alice", 0, 0, 0},	  {"/home/x", ALICE, 0700, 0},
	{"/home/x", ALICE, 0777, 0},	  {"/home/x", 0, 0755, 0},
	{"/home/x", 0, 0775, -EPERM},	  {"/home/x", 0, 0757, -EPERM},
	{"/home/x", 0, 01777, -EPERM},	  {"/home/x", BOB, 0755, -EPERM},
	{"/home/x", BOB, 0777, -EPERM},	  {"/home/bob", 0, 0, -EPERM},
	{"/home/bob/alices", 0, 0, 0},	  {"/home/bob/dir", 0, 0, -EPERM},
	{"/home/nobody", 0, 0, -ENOENT},  {"/x", ALICE, 0755, -EPERM},
	{"/etc/x", ALICE, 0755, -EPERM},  {"/usr/x", ALICE, 0755, -EPERM},
	{"/data/relative", 0, 0, -EPERM}, {"/data/relative/x", ALICE, 0755, -EPERM},
	{"/data/root/etc", 0, 0, -EPERM}, {"/data/home", 0, 0, 0},
	{"/data/alices", 0, 0, -ELOOP},	  {"/data/file", 0, 0, -ENOTDIR},
	{"/tmp/alice", 0, 0, 0},	  {"/tmp/bob", 0, 0, -EPERM},
	{"/tmp/rootlink", 0, 0, -ELOOP},  {"/srv/group", 0, 0, -EPERM},
};

START_TEST(home_belongs_to_the_user_or_to_root_alone)
{
	fill_world();
	if (world_homes[_i].mode)
		make_dir(world_homes[_i].path, world_homes[_i].uid, world_homes[_i].mode);
	ck_assert_int_eq(open_home(world_homes[_i].path), world_homes[_i].rc);
}
END_TEST

static const struct {
	uid_t owner;
	const char *path;
	int rc;
	int below;
	const char *blame;
} trust_cases[] = {
	{0, "/etc", 0, SYSTEM, NULL},
	{0, "/bin", 0, SYSTEM, NULL},
	{0, "/tmp", 0, SYSTEM, NULL},
	{0, "/tmp/root/etc", 0, SYSTEM, NULL},
	{0, "/srv/group", 0, USER, "writable by its group"},
	{0, "/srv/group/rootlink", -ELOOP, 0, NULL},
	{0, "/srv/sticky", 0, USER, "belongs to uid 54322"},
	{0, "/home/alice", 0, USER, "belongs to uid 54321"},
	{0, "/home/alice/roots", 0, USER, "belongs to uid 54321"},
	{0, "/home/alice/roots/etc", -ELOOP, 0, NULL},
	{0, "/data/alices", -ELOOP, 0, NULL},
	{0, "/tmp/link", -ELOOP, 0, NULL},
	{ALICE, "/etc", 0, SYSTEM, NULL},
	{ALICE, "/home/alice/dir", 0, SYSTEM, NULL},
	{ALICE, "/home/alice/etc", 0, SYSTEM, NULL},
	{ALICE, "/tmp/alice", 0, SYSTEM, NULL},
	{ALICE, "/home/bob", 0, USER, "belongs to uid 54322"},
	{ALICE, "/data/bobs", -ELOOP, 0, NULL},
	{ALICE, "/srv/sticky", 0, USER, "belongs to uid 54322"},
	{ALICE, "/home/bob/open", 0, USER, "/home/bob belongs to uid 54322"},
	{ALICE, "/home/alice/open", 0, USER, "writable by others"},
};

START_TEST(policy_is_trusted_where_only_its_owner_writes)
{
	const char *blame = trust_cases[_i].blame;
	int rc;

	fill_world();
	make_dir("/home/alice/open", ALICE, 0757);
	make_dir("/srv/sticky", BOB, 01777);
	ck_assert_int_eq(heel_walk_begin_trust(trust_cases[_i].owner, &walk, &report), 0);
	rc = open_path(trust_cases[_i].path);
	ck_assert_int_eq(rc, trust_cases[_i].rc);
	if (rc == 0) {
		ck_assert_int_eq((int)place->below, trust_cases[_i].below);
		ck_assert_int_eq(place->blame != NULL, blame != NULL);
	}
	if (rc == 0 && blame)
		ck_assert_msg(strstr(place->blame, blame) != NULL, "%s", place->blame);
	end();
}
END_TEST

/* --- A file system that is a user's program ------------------------------------- */

#define FUSE_LINK 2 /* the node of its one name, "link" */

static void fuse_answer(int fd, uint64_t unique, int err, const void *data, size_t size)
{
	const size_t length = err ? 0 : size;
	const struct fuse_out_header header = {(uint32_t)(sizeof(header) + length), -err,
					       unique};
	const struct iovec parts[] = {{(void *)(uintptr_t)&header, sizeof(header)},
				      {(void *)(uintptr_t)data, length}};

	if (writev(fd, parts, 2) < 0)
		_exit(EXIT_FAILURE);
}

/* Everything is root's and nobody else can write to it: so it says. */
static struct fuse_attr fuse_attributes(uint64_t node)
{
	return (struct fuse_attr){.ino = node,
				  .nlink = 1,
				  .mode = node == FUSE_LINK ? S_IFLNK | 0777
							    : S_IFDIR | 0755};
}

static void fuse_serve(int fd)
{
	static _Alignas(8) char buffer[FUSE_MIN_READ_BUFFER * 4];
	const struct fuse_in_header *in = (const void *)buffer;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0)
		_exit(EXIT_FAILURE);
	while (read(fd, buffer, sizeof(buffer)) > 0) {
		const struct fuse_init_out init = {.major = FUSE_KERNEL_VERSION,
						   .minor = FUSE_KERNEL_MINOR_VERSION,
						   .max_write = 4096};
		const struct fuse_attr_out attr = {.attr = fuse_attributes(in->nodeid)};
		const struct fuse_entry_out entry = {.nodeid = FUSE_LINK,
						     .attr = fuse_attributes(FUSE_LINK)};

		if (in->opcode == FUSE_INIT)
			fuse_answer(fd, in->unique, 0, &init, sizeof(init));
		else if (in->opcode == FUSE_GETATTR)
			fuse_answer(fd, in->unique, 0, &attr, sizeof(attr));
		else if (in->opcode == FUSE_LOOKUP)
			fuse_answer(fd, in->unique,
				    strcmp(buffer + sizeof(*in), "link") ? ENOENT : 0,
				    &entry, sizeof(entry));
		else if (in->opcode == FUSE_READLINK)
			fuse_answer(fd, in->unique, 0, "/etc", strlen("/etc"));
		else if (in->opcode != FUSE_FORGET && in->opcode != FUSE_BATCH_FORGET)
			fuse_answer(fd, in->unique, ENOSYS, NULL, 0);
	}
	_exit(EXIT_SUCCESS);
}

/* Mounts it over a directory of a mount namespace of our own. */
static bool mount_fuse(int fd, const char *path)
{
	const char *options =
		test_format("fd=%d,rootmode=40000,user_id=%u,group_id=%u,allow_other", fd,
			    ALICE, ALICE);

	return unshare(CLONE_NEWNS) == 0 &&
	       mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	       mount("test", path, "fuse", MS_NOSUID | MS_NODEV, options) == 0;
}

START_TEST(file_system_that_a_user_invents_is_the_users)
{
	int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	pid_t child;

	make_dir(in_home("mounted"), ALICE, 0755);
	if (fd < 0 || !mount_fuse(fd, in_home("mounted"))) {
		(void)fprintf(stderr, "# SKIP no FUSE here: %s\n", strerror(errno));
		return;
	}
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0)
		fuse_serve(fd);
	/* All above is root's, as in a real system with the mount over a home. */
	ck_assert_int_eq(chdir(in_home("mounted")), 0);
	ck_assert_int_eq(chdir(".."), 0);
	ck_assert_int_eq(chown(".", 0, 0), 0);
	ck_assert_int_eq(chroot("."), 0);
	make_dir("/etc", 0, 0755);
	begin();
	ck_assert_int_eq(open_path("/mounted"), 0);
	ck_assert_uint_eq(place->uid, 0);
	ck_assert_int_eq(place->region, HEEL_REGION_SYSTEM);
	ck_assert_int_eq(place->below, HEEL_REGION_USER);
	assert_opens("/mounted/link", -ELOOP, NULL);
	assert_opens("/mounted/link/x", -ELOOP, NULL);
	end();
	ck_assert_int_eq(kill(child, SIGKILL), 0);
	ck_assert_int_eq(waitpid(child, NULL, 0), child);
}
END_TEST

/* --- Whose identity it is ------------------------------------------------------- */

struct identity {
	uid_t fsuid;
	gid_t fsgid;
	int n_groups;
	gid_t groups[64];
	struct __user_cap_data_struct caps[2];
};

static void get_caps(struct __user_cap_data_struct *caps)
{
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};

	ck_assert_int_eq((int)syscall(SYS_capget, &header, caps), 0);
}

static struct identity get_identity(void)
{
	struct identity identity = {0};

	identity.fsuid = (uid_t)setfsuid((uid_t)-1);
	identity.fsgid = (gid_t)setfsgid((gid_t)-1);
	identity.n_groups = getgroups(64, identity.groups);
	ck_assert_int_ge(identity.n_groups, 0);
	get_caps(identity.caps);
	return identity;
}

static void assert_identity(const struct identity *expected)
{
	struct identity now = get_identity();

	ck_assert_uint_eq(now.fsuid, expected->fsuid);
	ck_assert_uint_eq(now.fsgid, expected->fsgid);
	ck_assert_int_eq(now.n_groups, expected->n_groups);
	ck_assert_mem_eq(now.groups, expected->groups, sizeof(now.groups));
	ck_assert_mem_eq(now.caps, expected->caps, sizeof(now.caps));
}

#define CAP(cap) (1U << (cap))

/* Takes capabilities (numbers below 32) out of the effective and maybe the permitted set.
 */
static void drop_caps(unsigned int bits, bool for_good)
{
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct caps[2];

	get_caps(caps);
	caps[0].effective &= ~bits;
	if (for_good)
		caps[0].permitted &= ~bits;
	ck_assert_int_eq((int)syscall(SYS_capset, &header, caps), 0);
}

/* What root may on a local disk, and not on a server that takes it for nobody. */
#define CAPS_TO_READ_ALL                                                                 \
	(CAP(CAP_DAC_OVERRIDE) | CAP(CAP_DAC_READ_SEARCH) | CAP(CAP_FOWNER))

START_TEST(walk_has_the_users_identity_and_gives_it_back)
{
	static const gid_t groups[] = {7, 8, 9};
	struct identity before, during;

	ck_assert_int_eq(setgroups(HEEL_ARRAY_SIZE(groups), groups), 0);
	ck_assert_uint_eq((gid_t)setfsgid(5), 0);
	before = get_identity();
	begin();
	during = get_identity();
	ck_assert_uint_eq(during.fsuid, ALICE);
	ck_assert_uint_eq(during.fsgid, ALICE);
	ck_assert_int_eq(during.n_groups, (int)subject.n_groups);
	ck_assert_mem_eq(during.groups, subject.groups, subject.n_groups * sizeof(gid_t));
	ck_assert_uint_eq(during.caps[0].effective & CAPS_TO_READ_ALL, 0);
	ck_assert_uint_eq(geteuid(), 0);
	end();
	assert_identity(&before);
	ck_assert_uint_eq(before.fsgid, 5);
}
END_TEST

/* The kernel takes these from whoever changes its identity; a caller may rely on them. */
START_TEST(walk_gives_the_death_signal_and_dumping_back)
{
	int signal = 0;

	ck_assert_int_eq(prctl(PR_SET_PDEATHSIG, SIGTERM), 0);
	ck_assert_int_eq(prctl(PR_SET_DUMPABLE, 1), 0);
	begin();
	end();
	ck_assert_int_eq(prctl(PR_GET_PDEATHSIG, &signal), 0);
	ck_assert_int_eq(signal, SIGTERM);
	ck_assert_int_eq(prctl(PR_GET_DUMPABLE), 1);
}
END_TEST

/* Rows: the capabilities come back however they were gone. */
START_TEST(home_that_root_cannot_read_is_usable)
{
	const char *deep = in_home("private/deep");
	struct identity before;

	make_dir(in_home("private"), ALICE, 0700);
	make_dir(deep, ALICE, 0700);
	ck_assert_int_eq(chmod(home, 0700), 0);
	drop_caps(CAPS_TO_READ_ALL, _i == 0);
	before = get_identity();
	ck_assert_int_eq(open(deep, O_PATH | O_CLOEXEC), -1);
	ck_assert_int_eq(errno, EACCES);
	begin();
	assert_opens(deep, 0, deep);
	ck_assert_int_eq(make_path("private/made"), 0);
	ck_assert_uint_eq(place->uid, ALICE);
	ck_assert_int_eq(heel_walk_home(walk, &place, &why), 0);
	ck_assert_int_eq(open_path(in_home("nothing")), -ENOENT);
	end();
	assert_identity(&before);
	ck_assert_int_eq(open(deep, O_PATH | O_CLOEXEC), -1);
}
END_TEST

static void assert_no_walk(const struct identity *before, int rc)
{
	size_t descriptors = count_descriptors();

	ck_assert_int_eq(heel_walk_begin(&subject, &walk, &report), rc);
	ck_assert_ptr_null(walk);
	ck_assert_ptr_nonnull(heel_first_error(&report));
	ck_assert_ptr_nonnull(strstr(heel_first_error(&report)->text, "alice"));
	assert_identity(before);
	ck_assert_uint_eq(count_descriptors(), descriptors);
}

static const unsigned int needed[] = {CAP(CAP_SETGID), CAP(CAP_SETUID),
				      CAP(CAP_SETGID) | CAP(CAP_SETUID)};

START_TEST(identity_that_cannot_be_taken_is_an_error)
{
	struct identity before;

	drop_caps(needed[_i], true);
	before = get_identity();
	assert_no_walk(&before, -EPERM);
}
END_TEST

START_TEST(too_many_groups_are_an_error)
{
	struct identity before = get_identity();
	gid_t *groups = calloc(NGROUPS_MAX + 1, sizeof(*groups));

	ck_assert_ptr_nonnull(groups);
	subject.groups = groups;
	subject.n_groups = NGROUPS_MAX + 1;
	assert_no_walk(&before, -EINVAL);
	subject.n_groups = (size_t)INT_MAX + 1;
	assert_no_walk(&before, -EINVAL);
	free(groups);
}
END_TEST

START_TEST(identity_that_does_not_come_back_is_an_error)
{
	begin();
	drop_caps(CAP(CAP_SETGID), true);
	ck_assert_int_eq(heel_walk_end(walk, &report), -EPERM);
	walk = NULL;
	ck_assert_ptr_nonnull(heel_first_error(&report));
}
END_TEST

START_TEST(nothing_is_ended_without_complaint)
{
	ck_assert_int_eq(heel_walk_end(NULL, &report), 0);
	ck_assert_ptr_null(heel_first_error(&report));
}
END_TEST

/* --- Root's own cases ----------------------------------------------------------- */

static void add_root_cases(Suite *suite)
{
	TCase *tcase = tcase_create("walk as root");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, region_decides_about_links_and_owners, 0,
			    HEEL_ARRAY_SIZE(world_cases));
	tcase_add_test(tcase, regions_do_not_depend_on_what_was_opened_before);
	tcase_add_test(tcase, chain_of_links_has_an_end);
	tcase_add_test(tcase, root_follows_nobodys_links_either);
	tcase_add_test(tcase, nothing_is_made_outside_what_is_the_users);
	tcase_add_loop_test(tcase, home_belongs_to_the_user_or_to_root_alone, 0,
			    HEEL_ARRAY_SIZE(world_homes));
	tcase_add_loop_test(tcase, policy_is_trusted_where_only_its_owner_writes, 0,
			    HEEL_ARRAY_SIZE(trust_cases));
	tcase_add_test(tcase, file_system_that_a_user_invents_is_the_users);
	tcase_add_test(tcase, walk_has_the_users_identity_and_gives_it_back);
	tcase_add_test(tcase, walk_gives_the_death_signal_and_dumping_back);
	tcase_add_loop_test(tcase, home_that_root_cannot_read_is_usable, 0, 2);
	tcase_add_loop_test(tcase, identity_that_cannot_be_taken_is_an_error, 0,
			    HEEL_ARRAY_SIZE(needed));
	tcase_add_test(tcase, too_many_groups_are_an_error);
	tcase_add_test(tcase, identity_that_does_not_come_back_is_an_error);
	suite_add_tcase(suite, tcase);
}

int main(void)
{
	Suite *suite = suite_create("walk");
	TCase *tcase = tcase_create("walk");
	TCase *race = tcase_create("races");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, home_leads_nowhere_else, 0,
			    HEEL_ARRAY_SIZE(home_cases));
	tcase_add_test(tcase, verdict_does_not_depend_on_what_was_opened_before);
	tcase_add_test(tcase, walk_leaves_no_descriptor_behind);
	tcase_add_test(tcase, descriptors_do_not_survive_exec_and_cannot_read);
	tcase_add_test(tcase, path_that_is_too_long_is_refused);
	tcase_add_test(tcase, path_of_thousands_of_components_is_no_danger);
	tcase_add_test(tcase, remembered_directory_stays_the_one_that_was_opened);
	tcase_add_test(tcase, missing_path_is_looked_for_again);
	tcase_add_test(tcase, file_and_directory_can_take_each_others_place);
	tcase_add_loop_test(tcase, made_directory_is_the_users_alone, 0,
			    HEEL_ARRAY_SIZE(masks));
	tcase_add_loop_test(tcase, only_a_missing_last_component_is_made, 0,
			    HEEL_ARRAY_SIZE(make_cases));
	tcase_add_test(tcase, nothing_is_made_unasked);
	tcase_add_test(tcase, nothing_is_made_where_the_user_may_not);
	tcase_add_loop_test(tcase, home_is_a_directory_of_ones_own, 0,
			    HEEL_ARRAY_SIZE(own_homes));
	tcase_add_test(tcase, home_that_is_no_path_is_refused);
	tcase_add_loop_test(tcase, system_directory_is_known_by_its_path, 0,
			    HEEL_ARRAY_SIZE(directories));
	tcase_add_test(tcase, nothing_is_ended_without_complaint);
	suite_add_tcase(suite, tcase);

	tcase_add_checked_fixture(race, setup, teardown);
	tcase_set_timeout(race, 60);
	tcase_add_loop_test(race, swapped_names_never_lead_elsewhere, 0,
			    HEEL_ARRAY_SIZE(races));
	suite_add_tcase(suite, race);

	if (geteuid() == 0)
		add_root_cases(suite);
	else
		(void)fprintf(stderr,
			      "# SKIP other owners and identities: they need root\n");
	return test_run(suite);
}
