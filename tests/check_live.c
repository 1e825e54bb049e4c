/* SPDX-License-Identifier: ISC */
/*
 * What the system call filter and wx_memory do on the running kernel. Each act is done
 * outside first, then inside, each time by a child of its own.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/fs.h>
#include <linux/kcmp.h>
#include <linux/keyctl.h>
#include <linux/perf_event.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/msg.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/quota.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/timex.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "access.h"
#include "apply.h"
#include "compile.h"
#include "family.h"
#include "kernel.h"
#include "ruleset.h"
#include "syscalls.h"
#include "test.h"

TEST_LIVE_PROGRAM

/* Newer than the headers of supported systems. */
#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif
#ifndef SYS_listmount
#define SYS_listmount 458
#endif
#ifndef SYS_mseal
#define SYS_mseal 462
#endif
#ifndef SYS_setxattrat
#define SYS_setxattrat 463
#endif
#ifndef SYS_removexattrat
#define SYS_removexattrat 466
#endif
#ifndef SYS_open_tree_attr
#define SYS_open_tree_attr 467
#endif
#ifndef SYS_file_setattr
#define SYS_file_setattr 469
#endif
#ifndef SYS_listns
#define SYS_listns 470
#endif

/* --- Acts and what becomes of them --- */

/* Where an act finds its descriptors: numbers that a table can hold. */
#define FILE_FD	    200
#define TERMINAL_FD 201
#define MASTER_FD   202

#define SOMEBODY    54321
#define HIGH_BIT    (1L << 32) /* the kernel does not see it in an int */
#define AT(address) ((long)(address))

/* What a filter beneath heel's answers, so that calls without a success have one, too. */
#define PRETENDED   EXFULL

/* What a child exits with that could not prepare an act; no errno. */
#define UNPREPARED  254
#define OF_SIGNAL   256

#define BIT(id)	    (UINT32_C(1) << (id))
#define ON(id)	    BIT(HEEL_RESTRICT_##id)
#define EVERYTHING  (BIT(HEEL_RESTRICTIONS) - 1)

/* An act is done by a function or is a single call. */
struct act {
	const char *name;
	int (*function)(void); /* returns 0 or an errno */
	long number;
	long args[6];
	void (*prepare)(void); /* before the filter, or NULL */
	bool pretended;	       /* a filter beneath answers the call */
	bool i386;
};

struct row {
	enum heel_restriction_id id;
	int outside, inside; /* what the act gives: 0 or an errno */
	uint32_t also;	     /* others that deny it as well */
	struct act act;
};

#define TEXT_ACT(text, number, pretended, i386, ...)                                     \
	{                                                                                \
		text, NULL, number, {__VA_ARGS__}, NULL, pretended, i386                 \
	}
#define CALL_ACT(name, ...)                                                              \
	TEXT_ACT(#name "(" #__VA_ARGS__ ")", SYS_##name, false, false, __VA_ARGS__)
#define CALL_ALSO(id, also, outside, inside, name, ...)                                  \
	{                                                                                \
		HEEL_RESTRICT_##id, outside, inside, also,                               \
			TEXT_ACT(#name "(" #__VA_ARGS__ ")", SYS_##name, false, false,   \
				 __VA_ARGS__)                                            \
	}
#define CALL(id, outside, inside, name, ...)                                             \
	{                                                                                \
		HEEL_RESTRICT_##id, outside, inside, 0,                                  \
			TEXT_ACT(#name "(" #__VA_ARGS__ ")", SYS_##name, false, false,   \
				 __VA_ARGS__)                                            \
	}
#define ACT(id, outside, inside, name, function, prepare)                                \
	{                                                                                \
		HEEL_RESTRICT_##id, outside, inside, 0,                                  \
		{                                                                        \
#function, function, SYS_##name, {0 }, prepare, false, false     \
		}                                                                        \
	}
#define NUMBER(id, outside, inside, number)                                              \
	{                                                                                \
		HEEL_RESTRICT_##id, outside, inside, 0,                                  \
			TEXT_ACT("call " #number, number, true, false, 0)                \
	}

static int result(long rc)
{
	return rc < 0 ? errno : 0;
}

/* For what is prepared in a child: nothing is known about the act if it fails. */
static void need(bool ok, const char *what)
{
	if (ok)
		return;
	(void)fprintf(stderr, "# cannot prepare: %s: %s\n", what, strerror(errno));
	_exit(UNPREPARED);
}

/* Each act changes only what its child has. */
static char scratch[4096];
static const struct timespec no_time = {0, -1};
static const struct timeval no_timeval = {0, -1};
static const struct {
	uint64_t flags, mode, resolve;
} open_how;
static const struct {
	uint64_t set, clear, propagation, userns;
} read_only_mount = {1, 0, 0, 0};
static const struct {
	uint64_t value;
	uint32_t size, flags;
} xattr_value = {0, 0, 0};
static const struct {
	uint32_t size, policy;
	uint64_t flags;
	uint32_t nice, priority;
	uint64_t runtime, deadline, period;
} unchanged_scheduling = {.size = 48, .flags = 0x18 /* keeps policy and parameters */};
static const struct sched_param priority_one = {1};

/* Acts that are more than a call. */

static int read_memory(void)
{
	char from[4] = "abc", to[4] = "";
	const struct iovec remote = {from, sizeof(from)}, local = {to, sizeof(to)};

	return result(process_vm_readv(getpid(), &local, 1, &remote, 1, 0));
}

static int write_memory(void)
{
	char from[4] = "abc", to[4] = "";
	const struct iovec local = {from, sizeof(from)}, remote = {to, sizeof(to)};

	return result(process_vm_writev(getpid(), &local, 1, &remote, 1, 0));
}

static int take_descriptor(void)
{
	long self = syscall(SYS_pidfd_open, getpid(), 0);

	return self < 0 ? errno : result(syscall(SYS_pidfd_getfd, self, FILE_FD, 0));
}

static int compare_descriptors(void)
{
	return result(syscall(SYS_kcmp, getpid(), getpid(), KCMP_FILE, FILE_FD, FILE_FD));
}

static int advise_process(void)
{
	static char page[4096] __attribute__((aligned(4096)));
	const struct iovec where = {page, sizeof(page)};
	long self = syscall(SYS_pidfd_open, getpid(), 0);

	return self < 0 ? errno
			: result(syscall(SYS_process_madvise, self, &where, 1L, MADV_COLD,
					 0));
}

static int count_cpu_time(void)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_CPU_CLOCK,
		.exclude_kernel = 1,
		.exclude_hv = 1,
	};

	return result(syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0));
}

static int fork_by_clone3(void)
{
	struct clone_args args = {.exit_signal = SIGCHLD};
	long child = syscall(SYS_clone3, &args, sizeof(args));

	if (child == 0)
		_exit(0);
	return child < 0 ? errno : result(waitpid((pid_t)child, NULL, 0));
}

static int enter_own_namespace(void)
{
	int fd = open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC);

	return fd < 0 ? errno : result(setns(fd, CLONE_NEWUTS));
}

/* What is mounted from here on goes away with the process. */
static void take_mount_namespace(void)
{
	need(unshare(CLONE_NEWNS) == 0, "mount namespace");
	need(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0, "private mounts");
	need(mkdir("mounted", 0755) == 0, "mount point");
}

static void mount_something(void)
{
	take_mount_namespace();
	need(mount("none", "mounted", "tmpfs", 0, NULL) == 0, "mount");
}

static int mount_here(void)
{
	return result(mount("none", "mounted", "tmpfs", 0, NULL));
}

static int unmount_here(void)
{
	return result(umount2("mounted", 0));
}

/* A terminal, its other end, and the session that it controls. */
static void take_terminal(void)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	struct termios mode;
	int slave;

	need(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0, "pty");
	slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	need(slave >= 0 && setsid() > 0, "terminal");
	need(ioctl(slave, TIOCSCTTY, 0) == 0, "controlling terminal");
	need(tcgetattr(slave, &mode) == 0, "tcgetattr");
	cfmakeraw(&mode);
	need(tcsetattr(slave, TCSANOW, &mode) == 0, "tcsetattr");
	need(dup3(slave, TERMINAL_FD, O_CLOEXEC) == TERMINAL_FD, "dup3");
	need(dup3(master, MASTER_FD, O_CLOEXEC) == MASTER_FD, "dup3");
}

/* What was typed in can be read: the call has not only answered. */
static int type(long high_bit)
{
	char typed = 'x', got = '\0';

	if (syscall(SYS_ioctl, TERMINAL_FD, TIOCSTI | high_bit, &typed) < 0)
		return errno;
	return read(TERMINAL_FD, &got, 1) == 1 && got == 'x' ? 0 : EPROTO;
}

static int type_into_terminal(void)
{
	return type(0);
}

static int type_with_high_bit(void)
{
	return type(HIGH_BIT);
}

static int change_line_discipline(void)
{
	int discipline = 0;

	return result(ioctl(TERMINAL_FD, TIOCSETD, &discipline));
}

static int limit(pid_t pid)
{
	struct rlimit present;

	if (prlimit(pid, RLIMIT_CORE, NULL, &present) < 0)
		return EPROTO; /* reading always works */
	return result(prlimit(pid, RLIMIT_CORE, &present, NULL));
}

static int limit_parent(void)
{
	return limit(getppid());
}

static int limit_by_own_number(void)
{
	return limit(getpid());
}

static int limit_self(void)
{
	return limit(0);
}

static int read_limit_of_parent(void)
{
	struct rlimit present;

	return result(prlimit(getppid(), RLIMIT_CORE, NULL, &present));
}

static int limit_parent_with_high_bit(void)
{
	struct rlimit present;

	need(prlimit(getppid(), RLIMIT_CORE, NULL, &present) == 0, "prlimit");
	return result(syscall(SYS_prlimit64, getppid() | HIGH_BIT, RLIMIT_CORE, &present,
			      NULL));
}

static int set_flags(void)
{
	int flags;

	if (ioctl(FILE_FD, FS_IOC_GETFLAGS, &flags) < 0)
		return errno;
	return result(ioctl(FILE_FD, FS_IOC_SETFLAGS, &flags));
}

static int set_extended_flags(void)
{
	struct fsxattr flags;

	if (ioctl(FILE_FD, FS_IOC_FSGETXATTR, &flags) < 0)
		return errno;
	return result(ioctl(FILE_FD, FS_IOC_FSSETXATTR, &flags));
}

static int execute_descriptor(void)
{
	char name[] = "true";
	char *const argv[] = {name, NULL}, *const envp[] = {NULL};
	int fd = open("/bin/true", O_PATH | O_CLOEXEC);

	return fd < 0 ? errno
		      : result(syscall(SYS_execveat, fd, "", argv, envp, AT_EMPTY_PATH));
}

static int make_shared_memory(void)
{
	int id = shmget(IPC_PRIVATE, 4096, 0600);

	return id < 0 ? errno : result(shmctl(id, IPC_RMID, NULL));
}

static int make_semaphore(void)
{
	int id = semget(IPC_PRIVATE, 1, 0600);

	return id < 0 ? errno : result(semctl(id, 0, IPC_RMID));
}

static int make_message_queue(void)
{
	int id = msgget(IPC_PRIVATE, 0600);

	return id < 0 ? errno : result(msgctl(id, IPC_RMID, NULL));
}

/* --- The named restrictions --- */

/* Without CLONE_SIGHAND the kernel refuses CLONE_THREAD before it looks at privileges. */
#define NEW_NAMESPACE(flag)                                                              \
	CALL(NAMESPACES, EINVAL, EPERM, clone, (flag) | CLONE_THREAD, 0, 0, 0, 0),       \
		CALL(NAMESPACES, EINVAL, EPERM, clone, (flag) | CLONE_THREAD | HIGH_BIT, \
		     0, 0, 0, 0),                                                        \
		CALL(NAMESPACES, EINVAL, EPERM, unshare, (flag) | 1),                    \
		CALL(NAMESPACES, EINVAL, EPERM, unshare, (flag) | HIGH_BIT)

#define TERMINAL_CALL(request)                                                           \
	CALL(TTY_INJECTION, EBADF, EPERM, ioctl, -1, request, AT(scratch)),              \
		CALL(TTY_INJECTION, EBADF, EPERM, ioctl, -1, (request) | HIGH_BIT,       \
		     AT(scratch))

#define SETUID_BITS(mode)                                                                \
	CALL_ALSO(SETUID_BITS, ON(METADATA), 0, EPERM, fchmod, FILE_FD, mode),           \
		CALL_ALSO(SETUID_BITS, ON(METADATA), 0, EPERM, fchmodat, AT_FDCWD,       \
			  AT("file"), mode),                                             \
		CALL_ALSO(SETUID_BITS, ON(METADATA), 0, EPERM, fchmodat2, AT_FDCWD,      \
			  AT("file"), mode, 0),                                          \
		CALL(SETUID_BITS, 0, EPERM, mknodat, AT_FDCWD, AT("new"),                \
		     S_IFREG | (mode), 0),                                               \
		CALL(SETUID_BITS, 0, EPERM, mknodat, AT_FDCWD, AT("new"), mode, 0),      \
		CALL(SETUID_BITS, 0, EPERM, openat, AT_FDCWD, AT("new"),                 \
		     O_CREAT | O_WRONLY, mode),                                          \
		CALL(SETUID_BITS, 0, EPERM, openat, AT_FDCWD, AT("new"),                 \
		     O_CREAT | O_WRONLY | HIGH_BIT, mode),                               \
		CALL(SETUID_BITS, 0, EPERM, openat, AT_FDCWD, AT("."),                   \
		     O_TMPFILE | O_RDWR, mode),                                          \
		CALL(SETUID_BITS, EACCES, EPERM, mq_open, AT("a/b"), O_CREAT | O_RDWR,   \
		     mode, 0)

#define OLD_SETUID_BITS(mode)                                                            \
	CALL_ALSO(SETUID_BITS, ON(METADATA), 0, EPERM, chmod, AT("file"), mode),         \
		CALL(SETUID_BITS, 0, EPERM, mknod, AT("new"), S_IFREG | (mode), 0),      \
		CALL(SETUID_BITS, 0, EPERM, creat, AT("new"), mode),                     \
		CALL(SETUID_BITS, 0, EPERM, open, AT("new"), O_CREAT | O_WRONLY, mode),  \
		CALL(SETUID_BITS, 0, EPERM, open, AT("."), O_TMPFILE | O_RDWR, mode)

/* A priority of 0 is refused before the kernel looks at privileges. */
#define REALTIME(policy)                                                                 \
	CALL(REALTIME, EINVAL, EPERM, sched_setscheduler, 0, policy, AT(scratch)),       \
		CALL(REALTIME, EINVAL, EPERM, sched_setscheduler, 0,                     \
		     (policy) | SCHED_RESET_ON_FORK, AT(scratch)),                       \
		CALL(REALTIME, EINVAL, EPERM, sched_setscheduler, 0,                     \
		     (policy) | HIGH_BIT, AT(scratch))

