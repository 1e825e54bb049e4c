/* SPDX-License-Identifier: ISC */
/*
 * What the engine's test programs share: the runner, the skip, and files to
 * work on. Each test runs in a process of its own, so what it does to itself
 * ends with it. Strings that these functions return live as long as the
 * process; a helper that cannot do its work fails the test.
 */
#pragma once

#include <check.h>

#include "attr.h"

/*
 * Stands once in a program whose tests enter a domain. LeakSanitizer stops its
 * own process by ptrace and reads its /proc, neither of which works in there.
 */
#define TEST_LIVE_PROGRAM                                                                \
	const char *__asan_default_options(void);                                        \
	const char *__asan_default_options(void)                                         \
	{                                                                                \
		return "detect_leaks=0";                                                 \
	}

/*
 * Runs the suite and frees it; the results go to standard output as TAP.
 * Returns what main() returns.
 */
int test_run(Suite *suite);

/*
 * For a program whose tests cannot run here: says so instead of running them,
 * as a skip, or as a failure where HEEL_TEST_MUST_RUN=1. Returns what main()
 * returns.
 */
int test_skip_all(const char *reason);

/*
 * For a program that loads the module: gives root a /run of its own, in which the records
 * of sessions lie that are none of this machine's. Returns 0, or -errno where it cannot.
 */
HEEL_MUST_CHECK int test_hide_run(void);

/*
 * A new, empty directory under $TMPDIR or /tmp, open to all. The runner removes
 * it with all it holds, also after a test that crashed.
 */
const char *test_tmpdir(void);

/*
 * Writes a file of mode 0644, making the directories in its name, and returns
 * its path.
 */
const char *test_write_file(const char *dir, const char *name, const char *text);

/* The path of a file of the source tree, such as "tests/data/empty.conf". */
const char *test_source(const char *name);

/* How many descriptors below 256 are open. */
size_t test_count_descriptors(void);

const char *test_format(const char *fmt, ...) HEEL_PRINTF(1, 2);
