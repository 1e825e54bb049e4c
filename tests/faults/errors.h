/* SPDX-License-Identifier: ISC */
/* With what a system call can plausibly fail. */
#pragma once

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/syscall.h>

#define ERRORS_MOST   10

/* Not an errno: the call answers 0 and is not done. */
#define ANSWERED_ZERO 0

/* How a call is made to fail. */
enum manner {
	MANNER_ANSWER, /* it is not done, and answers an errno */
	/* It cannot fail: if it does nothing it answers what is so, as it does here. */
	MANNER_QUERY,
	MANNER_NEVER, /* it cannot fail, and has nothing to do that could be left undone
		       */
};

struct call_errors {
	long number;
	const char *name;
	enum manner manner;
	/* It confines, or gives something up: what if it only says that it did? */
	bool confines;
	size_t n;
	/* The most telling ones first. */
	int errors[ERRORS_MOST];
};

#define ERRORS(...)                                                                      \
	.n = sizeof((int[]){__VA_ARGS__}) / sizeof(int), .errors = {__VA_ARGS__}
#define CALL(name, ...)                                                                  \
	{                                                                                \
		SYS_##name, #name, ERRORS(__VA_ARGS__)                                   \
	}
#define CONFINES(name, ...)                                                              \
	{                                                                                \
		SYS_##name, #name, .confines = true, ERRORS(__VA_ARGS__)                 \
	}
#define QUERY(name)                                                                      \
	{                                                                                \
		SYS_##name, #name, .manner = MANNER_QUERY, ERRORS(EPERM)                 \
	}
#define NEVER(name)                                                                      \
	{                                                                                \
		SYS_##name, #name, .manner = MANNER_NEVER                                \
	}

