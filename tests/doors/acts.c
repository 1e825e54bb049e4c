/* SPDX-License-Identifier: ISC */
/*
 * acts NAME: a single act that no program of the system does by itself. What it is
 * refused by is told as perror(3) does; status 1.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <linux/perf_event.h>
#include <netinet/in.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

/* What the headers of supported systems may lack. */
#ifndef SYS_open_tree
#define SYS_open_tree 428
#endif
#ifndef UFFD_USER_MODE_ONLY
#define UFFD_USER_MODE_ONLY 1
#endif

static long add_key(void)
{
	return syscall(SYS_add_key, "user", "heel", "x", 1, -2 /* of the process */);
}

static long io_uring(void)
{
	struct io_uring_params params = {0};

	return syscall(SYS_io_uring_setup, 1, &params);
}

static long perf(void)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_TASK_CLOCK,
		.size = sizeof(attr),
	};

	return syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);
}

static long open_tree(void)
{
	return syscall(SYS_open_tree, AT_FDCWD, "/", 0);
}

static long userfaultfd(void)
{
	return syscall(SYS_userfaultfd, UFFD_USER_MODE_ONLY);
}

static long read_clock(void)
{
	struct timex timex = {0};

	return adjtimex(&timex);
}

static long mptcp(void)
{
	return socket(AF_INET, SOCK_STREAM, 262 /* IPPROTO_MPTCP */);
}

static long raw(void)
{
	return socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_UDP);
}

/* A connection and its first bytes at once. */
static long fast_open(void)
{
	const struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons(8080),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};

	return sendto(socket(AF_INET, SOCK_STREAM, 0), "x", 1, MSG_FASTOPEN,
		      (const struct sockaddr *)&to, sizeof(to));
}

/* On a terminal of its own, as it must be that of the session. */
static long on_terminal(long (*act)(void))
{
	int status, master;
	pid_t pid = forkpty(&master, NULL, NULL, NULL);

	if (pid == 0)
		_exit(act() < 0 ? errno : 0);
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || !WIFEXITED(status))
		return -1;
	errno = WEXITSTATUS(status);
	return errno == 0 ? 0 : -1;
}

static long type_x(void)
{
	return ioctl(0, TIOCSTI, "x");
}

/* The kernel looks at the low half of the number alone; so must the filter. */
static long type_x_disguised(void)
{
	return syscall(SYS_ioctl, 0, TIOCSTI | 1UL << 32, "x");
}

static long set_discipline(void)
{
	int discipline = 0; /* the one that it has */

	return ioctl(0, TIOCSETD, &discipline);
}

static long type(void)
{
	return on_terminal(type_x);
}

static long type_disguised(void)
{
	return on_terminal(type_x_disguised);
}

static long discipline(void)
{
	return on_terminal(set_discipline);
}

#ifdef __x86_64__
/* getpid(2) of i386; x32's numbers are those of x86-64 with a bit set. */
static long i386_call(void)
{
	long result;

	__asm__ volatile("int $0x80" : "=a"(result) : "a"(20L) : "memory");
	if (result > 0)
		return 0;
	errno = (int)-result;
	return -1;
}
#endif

static const struct {
	const char *name;
	long (*act)(void);
} acts[] = {
	{"add_key", add_key},
	{"io_uring", io_uring},
	{"perf", perf},
	{"open_tree", open_tree},
	{"userfaultfd", userfaultfd},
	{"adjtimex", read_clock},
	{"mptcp", mptcp},
	{"raw", raw},
	{"fast_open", fast_open},
	{"type", type},
	{"type_disguised", type_disguised},
	{"discipline", discipline},
#ifdef __x86_64__
	{"i386", i386_call},
#endif
};

int main(int argc, char **argv)
{
	for (size_t i = 0; i < sizeof(acts) / sizeof(*acts); i++)
		if (argc == 2 && strcmp(argv[1], acts[i].name) == 0) {
			if (acts[i].act() >= 0)
				return 0;
			perror(argv[1]);
			return 1;
		}
	return 2;
}