static const struct row rows[] = {
	CALL(DEBUG, 0, EPERM, ptrace, PTRACE_TRACEME, 0, 0, 0),
	CALL(DEBUG, ESRCH, EPERM, ptrace, PTRACE_CONT, 0, 0, 0),
	CALL(NAMESPACES, EINVAL, EPERM, unshare, 0x100000),
	ACT(DEBUG, 0, EPERM, process_vm_readv, read_memory, NULL),
	ACT(DEBUG, 0, EPERM, process_vm_writev, write_memory, NULL),
	ACT(DEBUG, 0, EPERM, pidfd_getfd, take_descriptor, NULL),
	ACT(DEBUG, 0, EPERM, kcmp, compare_descriptors, NULL),
	ACT(DEBUG, 0, EPERM, process_madvise, advise_process, NULL),

	ACT(PERF, 0, EPERM, perf_event_open, count_cpu_time, NULL),
	CALL(PERF, EFAULT, EPERM, perf_event_open, 0, 0, -1, -1, 0),

	NEW_NAMESPACE(CLONE_NEWNS),
	NEW_NAMESPACE(CLONE_NEWCGROUP),
	NEW_NAMESPACE(CLONE_NEWUTS),
	NEW_NAMESPACE(CLONE_NEWIPC),
	NEW_NAMESPACE(CLONE_NEWUSER),
	NEW_NAMESPACE(CLONE_NEWPID),
	NEW_NAMESPACE(CLONE_NEWNET),
	CALL(NAMESPACES, EINVAL, EPERM, unshare, CLONE_NEWTIME | 1),
	CALL(NAMESPACES, 0, EPERM, clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0),
	CALL(NAMESPACES, 0, EPERM, unshare, CLONE_NEWUSER),
	CALL(NAMESPACES, 0, EPERM, unshare, CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWNS),
	ACT(NAMESPACES, 0, ENOSYS, clone3, fork_by_clone3, NULL),
	CALL(NAMESPACES, EINVAL, ENOSYS, clone3, 0, 0),
	CALL(NAMESPACES, EBADF, EPERM, setns, -1, 0),
	CALL(NAMESPACES, EBADF, EPERM, setns, -1, CLONE_NEWUSER),

	CALL(MOUNT, ENOENT, EPERM, mount, AT("none"), AT("missing"), AT("tmpfs"), 0, 0),
	CALL(MOUNT, ENOENT, EPERM, umount2, AT("missing"), 0),
	CALL(MOUNT, ENOENT, EPERM, chroot, AT("missing")),
	CALL(MOUNT, 0, ENOSYS, open_tree, AT_FDCWD, AT("."), 0),
	CALL(MOUNT, 0, ENOSYS, open_tree_attr, AT_FDCWD, AT("."), 0, 0, 0),
	CALL(MOUNT, EINVAL, ENOSYS, fsconfig, -1, 0, 0, 0, 0),

	CALL(IO_URING, 0, ENOSYS, io_uring_setup, 1, AT(scratch)),
	CALL(IO_URING, EBADF, ENOSYS, io_uring_enter, 9999, 0, 0, 0, 0, 0),
	CALL(IO_URING, EBADF, ENOSYS, io_uring_register, 9999, 0, 0, 0),

	CALL(KERNEL, EINVAL, EPERM, bpf, 9999, 0, 0),
	CALL(KERNEL, ENODEV, EPERM, quotactl, QCMD(Q_GETFMT, USRQUOTA), 0, 0, 0),
	CALL(KERNEL, EBADF, EPERM, quotactl_fd, -1, QCMD(Q_GETFMT, USRQUOTA), 0, 0),
	CALL(KERNEL, 0, EPERM, userfaultfd, 1 /* UFFD_USER_MODE_ONLY */),
	CALL(KERNEL, EFAULT, EPERM, open_by_handle_at, AT_FDCWD, 0, 0),
	CALL(KERNEL, 0, EPERM, fanotify_init, 0x200 /* FAN_REPORT_FID */, 0),
#ifdef SYS_lookup_dcookie
	CALL(KERNEL, EINVAL, EPERM, lookup_dcookie, 0, 0, 0),
#endif
#ifdef __x86_64__
	CALL(KERNEL, ENOSYS, EPERM, create_module, 0, 0),
	CALL(KERNEL, ENOSYS, EPERM, query_module, 0, 0, 0, 0, 0),
	CALL(KERNEL, ENOSYS, EPERM, get_kernel_syms, 0),
	CALL(KERNEL, 0, EPERM, iopl, 0),
	CALL(KERNEL, 0, EPERM, ioperm, 0, 1, 0),
#endif

	CALL(CLOCK, EINVAL, EPERM, clock_settime, CLOCK_REALTIME, AT(&no_time)),
	CALL(CLOCK, EINVAL, EPERM, clock_settime, CLOCK_MONOTONIC, AT(&no_time)),
	CALL(CLOCK, EINVAL, EPERM, settimeofday, AT(&no_timeval), 0),
	CALL(CLOCK, 0, EPERM, adjtimex, AT(scratch)),
	CALL(CLOCK, 0, EPERM, clock_adjtime, CLOCK_REALTIME, AT(scratch)),

	CALL(KEYRING, 0, EPERM, add_key, AT("user"), AT("heel"), AT("text"), 4,
	     KEY_SPEC_PROCESS_KEYRING),
	CALL(KEYRING, ENOKEY, EPERM, request_key, AT("user"), AT("heel-missing"), 0, 0),
	CALL(KEYRING, 0, EPERM, keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_PROCESS_KEYRING,
	     1),

	CALL(PERSONALITY, 0, EPERM, personality, READ_IMPLIES_EXEC),
	CALL(PERSONALITY, 0, EPERM, personality, READ_IMPLIES_EXEC | HIGH_BIT),
	CALL(PERSONALITY, 0, EPERM, personality, ADDR_COMPAT_LAYOUT),
	CALL(PERSONALITY, 0, EPERM, personality, MMAP_PAGE_ZERO),
	CALL(PERSONALITY, 0, EPERM, personality, ADDR_LIMIT_3GB),
	CALL(PERSONALITY, 0, EPERM, personality, ADDR_LIMIT_32BIT),
	CALL(PERSONALITY, 0, EPERM, personality, WHOLE_SECONDS),
	CALL(PERSONALITY, 0, EPERM, personality, STICKY_TIMEOUTS),
	CALL(PERSONALITY, 0, EPERM, personality, PER_LINUX32 | READ_IMPLIES_EXEC),
	CALL(PERSONALITY, 0, EPERM, personality, ADDR_NO_RANDOMIZE | READ_IMPLIES_EXEC),
	CALL(PERSONALITY, 0, EPERM, personality, 1 /* PER_SVR4, without its flags */),

	ACT(TTY_INJECTION, 0, EPERM, ioctl, type_into_terminal, take_terminal),
	ACT(TTY_INJECTION, 0, EPERM, ioctl, type_with_high_bit, take_terminal),
	ACT(TTY_INJECTION, 0, EPERM, ioctl, change_line_discipline, take_terminal),
	TERMINAL_CALL(TIOCSTI),
	TERMINAL_CALL(TIOCLINUX),
	TERMINAL_CALL(TIOCSETD),
	TERMINAL_CALL(TIOCCONS),

	ACT(OTHER_PROCESSES, 0, EPERM, prlimit64, limit_parent, NULL),
	ACT(OTHER_PROCESSES, 0, EPERM, prlimit64, limit_parent_with_high_bit, NULL),
	ACT(OTHER_PROCESSES, 0, EPERM, prlimit64, limit_by_own_number, NULL),
	CALL(OTHER_PROCESSES, EINVAL, EPERM, migrate_pages, 0, 0, 0, 0),
	CALL(OTHER_PROCESSES, 0, EPERM, move_pages, 0, 0, 0, 0, 0, 0),

	/* A character device of number 0 everybody may make: a whiteout. */
	CALL(DEVICE_NODES, 0, EPERM, mknodat, AT_FDCWD, AT("new"), S_IFCHR | 0600, 0),
	CALL(DEVICE_NODES, 0, EPERM, mknodat, AT_FDCWD, AT("new"),
	     S_IFCHR | 0600 | HIGH_BIT, 0),
	CALL(DEVICE_NODES, 0, EPERM, mknodat, AT_FDCWD, AT("new"), S_IFCHR | 0x10000, 0),
	CALL(DEVICE_NODES, EEXIST, EPERM, mknodat, AT_FDCWD, AT("file"), S_IFBLK, 0),
#ifdef SYS_mknod
	CALL(DEVICE_NODES, 0, EPERM, mknod, AT("new"), S_IFCHR | 0600, 0),
	CALL(DEVICE_NODES, 0, EPERM, mknod, AT("new"), S_IFCHR | 0x10000, 0),
	CALL(DEVICE_NODES, EEXIST, EPERM, mknod, AT("file"), S_IFBLK, 0),
#endif

	NUMBER(UNKNOWN_SYSCALLS, PRETENDED, ENOSYS, 403),
	NUMBER(UNKNOWN_SYSCALLS, PRETENDED, ENOSYS, 423),
	NUMBER(UNKNOWN_SYSCALLS, PRETENDED, ENOSYS, 472),
	NUMBER(UNKNOWN_SYSCALLS, PRETENDED, ENOSYS, 473),
	NUMBER(UNKNOWN_SYSCALLS, PRETENDED, ENOSYS, 512),
	NUMBER(UNKNOWN_SYSCALLS, PRETENDED, ENOSYS, 1000),
	NUMBER(UNKNOWN_SYSCALLS, PRETENDED, ENOSYS, 0x3fffffff),
#ifdef __x86_64__
	NUMBER(UNKNOWN_SYSCALLS, PRETENDED, ENOSYS, 337),
	NUMBER(UNKNOWN_SYSCALLS, PRETENDED, ENOSYS, 400),
#endif

	SETUID_BITS(04755),
	SETUID_BITS(02755),
	SETUID_BITS(06000),
	SETUID_BITS(04755 | 0x10000),
	SETUID_BITS(02755 | HIGH_BIT),
	CALL(SETUID_BITS, 0, ENOSYS, openat2, AT_FDCWD, AT("file"), AT(&open_how),
	     sizeof(open_how)),
#ifdef SYS_open
	OLD_SETUID_BITS(04755),
	OLD_SETUID_BITS(02755),
	OLD_SETUID_BITS(06755 | 0x10000),
	OLD_SETUID_BITS(04755 | HIGH_BIT),
#endif

	CALL(METADATA, 0, EPERM, fchmod, FILE_FD, 0600),
	CALL(METADATA, 0, EPERM, fchmodat, AT_FDCWD, AT("file"), 0600),
	CALL(METADATA, 0, EPERM, fchmodat2, AT_FDCWD, AT("file"), 0600, 0),
	CALL(METADATA, 0, EPERM, fchown, FILE_FD, -1, -1),
	CALL(METADATA, 0, EPERM, fchownat, AT_FDCWD, AT("file"), -1, -1, 0),
	CALL(METADATA, 0, EPERM, utimensat, AT_FDCWD, AT("file"), 0, 0),
	CALL(METADATA, 0, EPERM, utimensat, FILE_FD, 0, 0, 0),
	CALL(METADATA, 0, EPERM, setxattr, AT("file"), AT("user.heel"), AT("x"), 1, 0),
	CALL(METADATA, 0, EPERM, lsetxattr, AT("file"), AT("user.heel"), AT("x"), 1, 0),
	CALL(METADATA, 0, EPERM, fsetxattr, FILE_FD, AT("user.heel"), AT("x"), 1, 0),
	CALL(METADATA, 0, EPERM, setxattrat, AT_FDCWD, AT("file"), 0, AT("user.heel"),
	     AT(&xattr_value), sizeof(xattr_value)),
	CALL(METADATA, ENODATA, EPERM, removexattr, AT("file"), AT("user.missing")),
	CALL(METADATA, ENODATA, EPERM, lremovexattr, AT("file"), AT("user.missing")),
	CALL(METADATA, ENODATA, EPERM, fremovexattr, FILE_FD, AT("user.missing")),
	CALL(METADATA, ENODATA, EPERM, removexattrat, AT_FDCWD, AT("file"), 0,
	     AT("user.missing")),
	CALL(METADATA, 0, EPERM, file_setattr, AT_FDCWD, AT("file"), AT(scratch), 24, 0),
	CALL(METADATA, EINVAL, EPERM, file_setattr, -1, AT("file"), 0, 0, 0),
	ACT(METADATA, 0, EPERM, ioctl, set_flags, NULL),
	ACT(METADATA, 0, EPERM, ioctl, set_extended_flags, NULL),
	CALL(METADATA, EBADF, EPERM, ioctl, -1, FS_IOC_SETFLAGS | HIGH_BIT, 0),
	CALL(METADATA, EBADF, EPERM, ioctl, -1, FS_IOC_FSSETXATTR | HIGH_BIT, 0),
	CALL(METADATA, ENOTTY, EPERM, ioctl, FILE_FD, _IOW('f', 2, int), AT(scratch)),
	CALL(METADATA, ENOTTY, EPERM, ioctl, FILE_FD, _IOW('f', 2, int) | HIGH_BIT,
	     AT(scratch)),
#ifdef SYS_open
	CALL(METADATA, 0, EPERM, chmod, AT("file"), 0600),
	CALL(METADATA, 0, EPERM, chown, AT("file"), -1, -1),
	CALL(METADATA, 0, EPERM, lchown, AT("file"), -1, -1),
	CALL(METADATA, 0, EPERM, utime, AT("file"), 0),
	CALL(METADATA, 0, EPERM, utimes, AT("file"), 0),
	CALL(METADATA, 0, EPERM, futimesat, AT_FDCWD, AT("file"), 0),
#endif

	CALL(FILELESS_EXEC, 0, EPERM, memfd_create, AT("heel"), 0),
	CALL(FILELESS_EXEC, 0, EPERM, memfd_create, AT("heel"), MFD_CLOEXEC),
	ACT(FILELESS_EXEC, 0, EPERM, execveat, execute_descriptor, NULL),
	CALL(FILELESS_EXEC, EBADF, EPERM, execveat, -1, AT("missing"), 0, 0, 0),

	ACT(SYSV_IPC, 0, EPERM, shmget, make_shared_memory, NULL),
	ACT(SYSV_IPC, 0, EPERM, semget, make_semaphore, NULL),
	ACT(SYSV_IPC, 0, EPERM, msgget, make_message_queue, NULL),
	CALL(SYSV_IPC, EINVAL, EPERM, shmat, -1, 0, 0),
	CALL(SYSV_IPC, EINVAL, EPERM, shmdt, 1),
	CALL(SYSV_IPC, EINVAL, EPERM, shmctl, -1, IPC_STAT, AT(scratch)),
	CALL(SYSV_IPC, EINVAL, EPERM, semop, -1, AT(scratch), 1),
	CALL(SYSV_IPC, EINVAL, EPERM, semtimedop, -1, AT(scratch), 1, 0),
	CALL(SYSV_IPC, EINVAL, EPERM, semctl, -1, 0, GETVAL, 0),
	CALL(SYSV_IPC, EINVAL, EPERM, msgsnd, -1, AT(scratch), 0, 0),
	CALL(SYSV_IPC, EINVAL, EPERM, msgrcv, -1, AT(scratch), 0, 0, 0),
	CALL(SYSV_IPC, EINVAL, EPERM, msgctl, -1, IPC_STAT, AT(scratch)),

	REALTIME(SCHED_FIFO),
	REALTIME(SCHED_RR),
	REALTIME(6 /* SCHED_DEADLINE */),
	CALL(REALTIME, 0, ENOSYS, sched_setattr, 0, AT(&unchanged_scheduling), 0),

	/* These two answer with the id before, whether they do it or not. */
	CALL(SETID_CALLS, 0, EPERM, setfsuid, SOMEBODY),
	CALL(SETID_CALLS, 0, EPERM, setfsuid, SOMEBODY | HIGH_BIT),
	CALL(SETID_CALLS, 0, EPERM, setfsgid, SOMEBODY),
};

