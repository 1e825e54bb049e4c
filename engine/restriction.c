/* SPDX-License-Identifier: ISC */
/*
 * The table of named restrictions. The errors: EPERM, as for want of a privilege; ENOSYS
 * where callers know what to do without the call (or where what it would do stands in
 * memory that a filter cannot see, and there is an older call without that).
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "attr.h"
#include "restriction.h"

#define ALWAYS(call)                                                                     \
	{                                                                                \
		call, EPERM, 0,                                                          \
		{                                                                        \
			{                                                                \
				0                                                        \
			}                                                                \
		}                                                                        \
	}
#define NO_SUCH_CALL(call)                                                               \
	{                                                                                \
		call, ENOSYS, 0,                                                         \
		{                                                                        \
			{                                                                \
				0                                                        \
			}                                                                \
		}                                                                        \
	}
#define BITS(argument, mask, value)                                                      \
	{                                                                                \
		argument, HEEL_MASKED, mask, value, NULL, 0                              \
	}
#define WHEN_BITS(call, argument, mask, value)                                           \
	{                                                                                \
		call, EPERM, 1,                                                          \
		{                                                                        \
			BITS(argument, mask, value)                                      \
		}                                                                        \
	}
#define WHEN_EQUAL(call, argument, value) WHEN_BITS(call, argument, HEEL_ALL_BITS, value)

static const struct heel_denial debug[] = {
	ALWAYS("ptrace"),
	ALWAYS("process_vm_readv"),
	ALWAYS("process_vm_writev"),
	ALWAYS("pidfd_getfd"),
	ALWAYS("kcmp"),
	ALWAYS("process_madvise"),
};

static const struct heel_denial perf[] = {
	ALWAYS("perf_event_open"),
};

#ifdef __s390x__
#define CLONE_FLAGS 1
#else
#define CLONE_FLAGS 0
#endif
/* Bits that mean something else in clone(2); the second implies CLONE_NEWNS (7.1). */
#define CLONE_NEWTIME_FLAG	 0x80U
#define UNSHARE_EMPTY_MNTNS_FLAG 0x100000U

#define NEW_NAMESPACE(flag)                                                              \
	WHEN_BITS("clone", CLONE_FLAGS, flag, flag), WHEN_BITS("unshare", 0, flag, flag)

/* A mask of several flags would only match where all of them are set. */
static const struct heel_denial namespaces[] = {
	NEW_NAMESPACE(CLONE_NEWNS),
	NEW_NAMESPACE(CLONE_NEWCGROUP),
	NEW_NAMESPACE(CLONE_NEWUTS),
	NEW_NAMESPACE(CLONE_NEWIPC),
	NEW_NAMESPACE(CLONE_NEWUSER),
	NEW_NAMESPACE(CLONE_NEWPID),
	NEW_NAMESPACE(CLONE_NEWNET),
	WHEN_BITS("unshare", 0, CLONE_NEWTIME_FLAG, CLONE_NEWTIME_FLAG),
	WHEN_BITS("unshare", 0, UNSHARE_EMPTY_MNTNS_FLAG, UNSHARE_EMPTY_MNTNS_FLAG),
	NO_SUCH_CALL("clone3"),
	ALWAYS("setns"),
};

static const struct heel_denial mount[] = {
	ALWAYS("mount"),
	ALWAYS("umount"),
	ALWAYS("umount2"),
	ALWAYS("pivot_root"),
	ALWAYS("chroot"),
	NO_SUCH_CALL("open_tree"),
	NO_SUCH_CALL("open_tree_attr"),
	NO_SUCH_CALL("move_mount"),
	NO_SUCH_CALL("fsopen"),
	NO_SUCH_CALL("fsconfig"),
	NO_SUCH_CALL("fsmount"),
	NO_SUCH_CALL("fspick"),
	NO_SUCH_CALL("mount_setattr"),
};

/* Nothing that a ring does passes a filter. */
static const struct heel_denial io_uring[] = {
	NO_SUCH_CALL("io_uring_setup"),
	NO_SUCH_CALL("io_uring_enter"),
	NO_SUCH_CALL("io_uring_register"),
};

