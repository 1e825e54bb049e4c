/* SPDX-License-Identifier: ISC */
/* Follows a program by ptrace(2), and answers one of its calls in the kernel's place. */
#include <elf.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "trace.h"

#define EXIT_CANNOT_START 119
#define ENDED		  0

/* A process of the program. */
struct tracee {
	pid_t pid; /* or ENDED */
	unsigned int calls;
	bool counting, started;
	bool injected;		      /* it is in the call that was changed */
	bool query;		      /* to one that changes nothing */
	struct user_regs_struct regs; /* of that call, as they were */
};

struct run {
	const struct subject *subject;
	const struct fault *fault;
	struct calls *calls;
	struct outcome *outcome;
	pid_t program;
	bool done;	/* what is left is not looked at */
	bool inherited; /* whether the process that forked last counts */
	size_t n;
	struct tracee tracees[PROCESSES_MOST];
};

/* --- The machine ---------------------------------------------------------------- */

static struct user_regs_struct registers_of(pid_t pid)
{
	struct user_regs_struct regs = {0};
	struct iovec iov = {&regs, sizeof(regs)};

	if (ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &iov) < 0)
		err(1, "PTRACE_GETREGSET");
	return regs;
}

static void set_registers(pid_t pid, struct user_regs_struct regs)
{
	struct iovec iov = {&regs, sizeof(regs)};

	if (ptrace(PTRACE_SETREGSET, pid, NT_PRSTATUS, &iov) < 0)
		err(1, "PTRACE_SETREGSET");
}

#if defined(__x86_64__)
#define FIRST_ARGUMENT(regs) ((regs)->rdi)
#define ANSWER(regs)	     ((regs)->rax)

static void set_number(pid_t pid, struct user_regs_struct *regs, long number)
{
	(void)pid;
	regs->orig_rax = (unsigned long long)number;
}

#elif defined(__aarch64__)
#define FIRST_ARGUMENT(regs) ((regs)->regs[0])
#define ANSWER(regs)	     ((regs)->regs[0])

static void set_number(pid_t pid, struct user_regs_struct *regs, long number)
{
	int call = (int)number;
	struct iovec iov = {&call, sizeof(call)};

	(void)regs;
	if (ptrace(PTRACE_SETREGSET, pid, NT_ARM_SYSTEM_CALL, &iov) < 0)
		err(1, "system call");
}

#else
#error "how a system call is changed is not known for this machine"
#endif

/* --- The program's beginning ---------------------------------------------------- */

/* A file in memory for what it prints: it never fills up, and nobody has to read it. */
static int text_file(void)
{
	int fd = memfd_create("text", MFD_CLOEXEC);

	if (fd < 0)
		err(1, "memfd_create");
	return fd;
}