#define REAL_NAMESPACE(flag)                                                             \
	CALL(NAMESPACES, 0, EPERM, clone, (flag) | SIGCHLD, 0, 0, 0, 0),                 \
		CALL(NAMESPACES, 0, EPERM, clone, (flag) | SIGCHLD | HIGH_BIT, 0, 0, 0,  \
		     0),                                                                 \
		CALL(NAMESPACES, 0, EPERM, unshare, flag)

/* Acts that need root to come as far as they do. None of them changes the machine. */
static const struct row root_rows[] = {
	REAL_NAMESPACE(CLONE_NEWNS),
	REAL_NAMESPACE(CLONE_NEWCGROUP),
	REAL_NAMESPACE(CLONE_NEWUTS),
	REAL_NAMESPACE(CLONE_NEWIPC),
	REAL_NAMESPACE(CLONE_NEWUSER),
	REAL_NAMESPACE(CLONE_NEWPID),
	REAL_NAMESPACE(CLONE_NEWNET),
	CALL(NAMESPACES, 0, EPERM, unshare, CLONE_NEWTIME),
	ACT(NAMESPACES, 0, EPERM, setns, enter_own_namespace, NULL),

	ACT(MOUNT, 0, EPERM, mount, mount_here, take_mount_namespace),
	ACT(MOUNT, 0, EPERM, umount2, unmount_here, mount_something),
	CALL(MOUNT, ENOENT, EPERM, pivot_root, AT("missing"), AT("missing")),
	CALL(MOUNT, 0, EPERM, chroot, AT(".")),
	CALL(MOUNT, ENOENT, ENOSYS, move_mount, -1, AT(""), -1, AT(""), 0),
	CALL(MOUNT, 0, ENOSYS, fsopen, AT("tmpfs"), 0),
	CALL(MOUNT, EBADF, ENOSYS, fsmount, -1, 0, 0),
	CALL(MOUNT, ENOENT, ENOSYS, fspick, AT_FDCWD, AT("missing"), 0),
	CALL(MOUNT, ENOENT, ENOSYS, mount_setattr, AT_FDCWD, AT("missing"), 0,
	     AT(&read_only_mount), sizeof(read_only_mount)),

	CALL(KERNEL, ENOEXEC, EPERM, init_module, 0, 0, AT("")),
	CALL(KERNEL, EBADF, EPERM, finit_module, -1, AT(""), 0),
	CALL(KERNEL, ENOENT, EPERM, delete_module, AT("heel_missing"), O_NONBLOCK),
	CALL(KERNEL, EINVAL, EPERM, kexec_load, 0, 99999, 0, 0xffff),
#ifdef SYS_kexec_file_load
	CALL(KERNEL, EINVAL, EPERM, kexec_file_load, -1, -1, 0, 0, 0xffff),
#endif
	CALL(KERNEL, EINVAL, EPERM, reboot, 0, 0, 0, 0), /* without its magic numbers */
	CALL(KERNEL, ENOENT, EPERM, swapon, AT("missing"), 0),
	CALL(KERNEL, ENOENT, EPERM, swapoff, AT("missing")),
	CALL(KERNEL, ENOENT, EPERM, acct, AT("missing/file")),
	CALL(KERNEL, 0, EPERM, syslog, 10 /* size of the buffer */, 0, 0),

	CALL(DEVICE_NODES, 0, EPERM, mknodat, AT_FDCWD, AT("new"), S_IFCHR | 0600,
	     (1 << 8) | 3),
	CALL(DEVICE_NODES, 0, EPERM, mknodat, AT_FDCWD, AT("new"), S_IFBLK | 0600,
	     7 << 8),
	CALL(DEVICE_NODES, 0, EPERM, mknodat, AT_FDCWD, AT("new"), S_IFBLK | HIGH_BIT,
	     7 << 8),
#ifdef SYS_mknod
	CALL(DEVICE_NODES, 0, EPERM, mknod, AT("new"), S_IFCHR | 0600, (1 << 8) | 3),
	CALL(DEVICE_NODES, 0, EPERM, mknod, AT("new"), S_IFBLK | 0600, 7 << 8),
#endif

	CALL(REALTIME, 0, EPERM, sched_setscheduler, 0, SCHED_FIFO, AT(&priority_one)),
	CALL(REALTIME, 0, EPERM, sched_setscheduler, 0, SCHED_RR, AT(&priority_one)),
	CALL(REALTIME, 0, EPERM, sched_setscheduler, 0, SCHED_FIFO | SCHED_RESET_ON_FORK,
	     AT(&priority_one)),
	CALL(REALTIME, 0, EPERM, sched_setscheduler, 0, SCHED_RR | SCHED_RESET_ON_FORK,
	     AT(&priority_one)),
	CALL(REALTIME, 0, EPERM, sched_setscheduler, 0, SCHED_FIFO | HIGH_BIT,
	     AT(&priority_one)),

	CALL(SETID_CALLS, 0, EPERM, setuid, SOMEBODY),
	CALL(SETID_CALLS, 0, EPERM, setuid, SOMEBODY | HIGH_BIT),
	CALL(SETID_CALLS, 0, EPERM, setreuid, SOMEBODY, -1),
	CALL(SETID_CALLS, 0, EPERM, setreuid, -1, SOMEBODY),
	CALL(SETID_CALLS, 0, EPERM, setresuid, SOMEBODY, -1, -1),
	CALL(SETID_CALLS, 0, EPERM, setresuid, -1, SOMEBODY, -1),
	CALL(SETID_CALLS, 0, EPERM, setresuid, -1, -1, SOMEBODY),
	CALL(SETID_CALLS, 0, EPERM, setgid, SOMEBODY),
	CALL(SETID_CALLS, 0, EPERM, setregid, SOMEBODY, -1),
	CALL(SETID_CALLS, 0, EPERM, setregid, -1, SOMEBODY),
	CALL(SETID_CALLS, 0, EPERM, setresgid, SOMEBODY, -1, -1),
	CALL(SETID_CALLS, 0, EPERM, setresgid, -1, SOMEBODY, -1),
	CALL(SETID_CALLS, 0, EPERM, setresgid, -1, -1, SOMEBODY),
	CALL(SETID_CALLS, 0, EPERM, setgroups, 0, 0),
};

/* --- What goes on, whatever is on --- */

static void *wait_for_end(void *lock)
{
	(void)pthread_mutex_lock(lock);	  /* of a default mutex: cannot fail */
	(void)pthread_mutex_unlock(lock); /* likewise */
	return NULL;
}

/* A thread has a number of its own, which is not 0. */
static int pin_thread(void)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	cpu_set_t processors;
	pthread_t thread;
	int error;

	if (sched_getaffinity(0, sizeof(processors), &processors) < 0)
		return errno;
	(void)pthread_mutex_lock(&lock); /* cannot fail */
	error = pthread_create(&thread, NULL, wait_for_end, &lock);
	if (error != 0)
		return error;
	error = pthread_setaffinity_np(thread, sizeof(processors), &processors);
	(void)pthread_mutex_unlock(&lock); /* cannot fail */
	(void)pthread_join(thread, NULL);  /* cannot fail */
	return error;
}

static int pin_self_by_number(void)
{
	cpu_set_t processors;
	pid_t self = gettid();

	if (sched_getaffinity(self, sizeof(processors), &processors) < 0)
		return errno;
	return result(sched_setaffinity(self, sizeof(processors), &processors));
}

static int set_own_ids(void)
{
	long uid = (long)geteuid(), gid = (long)getegid();

	if (syscall(SYS_setuid, uid) < 0 || syscall(SYS_setuid, uid | HIGH_BIT) < 0 ||
	    syscall(SYS_setreuid, uid, uid) < 0 ||
	    syscall(SYS_setresuid, uid, -1L, uid) < 0 || syscall(SYS_setfsuid, uid) < 0 ||
	    syscall(SYS_setgid, gid) < 0 || syscall(SYS_setregid, gid, gid) < 0 ||
	    syscall(SYS_setresgid, -1L, gid, gid) < 0 || syscall(SYS_setfsgid, gid) < 0)
		return errno;
	return 0;
}

/* The kernel takes neither bit from mkdir(2), so that need not be denied. */
static int make_directory_without_bits(void)
{
	struct stat st;

	if (mkdir("new", 06755) < 0 || stat("new", &st) < 0)
		return errno;
	return st.st_mode & (S_ISUID | S_ISGID) ? EPROTO : 0;
}

static int talk_on_terminal(void)
{
	struct winsize size;
	char got;

	if (ioctl(TERMINAL_FD, TIOCGWINSZ, &size) < 0 || write(MASTER_FD, "y", 1) < 0 ||
	    read(TERMINAL_FD, &got, 1) < 0)
		return errno;
	return got == 'y' ? 0 : EPROTO;
}

#define SPARED(outside, lifted, name, ...)                                               \
	{                                                                                \
		HEEL_RESTRICT_DEBUG, outside, outside, lifted,                           \
			TEXT_ACT(#name "(" #__VA_ARGS__ ")", SYS_##name, false, false,   \
				 __VA_ARGS__)                                            \
	}
#define SPARED_ACT(name, function, prepare) ACT(DEBUG, 0, 0, name, function, prepare)
#define SPARED_NUMBER(number)		    NUMBER(DEBUG, PRETENDED, PRETENDED, number)

static const struct row spared_rows[] = {
	SPARED(0, 0, clone, SIGCHLD, 0, 0, 0, 0),
	SPARED(0, 0, unshare, CLONE_FILES),
	SPARED(EINVAL, 0, unshare, 1),
	SPARED_ACT(prlimit64, limit_self, NULL),
	SPARED_ACT(prlimit64, read_limit_of_parent, NULL),
	SPARED_ACT(sched_setaffinity, pin_thread, NULL),
	SPARED_ACT(sched_setaffinity, pin_self_by_number, NULL),
	SPARED_ACT(ioctl, talk_on_terminal, take_terminal),
	SPARED(0, 0, clock_gettime, CLOCK_REALTIME, AT(scratch)),
	SPARED(0, 0, personality, 0xffffffff),
	SPARED(0, 0, personality, -1),
	SPARED(0, 0, personality, 0),
	SPARED(0, 0, personality, HIGH_BIT),
	SPARED(0, 0, personality, PER_LINUX32),
	SPARED(0, 0, personality, UNAME26),
	SPARED(0, 0, personality, PER_LINUX32 | UNAME26),
	SPARED(0, 0, mknodat, AT_FDCWD, AT("new"), S_IFIFO | 0600, 0),
	SPARED(0, 0, mknodat, AT_FDCWD, AT("new"), S_IFREG | 0600, 0),
	SPARED(0, 0, mknodat, AT_FDCWD, AT("new"), S_IFSOCK | 0600, 0),
	SPARED(0, 0, mknodat, AT_FDCWD, AT("new"), 0644, 0),
	SPARED(0, ON(METADATA), fchmod, FILE_FD, 0755),
	SPARED(0, ON(METADATA), fchmodat, AT_FDCWD, AT("file"), 01755),
	SPARED(0, ON(METADATA), fchmodat2, AT_FDCWD, AT("file"), 0, 0),
	SPARED_ACT(mkdirat, make_directory_without_bits, NULL),
	SPARED(0, 0, openat, AT_FDCWD, AT("new"), O_CREAT | O_WRONLY, 0755),
	SPARED(0, 0, openat, AT_FDCWD, AT("."), O_TMPFILE | O_RDWR, 0600),
	/* Opening what is there sets no mode, whatever stands in the argument. */
	SPARED(0, 0, openat, AT_FDCWD, AT("file"), O_RDWR | O_TRUNC, 06755),
	SPARED(0, 0, openat, AT_FDCWD, AT("."), O_RDONLY | O_DIRECTORY, -1),
#ifdef SYS_open
	SPARED(0, ON(METADATA), chmod, AT("file"), 0755),
	SPARED(0, 0, creat, AT("new"), 0644),
	SPARED(0, 0, open, AT("new"), O_CREAT | O_WRONLY, 0755),
	SPARED(0, 0, open, AT("file"), O_RDONLY, 06755),
	SPARED(0, 0, mknod, AT("new"), S_IFIFO | 0600, 0),
	SPARED(0, 0, mkdir, AT("new"), 06755),
#endif
	SPARED(0, 0, newfstatat, AT_FDCWD, AT("file"), AT(scratch), 0),
	SPARED(ENODATA, 0, getxattr, AT("file"), AT("user.missing"), 0, 0),
	SPARED(0, 0, ioctl, FILE_FD, FS_IOC_GETFLAGS, AT(scratch)),
	SPARED(0, 0, sched_setscheduler, 0, SCHED_OTHER, AT(scratch)),
	SPARED(0, 0, sched_setscheduler, 0, SCHED_BATCH, AT(scratch)),
	SPARED(0, 0, sched_setscheduler, 0, SCHED_IDLE, AT(scratch)),
	SPARED(0, 0, sched_setscheduler, 0, SCHED_IDLE | SCHED_RESET_ON_FORK,
	       AT(scratch)),
	SPARED_ACT(setuid, set_own_ids, NULL),
	SPARED(EINVAL, 0, setuid, -1),
	SPARED(EINVAL, 0, setuid, 0xffffffff),
	SPARED(EINVAL, 0, setgid, -1),
	SPARED(0, 0, setreuid, -1, -1),
	SPARED(0, 0, setresuid, -1, -1, 0xffffffff),
	SPARED(0, 0, setregid, 0xffffffff, -1),
	SPARED(0, 0, setresgid, -1, -1, -1),
	SPARED(0, 0, seccomp, SECCOMP_GET_ACTION_AVAIL, 0, AT(scratch)),
	/* Known numbers, whether the kernel has them or not. */
	SPARED_NUMBER(424),
	SPARED_NUMBER(451),
	SPARED_NUMBER(453),
	SPARED_NUMBER(457),
	SPARED_NUMBER(458),
	SPARED_NUMBER(459),
	SPARED_NUMBER(460),
	SPARED_NUMBER(461),
	SPARED_NUMBER(462),
	SPARED_NUMBER(464),
	SPARED_NUMBER(465),
	SPARED_NUMBER(468),
	SPARED_NUMBER(470),
	SPARED_NUMBER(471),
#ifdef __x86_64__
	SPARED_NUMBER(334),
#endif
};

/* --- Doing it --- */

static struct heel_arena arena;
static struct heel_report report;
static struct heel_kernel kernel;
static int ruleset = -1;

static const uint64_t usual_families = HEEL_FAMILY(AF_UNIX) | HEEL_FAMILY(AF_INET) |
				       HEEL_FAMILY(AF_INET6) | HEEL_FAMILY(AF_NETLINK);

static void setup(void)
{
	arena = (struct heel_arena){0};
	report = (struct heel_report){0};
}

static void teardown(void)
{
	heel_report_free(&report);
	heel_arena_free(&arena);
}

/* One letter for each kind of ports: any, some, zero (the kernel chooses), or none. */
static void set_ports(struct heel_policy *policy, const char *letters)
{
	static struct heel_port_range some = {.low = 443, .high = 443};
	static struct heel_port_range zero = {.low = 0, .high = 0};

	for (int kind = 0; kind < HEEL_PORT_KINDS; kind++) {
		struct heel_ports *ports = &policy->ports[kind];

		ports->any = letters[kind] == 'a';
		ports->n = letters[kind] == 's' || letters[kind] == 'z';
		ports->ranges = letters[kind] == 'z' ? &zero : &some;
	}
}