static const struct heel_denial kernel[] = {
	ALWAYS("bpf"),
	ALWAYS("create_module"),
	ALWAYS("init_module"),
	ALWAYS("finit_module"),
	ALWAYS("delete_module"),
	ALWAYS("query_module"),
	ALWAYS("get_kernel_syms"),
	ALWAYS("kexec_load"),
	ALWAYS("kexec_file_load"),
	ALWAYS("reboot"),
	ALWAYS("swapon"),
	ALWAYS("swapoff"),
	ALWAYS("acct"),
	ALWAYS("quotactl"),
	ALWAYS("quotactl_fd"),
	ALWAYS("iopl"),
	ALWAYS("ioperm"),
	ALWAYS("syslog"),
	ALWAYS("userfaultfd"),
	ALWAYS("open_by_handle_at"),
	ALWAYS("fanotify_init"),
	ALWAYS("lookup_dcookie"),
};

static const struct heel_denial clock[] = {
	ALWAYS("clock_settime"),   ALWAYS("clock_settime64"), ALWAYS("settimeofday"),
	ALWAYS("stime"),	   ALWAYS("adjtimex"),	      ALWAYS("clock_adjtime"),
	ALWAYS("clock_adjtime64"),
};

static const struct heel_denial keyring[] = {
	ALWAYS("add_key"),
	ALWAYS("request_key"),
	ALWAYS("keyctl"),
};

/* TIOCSTI types into a terminal; the others paste, or change who reads and writes. */
static const struct heel_denial tty_injection[] = {
	WHEN_EQUAL("ioctl", 1, TIOCSTI),
	WHEN_EQUAL("ioctl", 1, TIOCLINUX),
	WHEN_EQUAL("ioctl", 1, TIOCSETD),
	WHEN_EQUAL("ioctl", 1, TIOCCONS),
};

/*
 * Reading limits goes on. Affinity, priority and policy are not here: a thread of the
 * caller's own has a number other than 0, too, and a filter cannot tell.
 */
static const struct heel_denial other_processes[] = {
	{"prlimit64",
	 EPERM,
	 2,
	 {{0, HEEL_NOT_EQUAL, 0, 0, NULL, 0}, {2, HEEL_NOT_EQUAL, 0, 0, NULL, 0}}},
	ALWAYS("migrate_pages"),
	ALWAYS("move_pages"),
};

static const struct heel_denial device_nodes[] = {
	WHEN_BITS("mknod", 1, S_IFMT, S_IFCHR),
	WHEN_BITS("mknod", 1, S_IFMT, S_IFBLK),
	WHEN_BITS("mknodat", 2, S_IFMT, S_IFCHR),
	WHEN_BITS("mknodat", 2, S_IFMT, S_IFBLK),
};

#define SETS_MODE(call, argument)                                                        \
	WHEN_BITS(call, argument, S_ISUID, S_ISUID),                                     \
		WHEN_BITS(call, argument, S_ISGID, S_ISGID)

/* Opening a file sets its mode only if it makes it: with a name, or with none. */
#define MAKES_FILE(call, flags, mode, flag, bit)                                         \
	{                                                                                \
		call, EPERM, 2,                                                          \
		{                                                                        \
			BITS(flags, flag, flag), BITS(mode, bit, bit)                    \
		}                                                                        \
	}
#define UNNAMED_FILE (O_TMPFILE & ~O_DIRECTORY)
#define OPENS_WITH_MODE(call, flags, mode)                                               \
	MAKES_FILE(call, flags, mode, O_CREAT, S_ISUID),                                 \
		MAKES_FILE(call, flags, mode, O_CREAT, S_ISGID),                         \
		MAKES_FILE(call, flags, mode, UNNAMED_FILE, S_ISUID),                    \
		MAKES_FILE(call, flags, mode, UNNAMED_FILE, S_ISGID)

/* Not mkdir(2), of whose mode the kernel takes the permissions and the sticky bit only.
 */
static const struct heel_denial setuid_bits[] = {
	SETS_MODE("chmod", 1),
	SETS_MODE("fchmod", 1),
	SETS_MODE("fchmodat", 2),
	SETS_MODE("fchmodat2", 2),
	SETS_MODE("mknod", 1),
	SETS_MODE("mknodat", 2),
	SETS_MODE("creat", 1),
	OPENS_WITH_MODE("open", 1, 2),
	OPENS_WITH_MODE("openat", 2, 3),
	NO_SUCH_CALL("openat2"),
	MAKES_FILE("mq_open", 1, 2, O_CREAT, S_ISUID),
	MAKES_FILE("mq_open", 1, 2, O_CREAT, S_ISGID),
};

