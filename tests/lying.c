/* SPDX-License-Identifier: ISC */
/*
 * Preloaded by tests/selftest.test: what HEEL_LIE names, "filter" or "domain", is
 * answered with success and not made, as by an engine or a kernel that confines nobody.
 */
#include <dlfcn.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#define LANDLOCK_RESTRICT_SELF 446

long syscall(long number, ...)
{
	long (*real)(long, ...) = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
	const char *lie = getenv("HEEL_LIE");
	long arguments[6];
	va_list list;

	if (lie &&
	    number == (strcmp(lie, "filter") == 0 ? SYS_seccomp : LANDLOCK_RESTRICT_SELF))
		return 0;
	va_start(list, number);
	for (int i = 0; i < 6; i++)
		arguments[i] = va_arg(list, long);
	va_end(list);
	return real(number, arguments[0], arguments[1], arguments[2], arguments[3],
		    arguments[4], arguments[5]);
}