/* A policy that grants every file and every port, with these restrictions. */
static struct heel_policy *make_policy(uint32_t on)
{
	struct heel_policy *policy = heel_alloc(&arena, 1, sizeof(*policy));
	struct heel_path *all = heel_alloc(&arena, 1, sizeof(*all));

	ck_assert(policy && all);
	all->path = "/";
	all->access = HEEL_GRANT_EXECUTE | HEEL_GRANT_WRITE | HEEL_GRANT_DEVICE;
	policy->profile = "p";
	policy->shell = "/bin/sh";
	policy->no_new_privs = true;
	policy->minimum_abi = HEEL_ABI_OLDEST;
	policy->paths = all;
	policy->n_paths = 1;
	policy->families = usual_families;
	policy->uid = geteuid();
	policy->gid = getegid();
	set_ports(policy, "aaaa");
	for (int i = 0; i < HEEL_RESTRICTIONS; i++)
		policy->restrictions[i].on = on & BIT(i);
	return policy;
}

static const struct heel_plan *compile(const struct heel_policy *policy)
{
	const struct heel_plan *plan;

	if (heel_compile(&arena, policy, &kernel, &plan, &report) != 0)
		ck_abort_msg("%s", heel_first_error(&report)->text);
	return plan;
}

static const struct heel_plan *plan_with(uint32_t on)
{
	return compile(make_policy(on));
}

static int install_code(const struct sock_filter *code, size_t n)
{
	const struct sock_fprog program = {(unsigned short)n,
					   (struct sock_filter *)(uintptr_t)code};

	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
}

/* From now on that call is answered, and never done. */
static void pretend(enum heel_arch arch, long number)
{
	const struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, heel_arch_token(arch), 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | PRETENDED),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};

	need(install_code(code, HEEL_ARRAY_SIZE(code)) == 0, "a filter beneath");
}

/* What of a plan a child takes upon itself. */
enum part {
	ALL_PROGRAMS,
	LOGGED_PROGRAMS,
	OTHER_PROGRAMS,
	WHOLE_PLAN,
};

static void confine(const struct heel_plan *plan, enum part part)
{
	if (part == WHOLE_PLAN) {
		if (heel_apply(plan, ruleset, &report) == 0)
			return;
		(void)fprintf(stderr, "# %s\n", heel_first_error(&report)->text);
		_exit(UNPREPARED);
	}
	for (size_t i = 0; i < plan->n_programs; i++) {
		const struct heel_program *program = &plan->programs[i];

		if (part == ALL_PROGRAMS || program->logged == (part == LOGGED_PROGRAMS))
			need(install_code(program->code, program->n) == 0, "programs");
	}
}

/* A call of i386, with five arguments of 32 bits and a sixth of zero. */
static int call_i386(const struct act *act)
{
#ifdef __x86_64__
	long rc = act->number;

	__asm__ volatile("mov %%rbp, %%r12\n\t"
			 "xor %%ebp, %%ebp\n\t"
			 "int $0x80\n\t"
			 "mov %%r12, %%rbp"
			 : "+a"(rc)
			 : "b"(act->args[0]), "c"(act->args[1]), "d"(act->args[2]),
			   "S"(act->args[3]), "D"(act->args[4])
			 : "memory", "cc", "r8", "r9", "r10", "r11", "r12");
	return (int)rc < 0 ? -(int)rc : 0;
#else
	(void)act;
	return ENOSYS;
#endif
}

static int perform(const struct act *act)
{
	const long *args = act->args;

	if (act->function)
		return act->function();
	if (act->i386)
		return call_i386(act);
	return result(syscall(act->number, args[0], args[1], args[2], args[3], args[4],
			      args[5]));
}