/* What <linux/fs.h> and its like call otherwise, or only for 32-bit programs. */
#define SETFLAGS_OF_32_BITS   _IOW('f', 2, int)
#define SETVERSION_OF_32_BITS _IOW('v', 2, int)
#define SETVERSION_OF_EXT4    _IOW('f', 4, long)
#define SETVERSION_OF_EXT4_32 _IOW('f', 4, int)
#define SET_ATTRIBUTES_OF_FAT _IOW('r', 0x11, uint32_t)

static const struct heel_denial metadata[] = {
	ALWAYS("chmod"),
	ALWAYS("fchmod"),
	ALWAYS("fchmodat"),
	ALWAYS("fchmodat2"),
	ALWAYS("chown"),
	ALWAYS("chown32"),
	ALWAYS("fchown"),
	ALWAYS("fchown32"),
	ALWAYS("lchown"),
	ALWAYS("lchown32"),
	ALWAYS("fchownat"),
	ALWAYS("utime"),
	ALWAYS("utimes"),
	ALWAYS("futimesat"),
	ALWAYS("utimensat"),
	ALWAYS("utimensat_time64"),
	ALWAYS("setxattr"),
	ALWAYS("lsetxattr"),
	ALWAYS("fsetxattr"),
	ALWAYS("setxattrat"),
	ALWAYS("removexattr"),
	ALWAYS("lremovexattr"),
	ALWAYS("fremovexattr"),
	ALWAYS("removexattrat"),
	ALWAYS("file_setattr"),
	WHEN_EQUAL("ioctl", 1, FS_IOC_SETFLAGS),
	WHEN_EQUAL("ioctl", 1, SETFLAGS_OF_32_BITS),
	WHEN_EQUAL("ioctl", 1, FS_IOC_SETVERSION),
	WHEN_EQUAL("ioctl", 1, SETVERSION_OF_32_BITS),
	WHEN_EQUAL("ioctl", 1, SETVERSION_OF_EXT4),
	WHEN_EQUAL("ioctl", 1, SETVERSION_OF_EXT4_32),
	WHEN_EQUAL("ioctl", 1, SET_ATTRIBUTES_OF_FAT),
	WHEN_EQUAL("ioctl", 1, FS_IOC_FSSETXATTR),
};

static const struct heel_denial fileless_exec[] = {
	ALWAYS("memfd_create"),
	ALWAYS("execveat"),
};

static const struct heel_denial sysv_ipc[] = {
	ALWAYS("shmget"),     ALWAYS("shmat"),
	ALWAYS("shmdt"),      ALWAYS("shmctl"),
	ALWAYS("semget"),     ALWAYS("semop"),
	ALWAYS("semtimedop"), ALWAYS("semtimedop_time64"),
	ALWAYS("semctl"),     ALWAYS("msgget"),
	ALWAYS("msgsnd"),     ALWAYS("msgrcv"),
	ALWAYS("msgctl"),     ALWAYS("ipc"),
};

/* The policies of <sched.h>; SCHED_RESET_ON_FORK may stand beside each. */
#define WITH_POLICY(policy) WHEN_BITS("sched_setscheduler", 1, ~0x40000000U, policy)

static const struct heel_denial realtime[] = {
	WITH_POLICY(1), /* SCHED_FIFO */
	WITH_POLICY(2), /* SCHED_RR */
	WITH_POLICY(6), /* SCHED_DEADLINE */
	NO_SUCH_CALL("sched_setattr"),
};

#define DENIES(array) array, HEEL_ARRAY_SIZE(array)
#define ELSEWHERE     NULL, 0

