/* SPDX-License-Identifier: ISC */
/*
 * A session, and where there is one a terminal, of its own for a command that root runs
 * as somebody else. Whoever has root's terminal as the controlling one can type into
 * it (TIOCSTI) what root's shell will read. So the command gets a pseudo-terminal, and a
 * process that stays behind as root carries bytes between the two, whatever they mean,
 * and the window's size, signals, stops and the status in between.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "ctl.h"

/* What a status says of a command that a signal ended, as in a shell. */
#define STATUS_OF_SIGNAL 128

/* How often to look whether the outer terminal can be had. */
#define BACKGROUND_MS	 300

/* More than the kernel keeps of what was written to a pseudo-terminal. */
#define UNREAD_MAX	 65536

/* --- The terminal ------------------------------------------------------------------- */

static int fail(struct heel_report *report, const char *what)
{
	return heel_fail(report, errno, (struct heel_origin){0},
			 "the command cannot be given a %s of its own: %s", what,
			 strerror(errno));
}

static bool may(int fd, int mode)
{
	int flags = fcntl(fd, F_GETFL);

	return flags >= 0 &&
	       ((flags & O_ACCMODE) == mode || (flags & O_ACCMODE) == O_RDWR);
}

static bool is_pipe(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode);
}

/*
 * Which descriptors the outer terminal is read from and written to. Behind a pipe
 * stands somebody else who may want the keyboard, such as a pager: it is left to them.
 */
static void find_outer(struct heel_terminal *terminal)
{
	static const int order[] = {STDOUT_FILENO, STDERR_FILENO, STDIN_FILENO};

	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		terminal->replaced[fd] = isatty(fd);
		if (terminal->replaced[fd] && terminal->keyboard < 0 &&
		    may(fd, O_RDONLY) && !is_pipe(STDOUT_FILENO))
			terminal->keyboard = fd;
	}
	for (size_t i = 0; i < HEEL_ARRAY_SIZE(order); i++)
		if (terminal->replaced[order[i]] && terminal->screen < 0 &&
		    may(order[i], O_WRONLY))
			terminal->screen = order[i];
}

/* Gives the new terminal the modes and the size of the outer one. */
static int copy_settings(const struct heel_terminal *terminal, int outer)
{
	struct termios modes;
	struct winsize size;

	if (tcgetattr(outer, &modes) < 0 ||
	    tcsetattr(terminal->slave, TCSANOW, &modes) < 0)
		return -1;
	/* A terminal without a size is one, too. */
	if (ioctl(outer, TIOCGWINSZ, &size) == 0)
		(void)ioctl(terminal->master, TIOCSWINSZ, &size);
	/* Without a keyboard, whoever reads finds the end of the input. */
	if (terminal->keyboard < 0 && modes.c_cc[VEOF] != _POSIX_VDISABLE &&
	    write(terminal->master, &modes.c_cc[VEOF], 1) != 1)
		return -1;
	return 0;
}

