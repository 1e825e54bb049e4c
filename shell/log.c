/* SPDX-License-Identifier: ISC */
/* Lines for the system log. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "log.h"

/* How long to wait for a log whose queue is full. */
#define LOG_PATIENCE_MS 100

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

static void add_escaped(struct heel_line *line, unsigned char byte)
{
	static const char digits[] = "0123456789abcdef";
	char escaped[] = {'\\', 'x', digits[byte >> 4], digits[byte & 15]};

	add_bytes(line, escaped, sizeof(escaped));
}

void heel_add(struct heel_line *line, const char *text)
{
	for (; *text; text++) {
		unsigned char byte = (unsigned char)*text;

		if (byte < ' ' || byte == 0x7f || byte == '\\')
			add_escaped(line, byte);
		else
			add_bytes(line, text, 1);
	}
}

void heel_add_word(struct heel_line *line, const char *text)
{
	for (; *text; text++) {
		unsigned char byte = (unsigned char)*text;

		if (byte <= ' ' || byte >= 0x7f || byte == '\\')
			add_escaped(line, byte);
		else
			add_bytes(line, text, 1);
	}
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

void heel_add_newline(struct heel_line *line)
{
	add_bytes(line, "\n", 1);
}

/* Without a time: every log daemon puts its own, and localtime(3) would read files. */
void heel_begin(struct heel_line *line, const char *name, int severity)
{
	line->length = 0;
	heel_add(line, "<");
	heel_add_number(line, (unsigned long)(LOG_AUTHPRIV | severity));
	heel_add(line, ">");
	heel_add(line, name);
	heel_add(line, "[");
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

bool heel_log_send(int fd, const struct heel_line *line)
{
	struct pollfd room = {.fd = fd, .events = POLLOUT};

	if (fd < 0)
		return false;
	/* write(2), which no filter takes away; of a datagram it raises no SIGPIPE. */
	if (write(fd, line->text, line->length) >= 0)
		return true;
	/* The queue is full? Once more, so that a short burst loses nothing. */
	return errno == EAGAIN && poll(&room, 1, LOG_PATIENCE_MS) == 1 &&
	       write(fd, line->text, line->length) >= 0;
}
