/* SPDX-License-Identifier: ISC */
/* What acts aim at is made here and removed again, and each act is done in a child. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "trial.h"

#define SECONDS_MOST 5

/* Exit codes of a child; those below are error numbers. */
#define EXIT_BASE    200

static const struct heel_escapes *const parts[] = {
	&heel_file_escapes,
	&heel_process_escapes,
	&heel_network_escapes,
	&heel_call_escapes,
};

const struct heel_escape *heel_escape_at(size_t i)
{
	for (size_t part = 0; part < HEEL_ARRAY_SIZE(parts); part++) {
		if (i < parts[part]->n)
			return &parts[part]->v[i];
		i -= parts[part]->n;
	}
	return NULL;
}

int heel_aim_path(const struct heel_targets *targets, enum heel_aim aim, char *ret,
		  size_t size)
{
	switch (aim) {
	case HEEL_AIM_FILE:
		return snprintf(ret, size, "%s/file", targets->directory);
	case HEEL_AIM_SOCKET:
		return snprintf(ret, size, "%s/socket", targets->directory);
	case HEEL_AIM_DIRECTORY:
		return snprintf(ret, size, "%s", targets->directory);
	case HEEL_AIM_TERMINAL:
		return snprintf(ret, size, "%s", targets->terminal);
	case HEEL_AIM_PROGRAM:
		return snprintf(ret, size, "%s", HEEL_TRIAL_PROGRAM);
	}
	return -EINVAL;
}

/* --- Targets ------------------------------------------------------------------------ */

/* The port of a socket of that type on loopback; it stays open unless it is closed. */
static uint16_t bind_port(int type, int *ret_fd)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t length = sizeof(address);
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	*ret_fd = fd;
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, length) < 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &length) < 0)
		return 0;
	return ntohs(address.sin_port);
}

static void make_ports(struct heel_targets *targets)
{
	const int on = 1;
	int fd;

	targets->free = bind_port(SOCK_STREAM, &fd);
	heel_close_fd(&fd);
	targets->udp = bind_port(SOCK_DGRAM, &fd);
	targets->tcp = bind_port(SOCK_STREAM, &fd);
	(void)setsockopt(fd, IPPROTO_TCP, 23 /* TCP_FASTOPEN */, &on, sizeof(on));
	if (fd >= 0 && listen(fd, 64) < 0)
		targets->tcp = 0;
}

/* Listens on a UNIX socket; a name that begins with a null byte is abstract. */
static int listen_unix(const char *name, size_t length)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || length > sizeof(address.sun_path))
		return -1;
	memcpy(address.sun_path, name, length);
	if (bind(fd, (struct sockaddr *)&address,
		 (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length)) < 0)
		return -1;
	return listen(fd, 64);
}

static int make_sockets(const struct heel_targets *targets)
{
	char path[sizeof(targets->directory) + 8];
	char name[sizeof(targets->directory) + 8] = {0};
	int rc = heel_aim_path(targets, HEEL_AIM_SOCKET, path, sizeof(path));

	if (rc < 0 || listen_unix(path, strlen(path) + 1) < 0)
		return -errno;
	(void)snprintf(name + 1, sizeof(name) - 1, "%s", targets->directory);
	return listen_unix(name, 1 + strlen(name + 1)) < 0 ? -errno : 0;
}

static void make_terminal(struct heel_targets *targets)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0 ||
	    ptsname_r(master, targets->terminal, sizeof(targets->terminal)) != 0 ||
	    open(targets->terminal, O_RDWR | O_NOCTTY | O_CLOEXEC) < 0)
		targets->terminal[0] = '\0';
}

/* Marked for removal while it is attached: it is gone when the process is. */
static void make_segment(struct heel_targets *targets)
{
	targets->segment = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);
	if (targets->segment >= 0 && shmat(targets->segment, NULL, 0) == (void *)-1)
		targets->segment = -1;
	if (targets->segment >= 0)
		(void)shmctl(targets->segment, IPC_RMID, NULL);
}

static int make_file(const struct heel_targets *targets)
{
	static const char text[] = "outside of every rule\n";
	char path[sizeof(targets->directory) + 8];
	HEEL_CLOSE int fd = -1;

	if (heel_aim_path(targets, HEEL_AIM_FILE, path, sizeof(path)) < 0)
		return -EINVAL;
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0700);
	if (fd < 0)
		return -errno;
	return write(fd, text, sizeof(text) - 1) < 0 ? -errno : 0;
}