static const struct heel_restriction restrictions[HEEL_RESTRICTIONS] = {
	[HEEL_RESTRICT_DEBUG] = {"debug", true, "tracing and reading other processes",
				 DENIES(debug)},
	[HEEL_RESTRICT_PERF] = {"perf", true, "perf_event_open", DENIES(perf)},
	[HEEL_RESTRICT_NAMESPACES] = {"namespaces", true,
				      "new namespaces and entering others",
				      DENIES(namespaces)},
	[HEEL_RESTRICT_MOUNT] = {"mount", true, "mounting, pivot_root and chroot",
				 DENIES(mount)},
	[HEEL_RESTRICT_IO_URING] = {"io_uring", true, "io_uring", DENIES(io_uring)},
	[HEEL_RESTRICT_KERNEL] =
		{"kernel", true,
		 "modules, bpf, kexec, reboot, swap and other kernel interfaces",
		 DENIES(kernel)},
	[HEEL_RESTRICT_CLOCK] = {"clock", true, "setting clocks", DENIES(clock)},
	[HEEL_RESTRICT_KEYRING] = {"keyring", true, "kernel keyrings", DENIES(keyring)},
	[HEEL_RESTRICT_PERSONALITY] = {"personality", true, "unusual execution domains",
				       ELSEWHERE},
	[HEEL_RESTRICT_TTY_INJECTION] = {"tty_injection", true,
					 "typing into another terminal",
					 DENIES(tty_injection)},
	[HEEL_RESTRICT_OTHER_PROCESSES] =
		{"other_processes", true,
		 "setting limits of other processes, moving their memory",
		 DENIES(other_processes)},
	[HEEL_RESTRICT_DEVICE_NODES] = {"device_nodes", true, "making device nodes",
					DENIES(device_nodes)},
	[HEEL_RESTRICT_FOREIGN_ABI] = {"foreign_abi", true, "system calls of other ABIs",
				       ELSEWHERE},
	[HEEL_RESTRICT_UNKNOWN_SYSCALLS] = {"unknown_syscalls", true,
					    "system calls newer than heel knows",
					    ELSEWHERE},
	[HEEL_RESTRICT_RAW_NETWORK] =
		{"raw_network", true,
		 "raw sockets and protocols that slip past the TCP rules", ELSEWHERE},
	[HEEL_RESTRICT_SETUID_BITS] = {"setuid_bits", false,
				       "set-uid and set-gid bits on files",
				       DENIES(setuid_bits)},
	[HEEL_RESTRICT_METADATA] =
		{"metadata", false,
		 "changing modes, owners, times and attributes of files",
		 DENIES(metadata)},
	[HEEL_RESTRICT_WX_MEMORY] = {"wx_memory", false,
				     "memory that is writable and executable", ELSEWHERE},
	[HEEL_RESTRICT_FILELESS_EXEC] = {"fileless_exec", false,
					 "running programs that are not files",
					 DENIES(fileless_exec)},
	[HEEL_RESTRICT_SYSV_IPC] = {"sysv_ipc", false, "System V IPC", DENIES(sysv_ipc)},
	[HEEL_RESTRICT_REALTIME] = {"realtime", false, "real-time scheduling",
				    DENIES(realtime)},
	[HEEL_RESTRICT_SETID_CALLS] = {"setid_calls", false,
				       "changing user and group ids", ELSEWHERE},
};

/* Calls with an older one beside them, to which callers turn when there is no such call.
 */
static const char *const with_fallback[] = {
	"close_range", "copy_file_range", "faccessat2", "fchmodat2", "openat2", "statx",
};

const struct heel_restriction *heel_restriction(size_t i)
{
	return &restrictions[i];
}

int heel_restriction_by_name(const char *name)
{
	for (int i = 0; i < HEEL_RESTRICTIONS; i++)
		if (strcmp(restrictions[i].name, name) == 0)
			return i;
	return -1;
}

int heel_error_of_call(const char *call)
{
	/* Another error there makes libpam refuse every login. */
	if (strcmp(call, "socket") == 0 || strcmp(call, "socketcall") == 0)
		return EAFNOSUPPORT;
	for (size_t i = 0; i < HEEL_ARRAY_SIZE(with_fallback); i++)
		if (strcmp(with_fallback[i], call) == 0)
			return ENOSYS;
	for (size_t i = 0; i < HEEL_RESTRICTIONS; i++)
		for (size_t j = 0; j < restrictions[i].n_denials; j++) {
			const struct heel_denial *denial = &restrictions[i].denials[j];

			if (denial->n_conditions == 0 && strcmp(denial->call, call) == 0)
				return denial->error;
		}
	return EPERM;
}
