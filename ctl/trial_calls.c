/* SPDX-License-Identifier: ISC */
/* Ways out by the kernel itself: namespaces, rarely used calls, other ABIs. */
#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/fanotify.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <unistd.h>

#include "trial.h"

#define NOTHING HEEL_UNUSED const struct heel_targets *targets, HEEL_UNUSED int fd

/* A kernel that lacks the call answers so, too; the trial outside tells. */
static int answer(long rc)
{
	return rc < 0 ? -errno : 0;
}

static int new_user_namespace(NOTHING)
{
	return answer(unshare(CLONE_NEWUSER));
}

/* Whoever may not make a mount namespace makes a user namespace for it. */
static int enter_namespaces(void)
{
	return unshare(CLONE_NEWNS) == 0 ? 0 : unshare(CLONE_NEWUSER | CLONE_NEWNS);
}

static int mount_something(const struct heel_targets *targets, HEEL_UNUSED int fd)
{
	if (enter_namespaces() < 0)
		return -errno;
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return -errno;
	return answer(mount("heel", targets->directory, "tmpfs", 0, NULL));
}

static int change_root(const struct heel_targets *targets, HEEL_UNUSED int fd)
{
	if (unshare(CLONE_NEWUSER) < 0)
		return -errno;
	return answer(chroot(targets->directory));
}

static int clone_by_struct(NOTHING)
{
	const struct clone_args arguments = {.exit_signal = SIGCHLD};
	long pid = syscall(SYS_clone3, &arguments, sizeof(arguments));

	if (pid == 0)
		_exit(0);
	/* A limit of processes is no answer. */
	return pid < 0 && errno == EAGAIN ? HEEL_TRY_CANNOT : answer(pid);
}

static int set_up_ring(NOTHING)
{
	unsigned char parameters[120] = {0};

	return answer(syscall(SYS_io_uring_setup, 1, parameters));
}

static int count_events(NOTHING)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_TASK_CLOCK,
		.disabled = 1,
		.exclude_kernel = 1,
		.exclude_hv = 1,
	};

	return answer(syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0UL));
}

static int make_map(NOTHING)
{
	const uint32_t attr[32] = {2 /* an array */, 4, 4, 1};

	return answer(syscall(SYS_bpf, 0 /* make a map */, attr, sizeof(attr)));
}

static int watch_faults(NOTHING)
{
	return answer(syscall(SYS_userfaultfd, 1 /* of user mode only */));
}

static int ask_kernel_log(NOTHING)
{
	return answer(syscall(SYS_syslog, 10 /* its size */, NULL, 0));
}

/* Of the files of others, too, whose names it would tell. */
static int watch_files(NOTHING)
{
	return answer(fanotify_init(FAN_CLASS_NOTIF | FAN_REPORT_FID, 0));
}

/* A way to the new mount calls that takes no privilege. */
static int open_mount(NOTHING)
{
	static const long number = 428; /* open_tree, which old headers lack */

	return answer(syscall(number, AT_FDCWD, "/", 0));
}

/* With no mode set it only reads. */
static int ask_clock(NOTHING)
{
	struct timex time = {0};

	return answer(syscall(SYS_adjtimex, &time));
}

static int change_personality(NOTHING)
{
	return answer(personality(READ_IMPLIES_EXEC));
}

static int map_writable_program(NOTHING)
{
	void *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return memory == MAP_FAILED ? -errno : 0;
}

/* To the policy that it has. */
static int set_scheduling(NOTHING)
{
	uint32_t attr[12] = {0};

	if (syscall(SYS_sched_getattr, 0, attr, sizeof(attr), 0) < 0)
		return HEEL_TRY_CANNOT;
	return answer(syscall(SYS_sched_setattr, 0, attr, 0));
}

static int set_realtime(NOTHING)
{
	const struct sched_param parameters = {.sched_priority = 1};

	return answer(sched_setscheduler(0, SCHED_FIFO, &parameters));
}

