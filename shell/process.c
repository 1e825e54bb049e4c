/* SPDX-License-Identifier: ISC */
/* What both programs do with the process they find themselves in. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "process.h"

/* How long to wait for a log whose queue is full. */
#define LOG_PATIENCE_MS	 100

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

static void add_bytes(struct heel_line *line, const char *bytes, size_t n)
{
	static const char cut[] = {'.', '.', '.'};
	size_t room = sizeof(line->text) - sizeof(cut);

	if (line->length > room)
		return;
	if (n <= room - line->length) {
		memcpy(line->text + line->length, bytes, n);
		line->length += n;
		return;
	}
	memcpy(line->text + line->length, bytes, room - line->length);
	memcpy(line->text + room, cut, sizeof(cut));
	line->length = sizeof(line->text);
}

static void add_character(struct heel_line *line, char character)
{
	static const char digits[] = "0123456789abcdef";
	unsigned char byte = (unsigned char)character;
	char escaped[] = {'\\', 'x', digits[byte >> 4], digits[byte & 15]};

	if (byte < ' ' || byte == 0x7f || byte == '\\')
		add_bytes(line, escaped, sizeof(escaped));
	else
		add_bytes(line, &character, 1);
}

void heel_add(struct heel_line *line, const char *text)
{
	for (; *text; text++)
		add_character(line, *text);
}

void heel_add_number(struct heel_line *line, unsigned long number)
{
	char digits[3 * sizeof(number)];
	size_t i = sizeof(digits);

	do {
		digits[--i] = (char)('0' + number % 10);
		number /= 10;
	} while (number > 0);
	add_bytes(line, digits + i, sizeof(digits) - i);
}

void heel_give_up(int status, const char *why)
{
	struct heel_line line = {.length = 0};

	heel_add(&line, "heel: your session is not started because ");
	heel_add(&line, why);
	heel_add(&line, "; please tell your administrator.");
	add_bytes(&line, "\n", 1);

	/* Whoever reads stderr may be gone, or its file full; the status says the same.
	 * Nothing is put back, as the process ends here. */
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGXFSZ, SIG_IGN);
	HEEL_UNUSED ssize_t written = write(STDERR_FILENO, line.text, line.length);
	_exit(status);
}

/* Without a time: every log daemon puts its own, and localtime(3) would read files. */
void heel_begin(struct heel_line *line, int severity)
{
	line->length = 0;
	heel_add(line, "<");
	heel_add_number(line, (unsigned long)(LOG_AUTHPRIV | severity));
	heel_add(line, ">heel-shell[");
	heel_add_number(line, (unsigned long)getpid());
	heel_add(line, "]: ");
}

/* Not syslog(3), which waits without end while the daemon stands still. */
int heel_log_open(void)
{
	static const struct sockaddr_un address = {
		.sun_family = AF_UNIX,
		.sun_path = _PATH_LOG,
	};
	HEEL_CLOSE int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return -1;
	return HEEL_TAKE_FD(fd);
}

void heel_log_send(int fd, const struct heel_line *line)
{
	struct pollfd room = {.fd = fd, .events = POLLOUT};

	if (fd < 0)
		return;
	/* write(2), which no filter takes away; of a datagram it raises no SIGPIPE. */
	if (write(fd, line->text, line->length) >= 0 || errno != EAGAIN)
		return;
	/* The queue is full. Once more, so that a short burst loses nothing. */
	if (poll(&room, 1, LOG_PATIENCE_MS) == 1) {
		/* Nothing more can be done. */
		HEEL_UNUSED ssize_t written = write(fd, line->text, line->length);
	}
}

void heel_refuse(const char *why, const char *detail)
{
	HEEL_CLOSE int log = heel_log_open();
	struct heel_line line;

	heel_begin(&line, LOG_ERR);
	heel_add(&line, "session refused: uid=");
	heel_add_number(&line, getuid());
	heel_add(&line, ": ");
	heel_add(&line, why);
	if (detail) {
		heel_add(&line, ": ");
		heel_add(&line, detail);
	}
	heel_log_send(log, &line);
	heel_give_up(HEEL_STATUS_REFUSED, why);
}
