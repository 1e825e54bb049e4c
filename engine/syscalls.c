/* SPDX-License-Identifier: ISC */
/* The names of system calls. Their numbers come from libseccomp where it knows them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <seccomp.h>

#include "syscalls.h"

/*
 * Numbers that the libseccomp of a supported system may not know: 2.5.4 as Debian 12 has
 * it ends at 456, as its authors released it at 450. From 424 on, every architecture
 * here has the same ones (scripts/syscall.tbl of Linux 7.2).
 */
static const struct {
	const char *name;
	int number;
} numbers[] = {
	{"cachestat", 451},	    {"fchmodat2", 452},	       {"map_shadow_stack", 453},
	{"futex_wake", 454},	    {"futex_wait", 455},       {"futex_requeue", 456},
	{"statmount", 457},	    {"listmount", 458},	       {"lsm_get_self_attr", 459},
	{"lsm_set_self_attr", 460}, {"lsm_list_modules", 461}, {"mseal", 462},
	{"setxattrat", 463},	    {"getxattrat", 464},       {"listxattrat", 465},
	{"removexattrat", 466},	    {"open_tree_attr", 467},   {"file_getattr", 468},
	{"file_setattr", 469},	    {"listns", 470},	       {"rseq_slice_yield", 471},
};

#define NEWEST_NUMBER 471U

#ifdef __x86_64__
/* Only here: what the kernel's own trampolines call. */
static const struct {
	const char *name;
	int number;
} native_numbers[] = {
	{"uretprobe", 335},
	{"uprobe", 336},
};

/* Calls of i386 that libseccomp takes for parts of socketcall(2) and ipc(2) alone. */
static const struct {
	const char *name;
	int number;
} i386_numbers[] = {
	{"recvmmsg", 337},   {"sendmmsg", 345},	   {"socket", 359},
	{"socketpair", 360}, {"bind", 361},	   {"connect", 362},
	{"listen", 363},     {"accept4", 364},	   {"getsockopt", 365},
	{"setsockopt", 366}, {"getsockname", 367}, {"getpeername", 368},
	{"sendto", 369},     {"sendmsg", 370},	   {"recvfrom", 371},
	{"recvmsg", 372},    {"shutdown", 373},	   {"semget", 393},
	{"semctl", 394},     {"shmget", 395},	   {"shmctl", 396},
	{"shmat", 397},	     {"shmdt", 398},	   {"msgget", 399},
	{"msgsnd", 400},     {"msgrcv", 401},	   {"msgctl", 402},
};
#endif

/*
 * Between the calls of each architecture's own and those that all share there are numbers
 * that nobody has used, and that a later kernel may give to something.
 */
static const struct heel_number_range native_unknown[] = {
#if defined(__x86_64__)
	{337, 423},
#elif defined(__aarch64__) || defined(__riscv) || defined(__loongarch__)
	{295, 423},
#elif defined(__powerpc64__) || defined(__s390x__)
	{403, 423},
#else
#error "heel does not know the numbers of the system calls of this architecture"
#endif
	{NEWEST_NUMBER + 1, UINT32_MAX},
};

static const struct heel_number_range i386_unknown[] = {
	{387, 392},
	{NEWEST_NUMBER + 1, UINT32_MAX},
};