/* Where acts find a file, and may make others. */
static void enter_place(const char *place)
{
	int fd;

	need(chdir(place) == 0, "directory");
	fd = open("file", O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	need(fd >= 0 && dup3(fd, FILE_FD, O_CLOEXEC) == FILE_FD, "file");
	(void)close(fd); /* its copy stays */
}

static _Noreturn void act_as_child(const struct act *act, const struct heel_plan *plan,
				   enum part part, const char *place)
{
	int done;

	enter_place(place);
	need(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "no_new_privs");
	if (act->prepare)
		act->prepare();
	if (act->pretended)
		pretend(act->i386 ? HEEL_ARCH_I386 : HEEL_ARCH_NATIVE, act->number);
	if (plan)
		confine(plan, part);
	done = perform(act);
	(void)waitpid(-1, NULL, 0); /* what the act itself has forked, if anything */
	_exit(done);
}

static int wait_for(pid_t child)
{
	int status;

	ck_assert_int_eq(waitpid(child, &status, 0), child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : OF_SIGNAL + WTERMSIG(status);
}

/* Does it in a child that takes on that part of the plan; outside, if there is none. */
static int attempt(const struct act *act, const struct heel_plan *plan, enum part part)
{
	const char *place = test_tmpdir();
	pid_t child = fork();

	ck_assert_int_ge(child, 0);
	if (child == 0)
		act_as_child(act, plan, part, place);
	return wait_for(child);
}

static const char *describe(int outcome)
{
	if (outcome == UNPREPARED)
		return "what cannot be prepared";
	if (outcome > OF_SIGNAL)
		return strsignal(outcome - OF_SIGNAL);
	return outcome == 0 ? "success" : strerrorname_np(outcome);
}

#define ASSERT_OUTCOME(act, where, outcome, wanted)                                      \
	do {                                                                             \
		int got_ = (outcome), wanted_ = (wanted);                                \
                                                                                         \
		ck_assert_msg(got_ == wanted_, "%s %s gives %s and not %s", (act)->name, \
			      where, describe(got_), describe(wanted_));                 \
	} while (0)

static void skip_act(const struct act *act, int outside)
{
	(void)fprintf(stderr, "# SKIP %s: outside it is %s here, too\n", act->name,
		      describe(outside));
}

/*
 * Does the act outside. False, with a skip, if the denial could not be told from what it
 * gives there anyway. A kernel or a file system that lacks it gives another error.
 */
static bool is_possible(const struct act *act, int wanted, int inside)
{
	const int lacks[] = {ENOSYS, EOPNOTSUPP,  ENOTTY,	 EACCES,
			     EIO,    ENETUNREACH, EADDRNOTAVAIL, EAFNOSUPPORT};
	int outside = attempt(act, NULL, ALL_PROGRAMS);

	if (outside == inside && outside != wanted) {
		skip_act(act, outside);
		return false;
	}
	for (size_t i = 0; outside != wanted && i < HEEL_ARRAY_SIZE(lacks); i++)
		if (outside == lacks[i]) {
			(void)fprintf(stderr, "# %s: outside it is %s here\n", act->name,
				      describe(outside));
			return true;
		}
	ASSERT_OUTCOME(act, "outside", outside, wanted);
	return true;
}

/* --- The rows of named restrictions, tried --- */

static void is_denied(const struct row *row)
{
	if (!is_possible(&row->act, row->outside, row->inside))
		return;
	ASSERT_OUTCOME(&row->act, "under its restriction alone",
		       attempt(&row->act, plan_with(BIT(row->id)), ALL_PROGRAMS),
		       row->inside);
	ASSERT_OUTCOME(&row->act, "under all restrictions",
		       attempt(&row->act, plan_with(EVERYTHING), ALL_PROGRAMS),
		       row->inside);
}

static void is_open_if_permitted(const struct row *row)
{
	uint32_t others = EVERYTHING & ~BIT(row->id) & ~row->also;
	int outside = attempt(&row->act, NULL, ALL_PROGRAMS);

	ASSERT_OUTCOME(&row->act, "under all others",
		       attempt(&row->act, plan_with(others), ALL_PROGRAMS), outside);
}

/* Missing calls stand in programs of their own, of which the kernel logs nothing. */
static void is_denied_by_the_right_program(const struct row *row)
{
	const struct heel_plan *plan = plan_with(BIT(row->id));
	bool missing = row->inside == ENOSYS;
	int outside = attempt(&row->act, NULL, ALL_PROGRAMS);

	ASSERT_OUTCOME(&row->act, "under the programs that are logged",
		       attempt(&row->act, plan, LOGGED_PROGRAMS),
		       missing ? outside : row->inside);
	ASSERT_OUTCOME(&row->act, "under those that are not",
		       attempt(&row->act, plan, OTHER_PROGRAMS),
		       missing ? row->inside : outside);
}

START_TEST(act_is_denied_by_its_restriction)
{
	is_denied(&rows[_i]);
}
END_TEST

START_TEST(act_of_roots_is_denied_by_its_restriction)
{
	is_denied(&root_rows[_i]);
}
END_TEST

START_TEST(act_is_open_when_its_restriction_is_permitted)
{
	is_open_if_permitted(&rows[_i]);
}
END_TEST

START_TEST(act_of_roots_is_open_when_its_restriction_is_permitted)
{
	is_open_if_permitted(&root_rows[_i]);
}
END_TEST

START_TEST(only_what_is_not_merely_missing_is_logged)
{
	is_denied_by_the_right_program(&rows[_i]);
}
END_TEST

START_TEST(only_what_of_roots_is_not_merely_missing_is_logged)
{
	is_denied_by_the_right_program(&root_rows[_i]);
}
END_TEST

START_TEST(act_is_spared_by_all_restrictions)
{
	const struct row *row = &spared_rows[_i];
	uint32_t on = EVERYTHING & ~row->also;
	int outside = attempt(&row->act, NULL, ALL_PROGRAMS);

	if (outside != EOPNOTSUPP && outside != ENOTTY)
		ASSERT_OUTCOME(&row->act, "outside", outside, row->outside);
	ASSERT_OUTCOME(&row->act, "inside",
		       attempt(&row->act, plan_with(on), ALL_PROGRAMS), outside);
}
END_TEST

static const struct act no_randomizing[] = {
	CALL_ACT(personality, ADDR_NO_RANDOMIZE),
	CALL_ACT(personality, ADDR_NO_RANDOMIZE | PER_LINUX32),
	CALL_ACT(personality, ADDR_NO_RANDOMIZE | UNAME26),
	CALL_ACT(personality, ADDR_NO_RANDOMIZE | UNAME26 | PER_LINUX32),
};

START_TEST(debuggers_may_turn_off_randomizing)
{
	const struct act *act = &no_randomizing[_i];

	ASSERT_OUTCOME(act, "outside", attempt(act, NULL, ALL_PROGRAMS), 0);
	ASSERT_OUTCOME(act, "inside", attempt(act, plan_with(EVERYTHING), ALL_PROGRAMS),
		       EPERM);
	ASSERT_OUTCOME(act, "with \"debug\" permitted",
		       attempt(act, plan_with(EVERYTHING & ~ON(DEBUG)), ALL_PROGRAMS), 0);
}
END_TEST

/* --- Calls of x32 --- */

#ifdef __x86_64__

static const struct row x32_rows[] = {
	NUMBER(FOREIGN_ABI, PRETENDED, ENOSYS, 0x40000000),
	NUMBER(FOREIGN_ABI, PRETENDED, ENOSYS, 0x40000000 | SYS_getpid),
	NUMBER(FOREIGN_ABI, PRETENDED, ENOSYS, 0x40000000 | SYS_ptrace),
	NUMBER(FOREIGN_ABI, PRETENDED, ENOSYS, 0x40000000 | SYS_socket),
	NUMBER(FOREIGN_ABI, PRETENDED, ENOSYS, 0x40000000 | 514 /* ioctl of x32 */),
	NUMBER(FOREIGN_ABI, PRETENDED, ENOSYS, 0x40000000 | 472),
	NUMBER(FOREIGN_ABI, PRETENDED, ENOSYS, 0x7fffffff),
	NUMBER(FOREIGN_ABI, PRETENDED, ENOSYS, 0x80000000 | SYS_getpid),
};

START_TEST(call_of_x32_is_never_permitted)
{
	const struct act *act = &x32_rows[_i].act;
	const uint32_t on[] = {EVERYTHING, EVERYTHING & ~ON(FOREIGN_ABI),
			       EVERYTHING & ~ON(UNKNOWN_SYSCALLS),
			       EVERYTHING & ~ON(FOREIGN_ABI) & ~ON(UNKNOWN_SYSCALLS), 0};

	if (!is_possible(act, PRETENDED, ENOSYS))
		return;
	for (size_t i = 0; i < HEEL_ARRAY_SIZE(on); i++)
		ASSERT_OUTCOME(act, "inside",
			       attempt(act, plan_with(on[i]), ALL_PROGRAMS), ENOSYS);
}
END_TEST

/* --- Calls of i386 --- */

#define REAL_I386(id, outside, inside, name, number, ...)                                \
	{                                                                                \
		HEEL_RESTRICT_##id, outside, inside, 0,                                  \
			TEXT_ACT(#name "(" #__VA_ARGS__ ") of i386", number, false,      \
				 true, __VA_ARGS__)                                      \
	}
#define I386_ALSO(id, also, inside, name, number, ...)                                   \
	{                                                                                \
		HEEL_RESTRICT_##id, PRETENDED, inside, also,                             \
			TEXT_ACT(#name "(" #__VA_ARGS__ ") of i386", number, true, true, \
				 __VA_ARGS__)                                            \
	}
#define I386(id, inside, name, number, ...)                                              \
	{                                                                                \
		HEEL_RESTRICT_##id, PRETENDED, inside, 0,                                \
			TEXT_ACT(#name "(" #__VA_ARGS__ ") of i386", number, true, true, \
				 __VA_ARGS__)                                            \
	}
#define I386_SETUID_BITS(mode)                                                           \
	I386_ALSO(SETUID_BITS, ON(METADATA), EPERM, chmod, 15, 0, mode),                 \
		I386_ALSO(SETUID_BITS, ON(METADATA), EPERM, fchmod, 94, 0, mode),        \
		I386_ALSO(SETUID_BITS, ON(METADATA), EPERM, fchmodat, 306, 0, 0, mode),  \
		I386_ALSO(SETUID_BITS, ON(METADATA), EPERM, fchmodat2, 452, 0, 0, mode), \
		I386(SETUID_BITS, EPERM, mknod, 14, 0, mode),                            \
		I386(SETUID_BITS, EPERM, mknodat, 297, 0, 0, mode),                      \
		I386(SETUID_BITS, EPERM, creat, 8, 0, mode),                             \
		I386(SETUID_BITS, EPERM, open, 5, 0, O_CREAT, mode),                     \
		I386(SETUID_BITS, EPERM, open, 5, 0, O_TMPFILE, mode),                   \
		I386(SETUID_BITS, EPERM, openat, 295, 0, 0, O_CREAT, mode),              \
		I386(SETUID_BITS, EPERM, openat, 295, 0, 0, O_TMPFILE, mode),            \
		I386(SETUID_BITS, EPERM, mq_open, 277, 0, O_CREAT, mode, 0)

/* Most are pretended: what the filter answers is the same, and nothing can happen. */
static const struct row i386_rows[] = {
	REAL_I386(DEBUG, 0, EPERM, ptrace, 26, PTRACE_TRACEME, 0, 0, 0),
	REAL_I386(NAMESPACES, 0, EPERM, clone, 120, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0),
	REAL_I386(NAMESPACES, 0, EPERM, unshare, 310, CLONE_NEWUSER),
	REAL_I386(NAMESPACES, EINVAL, ENOSYS, clone3, 435, 0, 0),
	REAL_I386(NAMESPACES, EBADF, EPERM, setns, 346, -1, 0),
	REAL_I386(MOUNT, EINVAL, ENOSYS, fsconfig, 431, -1, 0, 0, 0, 0),
	REAL_I386(IO_URING, EBADF, ENOSYS, io_uring_enter, 426, 9999, 0, 0, 0, 0),
	REAL_I386(TTY_INJECTION, EBADF, EPERM, ioctl, 54, -1, TIOCSTI, 0),
	REAL_I386(PERSONALITY, 0, EPERM, personality, 136, READ_IMPLIES_EXEC),
	REAL_I386(METADATA, 0, EPERM, fchmod, 94, FILE_FD, 0600),
	REAL_I386(SYSV_IPC, EINVAL, EPERM, shmctl, 396, -1, IPC_STAT, 0),

	I386(DEBUG, EPERM, process_vm_readv, 347, 0),
	I386(DEBUG, EPERM, process_vm_writev, 348, 0),
	I386(DEBUG, EPERM, pidfd_getfd, 438, 0),
	I386(DEBUG, EPERM, kcmp, 349, 0),
	I386(DEBUG, EPERM, process_madvise, 440, 0),
	I386(PERF, EPERM, perf_event_open, 336, 0),
	I386(NAMESPACES, EPERM, clone, 120, CLONE_NEWNS),
	I386(NAMESPACES, EPERM, clone, 120, CLONE_NEWCGROUP),
	I386(NAMESPACES, EPERM, clone, 120, CLONE_NEWUTS),
	I386(NAMESPACES, EPERM, clone, 120, CLONE_NEWIPC),
	I386(NAMESPACES, EPERM, clone, 120, CLONE_NEWPID),
	I386(NAMESPACES, EPERM, clone, 120, CLONE_NEWNET),
	I386(NAMESPACES, EPERM, unshare, 310, CLONE_NEWNS),
	I386(NAMESPACES, EPERM, unshare, 310, CLONE_NEWCGROUP),
	I386(NAMESPACES, EPERM, unshare, 310, CLONE_NEWUTS),
	I386(NAMESPACES, EPERM, unshare, 310, CLONE_NEWIPC),
	I386(NAMESPACES, EPERM, unshare, 310, CLONE_NEWPID),
	I386(NAMESPACES, EPERM, unshare, 310, CLONE_NEWNET),
	I386(NAMESPACES, EPERM, unshare, 310, CLONE_NEWTIME),
	I386(MOUNT, EPERM, mount, 21, 0),
	I386(MOUNT, EPERM, umount, 22, 0),
	I386(MOUNT, EPERM, umount2, 52, 0),
	I386(MOUNT, EPERM, pivot_root, 217, 0),
	I386(MOUNT, EPERM, chroot, 61, 0),
	I386(MOUNT, ENOSYS, open_tree, 428, 0),
	I386(MOUNT, ENOSYS, open_tree_attr, 467, 0),
	I386(MOUNT, ENOSYS, move_mount, 429, 0),
	I386(MOUNT, ENOSYS, fsopen, 430, 0),
	I386(MOUNT, ENOSYS, fsmount, 432, 0),
	I386(MOUNT, ENOSYS, fspick, 433, 0),
	I386(MOUNT, ENOSYS, mount_setattr, 442, 0),
	I386(IO_URING, ENOSYS, io_uring_setup, 425, 0),
	I386(IO_URING, ENOSYS, io_uring_register, 427, 0),
	I386(KERNEL, EPERM, bpf, 357, 0),
	I386(KERNEL, EPERM, create_module, 127, 0),
	I386(KERNEL, EPERM, init_module, 128, 0),
	I386(KERNEL, EPERM, finit_module, 350, 0),
	I386(KERNEL, EPERM, delete_module, 129, 0),
	I386(KERNEL, EPERM, query_module, 167, 0),
	I386(KERNEL, EPERM, get_kernel_syms, 130, 0),
	I386(KERNEL, EPERM, kexec_load, 283, 0),
	I386(KERNEL, EPERM, reboot, 88, 0),
	I386(KERNEL, EPERM, swapon, 87, 0),
	I386(KERNEL, EPERM, swapoff, 115, 0),
	I386(KERNEL, EPERM, acct, 51, 0),
	I386(KERNEL, EPERM, quotactl, 131, 0),
	I386(KERNEL, EPERM, quotactl_fd, 443, 0),
	I386(KERNEL, EPERM, iopl, 110, 0),
	I386(KERNEL, EPERM, ioperm, 101, 0),
	I386(KERNEL, EPERM, syslog, 103, 0),
	I386(KERNEL, EPERM, userfaultfd, 374, 0),
	I386(KERNEL, EPERM, open_by_handle_at, 342, 0),
	I386(KERNEL, EPERM, fanotify_init, 338, 0),
	I386(KERNEL, EPERM, lookup_dcookie, 253, 0),
	I386(CLOCK, EPERM, clock_settime, 264, 0),
	I386(CLOCK, EPERM, clock_settime64, 404, 0),
	I386(CLOCK, EPERM, settimeofday, 79, 0),
	I386(CLOCK, EPERM, stime, 25, 0),
	I386(CLOCK, EPERM, adjtimex, 124, 0),
	I386(CLOCK, EPERM, clock_adjtime, 343, 0),
	I386(CLOCK, EPERM, clock_adjtime64, 405, 0),
	I386(KEYRING, EPERM, add_key, 286, 0),
	I386(KEYRING, EPERM, request_key, 287, 0),
	I386(KEYRING, EPERM, keyctl, 288, 0),
	I386(TTY_INJECTION, EPERM, ioctl, 54, 0, TIOCLINUX),
	I386(TTY_INJECTION, EPERM, ioctl, 54, 0, TIOCSETD),
	I386(TTY_INJECTION, EPERM, ioctl, 54, 0, TIOCCONS),
	I386(OTHER_PROCESSES, EPERM, prlimit64, 340, 1, 0, 8),
	I386(OTHER_PROCESSES, EPERM, migrate_pages, 294, 0),
	I386(OTHER_PROCESSES, EPERM, move_pages, 317, 0),
	I386(DEVICE_NODES, EPERM, mknod, 14, 0, S_IFCHR | 0600),
	I386(DEVICE_NODES, EPERM, mknod, 14, 0, S_IFBLK | 0600),
	I386(DEVICE_NODES, EPERM, mknodat, 297, 0, 0, S_IFCHR | 0600),
	I386(DEVICE_NODES, EPERM, mknodat, 297, 0, 0, S_IFBLK | 0600),
	I386(UNKNOWN_SYSCALLS, ENOSYS, unknown, 472, 0),
	I386(UNKNOWN_SYSCALLS, ENOSYS, unknown, 1000, 0),
	I386_SETUID_BITS(04755),
	I386_SETUID_BITS(02755),
	I386(SETUID_BITS, ENOSYS, openat2, 437, 0),
	I386(METADATA, EPERM, chmod, 15, 0),
	I386(METADATA, EPERM, fchmodat, 306, 0),
	I386(METADATA, EPERM, fchmodat2, 452, 0),
	I386(METADATA, EPERM, chown, 182, 0),
	I386(METADATA, EPERM, chown32, 212, 0),
	I386(METADATA, EPERM, fchown, 95, 0),
	I386(METADATA, EPERM, fchown32, 207, 0),
	I386(METADATA, EPERM, lchown, 16, 0),
	I386(METADATA, EPERM, lchown32, 198, 0),
	I386(METADATA, EPERM, fchownat, 298, 0),
	I386(METADATA, EPERM, utime, 30, 0),
	I386(METADATA, EPERM, utimes, 271, 0),
	I386(METADATA, EPERM, futimesat, 299, 0),
	I386(METADATA, EPERM, utimensat, 320, 0),
	I386(METADATA, EPERM, utimensat_time64, 412, 0),
	I386(METADATA, EPERM, setxattr, 226, 0),
	I386(METADATA, EPERM, lsetxattr, 227, 0),
	I386(METADATA, EPERM, fsetxattr, 228, 0),
	I386(METADATA, EPERM, setxattrat, 463, 0),
	I386(METADATA, EPERM, removexattr, 235, 0),
	I386(METADATA, EPERM, lremovexattr, 236, 0),
	I386(METADATA, EPERM, fremovexattr, 237, 0),
	I386(METADATA, EPERM, removexattrat, 466, 0),
	I386(METADATA, EPERM, file_setattr, 469, 0),
	I386(METADATA, EPERM, ioctl, 54, 0, _IOW('f', 2, int)),
	I386(METADATA, EPERM, ioctl, 54, 0, FS_IOC_FSSETXATTR),
	I386(FILELESS_EXEC, EPERM, memfd_create, 356, 0),
	I386(FILELESS_EXEC, EPERM, execveat, 358, 0),
	I386(SYSV_IPC, EPERM, ipc, 117, 0),
	I386(SYSV_IPC, EPERM, shmget, 395, 0),
	I386(SYSV_IPC, EPERM, shmat, 397, 0),
	I386(SYSV_IPC, EPERM, shmdt, 398, 0),
	I386(SYSV_IPC, EPERM, semget, 393, 0),
	I386(SYSV_IPC, EPERM, semctl, 394, 0),
	I386(SYSV_IPC, EPERM, semtimedop_time64, 420, 0),
	I386(SYSV_IPC, EPERM, msgget, 399, 0),
	I386(SYSV_IPC, EPERM, msgsnd, 400, 0),
	I386(SYSV_IPC, EPERM, msgrcv, 401, 0),
	I386(SYSV_IPC, EPERM, msgctl, 402, 0),
	I386(REALTIME, EPERM, sched_setscheduler, 156, 0, SCHED_FIFO),
	I386(REALTIME, EPERM, sched_setscheduler, 156, 0, SCHED_RR | SCHED_RESET_ON_FORK),
	I386(REALTIME, EPERM, sched_setscheduler, 156, 0, 6 /* SCHED_DEADLINE */),
	I386(REALTIME, ENOSYS, sched_setattr, 351, 0),
	I386(SETID_CALLS, EPERM, setuid, 23, SOMEBODY),
	I386(SETID_CALLS, EPERM, setuid32, 213, SOMEBODY),
	I386(SETID_CALLS, EPERM, setreuid, 70, -1, SOMEBODY),
	I386(SETID_CALLS, EPERM, setreuid32, 203, -1, SOMEBODY),
	I386(SETID_CALLS, EPERM, setresuid, 164, -1, -1, SOMEBODY),
	I386(SETID_CALLS, EPERM, setresuid32, 208, -1, -1, SOMEBODY),
	I386(SETID_CALLS, EPERM, setfsuid, 138, SOMEBODY),
	I386(SETID_CALLS, EPERM, setfsuid32, 215, SOMEBODY),
	I386(SETID_CALLS, EPERM, setgid, 46, SOMEBODY),
	I386(SETID_CALLS, EPERM, setgid32, 214, SOMEBODY),
	I386(SETID_CALLS, EPERM, setregid, 71, -1, SOMEBODY),
	I386(SETID_CALLS, EPERM, setregid32, 204, -1, SOMEBODY),
	I386(SETID_CALLS, EPERM, setresgid, 170, -1, -1, SOMEBODY),
	I386(SETID_CALLS, EPERM, setresgid32, 210, -1, -1, SOMEBODY),
	I386(SETID_CALLS, EPERM, setfsgid, 139, SOMEBODY),
	I386(SETID_CALLS, EPERM, setfsgid32, 216, SOMEBODY),
	I386(SETID_CALLS, EPERM, setgroups, 81, 0),
	I386(SETID_CALLS, EPERM, setgroups32, 206, 0),
};

/* All restrictions but the one that denies every call of i386. */
#define ALL_OF_I386 (EVERYTHING & ~ON(FOREIGN_ABI))

static const struct row getpid_of_i386[] = {
	REAL_I386(FOREIGN_ABI, 0, ENOSYS, getpid, 20, 0),
};

static bool has_i386(void)
{
	int outside = attempt(&getpid_of_i386[0].act, NULL, ALL_PROGRAMS);

	if (outside == 0)
		return true;
	(void)fprintf(stderr, "# SKIP calls of i386: this kernel answers %s\n",
		      describe(outside));
	return false;
}

START_TEST(call_of_i386_is_permitted_by_foreign_abi_alone)
{
	const struct act *act = &getpid_of_i386[0].act;

	if (!has_i386())
		return;
	ASSERT_OUTCOME(act, "by default",
		       attempt(act, plan_with(EVERYTHING), ALL_PROGRAMS), ENOSYS);
	ASSERT_OUTCOME(act, "under that alone",
		       attempt(act, plan_with(ON(FOREIGN_ABI)), ALL_PROGRAMS), ENOSYS);
	ASSERT_OUTCOME(act, "if permitted",
		       attempt(act, plan_with(ALL_OF_I386), ALL_PROGRAMS), 0);
}
END_TEST

START_TEST(act_by_i386_is_denied_as_if_it_were_native)
{
	const struct row *row = &i386_rows[_i];

	if (!has_i386() || !is_possible(&row->act, row->outside, row->inside))
		return;
	ASSERT_OUTCOME(&row->act, "by default",
		       attempt(&row->act, plan_with(EVERYTHING), ALL_PROGRAMS), ENOSYS);
	ASSERT_OUTCOME(&row->act, "under its restriction alone",
		       attempt(&row->act, plan_with(BIT(row->id)), ALL_PROGRAMS),
		       row->inside);
	ASSERT_OUTCOME(&row->act, "with i386 permitted",
		       attempt(&row->act, plan_with(ALL_OF_I386), ALL_PROGRAMS),
		       row->inside);
	ASSERT_OUTCOME(&row->act, "with that permitted as well",
		       attempt(&row->act,
			       plan_with(ALL_OF_I386 & ~BIT(row->id) & ~row->also),
			       ALL_PROGRAMS),
		       row->outside);
}
END_TEST

static const struct row spared_i386_rows[] = {
	I386(DEBUG, PRETENDED, clone, 120, SIGCHLD),
	I386(DEBUG, PRETENDED, unshare, 310, CLONE_FILES),
	I386(DEBUG, PRETENDED, ioctl, 54, 0, TIOCGWINSZ),
	I386(DEBUG, PRETENDED, prlimit64, 340, 0, 0, 8),
	I386(DEBUG, PRETENDED, prlimit64, 340, 1, 0, 0),
	I386(DEBUG, PRETENDED, mknod, 14, 0, S_IFIFO | 0600),
	I386(DEBUG, PRETENDED, mknodat, 297, 0, 0, S_IFREG | 0600),
	I386(DEBUG, PRETENDED, personality, 136, 0xffffffff),
	I386(DEBUG, PRETENDED, personality, 136, PER_LINUX32),
	I386(DEBUG, PRETENDED, creat, 8, 0, 0644),
	I386(DEBUG, PRETENDED, open, 5, 0, O_CREAT, 0755),
	I386(DEBUG, PRETENDED, open, 5, 0, O_RDONLY, 06755),
	I386(DEBUG, PRETENDED, openat, 295, 0, 0, O_DIRECTORY, 06755),
	I386(DEBUG, PRETENDED, sched_setscheduler, 156, 0, SCHED_BATCH),
	I386(DEBUG, PRETENDED, setuid32, 213, 0xffffffff),
	I386(DEBUG, PRETENDED, setresgid32, 210, -1, -1, -1),
	I386(DEBUG, PRETENDED, pidfd_open, 434, 0),
	I386(DEBUG, PRETENDED, listns, 470, 0),
	I386(DEBUG, PRETENDED, rseq_slice_yield, 471, 0),
};

START_TEST(act_by_i386_is_spared_by_all_restrictions)
{
	const struct act *act = &spared_i386_rows[_i].act;

	if (!has_i386())
		return;
	ASSERT_OUTCOME(act, "outside", attempt(act, NULL, ALL_PROGRAMS), PRETENDED);
	ASSERT_OUTCOME(act, "inside", attempt(act, plan_with(ALL_OF_I386), ALL_PROGRAMS),
		       PRETENDED);
}
END_TEST

#endif /* __x86_64__ */

/* --- Every denial stands in a row --- */

static bool stands_in(const struct row *list, size_t n, enum heel_restriction_id id,
		      int number)
{
	for (size_t i = 0; i < n; i++)
		if (list[i].id == id && list[i].act.number == number)
			return true;
	return false;
}

START_TEST(every_denied_call_is_tried)
{
	const struct heel_restriction *restriction = heel_restriction((size_t)_i);
	enum heel_restriction_id id = (enum heel_restriction_id)_i;

	for (size_t i = 0; i < restriction->n_denials; i++) {
		const char *call = restriction->denials[i].call;
		int native = heel_syscall_number(HEEL_ARCH_NATIVE, call);

		ck_assert_msg(
			native < 0 ||
				stands_in(rows, HEEL_ARRAY_SIZE(rows), id, native) ||
				stands_in(root_rows, HEEL_ARRAY_SIZE(root_rows), id,
					  native),
			"nobody tries %s", call);
#ifdef __x86_64__
		int i386 = heel_syscall_number(HEEL_ARCH_I386, call);

		ck_assert_msg(i386 < 0 || stands_in(i386_rows, HEEL_ARRAY_SIZE(i386_rows),
						    id, i386),
			      "nobody tries %s of i386", call);
#endif
	}
}
END_TEST

/* --- Network --- */

#define UNIX	HEEL_FAMILY(AF_UNIX)
#define INET	HEEL_FAMILY(AF_INET)
#define INET6	HEEL_FAMILY(AF_INET6)
#define NETLINK HEEL_FAMILY(AF_NETLINK)
#define PACKET	HEEL_FAMILY(AF_PACKET)
#define SMC	HEEL_FAMILY(43)

static const uint64_t family_sets[] = {
	0,    UNIX,	      UNIX | INET | INET6,
	INET, NETLINK | UNIX, HEEL_FAMILY(38 /* alg */) | HEEL_FAMILY(45 /* mctp */),
};

/* Beneath, every socket(2) is answered with the same error. Exits 0 if all is right. */
static _Noreturn void try_families(const struct heel_plan *plan, uint64_t families)
{
	const long high_bits[] = {0, HIGH_BIT, LONG_MIN};

	need(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "no_new_privs");
	pretend(HEEL_ARCH_NATIVE, SYS_socket);
	need(socket(AF_UNIX, SOCK_STREAM, 0) < 0 && errno == PRETENDED, "no socket");
	confine(plan, ALL_PROGRAMS);
	for (long family = 0; family < 100; family++)
		for (size_t i = 0; i < HEEL_ARRAY_SIZE(high_bits); i++) {
			bool listed = family < 64 && families & HEEL_FAMILY(family);

			if (result(syscall(SYS_socket, family | high_bits[i], SOCK_RDM,
					   0)) != (listed ? PRETENDED : EAFNOSUPPORT))
				_exit((int)family + 1);
		}
	_exit(0);
}

START_TEST(families_that_are_not_listed_do_not_exist)
{
	const uint32_t on[] = {EVERYTHING, 0};

	for (size_t i = 0; i < HEEL_ARRAY_SIZE(on); i++) {
		struct heel_policy *policy = make_policy(on[i]);
		const struct heel_plan *plan;
		pid_t child;

		policy->families = family_sets[_i];
		plan = compile(policy);
		child = fork();
		ck_assert_int_ge(child, 0);
		if (child == 0)
			try_families(plan, policy->families);
		ck_assert_msg(wait_for(child) == 0, "a family is answered wrongly");
	}
}
END_TEST

struct network_row {
	uint64_t families;
	const char *ports;
	int inside, permitted; /* with raw_network on, and without */
	struct act act;
};

/* What is not denied comes to the filter beneath. */
#define PASSES PRETENDED
#define PRETENDED_ACT(name, ...)                                                         \
	TEXT_ACT(#name "(" #__VA_ARGS__ ")", SYS_##name, true, false, __VA_ARGS__)
#define NET(families, ports, inside, permitted, name, ...)                               \
	{                                                                                \
		families, ports, inside, permitted,                                      \
			TEXT_ACT(#name "(" #__VA_ARGS__ ")", SYS_##name, true, false,    \
				 __VA_ARGS__)                                            \
	}
#define SOCKET(families, ports, inside, permitted, ...)                                  \
	{                                                                                \
		families, ports, inside, permitted,                                      \
			TEXT_ACT("socket(" #__VA_ARGS__ ")", SYS_socket, true, false,    \
				 __VA_ARGS__)                                            \
	}
#define ULP_LEVEL(families, ports, inside, permitted, level, option)                     \
	NET(families, ports, inside, permitted, setsockopt, -1, level, option, 0, 0)

#define BESIDE_TCP(protocol)                                                             \
	SOCKET(INET, "snaa", EPROTONOSUPPORT, PASSES, AF_INET, SOCK_STREAM, protocol),   \
		SOCKET(INET6, "snaa", EPROTONOSUPPORT, PASSES, AF_INET6, SOCK_STREAM,    \
		       protocol),                                                        \
		SOCKET(INET, "aznn", EPROTONOSUPPORT, PASSES, AF_INET,                   \
		       SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol),            \
		SOCKET(INET, "nsaa", EPROTONOSUPPORT, PASSES, AF_INET | HIGH_BIT,        \
		       SOCK_STREAM | HIGH_BIT, (protocol) | HIGH_BIT),                   \
		SOCKET(INET, "aaaa", PASSES, PASSES, AF_INET, SOCK_STREAM, protocol),    \
		SOCKET(INET, "nnaa", EPERM, EPERM, AF_INET, SOCK_STREAM, protocol)

#define BESIDE_UDP(protocol)                                                             \
	SOCKET(INET, "aasn", EPROTONOSUPPORT, PASSES, AF_INET, SOCK_DGRAM, protocol),    \
		SOCKET(INET6, "aans", EPROTONOSUPPORT, PASSES, AF_INET6,                 \
		       SOCK_DGRAM | SOCK_CLOEXEC, protocol),                             \
		SOCKET(INET, "aaaa", PASSES, PASSES, AF_INET, SOCK_DGRAM, protocol)

#define FAST_OPEN(name, flags, ...)                                                      \
	NET(INET, "snnn", EOPNOTSUPP, PASSES, name, __VA_ARGS__, flags),                 \
		NET(INET, "snnn", EOPNOTSUPP, PASSES, name, __VA_ARGS__,                 \
		    (flags) | HIGH_BIT),                                                 \
		NET(INET6, "nsaa", EOPNOTSUPP, PASSES, name, __VA_ARGS__,                \
		    (flags) | MSG_NOSIGNAL),                                             \
		NET(INET, "aaaa", PASSES, PASSES, name, __VA_ARGS__, flags),             \
		NET(INET, "annn", PASSES, PASSES, name, __VA_ARGS__, flags),             \
		NET(UNIX, "snnn", PASSES, PASSES, name, __VA_ARGS__, flags),             \
		NET(INET, "snnn", PASSES, PASSES, name, __VA_ARGS__, MSG_NOSIGNAL)

static const struct network_row network_rows[] = {
	/* Raw sockets. */
	SOCKET(INET, "aaaa", EPERM, PASSES, AF_INET, SOCK_RAW, IPPROTO_ICMP),
	SOCKET(INET, "nnnn", EPERM, PASSES, AF_INET, SOCK_RAW, IPPROTO_TCP),
	SOCKET(INET, "ssss", EPERM, PASSES, AF_INET, SOCK_RAW | SOCK_CLOEXEC, 255),
	SOCKET(INET6, "aaaa", EPERM, PASSES, AF_INET6, SOCK_RAW, IPPROTO_ICMPV6),
	SOCKET(INET, "aaaa", EPERM, PASSES, AF_INET | HIGH_BIT, SOCK_RAW | HIGH_BIT, 1),
	SOCKET(INET | PACKET, "aaaa", EPERM, PASSES, AF_PACKET, SOCK_RAW, 0),
	SOCKET(INET | PACKET, "aaaa", EPERM, PASSES, AF_PACKET, SOCK_DGRAM, 0),
	SOCKET(PACKET, "aaaa", EPERM, PASSES, AF_PACKET | HIGH_BIT, SOCK_RAW, 0),
	SOCKET(INET | PACKET, "aaaa", EPERM, PASSES, AF_INET, SOCK_PACKET, 0x300),
	SOCKET(INET, "aaaa", EAFNOSUPPORT, EAFNOSUPPORT, AF_INET, SOCK_PACKET, 0x300),
	SOCKET(INET, "aaaa", EAFNOSUPPORT, EAFNOSUPPORT, AF_PACKET, SOCK_RAW, 0),
	SOCKET(NETLINK, "nnnn", PASSES, PASSES, AF_NETLINK, SOCK_RAW, 0),
	SOCKET(UNIX, "nnnn", PASSES, PASSES, AF_UNIX, SOCK_SEQPACKET, 0),
	SOCKET(UNIX, "nnnn", PASSES, PASSES, AF_UNIX, SOCK_RAW, 0),

	/* Without ports there are no sockets for them. */
	SOCKET(INET, "nnaa", EPERM, EPERM, AF_INET, SOCK_STREAM, 0),
	SOCKET(INET, "nnaa", EPERM, EPERM, AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 6),
	SOCKET(INET, "nnaa", EPERM, EPERM, AF_INET, SOCK_STREAM | HIGH_BIT, 0),
	SOCKET(INET6, "nnnn", EPERM, EPERM, AF_INET6, SOCK_STREAM, 0),
	SOCKET(INET, "nnaa", PASSES, PASSES, AF_INET, SOCK_DGRAM, 0),
	SOCKET(INET, "aann", EPERM, EPERM, AF_INET, SOCK_DGRAM, 0),
	SOCKET(INET, "aann", EPERM, EPERM, AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 17),
	SOCKET(INET, "aann", EPERM, EPERM, AF_INET, SOCK_DGRAM | HIGH_BIT, 0),
	SOCKET(INET6, "ssnn", EPERM, EPERM, AF_INET6, SOCK_DGRAM, 0),
	SOCKET(INET6, "ssnn", EPERM, EPERM, AF_INET6, SOCK_DGRAM, IPPROTO_ICMPV6),
	SOCKET(INET, "aann", PASSES, PASSES, AF_INET, SOCK_STREAM, 0),
	SOCKET(INET, "snnn", PASSES, PASSES, AF_INET, SOCK_STREAM, 0),
	SOCKET(INET, "nsnn", PASSES, PASSES, AF_INET, SOCK_STREAM, IPPROTO_TCP),
	SOCKET(INET, "nnsn", PASSES, PASSES, AF_INET, SOCK_DGRAM, IPPROTO_UDP),
	SOCKET(INET, "nnns", PASSES, PASSES, AF_INET, SOCK_DGRAM, IPPROTO_ICMP),
	SOCKET(INET6, "nnns", PASSES, PASSES, AF_INET6, SOCK_DGRAM, IPPROTO_ICMPV6),
	SOCKET(INET | UNIX, "nnnn", PASSES, PASSES, AF_UNIX, SOCK_STREAM, 0),
	SOCKET(INET | UNIX, "nnnn", PASSES, PASSES, AF_UNIX, SOCK_DGRAM, 0),

	/* What slips past the rules for TCP and UDP. */
	BESIDE_TCP(262 /* MPTCP */),
	BESIDE_TCP(256 /* SMC */),
	BESIDE_TCP(132 /* SCTP */),
	BESIDE_TCP(257 /* SMC by IPv6 */),
	BESIDE_UDP(136 /* UDP-Lite */),
	BESIDE_UDP(115 /* L2TP */),
	SOCKET(INET, "snnn", EPROTONOSUPPORT, PASSES, AF_INET, SOCK_SEQPACKET, 132),
	SOCKET(INET, "snnn", EPROTONOSUPPORT, PASSES, AF_INET, SOCK_RDM, 0),
	SOCKET(INET6, "snnn", EPROTONOSUPPORT, PASSES, AF_INET6, SOCK_DCCP, 33),
	SOCKET(INET, "nnnn", EPROTONOSUPPORT, PASSES, AF_INET, SOCK_SEQPACKET, 132),
	SOCKET(INET, "aaaa", PASSES, PASSES, AF_INET, SOCK_SEQPACKET, 132),
	SOCKET(SMC, "snnn", EPROTONOSUPPORT, PASSES, 43, SOCK_STREAM, 0),
	SOCKET(SMC | INET, "snnn", EPROTONOSUPPORT, PASSES, 43 | HIGH_BIT, SOCK_STREAM,
	       1),
	SOCKET(SMC, "aaaa", PASSES, PASSES, 43, SOCK_STREAM, 0),
	FAST_OPEN(sendto, MSG_FASTOPEN, -1, 0, 0),
	FAST_OPEN(sendmsg, MSG_FASTOPEN, -1, 0),
	FAST_OPEN(sendmmsg, MSG_FASTOPEN, -1, 0, 0),
	ULP_LEVEL(INET, "snnn", ENOPROTOOPT, PASSES, IPPROTO_TCP, TCP_ULP),
	ULP_LEVEL(INET6, "asnn", ENOPROTOOPT, PASSES, IPPROTO_TCP, TCP_ULP),
	ULP_LEVEL(INET, "snnn", ENOPROTOOPT, PASSES, IPPROTO_TCP | HIGH_BIT,
		  TCP_ULP | HIGH_BIT),
	ULP_LEVEL(INET, "aaaa", PASSES, PASSES, IPPROTO_TCP, TCP_ULP),
	ULP_LEVEL(INET, "snnn", PASSES, PASSES, IPPROTO_TCP, TCP_NODELAY),
	ULP_LEVEL(INET, "snnn", PASSES, PASSES, SOL_SOCKET, TCP_ULP),

	/* Listening on a socket that is not bound. */
	NET(INET, "snnn", EPERM, EPERM, listen, -1, 1),
	NET(INET6, "anaa", EPERM, EPERM, listen, -1, 1),
	NET(INET | NETLINK, "snnn", EPERM, EPERM, listen, -1, 1),
	NET(INET | UNIX, "snnn", PASSES, PASSES, listen, -1, 1),
	NET(INET, "ssnn", PASSES, PASSES, listen, -1, 1),
	NET(INET, "sznn", PASSES, PASSES, listen, -1, 1),
	NET(INET, "nnss", PASSES, PASSES, listen, -1, 1),
	NET(UNIX, "nnnn", PASSES, PASSES, listen, -1, 1),
	NET(INET, "snnn", PASSES, PASSES, bind, -1, 0, 0),
	NET(INET, "snnn", PASSES, PASSES, socketpair, AF_UNIX, SOCK_STREAM, 0, 0),
	NET(INET, "snnn", EAFNOSUPPORT, EAFNOSUPPORT, socketpair, AF_UNIX, SOCK_DGRAM, 0,
	    0),
	NET(INET | UNIX, "snnn", PASSES, PASSES, socketpair, AF_UNIX, SOCK_DGRAM, 0, 0),
};

static void check_network(const struct network_row *row, uint32_t on, int wanted)
{
	struct heel_policy *policy = make_policy(on);

	policy->families = row->families;
	set_ports(policy, row->ports);
	ASSERT_OUTCOME(&row->act, row->ports,
		       attempt(&row->act, compile(policy), ALL_PROGRAMS), wanted);
}

START_TEST(network_is_what_families_and_ports_say)
{
	const struct network_row *row = &network_rows[_i];

	ASSERT_OUTCOME(&row->act, "outside", attempt(&row->act, NULL, ALL_PROGRAMS),
		       PRETENDED);
	check_network(row, EVERYTHING, row->inside);
	check_network(row, ON(RAW_NETWORK), row->inside);
	check_network(row, EVERYTHING & ~ON(RAW_NETWORK), row->permitted);
	check_network(row, 0, row->permitted);
}
END_TEST

#ifdef __x86_64__

#define I386_NET(families, ports, inside, permitted, name, number, ...)                  \
	{                                                                                \
		families, ports, inside, permitted,                                      \
			TEXT_ACT(#name "(" #__VA_ARGS__ ") of i386", number, true, true, \
				 __VA_ARGS__)                                            \
	}

static const struct network_row i386_network_rows[] = {
	/* Which family is meant stands in memory. */
	I386_NET(UNIX, "nnnn", EAFNOSUPPORT, EAFNOSUPPORT, socketcall, 102, 1),
	I386_NET(UNIX | INET | INET6, "aaaa", EAFNOSUPPORT, EAFNOSUPPORT, socketcall, 102,
		 4),
	I386_NET(UNIX, "nnnn", PASSES, PASSES, socket, 359, AF_UNIX, SOCK_STREAM, 0),
	I386_NET(UNIX, "nnnn", EAFNOSUPPORT, EAFNOSUPPORT, socket, 359, AF_INET,
		 SOCK_STREAM, 0),
	I386_NET(0, "nnnn", EAFNOSUPPORT, EAFNOSUPPORT, socket, 359, AF_UNIX, SOCK_STREAM,
		 0),
	I386_NET(INET, "aaaa", EPERM, PASSES, socket, 359, AF_INET, SOCK_RAW, 1),
	I386_NET(INET | PACKET, "aaaa", EPERM, PASSES, socket, 359, AF_PACKET, SOCK_RAW,
		 0),
	I386_NET(INET, "snnn", EPROTONOSUPPORT, PASSES, socket, 359, AF_INET, SOCK_STREAM,
		 262),
	I386_NET(INET, "snnn", PASSES, PASSES, socket, 359, AF_INET, SOCK_STREAM, 6),
	I386_NET(INET, "nnaa", EPERM, EPERM, socket, 359, AF_INET, SOCK_STREAM, 0),
	I386_NET(INET, "aann", EPERM, EPERM, socket, 359, AF_INET, SOCK_DGRAM, 0),
	I386_NET(INET, "snnn", EPERM, EPERM, listen, 363, -1, 1),
	I386_NET(INET, "snnn", EOPNOTSUPP, PASSES, sendto, 369, -1, 0, 0, MSG_FASTOPEN),
	I386_NET(INET, "snnn", EOPNOTSUPP, PASSES, sendmsg, 370, -1, 0, MSG_FASTOPEN),
	I386_NET(INET, "snnn", EOPNOTSUPP, PASSES, sendmmsg, 345, -1, 0, 0, MSG_FASTOPEN),
	I386_NET(INET, "snnn", ENOPROTOOPT, PASSES, setsockopt, 366, -1, IPPROTO_TCP,
		 TCP_ULP),
	I386_NET(INET, "snnn", PASSES, PASSES, setsockopt, 366, -1, IPPROTO_TCP,
		 TCP_NODELAY),
	I386_NET(INET, "snnn", PASSES, PASSES, socketpair, 360, AF_UNIX, SOCK_STREAM),
};

START_TEST(network_of_i386_is_the_same_but_for_socketcall)
{
	const struct network_row *row = &i386_network_rows[_i];

	if (!has_i386())
		return;
	ASSERT_OUTCOME(&row->act, "outside", attempt(&row->act, NULL, ALL_PROGRAMS),
		       PRETENDED);
	check_network(row, EVERYTHING, ENOSYS);
	check_network(row, ALL_OF_I386, row->inside);
	check_network(row, ALL_OF_I386 & ~ON(RAW_NETWORK), row->permitted);
}
END_TEST

/* The same with the kernel's own answers. */
#define REAL_I386_NET(families, inside, outside, name, number, ...)                      \
	{                                                                                \
		families, "nnnn", inside, outside,                                       \
			TEXT_ACT(#name "(" #__VA_ARGS__ ") of i386", number, false,      \
				 true, __VA_ARGS__)                                      \
	}

static const struct network_row real_i386_network_rows[] = {
	REAL_I386_NET(UNIX, 0, 0, socket, 359, AF_UNIX, SOCK_STREAM, 0),
	REAL_I386_NET(NETLINK, 0, 0, socket, 359, AF_NETLINK, SOCK_RAW, 0),
	REAL_I386_NET(UNIX, EAFNOSUPPORT, 0, socket, 359, AF_NETLINK, SOCK_RAW, 0),
	REAL_I386_NET(UNIX, EAFNOSUPPORT, EFAULT, socketcall, 102, 1, 0),
};

START_TEST(socket_of_i386_is_made_in_listed_families)
{
	const struct network_row *row = &real_i386_network_rows[_i];

	if (!has_i386() || !is_possible(&row->act, row->permitted, row->inside))
		return;
	check_network(row, ALL_OF_I386, row->inside);
}
END_TEST

#endif /* __x86_64__ */

/* --- Network: the kernel's own answers --- */

#define LISTENER_FD 203

static int set_upper_layer(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return errno;
	return result(setsockopt(fd, IPPROTO_TCP, TCP_ULP, "missing", 7));
}

static int turn_off_delay(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

	if (fd < 0)
		return errno;
	return result(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)));
}

static int listen_unbound(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return fd < 0 ? errno : result(listen(fd, 1));
}

static int listen_on_unix_socket(void)
{
	const struct sockaddr_un address = {AF_UNIX, "socket"};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return errno;
	return result(listen(fd, 1));
}

static void listen_on_loopback(void)
{
	const struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	need(fd >= 0 && dup3(fd, LISTENER_FD, O_CLOEXEC) == LISTENER_FD, "socket");
	need(bind(fd, (const struct sockaddr *)&address, sizeof(address)) == 0, "bind");
	need(listen(fd, 1) == 0, "listen");
}

/* 0 if the byte comes in over the listener. */
static int receive(void)
{
	struct sockaddr_in from;
	socklen_t size = sizeof(from);
	int fd = accept4(LISTENER_FD, (struct sockaddr *)&from, &size, SOCK_CLOEXEC);
	char got = '\0';

	return fd >= 0 && read(fd, &got, 1) == 1 && got == 'x' ? 0 : EPROTO;
}

static int send_fast(void)
{
	struct sockaddr_in to;
	socklen_t size = sizeof(to);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || getsockname(LISTENER_FD, (struct sockaddr *)&to, &size) < 0)
		return errno;
	if (sendto(fd, "x", 1, MSG_FASTOPEN, (const struct sockaddr *)&to, size) < 0)
		return errno;
	return receive();
}

