/* SPDX-License-Identifier: ISC */
/*
 * The program that heel-shell becomes where it cannot start the session itself: it has
 * all of the name service, and the libraries to work out any policy. In its environment
 * no variable has a name that anything looks for.
 */
#include <errno.h>
#include <stdlib.h>

#include "process.h"
#include "start.h"
#include "tell.h"

/* libconfig 1.5 calls exit() when memory runs out. */
static void refuse_exit(void)
{
	heel_refuse(heel_reason(HEEL_STEP_POLICY, -ENOMEM),
		    "a library ended the program");
}

/*
 * The user's environment, which the entry handed on with a dot before each name. An array
 * of its own: what libraries see of the environment keeps the dots.
 */
static char **decode(char *const *environment)
{
	size_t n = 0, used = 0;
	char **decoded;

	while (environment[n])
		n++;
	decoded = calloc(n + 1, sizeof(*decoded));
	if (!decoded)
		heel_refuse(heel_reason(HEEL_STEP_PREPARE, -ENOMEM), NULL);
	for (size_t i = 0; i < n; i++)
		if (environment[i][0] == '.')
			decoded[used++] = environment[i] + 1;
	return decoded;
}

int main(int argc, char **argv, char **environment)
{
	const char *why = heel_settle();

	if (!why && argc < 1)
		why = "it was started without a name";
	if (why)
		heel_refuse(why, NULL);
	if (atexit(refuse_exit) != 0)
		refuse_exit();
	heel_start(argc, argv, decode(environment), NULL);
}
