/* SPDX-License-Identifier: ISC */
/* What both programs do with the process they find themselves in. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "log.h"
#include "process.h"

/* No descriptor can be higher, unless root raised fs.nr_open. */
#define DESCRIPTORS_MOST 1048576

/* Descriptors are given out from the lowest on, so this fills the gaps in order. */
static int open_standard(void)
{
	int opened;

	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) >= 0)
			continue;
		opened = open("/dev/null", O_RDWR | O_NOCTTY);
		if (opened != fd)
			return -1;
	}
	return 0;
}

/* For a kernel older than 5.9, or a filter that knows no close_range(2). */
static int close_one_by_one(void)
{
	struct rlimit limit;
	int end = DESCRIPTORS_MOST;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return -1;
	if (limit.rlim_max < DESCRIPTORS_MOST)
		end = (int)limit.rlim_max;
	for (int fd = STDERR_FILENO + 1; fd < end; fd++)
		(void)close(fd); /* most of them are not open */
	return 0;
}

static int close_others(void)
{
	if (syscall(SYS_close_range, STDERR_FILENO + 1, UINT_MAX, 0) == 0)
		return 0;
	return errno == ENOSYS ? close_one_by_one() : -1;
}

const char *heel_settle(void)
{
	/* First, so that the others can be told. */
	if (open_standard() < 0)
		return "its input or output is closed";
	if (close_others() < 0)
		return "open files cannot be closed";
	if (getuid() != geteuid() || getgid() != getegid())
		return "it was started with the rights of another user";
	return NULL;
}

__attribute__((noreturn)) static void end_with(int status, struct heel_line *line)
{
	heel_add_newline(line);

	/* Whoever reads stderr may be gone, or its file full; the status says the same.
	 * Nothing is put back, as the process ends here. */
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGXFSZ, SIG_IGN);
	HEEL_UNUSED ssize_t written = write(STDERR_FILENO, line->text, line->length);
	_exit(status);
}

void heel_end_with(int status, const char *text)
{
	struct heel_line line = {.length = 0};

	heel_add(&line, text);
	end_with(status, &line);
}

void heel_give_up(int status, const char *why)
{
	struct heel_line line = {.length = 0};

	heel_add(&line, "heel: your session is not started because ");
	heel_add(&line, why);
	heel_add(&line, "; please tell your administrator.");
	end_with(status, &line);
}

void heel_refuse(const char *why, const char *detail)
{
	HEEL_CLOSE int log = heel_log_open();
	struct heel_line line;

	heel_begin(&line, HEEL_LOG_SHELL, LOG_ERR);
	heel_add(&line, "session refused: uid=");
	heel_add_number(&line, getuid());
	heel_add(&line, ": ");
	heel_add(&line, why);
	if (detail) {
		heel_add(&line, ": ");
		heel_add(&line, detail);
	}
	(void)heel_log_send(log, &line);
	heel_give_up(HEEL_STATUS_REFUSED, why);
}
