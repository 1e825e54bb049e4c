/* SPDX-License-Identifier: ISC */
/* Ways out by files: what lies outside of every rule, modes, links, programs. */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "trial.h"

#define PATH_SIZE 192

static int open_aim(const struct heel_targets *targets, enum heel_aim aim, int flags)
{
	char path[PATH_SIZE];
	int fd;

	if (heel_aim_path(targets, aim, path, sizeof(path)) <= 0)
		return -ENOENT;
	fd = open(path, flags | O_NOCTTY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int closed(int fd)
{
	heel_close_fd(&fd);
	return fd < 0 ? fd : 0;
}

static int read_file(const struct heel_targets *targets, HEEL_UNUSED int fd)
{
	return closed(open_aim(targets, HEEL_AIM_FILE, O_RDONLY));
}

static int write_file(const struct heel_targets *targets, HEEL_UNUSED int fd)
{
	return closed(open_aim(targets, HEEL_AIM_FILE, O_WRONLY));
}

static int list_directory(const struct heel_targets *targets, HEEL_UNUSED int fd)
{
	return closed(open_aim(targets, HEEL_AIM_DIRECTORY, O_RDONLY | O_DIRECTORY));
}

/* A process reaches the root directory by another name, too. */
static int read_through_proc(const struct heel_targets *targets, HEEL_UNUSED int fd)
{
	char path[PATH_SIZE + 16];

	(void)snprintf(path, sizeof(path), "/proc/self/root%s/file", targets->directory);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : closed(fd);
}

/* Names of their own for each child, as one that is there is another error. */
static void new_name(const struct heel_targets *targets, char ret[static PATH_SIZE])
{
	(void)snprintf(ret, PATH_SIZE, "%s/new-%d", targets->directory, (int)getpid());
}

static int open_file(const struct heel_targets *targets)
{
	return open_aim(targets, HEEL_AIM_FILE, O_RDONLY);
}

static int link_file(const struct heel_targets *targets, HEEL_UNUSED int fd)
{
	char path[PATH_SIZE], name[PATH_SIZE];

	new_name(targets, name);
	(void)heel_aim_path(targets, HEEL_AIM_FILE, path, sizeof(path));
	if (linkat(AT_FDCWD, path, AT_FDCWD, name, 0) < 0)
		return -errno;
	return unlink(name) < 0 ? HEEL_TRY_CANNOT : 0;
}

/* Character device 0, 0 is what file systems use for "deleted": a user may make one. */
static int make_node(const struct heel_targets *targets, HEEL_UNUSED int directory)
{
	char name[PATH_SIZE];

	new_name(targets, name);
	if (syscall(SYS_mknodat, AT_FDCWD, name, S_IFCHR | 0600, makedev(0, 0)) < 0)
		return -errno;
	return unlink(name) < 0 ? HEEL_TRY_CANNOT : 0;
}

/* These need no right on the file: Landlock has none for them. */
static int change_mode(const struct heel_targets *targets, HEEL_UNUSED int fd)
{
	char path[PATH_SIZE];

	(void)heel_aim_path(targets, HEEL_AIM_FILE, path, sizeof(path));
	return syscall(SYS_fchmodat, AT_FDCWD, path, 0700) < 0 ? -errno : 0;
}

static int set_user_bit(const struct heel_targets *targets, HEEL_UNUSED int fd)
{
	char path[PATH_SIZE];

	(void)heel_aim_path(targets, HEEL_AIM_FILE, path, sizeof(path));
	if (syscall(SYS_fchmodat, AT_FDCWD, path, 04700) < 0)
		return -errno;
	return syscall(SYS_fchmodat, AT_FDCWD, path, 0700) < 0 ? HEEL_TRY_CANNOT : 0;
}

static int change_owner(const struct heel_targets *targets, HEEL_UNUSED int fd)
{
	char path[PATH_SIZE];

	(void)heel_aim_path(targets, HEEL_AIM_FILE, path, sizeof(path));
	return syscall(SYS_fchownat, AT_FDCWD, path, getuid(), getgid(), 0) < 0 ? -errno
										: 0;
}

static int change_times(const struct heel_targets *targets, HEEL_UNUSED int fd)
{
	char path[PATH_SIZE];

	(void)heel_aim_path(targets, HEEL_AIM_FILE, path, sizeof(path));
	return syscall(SYS_utimensat, AT_FDCWD, path, NULL, 0) < 0 ? -errno : 0;
}

static int set_attribute(const struct heel_targets *targets, HEEL_UNUSED int fd)
{
	char path[PATH_SIZE];

	(void)heel_aim_path(targets, HEEL_AIM_FILE, path, sizeof(path));
	return syscall(SYS_setxattr, path, "user.heel", "x", 1UL, 0) < 0 ? -errno : 0;
}

/* The call is newer than the headers of supported systems, and libseccomp. */
static int set_attribute_newly(const struct heel_targets *targets, HEEL_UNUSED int fd)
{
	static const long number = 463; /* setxattrat */
	const struct {
		uint64_t value;
		uint32_t size, flags;
	} arguments = {(uintptr_t) "x", 1, 0};
	char path[PATH_SIZE];

	(void)heel_aim_path(targets, HEEL_AIM_FILE, path, sizeof(path));
	return syscall(number, AT_FDCWD, path, 0, "user.heel", &arguments,
		       sizeof(arguments)) < 0
		       ? -errno
		       : 0;
}

static int set_flags(HEEL_UNUSED const struct heel_targets *targets, int fd)
{
	int flags = 0;

	if (ioctl(fd, FS_IOC_GETFLAGS, &flags) < 0)
		return HEEL_TRY_CANNOT;
	return ioctl(fd, FS_IOC_SETFLAGS, &flags) < 0 ? -errno : 0;
}

static int run_program(HEEL_UNUSED const struct heel_targets *targets, HEEL_UNUSED int fd)
{
	(void)execl(HEEL_TRIAL_PROGRAM, "true", (char *)NULL);
	return -errno;
}

static int run_file(const struct heel_targets *targets, HEEL_UNUSED int fd)
{
	char path[PATH_SIZE];

	(void)heel_aim_path(targets, HEEL_AIM_FILE, path, sizeof(path));
	(void)execl(path, "file", (char *)NULL);
	/* It is no program: what the kernel says once it has been allowed to look. */
	return errno == ENOEXEC ? 0 : -errno;
}

static int open_program(const struct heel_targets *targets)
{
	return open_aim(targets, HEEL_AIM_PROGRAM, O_PATH);
}

static int run_descriptor(HEEL_UNUSED const struct heel_targets *targets, int fd)
{
	char name[] = "true";
	char *const argv[] = {name, NULL}, *const environment[] = {NULL};

	(void)syscall(SYS_execveat, fd, "", argv, environment, AT_EMPTY_PATH);
	return -errno;
}

static int make_program(HEEL_UNUSED const struct heel_targets *targets,
			HEEL_UNUSED int fd)
{
	long made = syscall(SYS_memfd_create, "heel", 1U /* MFD_CLOEXEC */);

	return made < 0 ? -errno : closed((int)made);
}

static int open_terminal(const struct heel_targets *targets, HEEL_UNUSED int fd)
{
	if (!targets->terminal[0])
		return HEEL_TRY_CANNOT;
	return closed(open_aim(targets, HEEL_AIM_TERMINAL, O_WRONLY));
}

static int ask_how(HEEL_UNUSED const struct heel_targets *targets, HEEL_UNUSED int fd)
{
	const uint64_t how[3] = {O_PATH | O_CLOEXEC};
	long opened = syscall(SYS_openat2, AT_FDCWD, "/", how, sizeof(how));

	return opened < 0 ? -errno : closed((int)opened);
}

/* Not to be closed when a program is executed. */
static int open_before(const struct heel_targets *targets)
{
	int fd = open_aim(targets, HEEL_AIM_FILE, O_RDONLY);

	if (fd >= 0 && fcntl(fd, F_SETFD, 0) < 0)
		return -errno;
	return fd;
}

static int use_open(HEEL_UNUSED const struct heel_targets *targets, int fd)
{
	char text[4];

	return pread(fd, text, sizeof(text), 0) < 0 ? -errno : 0;
}

static const struct heel_escape escapes[] = {
	{"E24a", "change the mode of a file", NULL, change_mode,
	 .calls = {{"fchmodat", {0, 0, 0700}}}, .restriction = "metadata"},
	{"E24b", "change the times of a file", NULL, change_times,
	 .calls = {{"utimensat", {0}}}, .restriction = "metadata"},
	{"E24c", "change the owner of a file", NULL, change_owner,
	 .calls = {{"fchownat", {0}}}, .restriction = "metadata"},
	{"E24d", "set an attribute of a file", NULL, set_attribute,
	 .calls = {{"setxattr", {0}}}, .restriction = "metadata"},
	{"E24f", "set an attribute by a newer call", NULL, set_attribute_newly,
	 .calls = {{"setxattrat", {0}}}, .restriction = "metadata"},
	{"E24e", "set the flags of a file", open_file, set_flags,
	 .calls = {{"ioctl", {0, (uint32_t)FS_IOC_SETFLAGS}}}, .restriction = "metadata"},
	{"X31", "make a file set-uid", NULL, set_user_bit,
	 .calls = {{"fchmodat", {0, 0, 04700}}}, .restriction = "setuid_bits"},
	{"E26", "use a file that was open before", open_before, use_open,
	 .barriers = HEEL_BAR_SETTLE},
	{"X36a", "read a file outside of the rules", NULL, read_file,
	 .right = HEEL_FS_READ_FILE},
	{"X10", "read it by another name, through /proc", NULL, read_through_proc,
	 .right = HEEL_FS_READ_FILE},
	{"X36b", "write to it", NULL, write_file, .right = HEEL_FS_WRITE_FILE},
	{"X36c", "list its directory", NULL, list_directory, .right = HEEL_FS_READ_DIR,
	 .aim = HEEL_AIM_DIRECTORY},
	{"E33a", "make a device node", NULL, make_node,
	 .calls = {{"mknodat", {0, 0, S_IFCHR | 0600}}}, .right = HEEL_FS_MAKE_CHAR,
	 .aim = HEEL_AIM_DIRECTORY, .restriction = "device_nodes"},
	{"E34", "make a hard link to a file outside", NULL, link_file,
	 .calls = {{"linkat", {0}}}, .right = HEEL_FS_MAKE_REG,
	 .aim = HEEL_AIM_DIRECTORY},
	{"X36d", "run a file outside of the rules", NULL, run_file,
	 .right = HEEL_FS_EXECUTE},
	{"X36e", "run " HEEL_TRIAL_PROGRAM, NULL, run_program, .right = HEEL_FS_EXECUTE,
	 .aim = HEEL_AIM_PROGRAM},
	{"E37a", "make a program in memory", NULL, make_program,
	 .calls = {{"memfd_create", {0}}}, .restriction = "fileless_exec"},
	{"E37b", "run a program by its descriptor", open_program, run_descriptor,
	 .calls = {{"execveat", {0}}}, .right = HEEL_FS_EXECUTE, .aim = HEEL_AIM_PROGRAM,
	 .restriction = "fileless_exec"},
	{"E45", "write to another session's terminal", NULL, open_terminal,
	 .right = HEEL_FS_WRITE_FILE, .aim = HEEL_AIM_TERMINAL},
	{"E61b", "open with openat2", NULL, ask_how, .calls = {{"openat2", {0}}},
	 .restriction = "setuid_bits"},
};

const struct heel_escapes heel_file_escapes = {escapes, HEEL_ARRAY_SIZE(escapes)};
