/* SPDX-License-Identifier: ISC */
/* Ways out by other processes of the same user, their terminals and their memory. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <termios.h>
#include <unistd.h>

#include "trial.h"

#define UNUSED_FD HEEL_UNUSED int fd

static int trace(const struct heel_targets *targets, UNUSED_FD)
{
	if (ptrace(PTRACE_SEIZE, targets->pid, NULL, NULL) < 0)
		return -errno;
	return 0; /* the tracer's end lets it go */
}

static int read_memory(const struct heel_targets *targets, UNUSED_FD)
{
	char text[4];
	const struct iovec here = {text, sizeof(text)};
	/* An address in the other process. */
	const struct iovec there = {(void *)(uintptr_t)targets->memory, sizeof(text)};

	return process_vm_readv(targets->pid, &here, 1, &there, 1, 0) < 0 ? -errno : 0;
}

/* Opening may succeed where nothing can be read, then. */
static int read_of_proc(const struct heel_targets *targets, const char *name,
			off_t offset)
{
	char path[64], text[4];
	HEEL_CLOSE int fd = -1;
	ssize_t got;

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)targets->pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	got = pread(fd, text, sizeof(text), offset);
	if (got < 0)
		return -errno;
	return got == 0 ? -EACCES : 0;
}

static int read_memory_file(const struct heel_targets *targets, UNUSED_FD)
{
	return read_of_proc(targets, "mem", (off_t)targets->memory);
}

static int read_environment(const struct heel_targets *targets, UNUSED_FD)
{
	return read_of_proc(targets, "environ", 0);
}

static int open_process(const struct heel_targets *targets)
{
	long fd = syscall(SYS_pidfd_open, targets->pid, 0);

	return fd < 0 ? -errno : (int)fd;
}

static int take_descriptor(HEEL_UNUSED const struct heel_targets *targets, int process)
{
	return syscall(SYS_pidfd_getfd, process, 0, 0) < 0 ? -errno : 0;
}

static int compare(const struct heel_targets *targets, UNUSED_FD)
{
	const int kcmp_vm = 1;

	return syscall(SYS_kcmp, getpid(), targets->pid, kcmp_vm, 0UL, 0UL) < 0 ? -errno
										: 0;
}

/* One that it ignores. */
static int send_signal(const struct heel_targets *targets, UNUSED_FD)
{
	return kill(targets->pid, SIGURG) < 0 ? -errno : 0;
}

static int set_limit(const struct heel_targets *targets, UNUSED_FD)
{
	const struct rlimit none = {0, 0};

	return syscall(SYS_prlimit64, targets->pid, RLIMIT_CORE, &none, NULL) < 0 ? -errno
										  : 0;
}

static int set_affinity(const struct heel_targets *targets, UNUSED_FD)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set) < 0)
		return HEEL_TRY_CANNOT;
	return sched_setaffinity(targets->pid, sizeof(set), &set) < 0 ? -errno : 0;
}

static int set_priority(const struct heel_targets *targets, UNUSED_FD)
{
	return setpriority(PRIO_PROCESS, (id_t)targets->pid, 19) < 0 ? -errno : 0;
}

static int move_memory(const struct heel_targets *targets, UNUSED_FD)
{
	return syscall(SYS_move_pages, targets->pid, 0UL, NULL, NULL, NULL, 0) < 0
		       ? -errno
		       : 0;
}

/* A terminal of the child's own, as its controlling one. */
static int own_terminal(HEEL_UNUSED const struct heel_targets *targets)
{
	char name[32];
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), slave;

	if (master < 0 || setsid() < 0 || unlockpt(master) < 0 ||
	    ptsname_r(master, name, sizeof(name)) != 0)
		return -1;
	slave = open(name, O_RDWR | O_CLOEXEC);
	if (slave >= 0)
		(void)signal(SIGHUP, SIG_IGN);
	return slave;
}

static int type(HEEL_UNUSED const struct heel_targets *targets, int terminal)
{
	return ioctl(terminal, TIOCSTI, "x") < 0 ? -errno : 0;
}

/* The kernel takes the lower half of the number; a filter sees all of it. */
static int type_with_high_bits(HEEL_UNUSED const struct heel_targets *targets,
			       int terminal)
{
	return syscall(SYS_ioctl, terminal, UINT64_C(1) << 32 | TIOCSTI, "x") < 0 ? -errno
										  : 0;
}

