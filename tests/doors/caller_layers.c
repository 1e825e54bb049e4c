/* SPDX-License-Identifier: ISC */
/*
 * caller_layers NUMBER PROGRAM ARGUMENT...: becomes the program within that many Landlock
 * layers, which take nothing from it but making device nodes. Needs root, for it leaves
 * no_new_privs alone.
 */
#include <err.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

/* What the headers of supported systems may lack. */
enum {
	CREATE_RULESET = 444,
	RESTRICT_SELF = 446,
	MAKE_CHAR = 1 << 6,
};

int main(int argc, char **argv)
{
	const uint64_t handled_access_fs = MAKE_CHAR;
	long number = argc > 2 ? strtol(argv[1], NULL, 10) : 0;

	for (long i = 0; i < number; i++) {
		long fd = syscall(CREATE_RULESET, &handled_access_fs,
				  sizeof(handled_access_fs), 0);

		if (fd < 0 || syscall(RESTRICT_SELF, fd, 0) < 0)
			err(125, "layer %ld", i + 1);
		close((int)fd);
	}
	if (number > 0)
		execvp(argv[2], argv + 2);
	err(125, "nothing to run");
}