static int open_inner(struct heel_terminal *terminal, uid_t owner)
{
	int outer = STDIN_FILENO;

	while (outer <= STDERR_FILENO && !terminal->replaced[outer])
		outer++;
	if (outer > STDERR_FILENO)
		return 0;
	terminal->master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	if (terminal->master < 0 || grantpt(terminal->master) < 0 ||
	    unlockpt(terminal->master) < 0)
		return -1;
	/* By the master, as its name could be another file system's by now. */
	terminal->slave =
		ioctl(terminal->master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (terminal->slave < 0 || fchown(terminal->slave, owner, (gid_t)-1) < 0)
		return -1;
	return copy_settings(terminal, outer);
}

static void close_inner(struct heel_terminal *terminal)
{
	heel_close_fd(&terminal->master);
	heel_close_fd(&terminal->slave);
	terminal->master = terminal->slave = -1;
}

/* --- The command's process ---------------------------------------------------------- */

/* A new session has no controlling terminal: it gets the new one, or none. */
static int enter(struct heel_terminal *terminal, struct heel_report *report)
{
	if (setsid() < 0)
		return fail(report, "session");
	if (terminal->slave >= 0 && ioctl(terminal->slave, TIOCSCTTY, 0) < 0)
		return fail(report, "terminal");
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (terminal->replaced[fd] && dup2(terminal->slave, fd) < 0)
			return fail(report, "terminal");
	close_inner(terminal);
	return 0;
}

/*
 * All signals wait from here on, so that none ends the process that is to put the
 * terminal right again. An ignored SIGCHLD would take the status away.
 */
static void hold_signals(struct heel_terminal *terminal)
{
	static const struct sigaction by_default = {.sa_handler = SIG_DFL};
	sigset_t all;

	(void)sigfillset(&all); /* none of these three can fail */
	(void)sigprocmask(SIG_SETMASK, &all, &terminal->mask);
	(void)sigaction(SIGCHLD, &by_default, &terminal->on_child);
}

/* The command begins with the signals as they were. */
static void release_signals(const struct heel_terminal *terminal)
{
	(void)sigaction(SIGCHLD, &terminal->on_child, NULL);
	(void)sigprocmask(SIG_SETMASK, &terminal->mask, NULL);
}

int heel_terminal_leave(uid_t owner, struct heel_terminal *ret,
			struct heel_report *report)
{
	int rc;

	*ret = (struct heel_terminal){
		.keyboard = -1, .screen = -1, .master = -1, .slave = -1};
	find_outer(ret);
	if (open_inner(ret, owner) < 0) {
		rc = fail(report, "terminal");
		close_inner(ret);
		return rc;
	}
	/* Only the leader of a process group has to stay behind. */
	if (ret->master < 0 && getpgrp() != getpid())
		return enter(ret, report);
	hold_signals(ret);
	ret->command = fork();
	if (ret->command > 0)
		return 0;
	rc = ret->command < 0 ? fail(report, "process") : enter(ret, report);
	release_signals(ret);
	ret->command = 0;
	return rc;
}

/* --- The process that stays behind -------------------------------------------------- */

/* Bytes on their way; nothing more is read until they have arrived. */
struct flow {
	char bytes[4096];
	size_t begin, end;
};

struct relay {
	struct heel_terminal *terminal;
	int signals;
	struct flow typed, shown;
	bool raw;   /* the outer terminal is, and its keyboard is read */
	bool saved; /* modes are what it had */
	struct termios modes;
	bool ended;
	int status;
};

static bool is_empty(const struct flow *flow)
{
	return flow->begin == flow->end;
}

/* Returns false when there is nothing to come any more. */
static bool take(struct flow *flow, int fd)
{
	ssize_t n = read(fd, flow->bytes, sizeof(flow->bytes));

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	flow->begin = 0;
	flow->end = (size_t)n;
	return n > 0;
}

/* What nobody takes any more is dropped. */
static void give(struct flow *flow, int fd)
{
	ssize_t n = write(fd, flow->bytes + flow->begin, flow->end - flow->begin);

	if (n >= 0)
		flow->begin += (size_t)n;
	else if (errno != EAGAIN && errno != EINTR)
		flow->begin = flow->end;
}

/* In the background, the outer terminal is somebody else's to read and to set. */
static bool is_foreground(const struct relay *relay)
{
	pid_t group = tcgetpgrp(relay->terminal->keyboard);

	/* ENOTTY: it is not the controlling terminal, and knows no background. */
	return group == getpgrp() || (group < 0 && errno == ENOTTY);
}

static void restore(struct relay *relay)
{
	/* It cannot be put right if it is gone. */
	if (relay->raw && is_foreground(relay))
		(void)tcsetattr(relay->terminal->keyboard, TCSADRAIN, &relay->modes);
	relay->raw = false;
}

/* Each byte to the command as it is typed: what it means is for the inner terminal. */
static void make_raw(struct relay *relay)
{
	int keyboard = relay->terminal->keyboard;
	struct termios modes;

	relay->raw = false;
	if (keyboard < 0 || !is_foreground(relay))
		return;
	if (!relay->saved && tcgetattr(keyboard, &relay->modes) < 0)
		return;
	relay->saved = true;
	modes = relay->modes;
	cfmakeraw(&modes);
	relay->raw = tcsetattr(keyboard, TCSADRAIN, &modes) == 0;
}

static void copy_size(const struct relay *relay)
{
	const struct heel_terminal *terminal = relay->terminal;
	int outer = terminal->keyboard >= 0 ? terminal->keyboard : terminal->screen;
	struct winsize size;

	/* The kernel tells the command, if that is another size. */
	if (terminal->master >= 0 && ioctl(outer, TIOCGWINSZ, &size) == 0)
		(void)ioctl(terminal->master, TIOCSWINSZ, &size);
}

/* To the command and what runs beside it; early on it leads no group yet. */
static void send_on(const struct relay *relay, int number)
{
	pid_t command = relay->terminal->command;

	/* Until it has been waited for, its number is nobody else's. */
	if (!relay->ended && kill(-command, number) < 0)
		(void)kill(command, number);
}

/* What keys would do; the inner terminal knows who is in its foreground. */
static void interrupt(const struct relay *relay, int number)
{
	if (relay->terminal->master < 0 ||
	    ioctl(relay->terminal->master, TIOCSIG, number) < 0)
		send_on(relay, number);
}

/*
 * Shows what the command has written so far, and no more: what it leaves behind could
 * write without end.
 */
static void drain(struct relay *relay)
{
	const struct heel_terminal *terminal = relay->terminal;
	size_t taken = 0;

	while (taken < UNREAD_MAX && terminal->master >= 0 && terminal->screen >= 0) {
		while (!is_empty(&relay->shown))
			give(&relay->shown, terminal->screen);
		if (!take(&relay->shown, terminal->master) || is_empty(&relay->shown))
			return;
		taken += relay->shown.end;
	}
}

/* The command was stopped: whoever waits for this process should see that, too. */
static void stop(struct relay *relay)
{
	drain(relay);
	restore(relay);
	(void)raise(SIGSTOP);
}

/* It may have come to the foreground. */
static void take_keyboard(struct relay *relay)
{
	make_raw(relay);
	copy_size(relay);
}

static void look_after(struct relay *relay)
{
	int status;

	while (!relay->ended &&
	       waitpid(relay->terminal->command, &status, WNOHANG | WUNTRACED) > 0) {
		if (WIFSTOPPED(status)) {
			stop(relay);
			continue;
		}
		relay->ended = true;
		relay->status = WIFEXITED(status) ? WEXITSTATUS(status)
						  : STATUS_OF_SIGNAL + WTERMSIG(status);
	}
}

static void handle_signal(struct relay *relay)
{
	struct signalfd_siginfo info;

	if (read(relay->signals, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return;
	switch (info.ssi_signo) {
	case SIGCHLD:
		look_after(relay);
		break;
	case SIGWINCH:
		copy_size(relay);
		break;
	case SIGCONT:
		take_keyboard(relay);
		send_on(relay, SIGCONT);
		break;
	case SIGTSTP: /* the command cannot refuse, and then this process stops, too */
		send_on(relay, SIGSTOP);
		break;
	case SIGTTIN:
	case SIGTTOU:
		break;
	case SIGINT:
	case SIGQUIT:
		interrupt(relay, (int)info.ssi_signo);
		break;
	default:
		send_on(relay, (int)info.ssi_signo);
	}
}

/* The outer terminal is gone, and so is the inner one: the kernel says SIGHUP. */
static void hang_up(struct relay *relay)
{
	relay->raw = false;
	relay->terminal->keyboard = -1;
	relay->typed = (struct flow){0};
	close_inner(relay->terminal);
}

static void carry_typed(struct relay *relay, bool readable, bool writable)
{
	const struct heel_terminal *terminal = relay->terminal;

	if (writable)
		give(&relay->typed, terminal->master);
	if (!readable || take(&relay->typed, terminal->keyboard))
		return;
	if (tcgetpgrp(terminal->keyboard) > 0 && !is_foreground(relay))
		relay->raw = false; /* it went to the background just now */
	else
		hang_up(relay);
}

static void carry_shown(struct relay *relay, bool readable, bool writable)
{
	struct heel_terminal *terminal = relay->terminal;

	if (readable && is_empty(&relay->shown) && !take(&relay->shown, terminal->master))
		close_inner(terminal);
	if (terminal->screen < 0)
		relay->shown = (struct flow){0};
	else if (writable)
		give(&relay->shown, terminal->screen);
}

/* Waits for one thing to happen, and does what follows from it. */
static void step(struct relay *relay)
{
	const struct heel_terminal *terminal = relay->terminal;
	bool typed = !is_empty(&relay->typed), shown = !is_empty(&relay->shown);
	bool waiting = terminal->keyboard >= 0 && !relay->raw;
	struct pollfd polled[] = {
		{.fd = relay->raw && !typed ? terminal->keyboard : -1, .events = POLLIN},
		{.fd = terminal->master,
		 .events = (short)((typed ? POLLOUT : 0) | (shown ? 0 : POLLIN))},
		{.fd = shown ? terminal->screen : -1, .events = POLLOUT},
		{.fd = relay->signals, .events = POLLIN},
	};
	int n;

	/* Nobody says when a job that runs has come to the foreground. */
	n = poll(polled, HEEL_ARRAY_SIZE(polled), waiting ? BACKGROUND_MS : -1);
	if (n == 0)
		take_keyboard(relay);
	if (n <= 0)
		return;
	/* By itself: after a stop, nothing needs to be as it was. */
	if (polled[3].revents) {
		handle_signal(relay);
		return;
	}
	carry_shown(relay, polled[1].revents & (POLLIN | POLLHUP), polled[2].revents);
	carry_typed(relay, polled[0].revents, polled[1].revents & POLLOUT);
}

int heel_terminal_relay(struct heel_terminal *terminal)
{
	struct relay relay = {.terminal = terminal};
	sigset_t all;

	(void)sigfillset(&all);
	relay.signals = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
	if (relay.signals < 0) {
		/* With the terminal the command goes, too. */
		heel_say(stderr, "heel: no signals can be had: %s", strerror(errno));
		close_inner(terminal);
		return HEEL_EXIT_REFUSED;
	}
	make_raw(&relay);
	look_after(&relay);
	while (!relay.ended)
		step(&relay);
	drain(&relay);
	restore(&relay);
	close_inner(terminal);
	heel_close_fd(&relay.signals);
	return relay.status;
}