static int send_slowly(void)
{
	struct sockaddr_in to;
	socklen_t size = sizeof(to);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || getsockname(LISTENER_FD, (struct sockaddr *)&to, &size) < 0 ||
	    connect(fd, (const struct sockaddr *)&to, size) < 0 ||
	    send(fd, "x", 1, MSG_NOSIGNAL) < 0)
		return errno;
	return receive();
}

struct real_network_row {
	uint64_t families;
	const char *ports;
	int outside, inside;
	struct act act;
};

#define REAL_NET(families, ports, outside, inside, function, prepare)                    \
	{                                                                                \
		families, ports, outside, inside,                                        \
		{                                                                        \
#function, function, 0, {0 }, prepare, false, false              \
		}                                                                        \
	}

#define REAL_SOCKET(families, ports, inside, ...)                                        \
	{                                                                                \
		families, ports, 0, inside,                                              \
			TEXT_ACT("socket(" #__VA_ARGS__ ")", SYS_socket, false, false,   \
				 __VA_ARGS__)                                            \
	}

static const struct real_network_row real_network_rows[] = {
	REAL_SOCKET(INET, "snnn", EPROTONOSUPPORT, AF_INET, SOCK_STREAM, 262),
	REAL_SOCKET(INET, "nnnn", EPERM, AF_INET, SOCK_STREAM, 262),
	REAL_SOCKET(UNIX, "snnn", EAFNOSUPPORT, AF_INET, SOCK_STREAM, 262),
	REAL_SOCKET(INET, "aasn", EPROTONOSUPPORT, AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE),
	REAL_SOCKET(INET, "snnn", 0, AF_INET, SOCK_STREAM, 0),
	REAL_SOCKET(INET, "nnss", EPERM, AF_INET, SOCK_STREAM, 0),
	REAL_SOCKET(INET, "nnss", 0, AF_INET, SOCK_DGRAM, 0),
	REAL_SOCKET(INET, "ssnn", EPERM, AF_INET, SOCK_DGRAM, 0),
	REAL_SOCKET(UNIX, "ssss", EAFNOSUPPORT, AF_INET, SOCK_DGRAM, 0),
	REAL_SOCKET(INET, "ssss", EAFNOSUPPORT, AF_UNIX, SOCK_STREAM, 0),
	REAL_SOCKET(UNIX, "nnnn", 0, AF_UNIX, SOCK_STREAM, 0),
	REAL_SOCKET(UNIX, "nnnn", EAFNOSUPPORT, AF_NETLINK, SOCK_RAW, 0),
	REAL_SOCKET(UNIX | NETLINK, "nnnn", 0, AF_NETLINK, SOCK_RAW, 0),
	REAL_NET(INET, "snnn", ENOENT, ENOPROTOOPT, set_upper_layer, NULL),
	REAL_NET(INET, "aann", ENOENT, ENOENT, set_upper_layer, NULL),
	REAL_NET(INET, "snnn", 0, 0, turn_off_delay, NULL),
	REAL_NET(INET, "snnn", 0, EPERM, listen_unbound, NULL),
	REAL_NET(INET, "sznn", 0, 0, listen_unbound, NULL),
	REAL_NET(INET | UNIX, "snnn", 0, 0, listen_on_unix_socket, NULL),
	REAL_NET(INET, "snnn", 0, EOPNOTSUPP, send_fast, listen_on_loopback),
	REAL_NET(INET, "aann", 0, 0, send_fast, listen_on_loopback),
	REAL_NET(INET, "snnn", 0, 0, send_slowly, listen_on_loopback),
};

