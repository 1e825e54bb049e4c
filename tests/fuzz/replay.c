/* SPDX-License-Identifier: ISC */
/*
 * Gives a target each file of its corpus: what once was found stays found, also where
 * there is no libFuzzer. The program is called replay_TARGET; the result is TAP.
 */
#include <dirent.h>
#include <errno.h>
#include <string.h>

#include "attr.h"
#include "fuzz.h"

/* A file larger than this is none of a corpus. */
#define SIZE_MAX_OF_FILE ((size_t)1 << 20)

static char *corpus_of(const char *program)
{
	const char *top = getenv("top_srcdir");
	const char *target = strrchr(program, '_');
	char *path;

	if (!target ||
	    asprintf(&path, "%s/tests/fuzz/corpus/%s", top ? top : ".", target + 1) < 0)
		abort();
	return path;
}

static int replay(const char *directory, const char *name)
{
	uint8_t *data = malloc(SIZE_MAX_OF_FILE);
	size_t size;
	char *path;
	FILE *file;

	if (!data || asprintf(&path, "%s/%s", directory, name) < 0)
		abort();
	file = fopen(path, "re");
	if (!file)
		abort();
	size = fread(data, 1, SIZE_MAX_OF_FILE, file);
	fclose(file);
	free(path);
	/* In a block of just its size, so that reading on shows. */
	data = realloc(data, size > 0 ? size : 1);
	if (!data)
		abort();
	(void)LLVMFuzzerTestOneInput(data, size); /* it aborts, or all is well */
	free(data);
	return 0;
}

static int is_input(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

int main(HEEL_UNUSED int argc, char **argv)
{
	char *directory = corpus_of(argv[0]);
	struct dirent **entries;
	int n = scandir(directory, &entries, is_input, alphasort);

	if (n <= 0) {
		printf("1..1\nnot ok 1 - there is a corpus in %s\n", directory);
		free(directory);
		return 1;
	}
	printf("1..%d\n", n);
	for (int i = 0; i < n; i++) {
		fflush(stdout);
		fprintf(stderr, "# %s\n", entries[i]->d_name);
		(void)replay(directory, entries[i]->d_name);
		printf("ok %d - %s\n", i + 1, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	free(directory);
	return 0;
}