static int set_user(NOTHING)
{
	const uid_t other = getuid() + 1;

	return answer(syscall(SYS_setresuid, other, -1, -1));
}

#ifdef __x86_64__
/* getpid() of i386. */
static int call_i386(NOTHING)
{
	long result = 20;

	__asm__ volatile("int $0x80"
			 : "+a"(result)
			 :
			 : "memory", "cc", "r8", "r9", "r10", "r11");
	return result < 0 ? (int)result : 0;
}

static int call_x32(NOTHING)
{
	return answer(syscall(0x40000000 | SYS_getpid));
}
#endif

static const struct heel_escape escapes[] = {
	{"E21b", "become another user", NULL, set_user,
	 .calls = {{"setresuid", {1, UINT32_MAX, UINT32_MAX}}},
	 .restriction = "setid_calls"},
	{"E33b", "mount a file system", NULL, mount_something,
	 .calls = {{"unshare", {CLONE_NEWNS}}, {"mount", {0}}},
	 .barriers = HEEL_BAR_DOMAIN, .restriction = "mount"},
	{"E33c", "change the root directory", NULL, change_root,
	 .calls = {{"chroot", {0}}, {"unshare", {CLONE_NEWUSER}}},
	 .restriction = "mount"},
	{"X35", "open a mount as a tree", NULL, open_mount, .calls = {{"open_tree", {0}}},
	 .restriction = "mount"},
	{"E41", "map memory that is writable and executable", NULL, map_writable_program,
	 .barriers = HEEL_BAR_WX_MEMORY, .restriction = "wx_memory"},
	{"X37", "change the execution domain", NULL, change_personality,
	 .calls = {{"personality", {READ_IMPLIES_EXEC}}}, .restriction = "personality"},
	{"X38a", "set scheduling by a structure", NULL, set_scheduling,
	 .calls = {{"sched_setattr", {0}}}, .restriction = "realtime"},
	{"X38b", "schedule in real time", NULL, set_realtime,
	 .calls = {{"sched_setscheduler", {0, SCHED_FIFO}}}, .restriction = "realtime"},
	{"E55", "set up an io_uring", NULL, set_up_ring,
	 .calls = {{"io_uring_setup", {0}}}, .restriction = "io_uring"},
#ifdef __x86_64__
	{"E58a", "call the kernel as an i386 program", NULL, call_i386,
	 .barriers = HEEL_BAR_FOREIGN_ABI, .restriction = "foreign_abi"},
	{"E58b", "call the kernel as an x32 program", NULL, call_x32,
	 .barriers = HEEL_BAR_X32},
#endif
	{"E61a", "clone by a structure", NULL, clone_by_struct,
	 .calls = {{"clone3", {0}}}, .restriction = "namespaces"},
	{"E62", "make a user namespace", NULL, new_user_namespace,
	 .calls = {{"unshare", {CLONE_NEWUSER}}}, .restriction = "namespaces"},
	{"E63a", "make a bpf map", NULL, make_map, .calls = {{"bpf", {0}}},
	 .restriction = "kernel"},
	{"E63b", "count events of the processor", NULL, count_events,
	 .calls = {{"perf_event_open", {0}}}, .restriction = "perf"},
	{"E63c", "watch page faults", NULL, watch_faults, .calls = {{"userfaultfd", {0}}},
	 .restriction = "kernel"},
	{"X15", "watch the files of others", NULL, watch_files,
	 .calls = {{"fanotify_init", {0}}}, .restriction = "kernel"},
	{"E63d", "ask for the kernel's log", NULL, ask_kernel_log,
	 .calls = {{"syslog", {0}}}, .restriction = "kernel"},
	{"E63e", "ask for the adjustment of the clock", NULL, ask_clock,
	 .calls = {{"adjtimex", {0}}}, .restriction = "clock"},
};

const struct heel_escapes heel_call_escapes = {escapes, HEEL_ARRAY_SIZE(escapes)};