/* After the groups of systemd 261; `systemd-analyze syscall-filter` shows one's own. */
static const struct heel_syscall_group groups[] = {
	{"@default",
	 "@sandbox arch_prctl brk cacheflush clock_getres clock_getres_time64 "
	 "clock_gettime clock_gettime64 clock_nanosleep clock_nanosleep_time64 "
	 "execve exit exit_group futex futex_time64 futex_waitv get_robust_list "
	 "get_thread_area getegid getegid32 geteuid geteuid32 getgid getgid32 "
	 "getgroups getgroups32 getpgid getpgrp getpid getppid getrandom "
	 "getresgid getresgid32 getresuid getresuid32 getrlimit getsid gettid "
	 "gettimeofday getuid getuid32 lsm_get_self_attr lsm_list_modules "
	 "membarrier mmap mmap2 mprotect mseal munmap nanosleep pause prlimit64 "
	 "restart_syscall riscv_flush_icache riscv_hwprobe rseq rt_sigreturn "
	 "sched_getaffinity sched_yield set_robust_list set_thread_area "
	 "set_tid_address set_tls sigreturn time ugetrlimit uretprobe"},
	{"@aio", "io_cancel io_destroy io_getevents io_pgetevents io_pgetevents_time64 "
		 "io_setup io_submit io_uring_enter io_uring_register io_uring_setup"},
	{"@basic-io",
	 "_llseek close close_range dup dup2 dup3 llseek lseek pread64 preadv "
	 "preadv2 pwrite64 pwritev pwritev2 read readv write writev"},
	{"@chown", "chown chown32 fchown fchown32 fchownat lchown lchown32"},
	{"@clock", "adjtimex clock_adjtime clock_adjtime64 clock_settime clock_settime64 "
		   "settimeofday"},
	{"@cpu-emulation", "modify_ldt subpage_prot switch_endian vm86 vm86old"},
	{"@debug", "lookup_dcookie perf_event_open pidfd_getfd ptrace rtas "
		   "s390_runtime_instr sys_debug_setcontext"},
	{"@file-system",
	 "access chdir chmod close creat faccessat faccessat2 fallocate fchdir "
	 "fchmod fchmodat fchmodat2 fcntl fcntl64 fgetxattr file_getattr "
	 "file_setattr flistxattr fremovexattr fsetxattr fstat fstat64 fstatat "
	 "fstatat64 fstatfs fstatfs64 ftruncate ftruncate64 futimesat getcwd "
	 "getdents getdents64 getxattr getxattrat inotify_add_watch inotify_init "
	 "inotify_init1 inotify_rm_watch lgetxattr link linkat listmount "
	 "listxattr listxattrat llistxattr lremovexattr lsetxattr lstat lstat64 "
	 "mkdir mkdirat mknod mknodat newfstat newfstatat oldfstat oldlstat "
	 "oldstat open open_tree openat openat2 readlink readlinkat removexattr "
	 "removexattrat rename renameat renameat2 rmdir setxattr setxattrat stat "
	 "stat64 statfs statfs64 statmount statx symlink symlinkat truncate "
	 "truncate64 unlink unlinkat utime utimensat utimensat_time64 utimes"},
	{"@io-event",
	 "_newselect epoll_create epoll_create1 epoll_ctl epoll_ctl_old "
	 "epoll_pwait epoll_pwait2 epoll_wait epoll_wait_old eventfd eventfd2 "
	 "poll ppoll ppoll_time64 pselect6 pselect6_time64 select"},
	{"@ipc", "ipc memfd_create mq_getsetattr mq_notify mq_open mq_timedreceive "
		 "mq_timedreceive_time64 mq_timedsend mq_timedsend_time64 mq_unlink "
		 "msgctl msgget msgrcv msgsnd pipe pipe2 process_madvise "
		 "process_vm_readv process_vm_writev semctl semget semop semtimedop "
		 "semtimedop_time64 shmat shmctl shmdt shmget"},
	{"@keyring", "add_key keyctl request_key"},
	{"@memlock", "mlock mlock2 mlockall munlock munlockall"},
	{"@module", "delete_module finit_module init_module"},
	{"@mount", "chroot fsconfig fsmount fsopen fspick mount mount_setattr move_mount "
		   "open_tree_attr pivot_root umount umount2"},
	{"@network-io",
	 "accept accept4 bind connect getpeername getsockname getsockopt listen "
	 "recv recvfrom recvmmsg recvmmsg_time64 recvmsg send sendmmsg sendmsg "
	 "sendto setsockopt shutdown socket socketcall socketpair"},
	{"@obsolete",
	 "_sysctl afs_syscall bdflush break create_module ftime get_kernel_syms "
	 "getpmsg gtty idle lock mpx prof profil putpmsg query_module security "
	 "sgetmask ssetmask stime stty sysfs tuxcall ulimit uselib ustat vserver"},
	{"@pkey", "pkey_alloc pkey_free pkey_mprotect"},
	{"@privileged",
	 "@chown @clock @module @raw-io @reboot @swap _sysctl acct bpf capset "
	 "chroot fanotify_init fanotify_mark nfsservctl open_by_handle_at "
	 "pivot_root quotactl quotactl_fd setdomainname setfsuid setfsuid32 "
	 "setgroups setgroups32 sethostname setresuid setresuid32 setreuid "
	 "setreuid32 setuid setuid32 vhangup"},
	{"@process", "capget clone clone3 execveat fork getrusage kill pidfd_open "
		     "pidfd_send_signal prctl rt_sigqueueinfo rt_tgsigqueueinfo setns "
		     "swapcontext tgkill times tkill unshare vfork wait4 waitid waitpid"},
	{"@raw-io", "ioperm iopl pciconfig_iobase pciconfig_read pciconfig_write "
		    "s390_pci_mmio_read s390_pci_mmio_write"},
	{"@reboot", "kexec_file_load kexec_load reboot"},
	{"@resources", "ioprio_set mbind migrate_pages move_pages nice sched_setaffinity "
		       "sched_setattr sched_setparam sched_setscheduler set_mempolicy "
		       "set_mempolicy_home_node setpriority setrlimit"},
	{"@sandbox", "landlock_add_rule landlock_create_ruleset landlock_restrict_self "
		     "seccomp"},
	{"@setuid",
	 "setgid setgid32 setgroups setgroups32 setregid setregid32 setresgid "
	 "setresgid32 setresuid setresuid32 setreuid setreuid32 setuid setuid32"},
	{"@signal", "rt_sigaction rt_sigpending rt_sigprocmask rt_sigsuspend "
		    "rt_sigtimedwait rt_sigtimedwait_time64 sigaction sigaltstack signal "
		    "signalfd signalfd4 sigpending sigprocmask sigsuspend"},
	{"@swap", "swapoff swapon"},
	{"@sync", "fdatasync fsync msync sync sync_file_range sync_file_range2 syncfs"},
	{"@system-service",
	 "@aio @basic-io @chown @default @file-system @io-event @ipc @keyring "
	 "@memlock @network-io @process @resources @setuid @signal @sync @timer "
	 "arm_fadvise64_64 capget capset copy_file_range fadvise64 fadvise64_64 "
	 "flock get_mempolicy getcpu getpriority ioctl ioprio_get kcmp madvise "
	 "mremap name_to_handle_at oldolduname olduname personality readahead "
	 "readdir remap_file_pages sched_get_priority_max sched_get_priority_min "
	 "sched_getattr sched_getparam sched_getscheduler sched_rr_get_interval "
	 "sched_rr_get_interval_time64 sched_yield sendfile sendfile64 setfsgid "
	 "setfsgid32 setfsuid setfsuid32 setpgid setsid splice sysinfo tee umask "
	 "uname userfaultfd vmsplice"},
	{"@timer", "alarm getitimer setitimer timer_create timer_delete timer_getoverrun "
		   "timer_gettime timer_gettime64 timer_settime timer_settime64 "
		   "timerfd_create timerfd_gettime timerfd_gettime64 timerfd_settime "
		   "timerfd_settime64 times"},
};

