/* SPDX-License-Identifier: ISC */
/*
 * count calls|steps USER PROGRAM [ARGUMENT...]: runs the program as the user and prints
 * how many system calls, or instructions of its own, it and all its children take. Both
 * repeat where times do not. With own-calls and own-steps it is only those up to the
 * next program: by stops, in any case.
 *
 * Instructions are the processor's to count. Where its counters are not to be had, as in
 * most virtual machines, each is a stop; then a repeated string instruction counts once
 * for each repetition, and what takes more than five minutes is "-".
 *
 * Needs root: a set-uid program is one under it, too.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/perf_event.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MOST_SECONDS = 300 };

static const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK |
			    PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |
			    PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;

struct count {
	bool steps, begun;
	bool over;
	bool own; /* until the next exec only */
	unsigned long n;
	pid_t first;
	int status; /* of the first process */
};

_Noreturn static void execute(const char *name, char **words)
{
	/* cppcheck-suppress getpwnamCalled; there is one thread */
	const struct passwd *user = getpwnam(name);
	int null = open("/dev/null", O_RDWR);

	if (!user || null < 0 || initgroups(name, user->pw_gid) < 0 ||
	    setresgid(user->pw_gid, user->pw_gid, user->pw_gid) < 0 ||
	    setresuid(user->pw_uid, user->pw_uid, user->pw_uid) < 0 ||
	    chdir(user->pw_dir) < 0)
		err(124, "cannot become %s", name);
	if (clearenv() != 0 || setenv("PATH", "/usr/local/bin:/usr/bin:/bin", 1) < 0 ||
	    setenv("HOME", user->pw_dir, 1) < 0 || setenv("USER", name, 1) < 0 ||
	    setenv("LOGNAME", name, 1) < 0)
		err(124, "setenv");
	if (dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(null, 2) < 0 ||
	    close(null) < 0 || raise(SIGSTOP) != 0)
		_exit(124);
	execv(words[0], words);
	_exit(127);
}

/* --- By the processor ---------------------------------------------------------- */

/* A counter of what the process and its children do from its next exec on; or -1. */
static int open_counter(pid_t pid)
{
	struct perf_event_attr attributes = {
		.type = PERF_TYPE_HARDWARE,
		.size = sizeof(attributes),
		.config = PERF_COUNT_HW_INSTRUCTIONS,
		.disabled = 1,
		.enable_on_exec = 1,
		.inherit = 1,
		.exclude_kernel = 1,
		.exclude_hv = 1,
	};

	return (int)syscall(SYS_perf_event_open, &attributes, pid, -1, -1,
			    PERF_FLAG_FD_CLOEXEC);
}

static void read_counter(struct count *count, int fd)
{
	uint64_t n;

	if (kill(count->first, SIGCONT) < 0 ||
	    waitpid(count->first, &count->status, 0) < 0)
		err(1, "waitpid");
	if (read(fd, &n, sizeof(n)) != sizeof(n))
		err(1, "the counter cannot be read");
	count->n = n;
}

/* --- By stops ------------------------------------------------------------------ */

/* One processor for both: a stop then needs no other to wake up, and takes a tenth. */
static void stay_here(void)
{
	int here = sched_getcpu();
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((size_t)(here < 0 ? 0 : here), &set);
	(void)sched_setaffinity(0, sizeof(set), &set); /* it is only slower otherwise */
}

/* Counts a stop, and returns the signal to hand on. */
static int judge(struct count *count, pid_t pid, int status)
{
	struct __ptrace_syscall_info info;
	int signal = WSTOPSIG(status), event = status >> 16;

	if (event == PTRACE_EVENT_EXEC) {
		count->over = count->over || (count->own && count->begun);
		count->begun = !count->over;
	}
	if (event != 0)
		return 0;
	if (signal == (SIGTRAP | 0x80)) {
		if (count->begun &&
		    ptrace(PTRACE_GET_SYSCALL_INFO, pid, (void *)sizeof(info), &info) > 0)
			count->n += info.op == PTRACE_SYSCALL_INFO_ENTRY;
		return 0;
	}
	if (signal == SIGTRAP) {
		count->n += count->steps && count->begun;
		return 0;
	}
	return signal;
}

static bool follow(struct count *count)
{
	time_t end = time(NULL) + MOST_SECONDS;
	int status, signal;
	pid_t pid;

	while ((pid = waitpid(-1, &status, __WALL)) > 0) {
		if (!WIFSTOPPED(status)) {
			if (pid == count->first)
				count->status = status;
			continue;
		}
		signal = judge(count, pid, status);
		if (time(NULL) > end)
			return false;
		/* One that was killed in between is waited for again. */
		if (ptrace(count->steps && !count->over ? PTRACE_SINGLESTEP
							: PTRACE_SYSCALL,
			   pid, NULL, (void *)(long)signal) < 0 &&
		    errno != ESRCH)
			err(1, "ptrace");
	}
	return true;
}

/* False when it takes too long. */
static bool stop_and_count(struct count *count)
{
	/* With PTRACE_TRACEME a set-uid program would gain nothing. */
	if (ptrace(PTRACE_SEIZE, count->first, NULL, (void *)options) < 0 ||
	    kill(count->first, SIGCONT) < 0)
		err(1, "ptrace");
	return follow(count);
}

int main(int argc, char **argv)
{
	struct count count = {0};
	int status, counter;

	if (argc < 4)
		errx(2, "usage: count [own-]calls|steps USER PROGRAM [ARGUMENT...]");
	count.own = strncmp(argv[1], "own-", 4) == 0;
	count.steps = strcmp(argv[1] + (count.own ? 4 : 0), "steps") == 0;
	stay_here();
	count.first = fork();
	if (count.first < 0)
		err(1, "fork");
	if (count.first == 0)
		execute(argv[2], argv + 3);
	if (waitpid(count.first, &status, WUNTRACED) < 0 || !WIFSTOPPED(status))
		errx(1, "cannot run as %s", argv[2]);
	counter = count.steps && !count.own ? open_counter(count.first) : -1;
	if (counter >= 0)
		read_counter(&count, counter);
	else if (!stop_and_count(&count))
		return puts("-") < 0;
	if (count.status != 0)
		errx(1, "%s fails: %#x", argv[3], (unsigned int)count.status);
	printf("%lu\n", count.n);
	return 0;
}