/* The process that acts aim at: makes all that it holds, tells it, and waits. */
static _Noreturn void be_target(struct heel_targets targets, int told)
{
	static const char memory[] = "memory of an outside process";
	int rc;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	/* Yama keeps others than parents away, which would hide what heel does. */
	(void)prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
	(void)signal(SIGURG, SIG_IGN);
	targets.pid = getpid();
	targets.memory = (uintptr_t)memory;
	rc = make_file(&targets);
	if (rc == 0)
		rc = make_sockets(&targets);
	if (rc < 0)
		_exit(-rc);
	make_ports(&targets);
	make_terminal(&targets);
	make_segment(&targets);
	if (write(told, &targets, sizeof(targets)) != (ssize_t)sizeof(targets))
		_exit(EIO);
	for (;;)
		(void)pause();
}

int heel_prepare_targets(const char *directory, struct heel_targets *ret)
{
	struct heel_targets targets = {0};
	HEEL_CLOSE int out = -1;
	int ends[2];
	ssize_t got;
	pid_t pid;

	if (strlen(directory) >= sizeof(targets.directory))
		return -ENAMETOOLONG;
	memcpy(targets.directory, directory, strlen(directory) + 1);
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	out = ends[0];
	pid = fork();
	if (pid == 0)
		be_target(targets, ends[1]);
	(void)close(ends[1]); /* the child writes */
	if (pid < 0)
		return -errno;
	got = read(out, &targets, sizeof(targets));
	if (got == (ssize_t)sizeof(targets)) {
		*ret = targets;
		return 0;
	}
	targets.pid = pid;
	heel_remove_targets(&targets);
	return -EIO;
}

void heel_remove_targets(const struct heel_targets *targets)
{
	static const enum heel_aim made[] = {HEEL_AIM_FILE, HEEL_AIM_SOCKET};
	char path[sizeof(targets->directory) + 8];

	(void)kill(targets->pid, SIGKILL);
	(void)waitpid(targets->pid, NULL, 0);
	/* What is not there need not be removed. */
	for (size_t i = 0; i < HEEL_ARRAY_SIZE(made); i++)
		if (heel_aim_path(targets, made[i], path, sizeof(path)) > 0)
			(void)unlink(path);
	(void)rmdir(targets->directory);
}

/* --- Trying ------------------------------------------------------------------------- */

static const int signals_to_end[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

static sigset_t trial_signals(void)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGCHLD);
	for (size_t i = 0; i < HEEL_ARRAY_SIZE(signals_to_end); i++)
		(void)sigaddset(&set, signals_to_end[i]);
	return set;
}

int heel_block_trial_signals(sigset_t *ret_old)
{
	const sigset_t set = trial_signals();

	return sigprocmask(SIG_BLOCK, &set, ret_old) < 0 ? -errno : 0;
}

static _Noreturn void be_child(const struct heel_escape *escape,
			       const struct heel_targets *targets,
			       int (*confine)(void *context), void *context)
{
	int fd = -1, rc;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (escape->before) {
		fd = escape->before(targets);
		if (fd < 0)
			_exit(EXIT_BASE + HEEL_TRY_CANNOT);
	}
	if (confine && confine(context) < 0)
		_exit(EXIT_BASE + HEEL_TRY_REFUSED);
	rc = escape->act(targets, fd);
	_exit(rc > 0 ? EXIT_BASE + rc : -rc);
}

static int outcome(int status)
{
	if (WIFSIGNALED(status))
		return HEEL_TRY_KILLED;
	return WEXITSTATUS(status) > EXIT_BASE ? WEXITSTATUS(status) - EXIT_BASE
					       : -WEXITSTATUS(status);
}

int heel_try(const struct heel_escape *escape, const struct heel_targets *targets,
	     int (*confine)(void *context), void *context)
{
	const struct timespec limit = {.tv_sec = SECONDS_MOST};
	const sigset_t set = trial_signals();
	int status, got, rc = 0;
	pid_t pid = fork();

	if (pid == 0)
		be_child(escape, targets, confine, context);
	if (pid < 0)
		return HEEL_TRY_CANNOT;
	/* A SIGCHLD may be of a child that was waited for already. */
	while (rc == 0 && waitpid(pid, &status, WNOHANG) == 0) {
		got = sigtimedwait(&set, NULL, &limit);
		if (got < 0 && errno == EAGAIN)
			rc = HEEL_TRY_HUNG;
		else if (got > 0 && got != SIGCHLD)
			rc = HEEL_TRY_INTERRUPTED;
	}
	if (rc == 0)
		return outcome(status);
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	return rc;
}