static const struct real_network_row root_network_rows[] = {
	REAL_SOCKET(INET, "aaaa", EPERM, AF_INET, SOCK_RAW, IPPROTO_ICMP),
	REAL_SOCKET(INET6, "aaaa", EPERM, AF_INET6, SOCK_RAW, IPPROTO_ICMPV6),
	REAL_SOCKET(PACKET, "aaaa", EPERM, AF_PACKET, SOCK_RAW, 0),
	REAL_SOCKET(INET | UNIX, "aaaa", EAFNOSUPPORT, AF_PACKET, SOCK_RAW, 0),
	REAL_SOCKET(INET | PACKET, "aaaa", EPERM, AF_INET, SOCK_PACKET, 0x300),
	REAL_SOCKET(INET, "aaaa", EAFNOSUPPORT, AF_INET, SOCK_PACKET, 0x300),
};

static void check_real_network(const struct real_network_row *row)
{
	struct heel_policy *policy = make_policy(EVERYTHING);
	int outside = attempt(&row->act, NULL, ALL_PROGRAMS);

	if (outside != row->outside) {
		skip_act(&row->act, outside);
		return;
	}
	policy->families = row->families;
	set_ports(policy, row->ports);
	ASSERT_OUTCOME(&row->act, row->ports,
		       attempt(&row->act, compile(policy), ALL_PROGRAMS), row->inside);
}

START_TEST(real_socket_is_what_families_and_ports_say)
{
	check_real_network(&real_network_rows[_i]);
}
END_TEST

START_TEST(real_socket_of_roots_is_what_families_and_ports_say)
{
	check_real_network(&root_network_rows[_i]);
}
END_TEST

/* --- syscalls.deny --- */

struct deny_row {
	const char *deny;
	int inside;
	struct act act;
};

#define DENY(deny, inside, name, ...)                                                    \
	{                                                                                \
		deny, inside, PRETENDED_ACT(name, __VA_ARGS__)                           \
	}

static const struct deny_row deny_rows[] = {
	DENY("getppid", EPERM, getppid, 0),
	DENY("getppid", PASSES, getpgid, 0),
	DENY("fallocate", EPERM, fallocate, -1, 0, 0, 0),
	/* Numbers that the library does not know. */
	DENY("mseal", EPERM, mseal, 0, 0, 0),
	DENY("listmount", EPERM, listmount, 0, 0, 0, 0),
	DENY("listns", EPERM, listns, 0, 0, 0, 0),
	DENY("listmount", PASSES, listns, 0, 0, 0, 0),
	DENY("setxattrat", EPERM, setxattrat, 0, 0, 0, 0, 0, 0),
	/* What callers are prepared for. */
	DENY("socket", EAFNOSUPPORT, socket, AF_UNIX, SOCK_STREAM, 0),
	DENY("close_range", ENOSYS, close_range, 9999, 9999, 0),
	DENY("openat2", ENOSYS, openat2, -1, 0, 0, 0),
	DENY("statx", ENOSYS, statx, -1, 0, 0, 0, 0),
	DENY("fchmodat2", ENOSYS, fchmodat2, -1, 0, 0, 0),
	DENY("clone3", ENOSYS, clone3, 0, 0),
	DENY("io_uring_setup", ENOSYS, io_uring_setup, 0, 0),
	DENY("open_tree_attr", ENOSYS, open_tree_attr, 0, 0, 0, 0, 0),
	DENY("ptrace", EPERM, ptrace, 0, 0, 0, 0),
	/* A call that a condition would have been enough for. */
	DENY("unshare", EPERM, unshare, CLONE_FILES),
	DENY("personality", EPERM, personality, 0xffffffff),
	DENY("listen", EPERM, listen, -1, 1),
	/* Groups, and groups in groups. */
	DENY("@swap", EPERM, swapon, 0, 0),
	DENY("@swap", EPERM, swapoff, 0),
	DENY("@swap", PASSES, reboot, 0, 0, 0, 0),
	DENY("@keyring", EPERM, keyctl, 0, 0, 0),
	DENY("@chown", EPERM, fchownat, -1, 0, 0, 0, 0),
	DENY("@privileged", EPERM, fchownat, -1, 0, 0, 0, 0),
	DENY("@privileged", EPERM, clock_settime, 0, 0),
	DENY("@privileged", EPERM, setuid, -1),
	DENY("@privileged", PASSES, setgid, -1),
	DENY("@aio", EPERM, io_setup, 0, 0),
	DENY("@aio", ENOSYS, io_uring_setup, 0, 0),
	DENY("@mount", ENOSYS, open_tree_attr, 0, 0, 0, 0, 0),
	DENY("@mount", EPERM, mount, 0, 0, 0, 0, 0),
	DENY("@memlock", EPERM, mlock, 0, 0),
	DENY("@timer", EPERM, timerfd_create, -1, 0),
};

