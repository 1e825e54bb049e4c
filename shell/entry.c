/* SPDX-License-Identifier: ISC */
/*
 * heel-shell, as it stands in the password file: starts the session, or hands it over to
 * a program that may be a dynamic one.
 *
 * Until a session is confined, the user's code must not run in it. A dynamic program
 * cannot see to that itself: its loader and its C library have obeyed the environment
 * before main() begins, and the environment may be the user's (~/.ssh/environment,
 * ~/.pam_environment, AcceptEnv). So this program is static, and looks at no variable.
 *
 * It has no name service and nothing to parse or to compile a policy with. What it needs
 * of that it finds in the files of local users, and in what `heel cache` has worked out;
 * then it starts the session by the very code that the other program has. For whatever
 * fails, that one is asked. To it all variables go as data: NAME=VALUE as .NAME=VALUE, a
 * name that nothing looks for.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "attr.h"
#include "process.h"
#include "start.h"

/*
 * Below these the loader of the next program would fail, with a message and a
 * status of its own; from there on the program says itself what it lacks. (A
 * library of the name service may be large, but it is not needed to say that it
 * could not be loaded.)
 */
static const struct {
	int resource; /* as setrlimit(2) takes it in ISO C */
	rlim_t least;
} floors[] = {
	{RLIMIT_AS, 24UL * 1024 * 1024},
	{RLIMIT_DATA, 4UL * 1024 * 1024},
	{RLIMIT_STACK, 512UL * 1024},
	{RLIMIT_NOFILE, 16},
};

static const char *judge_limits(void)
{
	struct rlimit limit;

	for (size_t i = 0; i < HEEL_ARRAY_SIZE(floors); i++) {
		if (getrlimit(HEEL_RESOURCE(floors[i].resource), &limit) < 0)
			return "its resource limits cannot be read";
		if (limit.rlim_cur < floors[i].least)
			return "its resource limits are too low";
	}
	return NULL;
}

/*
 * The environment with a dot before every name, in its order; what is no variable is
 * left out. NULL if there is no room. Its memory is never given back. The kernel lets
 * nobody in with more than a few megabytes of it, so no size here comes near the limits
 * of its type.
 */
static char **encode(char *const *environment)
{
	size_t n = 1, size = 0, used = 0;
	char **encoded, *text;

	for (char *const *at = environment; *at; at++, n++)
		size += strlen(*at) + 2;
	encoded = mmap(NULL, n * sizeof(*encoded) + size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (encoded == MAP_FAILED)
		return NULL;
	text = (char *)(encoded + n);
	for (char *const *at = environment; *at; at++) {
		if (!strchr(*at, '='))
			continue;
		encoded[used++] = text;
		*text++ = '.';
		text = stpcpy(text, *at) + 1;
	}
	encoded[used] = NULL;
	return encoded;
}

/* Only when something is wrong with heel, or with the size of what it was given. */
__attribute__((noreturn)) static void refuse_hand_over(int err)
{
	if (err == E2BIG)
		heel_refuse("its arguments and environment are too large", NULL);
	heel_refuse("a part of heel cannot be run", strerror(err));
}

__attribute__((noreturn)) static void hand_over(char **argv, char **environment)
{
	const char *why = heel_settle(); /* closes what was opened here */
	char **encoded;

	if (!why)
		why = judge_limits();
	if (why)
		heel_refuse(why, NULL);
	encoded = encode(environment);
	if (!encoded)
		heel_refuse("there is not enough memory", NULL);
	(void)execve(HEEL_LIBEXECDIR "/session", argv, encoded);
	refuse_hand_over(errno);
}

int main(int argc, char **argv, char **environment)
{
	char *nothing[] = {NULL};
	const char *why = heel_settle();

	if (!why && argc < 1)
		why = "it was started without a name";
	if (why)
		heel_refuse(why, NULL);
	environ = nothing; /* for this program's own library */
	heel_start(argc, argv, environment, hand_over);
}
