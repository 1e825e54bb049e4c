/* SPDX-License-Identifier: ISC */
/* Finds the second program that the kernel opens to execute a first one. */
#include <elf.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ctl.h"

/* As much of a file as the kernel looks at to find out what it is. */
#define HEAD_SIZE   256

/* More program headers than any real program has. */
#define HEADERS_MAX 256

static const char *of_script(struct heel_arena *arena, const char *head)
{
	const char *path = head + 2 + strspn(head + 2, " \t");
	size_t length = strcspn(path, " \t\n");

	if (path[0] != '/')
		return NULL;
	return HEEL_NEED(heel_strndup(arena, path, length));
}

/* The path that a program's PT_INTERP header names. */
static const char *of_program(struct heel_arena *arena, int fd, const ElfW(Ehdr) * file)
{
	char path[PATH_MAX] = "";

	if (file->e_phentsize != sizeof(ElfW(Phdr)) || file->e_phnum > HEADERS_MAX)
		return NULL;
	for (size_t i = 0; i < file->e_phnum; i++) {
		off_t at = (off_t)(file->e_phoff + i * sizeof(ElfW(Phdr)));
		ElfW(Phdr) part;

		if (pread(fd, &part, sizeof(part), at) != (ssize_t)sizeof(part))
			return NULL;
		if (part.p_type != PT_INTERP)
			continue;
		if (part.p_filesz >= sizeof(path) ||
		    pread(fd, path, part.p_filesz, (off_t)part.p_offset) !=
			    (ssize_t)part.p_filesz ||
		    path[0] != '/')
			return NULL;
		return HEEL_NEED(heel_strdup(arena, path));
	}
	return NULL;
}

const char *heel_interpreter_of(struct heel_arena *arena, const char *path)
{
	/* O_NONBLOCK: what is no program must not hold the question up. */
	HEEL_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	union {
		char text[HEAD_SIZE + 1];
		ElfW(Ehdr) program;
	} head = {0};
	struct stat st;
	ssize_t n;

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return NULL;
	n = read(fd, head.text, HEAD_SIZE);
	if (n > 2 && memcmp(head.text, "#!", 2) == 0)
		return of_script(arena, head.text);
	if (n >= (ssize_t)sizeof(head.program) && memcmp(head.text, ELFMAG, SELFMAG) == 0)
		return of_program(arena, fd, &head.program);
	return NULL;
}