static void take_text(int fd, char text[static TEXT_MOST])
{
	ssize_t n = pread(fd, text, TEXT_MOST - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	(void)close(fd);
}

static void become(const char *name)
{
	struct passwd user, *found;
	char buffer[1024];

	if (getpwnam_r(name, &user, buffer, sizeof(buffer), &found) != 0 || !found ||
	    initgroups(name, user.pw_gid) < 0 ||
	    setresgid(user.pw_gid, user.pw_gid, user.pw_gid) < 0 ||
	    setresuid(user.pw_uid, user.pw_uid, user.pw_uid) < 0)
		err(EXIT_CANNOT_START, "cannot become %s", name);
}

/* Waits until it is followed, or not to be, and becomes the program. */
_Noreturn static void start(const struct subject *subject, int ready, int out, int error)
{
	const struct rlimit memory = {subject->memory, subject->memory};
	char byte;

	if (dup2(out, STDOUT_FILENO) < 0 || dup2(error, STDERR_FILENO) < 0)
		_exit(EXIT_CANNOT_START);
	/* The heap's place would change the number of calls. */
	if (personality(ADDR_NO_RANDOMIZE) < 0)
		_exit(EXIT_CANNOT_START);
	if (subject->user)
		become(subject->user);
	if (read(ready, &byte, 1) != 1)
		_exit(EXIT_CANNOT_START);
	if (subject->memory > 0 && setrlimit(RLIMIT_AS, &memory) < 0)
		_exit(EXIT_CANNOT_START);
	(void)execve(subject->argv[0], subject->argv, subject->environment);
	err(EXIT_CANNOT_START, "%s", subject->argv[0]);
}

/* --- Its calls ------------------------------------------------------------------ */

static struct tracee *find(struct run *run, pid_t pid)
{
	for (size_t i = 0; i < run->n; i++)
		if (run->tracees[i].pid == pid)
			return &run->tracees[i];
	if (run->n == PROCESSES_MOST)
		errx(1, "more than %d processes", PROCESSES_MOST);
	run->tracees[run->n] = (struct tracee){
		.pid = pid,
		.started = run->n > 0,
		.counting = run->n == 0 ? !run->subject->marked : run->inherited,
	};
	return &run->tracees[run->n++];
}

/* Both programs begin by asking for their standard descriptors. */
static bool is_start(const struct call *call)
{
	return call->number == SYS_fcntl && call->args[0] <= STDOUT_FILENO &&
	       call->args[1] == F_GETFD;
}

static bool makes_process(long number)
{
#ifdef SYS_fork
	if (number == SYS_fork || number == SYS_vfork)
		return true;
#endif
	return number == SYS_clone || number == SYS_clone3;
}

static bool asks_for_memory(long number)
{
	return number == SYS_brk || number == SYS_mmap || number == SYS_mremap;
}

/* Nothing that is done afterwards changes a number. */
static void inject(struct run *run, struct tracee *tracee, const struct call *call)
{
	const struct fault *fault = run->fault;
	struct user_regs_struct regs;

	tracee->query = fault->query || call->number == SYS_brk;
	run->outcome->injected = true;
	run->outcome->started = tracee->started;
	run->outcome->number = call->number;
	run->done = !fault->rest;
	tracee->injected = true;
	tracee->regs = registers_of(tracee->pid);
	regs = tracee->regs;
	if (tracee->query)
		/* brk(0), setfsuid(-1), setfsgid(-1) */
		FIRST_ARGUMENT(&regs) = call->number == SYS_brk ? 0 : UINT64_MAX;
	else
		/* Not -1, which filters take for a call that they do not know. */
		set_number(tracee->pid, &regs, SYS_getpid);
	set_registers(tracee->pid, regs);
}

/* At its end: the registers are what the kernel would have left, and the answer. */
static void answer(struct run *run, struct tracee *tracee)
{
	struct user_regs_struct regs;

	uint64_t result;

	tracee->injected = false;
	regs = registers_of(tracee->pid);
	result = (uint64_t)(int64_t)run->fault->answer;
	if (tracee->query)
		result = (uint64_t)ANSWER(&regs);
	FIRST_ARGUMENT(&regs) = FIRST_ARGUMENT(&tracee->regs);
	ANSWER(&regs) = result;
	set_registers(tracee->pid, regs);
}

static bool is_faulty(const struct run *run, const struct call *call)
{
	const struct fault *fault = run->fault;

	if (!fault)
		return false;
	if (fault->rest && run->outcome->injected)
		return asks_for_memory(call->number);
	return fault->process == call->process && fault->index == call->index;
}

static void enter(struct run *run, struct tracee *tracee,
		  const struct __ptrace_syscall_info *info)
{
	struct call call = {
		.process = (unsigned int)(tracee - run->tracees),
		.number = (long)info->entry.nr,
	};

	memcpy(call.args, info->entry.args, sizeof(call.args));
	if (run->done)
		return;
	if (call.number == SYS_prctl && call.args[0] == MARK) {
		tracee->counting = call.args[1];
		tracee->started = true;
		return;
	}
	/* Whose child is seen first may be seen before it is known to be one. */
	if (makes_process(call.number))
		run->inherited = tracee->counting;
	if (!tracee->counting)
		return;
	tracee->started = tracee->started || is_start(&call);
	call.started = tracee->started;
	call.index = tracee->calls++;
	if (run->calls && run->calls->n < CALLS_MOST)
		run->calls->v[run->calls->n++] = call;
	if (is_faulty(run, &call))
		inject(run, tracee, &call);
}

static void at_call(struct run *run, struct tracee *tracee)
{
	struct __ptrace_syscall_info info;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, tracee->pid, sizeof(info), &info) < 0)
		return; /* killed meanwhile */
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
		enter(run, tracee, &info);
	} else if (tracee->injected) {
		answer(run, tracee);
	}
}

static bool is_probe(pid_t pid, const char *probe)
{
	char link[32], path[256];
	ssize_t n;

	(void)snprintf(link, sizeof(link), "/proc/%d/exe", (int)pid);
	n = readlink(link, path, sizeof(path) - 1);
	path[n > 0 ? n : 0] = '\0';
	return strcmp(path, probe) == 0;
}

/* --- Its stops ------------------------------------------------------------------ */