/* No group of the table goes deeper; a limit, so that a mistake in it cannot loop. */
#define GROUP_DEPTH_MAX 4

uint32_t heel_arch_token(enum heel_arch arch)
{
	if (arch == HEEL_ARCH_NATIVE)
		return seccomp_arch_native();
#ifdef __x86_64__
	return SCMP_ARCH_X86;
#else
	return 0;
#endif
}

static int newer_number(const char *name)
{
	for (size_t i = 0; i < HEEL_ARRAY_SIZE(numbers); i++)
		if (strcmp(numbers[i].name, name) == 0)
			return numbers[i].number;
	return -1;
}

static int own_number(enum heel_arch arch, const char *name)
{
#ifdef __x86_64__
	for (size_t i = 0;
	     arch == HEEL_ARCH_NATIVE && i < HEEL_ARRAY_SIZE(native_numbers); i++)
		if (strcmp(native_numbers[i].name, name) == 0)
			return native_numbers[i].number;
	for (size_t i = 0; arch == HEEL_ARCH_I386 && i < HEEL_ARRAY_SIZE(i386_numbers);
	     i++)
		if (strcmp(i386_numbers[i].name, name) == 0)
			return i386_numbers[i].number;
#else
	(void)arch;
	(void)name;
#endif
	return -1;
}

