/* SPDX-License-Identifier: ISC */
/* Text files of the system, by lines: for looking at them, never for believing them. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store.h"
#include "textfile.h"

/* More of a file of /proc is not read; the mounts of a host fit. */
#define PROC_SIZE ((size_t)256 * 1024)

#define BLANKS	  " \t\r\n\f\v"

/* Reads until the end or until the buffer is full; a file may grow meanwhile. */
static ssize_t read_up_to(int fd, char *buffer, size_t size)
{
	size_t length = 0;

	while (length < size) {
		ssize_t n = read(fd, buffer + length, size - length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		length += (size_t)n;
	}
	return (ssize_t)length;
}

static int read_text(struct heel_arena *arena, int fd, size_t size, const char **ret)
{
	char *text = heel_alloc(arena, size + 1, 1);
	ssize_t n = text ? read_up_to(fd, text, size) : -ENOMEM;

	if (n < 0)
		return (int)n;
	*ret = text;
	return 0;
}

int heel_read_text(struct heel_arena *arena, const char *path, const char **ret)
{
	HEEL_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	if (st.st_size > (off_t)HEEL_FILE_SIZE_MAX)
		return -EFBIG;
	return read_text(arena, fd, (size_t)st.st_size, ret);
}

int heel_read_proc(struct heel_arena *arena, const char *path, const char **ret)
{
	HEEL_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : read_text(arena, fd, PROC_SIZE, ret);
}

/* Ends the text before its comment, and before the blanks that are left at its end. */
static void cut_comment(char *text)
{
	size_t length = strcspn(text, "#");

	while (length > 0 && strchr(BLANKS, text[length - 1]))
		length--;
	text[length] = '\0';
}

/* Takes the backslash away that joins the line to the next one. */
static bool goes_on(char *text)
{
	size_t length = strlen(text);

	if (length == 0 || text[length - 1] != '\\')
		return false;
	text[length - 1] = ' ';
	return true;
}

static int add_line(struct heel_arena *arena, unsigned int number, char *text,
		    struct heel_lines *lines)
{
	text += strspn(text, BLANKS);
	cut_comment(text); /* what joining has left at the end */
	if (!*text)
		return 0;
	lines->v = heel_grow(arena, lines->v, lines->n, sizeof(*lines->v));
	if (!lines->v)
		return -ENOMEM;
	lines->v[lines->n++] = (struct heel_line){number, text};
	return 0;
}

int heel_split_lines(struct heel_arena *arena, const char *text, bool joined,
		     struct heel_lines *ret)
{
	char *buffer = heel_alloc(arena, strlen(text) + 1, 1);
	struct heel_lines lines = {0};
	unsigned int number = 0, first = 0;
	char *whole = buffer, *end = buffer; /* the line that is being put together */

	if (!buffer)
		return -ENOMEM;
	while (*text) {
		size_t length = strcspn(text, "\n");

		number++;
		if (whole == end)
			first = number;
		memcpy(end, text, length);
		end[length] = '\0';
		text += length + (text[length] == '\n');
		cut_comment(end);
		if (joined && goes_on(end) && *text) {
			end += strlen(end);
			continue;
		}
		if (add_line(arena, first, whole, &lines) < 0)
			return -ENOMEM;
		end += strlen(end) + 1;
		whole = end;
	}
	*ret = lines;
	return 0;
}

char *heel_next_word(char **cursor)
{
	char *word = *cursor + strspn(*cursor, BLANKS);
	size_t length = strcspn(word, BLANKS);

	if (length == 0)
		return NULL;
	*cursor = word + length;
	if (**cursor)
		*(*cursor)++ = '\0';
	return word;
}