static const struct call_errors call_errors[] = {
	/* Files. */
	CALL(openat, EACCES, EMFILE, ENOENT, ENFILE, ENOMEM, EINTR, EIO, ELOOP),
	CALL(openat2, EACCES, EMFILE, ENOENT, ENFILE, ENOMEM, EINTR, EAGAIN, ELOOP,
	     ENOSYS, E2BIG),
	CALL(newfstatat, EIO, EACCES, ENOENT, ENOMEM),
	CALL(statx, EIO, ENOSYS, EACCES, ENOENT),
	CALL(fstat, EIO, ENOMEM, EBADF),
	CALL(fstatfs, EIO, ENOSYS, EINTR),
	CALL(read, EIO, EINTR, ANSWERED_ZERO),
	CALL(pread64, EIO, EINTR, ANSWERED_ZERO),
	CALL(write, EIO, EAGAIN, EPIPE, ENOSPC, EINTR),
	CALL(getdents64, EIO, ENOMEM, ANSWERED_ZERO),
	CALL(readlinkat, EIO, EACCES, ENOMEM),
	CALL(close, EIO, EINTR),
	CONFINES(close_range, ENOSYS, EINVAL, EMFILE, ENOMEM),
	CALL(fcntl, EBADF, EINVAL, EMFILE, EINTR),
	CALL(lseek, ESPIPE, EINVAL),
	CALL(ioctl, ENOTTY, EIO, EPERM),
	CALL(dup, EMFILE, EBADF),
	CALL(dup3, EMFILE, EBUSY, EINTR),
	CALL(faccessat, EACCES, ENOENT, EIO),
	CALL(mkdirat, EACCES, ENOSPC, EEXIST, EROFS),
	CALL(chdir, EACCES, ENOENT),
	CALL(memfd_create, ENOMEM, EMFILE, EINVAL, EPERM, ENOSYS),
	/* Memory. */
	CALL(mmap, ENOMEM, EAGAIN, EPERM),
	CALL(mremap, ENOMEM, EAGAIN),
	CALL(mprotect, ENOMEM, EACCES),
	CALL(munmap, ENOMEM, EINVAL),
	CALL(getrandom, EAGAIN, ENOSYS, EINTR),
	QUERY(brk),
	/* What confines. */
	CONFINES(prctl, EINVAL, EPERM, EACCES, ENOSYS),
	CONFINES(seccomp, ENOMEM, EINVAL, EACCES, EFAULT, ESRCH, ENOSYS),
	/* landlock_*, which not every system's headers know. */
	{444, "landlock_create_ruleset", .confines = true,
	 ERRORS(EOPNOTSUPP, ENOSYS, EINVAL, E2BIG, ENOMEM, ENOMSG, EMFILE)},
	{445, "landlock_add_rule", .confines = true,
	 ERRORS(EINVAL, ENOMEM, EBADFD, EBADF, EPERM, ENOMSG, EOPNOTSUPP)},
	{446, "landlock_restrict_self", .confines = true,
	 ERRORS(EPERM, E2BIG, ENOMEM, EINVAL, EBADFD, EBADF, EOPNOTSUPP, ENOSYS)},
	CONFINES(prlimit64, EPERM, EINVAL, EFAULT, ENOSYS),
	{SYS_umask, "umask", .manner = MANNER_NEVER, .confines = true},
	/* Who one is. */
	CONFINES(setresuid, EPERM, EAGAIN, EINVAL),
	CONFINES(setresgid, EPERM, EAGAIN, EINVAL),
	CONFINES(setuid, EAGAIN, EINVAL),
	CONFINES(setgroups, EPERM, ENOMEM, EINVAL),
	QUERY(setfsuid),
	QUERY(setfsgid),
	CALL(getgroups, EINVAL, EFAULT),
	CALL(getresuid, EFAULT, EPERM),
	CALL(getresgid, EFAULT, EPERM),
	NEVER(getuid),
	NEVER(geteuid),
	NEVER(getgid),
	NEVER(getegid),
	NEVER(getpid),
	NEVER(gettid),
	NEVER(getppid),
	/* Processes. */
	CALL(execve, ENOMEM, EACCES, ENOENT, EAGAIN, EIO, E2BIG, ETXTBSY),
	CALL(clone, EAGAIN, ENOMEM, EPERM),
	CALL(clone3, EAGAIN, ENOSYS, ENOMEM, EPERM),
	CALL(wait4, ECHILD, EINTR),
	CALL(setsid, EPERM),
	CALL(getpgid, ESRCH, EPERM),
	/* Not with arguments that are right. */
	NEVER(rt_sigaction),
	NEVER(rt_sigprocmask),
	NEVER(futex),
	NEVER(exit),
	NEVER(exit_group),
	NEVER(rt_sigreturn),
	/* Sockets: the system log, name services. */
	CALL(socket, EAFNOSUPPORT, EMFILE, EACCES, ENFILE, ENOMEM),
	CALL(connect, ECONNREFUSED, EAGAIN, ENOENT, EACCES, EINTR),
	CALL(sendto, EAGAIN, ECONNREFUSED, ENOBUFS),
	CALL(recvfrom, EAGAIN, ECONNRESET, EINTR),
	CALL(recvmsg, EAGAIN, ECONNRESET, EINTR),
	CALL(uname, EFAULT),
	CALL(socketpair, EAFNOSUPPORT, EMFILE, ENOMEM),
	CALL(sendmsg, EAGAIN, EPIPE, ENOBUFS),
	CALL(setsockopt, EINVAL, ENOMEM),
	CALL(bind, EADDRINUSE, EINVAL),
	CALL(capget, EPERM, EINVAL),
	CALL(capset, EPERM, EINVAL),
	CALL(getsockopt, ENOTSOCK, ENOMEM),
	CALL(ppoll, EINTR, ENOMEM, ANSWERED_ZERO),
/* Where only older machines have a call. */
#ifdef __x86_64__
	CALL(open, EACCES, EMFILE, ENOENT, ENFILE, ENOMEM, EINTR, EIO, ELOOP),
	CALL(stat, EIO, EACCES, ENOENT, ENOMEM),
	CALL(lstat, EIO, EACCES, ENOENT, ENOMEM),
	CALL(access, EACCES, ENOENT, EIO),
	CALL(readlink, EIO, EACCES, ENOMEM),
	CALL(fork, EAGAIN, ENOMEM),
	CALL(vfork, EAGAIN, ENOMEM),
	CALL(dup2, EMFILE, EBUSY, EINTR),
	CALL(arch_prctl, EPERM, EINVAL),
	CALL(poll, EINTR, ENOMEM, ANSWERED_ZERO),
	NEVER(getpgrp),
#endif
	CALL(set_tid_address, ENOSYS),
	CALL(set_robust_list, EINVAL, ENOSYS),
	CALL(rseq, ENOSYS, EINVAL, EPERM),
};

/* Of every other call. */
static const struct call_errors other_errors = {
	-1, "(another)", ERRORS(ENOSYS, EPERM, ENOMEM, EINTR, EIO)};

static inline const struct call_errors *errors_of(long number)
{
	for (size_t i = 0; i < sizeof(call_errors) / sizeof(*call_errors); i++)
		if (call_errors[i].number == number)
			return &call_errors[i];
	return &other_errors;
}
