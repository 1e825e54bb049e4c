/* SPDX-License-Identifier: ISC */
/* memory.so, to be preloaded: one allocation fails, or all from one on. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "memory.h"

static struct allocations none;
static struct allocations *shared = &none;

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *memory, size_t size);

/* For a caller that has a part of its own around what it looks at. */
__attribute__((visibility("default"))) void faults_arm(int on)
{
	shared->armed = on;
}

__attribute__((constructor)) static void begin(void)
{
	const char *file = getenv(ALLOCATIONS_VARIABLE);
	int fd = file ? open(file, O_RDWR | O_CLOEXEC) : -1;
	void *memory;

	if (fd < 0)
		return;
	memory = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (memory != MAP_FAILED)
		shared = memory;
	(void)close(fd);
}

static void note_caller(const void *caller)
{
	const char *name = "?", *slash;
	Dl_info info = {0};

	if (dladdr(caller, &info) != 0 && info.dli_fname)
		name = info.dli_fname;
	slash = strrchr(name, '/');
	(void)snprintf(shared->caller, sizeof(shared->caller), "%s: %s",
		       slash ? slash + 1 : name, info.dli_sname ? info.dli_sname : "?");
}

/* If only those of one program or library are looked at. */
static bool is_of(const void *caller)
{
	Dl_info info;

	return !shared->of[0] || (dladdr(caller, &info) != 0 && info.dli_fname &&
				  strstr(info.dli_fname, shared->of));
}

static bool must_fail(const void *caller)
{
	if (!shared->armed || !is_of(caller))
		return false;
	shared->n++;
	if (shared->n < shared->nth || (shared->n > shared->nth && !shared->rest))
		return false;
	if (!shared->failed)
		note_caller(caller);
	shared->failed = true;
	errno = ENOMEM;
	return true;
}

/* Else it would be libc's own allocation; libraries know it by this name. */
char *__strdup(const char *text);
char *strdup(const char *text) __attribute__((alias("__strdup")));

#define FAIL must_fail(__builtin_return_address(0))

void *malloc(size_t size)
{
	return FAIL ? NULL : __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
	return FAIL ? NULL : __libc_calloc(n, size);
}

void *realloc(void *memory, size_t size)
{
	return FAIL ? NULL : __libc_realloc(memory, size);
}

char *__strdup(const char *text)
{
	const size_t size = strlen(text) + 1;
	char *copy = FAIL ? NULL : __libc_malloc(size);

	return copy ? memcpy(copy, text, size) : NULL;
}