START_TEST(call_is_denied_by_name_and_group)
{
	const struct deny_row *row = &deny_rows[_i];
	const uint32_t on[] = {0, EVERYTHING};
	struct heel_value value = {.text = row->deny};

	ASSERT_OUTCOME(&row->act, "outside", attempt(&row->act, NULL, ALL_PROGRAMS),
		       PRETENDED);
	for (size_t i = 0; i < HEEL_ARRAY_SIZE(on); i++) {
		struct heel_policy *policy = make_policy(on[i]);

		/* Under all restrictions, others may deny what this name spares. */
		if (on[i] != 0 && row->inside == PASSES)
			continue;
		policy->syscalls_deny =
			(struct heel_values){.written = true, .v = &value, .n = 1};
		/* Of two that deny a call the restriction gives the error. */
		if (row->act.number == SYS_fchmodat2)
			policy->restrictions[HEEL_RESTRICT_METADATA].on = false;
		ASSERT_OUTCOME(&row->act, row->deny,
			       attempt(&row->act, compile(policy), ALL_PROGRAMS),
			       row->inside);
	}
}
END_TEST

/* --- The whole plan --- */

/* Makes the ruleset that goes with the plan. */
static const struct heel_plan *build(const struct heel_policy *policy)
{
	static const struct heel_subject subject = {.user = "self", .home = "/home/self"};
	const struct heel_plan *plan = compile(policy);
	size_t n;

	if (heel_build_ruleset(&arena, plan, &subject, &ruleset, &n, &report) != 0)
		ck_abort_msg("%s", heel_first_error(&report)->text);
	return plan;
}

#define PAGE 4096UL

static int map(int protection)
{
	void *page = mmap(NULL, PAGE, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return page == MAP_FAILED ? errno : 0;
}

static int protect(int before, int after)
{
	void *page = mmap(NULL, PAGE, before, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return page == MAP_FAILED ? EPROTO : result(mprotect(page, PAGE, after));
}

static int map_writable_and_executable(void)
{
	return map(PROT_READ | PROT_WRITE | PROT_EXEC);
}

static int make_writable_executable(void)
{
	return protect(PROT_READ | PROT_WRITE, PROT_READ | PROT_EXEC);
}

static int make_readable_executable(void)
{
	return protect(PROT_READ, PROT_READ | PROT_EXEC);
}

static int map_executable(void)
{
	return map(PROT_READ | PROT_EXEC);
}

static int make_executable_readable(void)
{
	return protect(PROT_READ | PROT_EXEC, PROT_READ);
}

static int map_in_child(void)
{
	pid_t child = fork();
	int status;

	if (child == 0)
		_exit(map_writable_and_executable());
	if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status))
		return EPROTO;
	return WEXITSTATUS(status);
}

/* This program, which then does nothing but that. */
#define MAP_ARGUMENT "map-writable-and-executable"

static int map_after_exec(void)
{
	char name[] = "check_live", argument[] = MAP_ARGUMENT;
	char *const argv[] = {name, argument, NULL};

	return result(execv("/proc/self/exe", argv));
}

#define WHOLE_ACT(function)                                                              \
	{                                                                                \
#function, function, 0, {0 }, NULL, false, false                         \
	}

static const struct {
	int inside;
	struct act act;
} memory_rows[] = {
	{EACCES, WHOLE_ACT(map_writable_and_executable)},
	{EACCES, WHOLE_ACT(make_writable_executable)},
	{EACCES, WHOLE_ACT(make_readable_executable)},
	{EACCES, WHOLE_ACT(map_in_child)},
	{EACCES, WHOLE_ACT(map_after_exec)},
	{0, WHOLE_ACT(map_executable)},
	{0, WHOLE_ACT(make_executable_readable)},
};

START_TEST(memory_is_writable_or_executable)
{
	const struct act *act = &memory_rows[_i].act;
	const int inside = memory_rows[_i].inside;
	const uint32_t others = EVERYTHING & ~ON(WX_MEMORY);

	if (!kernel.mdwe) {
		(void)fprintf(stderr, "# SKIP wx_memory: this kernel has no "
				      "PR_SET_MDWE\n");
		return;
	}
	ASSERT_OUTCOME(act, "outside", attempt(act, NULL, WHOLE_PLAN), 0);
	ASSERT_OUTCOME(act, "under wx_memory alone",
		       attempt(act, build(make_policy(ON(WX_MEMORY))), WHOLE_PLAN),
		       inside);
	ASSERT_OUTCOME(act, "under everything",
		       attempt(act, build(make_policy(EVERYTHING)), WHOLE_PLAN), inside);
	ASSERT_OUTCOME(act, "under all others",
		       attempt(act, build(make_policy(others)), WHOLE_PLAN), 0);
}
END_TEST

static int wait_and_tell(pid_t child)
{
	int status;

	if (child < 0 || waitpid(child, &status, 0) != child)
		return errno;
	return status == 0 ? 0 : EPROTO;
}

static int fork_a_child(void)
{
	pid_t child = fork();

	if (child == 0)
		_exit(0);
	return wait_and_tell(child);
}

static int execute_a_program(void)
{
	pid_t child = fork();

	if (child == 0) {
		(void)execl("/bin/true", "true", (char *)NULL); /* else: */
		_exit(127);
	}
	return wait_and_tell(child);
}

static int spawn_a_program(void)
{
	char name[] = "true";
	char *const argv[] = {name, NULL}, *const envp[] = {NULL};
	pid_t child;
	int error = posix_spawn(&child, "/bin/true", NULL, NULL, argv, envp);

	return error != 0 ? error : wait_and_tell(child);
}

static int run_a_shell(void)
{
	pid_t child = fork();

	if (child == 0) {
		(void)execl("/bin/sh", "sh", "-c", "test -d / && echo >shell | cat",
			    (char *)NULL); /* else: */
		_exit(127);
	}
	return wait_and_tell(child);
}

static void *do_nothing(void *argument)
{
	return argument;
}

static int start_a_thread(void)
{
	pthread_t thread;
	int error = pthread_create(&thread, NULL, do_nothing, NULL);

	return error != 0 ? error : pthread_join(thread, NULL);
}

static int write_a_file(void)
{
	int fd = open("new", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	if (fd < 0 || write(fd, "x", 1) < 0 || ftruncate(fd, 0) < 0)
		return errno;
	return result(rename("new", "newer"));
}

static int talk_through(int from, int to)
{
	char got = '\0';

	if (write(from, "x", 1) < 0 || read(to, &got, 1) < 0)
		return errno;
	return got == 'x' ? 0 : EPROTO;
}

static int talk_through_a_pipe(void)
{
	int ends[2];

	return pipe2(ends, O_CLOEXEC) < 0 ? errno : talk_through(ends[1], ends[0]);
}

static int talk_through_a_socket_pair(void)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return errno;
	return talk_through(ends[0], ends[1]);
}

static int make_session(void)
{
	pid_t child = fork();

	if (child == 0)
		_exit(setsid() < 0 ? errno : 0);
	return wait_and_tell(child);
}

static int signal_oneself(void)
{
	return result(kill(getpid(), SIGCHLD));
}

static const struct act ordinary[] = {
	WHOLE_ACT(fork_a_child),	  WHOLE_ACT(execute_a_program),
	WHOLE_ACT(spawn_a_program),	  WHOLE_ACT(run_a_shell),
	WHOLE_ACT(start_a_thread),	  WHOLE_ACT(write_a_file),
	WHOLE_ACT(talk_through_a_pipe),	  WHOLE_ACT(talk_through_a_socket_pair),
	WHOLE_ACT(listen_on_unix_socket), WHOLE_ACT(make_session),
	WHOLE_ACT(signal_oneself),	  WHOLE_ACT(pin_thread),
	WHOLE_ACT(set_own_ids),		  WHOLE_ACT(limit_self),
};

START_TEST(ordinary_things_go_on_under_everything_at_once)
{
	const struct act *act = &ordinary[_i];
	struct heel_policy *policy = make_policy(EVERYTHING);

	policy->families = UNIX;
	set_ports(policy, "nnnn");
	ASSERT_OUTCOME(act, "outside", attempt(act, NULL, WHOLE_PLAN), 0);
	ASSERT_OUTCOME(act, "inside", attempt(act, build(policy), WHOLE_PLAN), 0);
}
END_TEST

static const struct {
	uint32_t on;
	int programs;
} filter_counts[] = {
	{EVERYTHING, 2},
	{ON(FOREIGN_ABI), 2},
#ifdef __x86_64__
	{EVERYTHING & ~ON(FOREIGN_ABI), 4},
#endif
};

static int count_filters(int status)
{
	char text[8192];
	ssize_t n = pread(status, text, sizeof(text) - 1, 0);
	const char *line;

	ck_assert_int_gt((int)n, 0);
	text[n] = '\0';
	line = strstr(text, "Seccomp_filters:");
	return line ? (int)strtol(strchr(line, ':') + 1, NULL, 10) : -1;
}

START_TEST(process_has_so_many_filters_more)
{
	int status = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
	int before = count_filters(status);
	const struct heel_plan *plan = build(make_policy(filter_counts[_i].on));

	if (before < 0) {
		(void)fprintf(stderr, "# SKIP the number of filters: this kernel does "
				      "not tell\n");
		return;
	}
	ck_assert_int_eq(heel_apply(plan, ruleset, &report), 0);
	ck_assert_int_eq(count_filters(status), before + filter_counts[_i].programs);
	ck_assert_int_eq(prctl(PR_GET_SECCOMP, 0, 0, 0, 0), SECCOMP_MODE_FILTER);
	ck_assert_uint_eq(report.n, 0);
}
END_TEST

/* Which of the two programs the kernel would not take any more; 0 if it takes both. */
static int refused_program(const struct heel_plan *plan)
{
	pid_t child = fork();

	ck_assert_int_ge(child, 0);
	for (size_t i = 0; child == 0 && i < plan->n_programs; i++)
		if (install_code(plan->programs[i].code, plan->programs[i].n) < 0)
			_exit(errno == ENOMEM ? (int)i + 1 : UNPREPARED);
	if (child == 0)
		_exit(0);
	return wait_for(child);
}

static void install_filler(size_t n)
{
	struct sock_filter code[512];

	ck_assert_uint_le(n, HEEL_ARRAY_SIZE(code));
	for (size_t i = 0; i < n; i++)
		code[i] =
			(struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	ck_assert_int_eq(install_code(code, n), 0);
}

/* The kernel counts the instructions of all filters together. */
static void fill_until_refused(const struct heel_plan *plan, int program)
{
	ck_assert_int_eq(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	for (int i = 0; i < 20; i++)
		install_filler(512);
	for (int refused = 0; refused != program; refused = refused_program(plan)) {
		ck_assert_int_ne(refused, UNPREPARED);
		install_filler(16);
	}
}

START_TEST(too_many_filters_are_an_error)
{
	const int program = _i;
	const struct heel_plan *plan = build(make_policy(EVERYTHING));

	fill_until_refused(plan, program);
	ck_assert_int_eq(heel_apply(plan, ruleset, &report), -ENOMEM);
	ck_assert_uint_eq(heel_count(&report, HEEL_ERROR), 1);
	ck_assert_ptr_nonnull(
		strstr(heel_first_error(&report)->text, "no more system call filters"));
}
END_TEST

/* --- The suite --- */

#define LOOP(tcase, test, table)                                                         \
	tcase_add_loop_test(tcase, test, 0, HEEL_ARRAY_SIZE(table))

static void add_restriction_cases(Suite *suite)
{
	TCase *tcase = tcase_create("restrictions");

	tcase_add_checked_fixture(tcase, setup, teardown);
	LOOP(tcase, act_is_denied_by_its_restriction, rows);
	LOOP(tcase, act_is_open_when_its_restriction_is_permitted, rows);
	LOOP(tcase, only_what_is_not_merely_missing_is_logged, rows);
	LOOP(tcase, act_is_spared_by_all_restrictions, spared_rows);
	LOOP(tcase, debuggers_may_turn_off_randomizing, no_randomizing);
	tcase_add_loop_test(tcase, every_denied_call_is_tried, 0, HEEL_RESTRICTIONS);
#ifdef __x86_64__
	LOOP(tcase, call_of_x32_is_never_permitted, x32_rows);
	tcase_add_test(tcase, call_of_i386_is_permitted_by_foreign_abi_alone);
	LOOP(tcase, act_by_i386_is_denied_as_if_it_were_native, i386_rows);
	LOOP(tcase, act_by_i386_is_spared_by_all_restrictions, spared_i386_rows);
#endif
	suite_add_tcase(suite, tcase);
}

static void add_network_cases(Suite *suite)
{
	TCase *tcase = tcase_create("network and syscalls.deny");

	tcase_add_checked_fixture(tcase, setup, teardown);
	LOOP(tcase, families_that_are_not_listed_do_not_exist, family_sets);
	LOOP(tcase, network_is_what_families_and_ports_say, network_rows);
#ifdef __x86_64__
	LOOP(tcase, network_of_i386_is_the_same_but_for_socketcall, i386_network_rows);
	LOOP(tcase, socket_of_i386_is_made_in_listed_families, real_i386_network_rows);
#endif
	LOOP(tcase, real_socket_is_what_families_and_ports_say, real_network_rows);
	LOOP(tcase, call_is_denied_by_name_and_group, deny_rows);
	suite_add_tcase(suite, tcase);
}

static void add_whole_cases(Suite *suite)
{
	TCase *tcase = tcase_create("the whole plan");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 60);
	LOOP(tcase, memory_is_writable_or_executable, memory_rows);
	LOOP(tcase, ordinary_things_go_on_under_everything_at_once, ordinary);
	LOOP(tcase, process_has_so_many_filters_more, filter_counts);
	tcase_add_loop_test(tcase, too_many_filters_are_an_error, 1, 3);
	suite_add_tcase(suite, tcase);
}

static void add_root_cases(Suite *suite)
{
	TCase *tcase = tcase_create("as root");

	tcase_add_checked_fixture(tcase, setup, teardown);
	LOOP(tcase, act_of_roots_is_denied_by_its_restriction, root_rows);
	LOOP(tcase, act_of_roots_is_open_when_its_restriction_is_permitted, root_rows);
	LOOP(tcase, only_what_of_roots_is_not_merely_missing_is_logged, root_rows);
	LOOP(tcase, real_socket_of_roots_is_what_families_and_ports_say,
	     root_network_rows);
	suite_add_tcase(suite, tcase);
}

int main(int argc, char **argv)
{
	Suite *suite;

	if (argc == 2 && strcmp(argv[1], MAP_ARGUMENT) == 0)
		return map_writable_and_executable();
	heel_kernel_query(&kernel);
	if (kernel.abi < HEEL_ABI_OLDEST)
		return test_skip_all("this kernel has no Landlock that heel can use");
	if (!kernel.seccomp)
		return test_skip_all("this kernel has no system call filters");
	suite = suite_create("live");
	add_restriction_cases(suite);
	add_network_cases(suite);
	add_whole_cases(suite);
	if (geteuid() == 0)
		add_root_cases(suite);
	else
		(void)fprintf(stderr, "# SKIP mounts, namespaces without that of users, "
				      "kernel interfaces, devices, real-time scheduling, "
				      "ids, raw sockets: they need root\n");
	return test_run(suite);
}