/* Returns whether the process is still followed. */
static bool at_event(struct run *run, struct tracee *tracee, int event)
{
	if (event == PTRACE_EVENT_EXEC) {
		if (is_probe(tracee->pid, run->subject->probe)) {
			run->outcome->probed = true;
			(void)ptrace(PTRACE_DETACH, tracee->pid, 0, 0);
			return false;
		}
		tracee->started = run->subject->marked;
	}
	if (event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_CLONE ||
	    event == PTRACE_EVENT_VFORK) {
		unsigned long child = 0;

		(void)ptrace(PTRACE_GETEVENTMSG, tracee->pid, 0, &child);
		run->inherited = tracee->counting;
		(void)find(run, (pid_t)child);
	}
	return true;
}

static void at_stop(struct run *run, pid_t pid, int status)
{
	struct tracee *tracee = find(run, pid);
	int event = status >> 16, signal = WSTOPSIG(status);
	enum __ptrace_request request;

	if (signal == (SIGTRAP | 0x80)) {
		at_call(run, tracee);
		signal = 0;
	} else if (event != 0) {
		if (!at_event(run, tracee, event))
			return;
		signal = 0;
	}
	request = run->done && !tracee->injected ? PTRACE_CONT : PTRACE_SYSCALL;
	(void)ptrace(request, pid, 0, signal);
}

/* Returns false when there is nobody left to follow. */
static bool follow_one(struct run *run)
{
	int status;
	pid_t pid = wait4(-1, &status, __WALL, NULL);

	if (pid < 0)
		return errno == EINTR && !run->outcome->hung;
	if (WIFSTOPPED(status)) {
		at_stop(run, pid, status);
		return true;
	}
	if (pid == run->program)
		run->outcome->status = status;
	if (WIFSIGNALED(status))
		run->outcome->signal = WTERMSIG(status);
	for (size_t i = 0; i < run->n; i++)
		if (run->tracees[i].pid == pid)
			run->tracees[i].pid = ENDED;
	return true;
}

/* --- The whole ------------------------------------------------------------------ */

static void on_alarm(int signal)
{
	(void)signal;
}

static uint64_t now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* Nobody who is followed outlives it, nor does one who is let go, for it was a child. */
static void end_all(struct run *run)
{
	for (size_t i = 0; i < run->n; i++)
		if (run->tracees[i].pid != ENDED)
			(void)kill(run->tracees[i].pid, SIGKILL);
	while (wait4(-1, NULL, __WALL, NULL) > 0)
		;
}

static void seize(pid_t pid)
{
	const unsigned long options = PTRACE_O_EXITKILL | PTRACE_O_TRACEEXEC |
				      PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
				      PTRACE_O_TRACECLONE | PTRACE_O_TRACESYSGOOD;

	if (ptrace(PTRACE_SEIZE, pid, 0, options) < 0)
		err(1, "PTRACE_SEIZE");
}

/* The signal repeats itself, for the first may come just ahead of a wait(2). */
static void set_timer(unsigned int seconds)
{
	const struct itimerval timer = {
		.it_value.tv_sec = seconds,
		.it_interval.tv_usec = seconds > 0 ? 100000 : 0,
	};

	(void)setitimer(ITIMER_REAL, &timer, NULL);
}

static void follow(struct run *run)
{
	const uint64_t begin = now_ms();
	const uint64_t end = begin + run->subject->patience * 1000UL;

	set_timer(run->subject->patience);
	while (follow_one(run))
		if (now_ms() >= end) {
			run->outcome->hung = true;
			break;
		}
	set_timer(0);
	end_all(run);
	run->outcome->ms = (unsigned int)(now_ms() - begin);
}

static void run_program(struct run *run, bool traced)
{
	const struct sigaction alarm = {.sa_handler = on_alarm};
	int out = text_file(), error = text_file(), ready[2];

	(void)sigaction(SIGALRM, &alarm, NULL);
	if (run->subject->remove)
		(void)rmdir(run->subject->remove);
	if (pipe2(ready, O_CLOEXEC) < 0)
		err(1, "pipe");
	run->program = fork();
	if (run->program < 0)
		err(1, "fork");
	if (run->program == 0)
		start(run->subject, ready[0], out, error);
	(void)find(run, run->program);
	if (traced)
		seize(run->program);
	if (write(ready[1], "", 1) != 1)
		err(1, "write");
	(void)close(ready[0]);
	(void)close(ready[1]);
	follow(run);
	take_text(out, run->outcome->out);
	take_text(error, run->outcome->err);
}

void run_traced(const struct subject *subject, const struct fault *fault,
		struct calls *calls, struct outcome *ret)
{
	struct run run = {
		.subject = subject, .fault = fault, .calls = calls, .outcome = ret};

	*ret = (struct outcome){0};
	if (calls)
		calls->n = 0;
	run_program(&run, true);
}

void run_plainly(const struct subject *subject, struct outcome *ret)
{
	struct run run = {.subject = subject, .outcome = ret};

	*ret = (struct outcome){.started = true};
	run_program(&run, false);
}
