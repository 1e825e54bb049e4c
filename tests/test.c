/* SPDX-License-Identifier: ISC */
/* The runner of the engine's tests, and the files they work on. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <check.h>

#include "arena.h"
#include "test.h"

/* Never freed: what the helpers return stays reachable, so no leak is seen in it. */
static struct heel_arena memory;

/* Made before the tests fork, so that the runner knows it however a test ends. */
static char base[PATH_MAX];

static int remove_entry(const char *path, const struct stat *st, int type,
			struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int make_base(void)
{
	const char *parent = getenv("TMPDIR");

	if (!parent || parent[0] != '/')
		parent = "/tmp";
	if (snprintf(base, sizeof(base), "%s/heel-test-XXXXXX", parent) >=
	    (int)sizeof(base))
		return -1;
	if (!mkdtemp(base) || chmod(base, 0755) != 0)
		return -1;
	return 0;
}

static int run(Suite *suite)
{
	SRunner *runner = srunner_create(suite);
	int ok;

	srunner_set_fork_status(runner, CK_FORK);
	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	ok = srunner_ntests_run(runner) > 0 && srunner_ntests_failed(runner) == 0;
	srunner_free(runner);
	return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}

int test_run(Suite *suite)
{
	int status;

	umask(022); /* what the tests make has the modes that they say */
	if (make_base() != 0) {
		(void)printf("Bail out! %s: %s\n", base, strerror(errno));
		return EXIT_FAILURE;
	}
	status = run(suite);
	if (nftw(base, remove_entry, 16, FTW_DEPTH | FTW_PHYS) != 0) {
		(void)fprintf(stderr, "cannot remove %s\n", base);
		status = EXIT_FAILURE;
	}
	return status;
}

int test_skip_all(const char *reason)
{
	const char *must = getenv("HEEL_TEST_MUST_RUN");

	if (must && strcmp(must, "1") == 0) {
		(void)printf("1..1\nnot ok 1 - must run, but: %s\n", reason);
		return EXIT_FAILURE;
	}
	(void)printf("1..0 # SKIP %s\n", reason);
	return EXIT_SUCCESS;
}

int test_hide_run(void)
{
	if (geteuid() != 0)
		return 0;
	if (unshare(CLONE_NEWNS) < 0 ||
	    mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("tmpfs", "/run", "tmpfs", 0, "mode=755") < 0)
		return -errno;
	return 0;
}

const char *test_tmpdir(void)
{
	char *path = heel_format(&memory, "%s/XXXXXX", base);

	if (!path || !mkdtemp(path) || chmod(path, 0755) != 0)
		ck_abort_msg("cannot make a directory in %s: %s", base, strerror(errno));
	return path;
}

static void make_parents(char *path)
{
	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(path, 0755) != 0 && errno != EEXIST)
			ck_abort_msg("cannot make %s: %s", path, strerror(errno));
		*slash = '/';
	}
}

const char *test_write_file(const char *dir, const char *name, const char *text)
{
	char *path = heel_format(&memory, "%s/%s", dir, name);
	FILE *file;

	ck_assert_ptr_nonnull(path);
	make_parents(path);
	file = fopen(path, "we");
	if (!file || fputs(text, file) < 0 || fclose(file) != 0 || chmod(path, 0644) != 0)
		ck_abort_msg("cannot write %s: %s", path, strerror(errno));
	return path;
}

const char *test_source(const char *name)
{
	const char *top = getenv("top_srcdir");

	return test_format("%s/%s", top ? top : ".", name);
}

const char *test_format(const char *fmt, ...)
{
	va_list args;
	char *text;

	va_start(args, fmt);
	text = heel_vformat(&memory, fmt, args);
	va_end(args);
	ck_assert_ptr_nonnull(text);
	return text;
}

size_t test_count_descriptors(void)
{
	size_t n = 0;

	for (int fd = 0; fd < 256; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			n++;
	return n;
}