int heel_syscall_number(enum heel_arch arch, const char *name)
{
	int number = own_number(arch, name);

	if (number >= 0)
		return number;
	if (heel_arch_token(arch) == 0)
		return -1;
	number = seccomp_syscall_resolve_name_arch(heel_arch_token(arch), name);
	/* Below -1: a call of another architecture, for which there is no number here. */
	if (number >= 0 || number < __NR_SCMP_ERROR)
		return number >= 0 ? number : -1;
	return newer_number(name);
}

bool heel_syscall_is_in_library(const char *name)
{
	return seccomp_syscall_resolve_name(name) >= 0;
}

bool heel_is_syscall(const char *name)
{
	return seccomp_syscall_resolve_name(name) != __NR_SCMP_ERROR ||
	       newer_number(name) >= 0 || own_number(HEEL_ARCH_NATIVE, name) >= 0;
}

const char *heel_syscall_name(struct heel_arena *arena, enum heel_arch arch, int number)
{
	char *name = seccomp_syscall_resolve_num_arch(heel_arch_token(arch), number);
	const char *copy = name ? heel_strdup(arena, name) : NULL;

	free(name);
	for (size_t i = 0; !copy && i < HEEL_ARRAY_SIZE(numbers); i++)
		if (numbers[i].number == number)
			copy = numbers[i].name;
#ifdef __x86_64__
	for (size_t i = 0;
	     !copy && arch == HEEL_ARCH_NATIVE && i < HEEL_ARRAY_SIZE(native_numbers);
	     i++)
		if (native_numbers[i].number == number)
			copy = native_numbers[i].name;
	for (size_t i = 0;
	     !copy && arch == HEEL_ARCH_I386 && i < HEEL_ARRAY_SIZE(i386_numbers); i++)
		if (i386_numbers[i].number == number)
			copy = i386_numbers[i].name;
#endif
	return copy;
}

const struct heel_number_range *heel_unknown_numbers(enum heel_arch arch, size_t *ret_n)
{
	if (arch == HEEL_ARCH_I386) {
		*ret_n = HEEL_ARRAY_SIZE(i386_unknown);
		return i386_unknown;
	}
	*ret_n = HEEL_ARRAY_SIZE(native_unknown);
	return native_unknown;
}

const struct heel_syscall_group *heel_syscall_groups(size_t *ret_n)
{
	*ret_n = HEEL_ARRAY_SIZE(groups);
	return groups;
}

const struct heel_syscall_group *heel_syscall_group(const char *name)
{
	for (size_t i = 0; i < HEEL_ARRAY_SIZE(groups); i++)
		if (strcmp(groups[i].name, name) == 0)
			return &groups[i];
	return NULL;
}

static int visit_name(struct heel_arena *arena, const char *name,
		      heel_syscall_visit *visit, void *context, unsigned int depth)
{
	const struct heel_syscall_group *group = heel_syscall_group(name);
	const char *word;

	if (!group)
		return visit(name, context);
	if (depth > GROUP_DEPTH_MAX)
		return -ELOOP;
	for (word = group->members; *word; word += strspn(word, " ")) {
		size_t length = strcspn(word, " ");
		const char *member = heel_strndup(arena, word, length);
		int rc = member ? visit_name(arena, member, visit, context, depth + 1)
				: -ENOMEM;

		if (rc != 0)
			return rc;
		word += length;
	}
	return 0;
}

int heel_visit_syscalls(struct heel_arena *arena, const char *name,
			heel_syscall_visit *visit, void *context)
{
	return visit_name(arena, name, visit, context, 0);
}