static int set_discipline(HEEL_UNUSED const struct heel_targets *targets, int terminal)
{
	const int usual = 0;

	return ioctl(terminal, TIOCSETD, &usual) < 0 ? -errno : 0;
}

static int attach_segment(const struct heel_targets *targets, UNUSED_FD)
{
	if (targets->segment < 0)
		return HEEL_TRY_CANNOT;
	return shmat(targets->segment, NULL, 0) == (void *)-1 ? -errno : 0;
}

/* In the keyring of this process, which ends with it. */
static int add_key(HEEL_UNUSED const struct heel_targets *targets, UNUSED_FD)
{
	const int of_process = -2;

	return syscall(SYS_add_key, "user", "heel", "x", 1UL, of_process) < 0 ? -errno
									      : 0;
}

static int find_keyring(HEEL_UNUSED const struct heel_targets *targets, UNUSED_FD)
{
	const int get_id = 0, of_user = -4;

	return syscall(SYS_keyctl, get_id, of_user, 0) < 0 ? -errno : 0;
}

static const struct heel_escape escapes[] = {
	{"E42a", "trace an outside process", NULL, trace, .calls = {{"ptrace", {0}}},
	 .barriers = HEEL_BAR_DOMAIN, .restriction = "debug"},
	{"E42b", "read the memory of an outside process", NULL, read_memory,
	 .calls = {{"process_vm_readv", {0}}}, .barriers = HEEL_BAR_DOMAIN,
	 .restriction = "debug"},
	{"E42c", "read through /proc the memory of an outside process", NULL,
	 read_memory_file, .barriers = HEEL_BAR_DOMAIN},
	{"E42d", "read the environment of an outside process", NULL, read_environment,
	 .barriers = HEEL_BAR_READING},
	{"E42e", "take a descriptor from an outside process", open_process,
	 take_descriptor, .calls = {{"pidfd_getfd", {0}}}, .barriers = HEEL_BAR_DOMAIN,
	 .restriction = "debug"},
	{"E42f", "compare with an outside process", NULL, compare,
	 .calls = {{"kcmp", {0}}}, .barriers = HEEL_BAR_DOMAIN, .restriction = "debug"},
	{"E43", "signal an outside process", NULL, send_signal, .calls = {{"kill", {0}}},
	 .barriers = HEEL_BAR_SIGNAL},
	{"E44a", "set a limit of an outside process", NULL, set_limit,
	 .calls = {{"prlimit64", {1, RLIMIT_CORE, 1}}}, .restriction = "other_processes"},
	{"E44b", "choose the processors of an outside process", NULL, set_affinity,
	 .calls = {{"sched_setaffinity", {1}}}},
	{"E44c", "lower the priority of an outside process", NULL, set_priority,
	 .calls = {{"setpriority", {0}}}},
	{"E44d", "move the memory of an outside process", NULL, move_memory,
	 .calls = {{"move_pages", {1}}}, .barriers = HEEL_BAR_READING,
	 .restriction = "other_processes"},
	{"E46a", "type into a terminal", own_terminal, type,
	 .calls = {{"ioctl", {0, TIOCSTI}}}, .restriction = "tty_injection"},
	{"E46b", "set a terminal's line discipline", own_terminal, set_discipline,
	 .calls = {{"ioctl", {0, TIOCSETD}}}, .restriction = "tty_injection"},
	{"E47a", "attach System V memory from outside", NULL, attach_segment,
	 .calls = {{"shmat", {0}}}, .restriction = "sysv_ipc"},
	{"E47b", "add a key", NULL, add_key, .calls = {{"add_key", {0}}},
	 .restriction = "keyring"},
	{"E47c", "find the user's keyring", NULL, find_keyring,
	 .calls = {{"keyctl", {0}}}, .restriction = "keyring"},
	{"E59a", "type into a terminal, with high bits set", own_terminal,
	 type_with_high_bits, .calls = {{"ioctl", {0, TIOCSTI}}},
	 .restriction = "tty_injection"},
};

const struct heel_escapes heel_process_escapes = {escapes, HEEL_ARRAY_SIZE(escapes)};
