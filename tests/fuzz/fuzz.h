/* SPDX-License-Identifier: ISC */
/*
 * What the fuzzing targets share. A target is LLVMFuzzerTestOneInput(), which aborts when
 * something does not hold that has to; libFuzzer's main() makes up inputs for it, and
 * that of replay.c gives it those of its corpus.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "heel.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Aborts, saying what does not hold. */
#define FUZZ_CHECK(condition, ...)                                                       \
	do {                                                                             \
		if (!(condition)) {                                                      \
			fprintf(stderr, "%s:%d: %s does not hold: ", __FILE__, __LINE__, \
				#condition);                                             \
			fprintf(stderr, __VA_ARGS__);                                    \
			fputc('\n', stderr);                                             \
			abort();                                                         \
		}                                                                        \
	} while (0)

/* --- Policy files in memory (memory.c) ---------------------------------------------- */

/* Where they seem to be. */
#define FUZZ_CONFDIR "/etc/heel"

/* Forgets all files. */
void fuzz_clear_files(void);

/* Adds "heel.conf", "profiles.d/NAME.conf" and so on; a second of a name is passed over.
 */
void fuzz_add_file(const char *name, const char *text, size_t length);

/* The number of lines of the file with that full name, or -1 if there is none. */
long fuzz_count_lines(const char *file);

/* --- Plans (plan.c) ----------------------------------------------------------------- */

/* A made-up kernel and user. */
struct fuzz_world {
	int abi;
	bool mdwe;
	enum heel_door door;
};

/* What became of the files. */
struct fuzz_plan {
	struct heel *heel;
	struct heel_report report;
	const struct heel_plan *plan; /* NULL where there is none */
	int rc;
};

/* The user. */
const struct heel_subject *fuzz_subject(void);

/* From the files to a policy; NULL where there is none. ret is to be freed. */
const struct heel_policy *fuzz_make_policy(const struct fuzz_world *world,
					   struct fuzz_plan *ret);

/* From the files to a plan, by the assignments of heel.conf. */
void fuzz_make_plan(const struct fuzz_world *world, struct fuzz_plan *ret);
void fuzz_free_plan(struct fuzz_plan *plan);

/* Aborts unless the plan, or what is said about its absence, makes sense. */
void fuzz_judge_plan(const struct fuzz_plan *plan);

/* All of it as text, to compare it with another; to be freed. */
char *fuzz_describe_plan(const struct fuzz_plan *plan);

/*
 * What the filter of a plan answers to a call: 0 if it is allowed, else an errno. Aborts
 * when a program answers anything else.
 */
int fuzz_answer(const struct heel_plan *plan, uint32_t arch, int number,
		const uint64_t args[static 6]);
