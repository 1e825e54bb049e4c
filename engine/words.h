/* SPDX-License-Identifier: ISC */
/*
 * Command lines without a shell: text to words by quotes and backslashes alone, and which
 * of a profile's commands a request asks for. A request is the user's and may be
 * anything.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "attr.h"
#include "report.h"

/* A text may be as long, in bytes, and have as many words. */
#define HEEL_WORDS_TEXT_MAX 65536
#define HEEL_WORDS_MAX	    1024

/* What a text is, and so what stands in it unquoted. */
enum heel_words_kind {
	HEEL_WORDS_REQUEST, /* of a user: nothing that a shell would act on */
	HEEL_WORDS_MATCH,   /* of a profile: patterns (*, ?, [..]) as well */
	HEEL_WORDS_RUN, /* of a profile: tokens, which were checked; $* as a word of its
			   own */
};

struct heel_word {
	const char *text; /* of a match: a pattern, what was quoted in it escaped */
	bool rest; /* "*" of a match, "$*" of a run: any number of words, if it is last */
};

struct heel_words {
	const struct heel_word *v;
	size_t n;
};

/* A command that a profile allows. */
struct heel_command {
	struct heel_words match;
	struct heel_words run;	/* with "$*" once at most; none: what the request says */
	const char *program;	/* absolute: what is executed */
	bool per_user;		/* a token stands in its path */
	const char *match_text; /* as written, for output */
	const char *run_text;	/* likewise, tokens expanded; or NULL */
	struct heel_origin from;
};

/*
 * Splits a text into words as a POSIX shell would if it did nothing else: at blanks, with
 * '..', ".." and backslashes. Words that are empty by quotes are kept. Errors: -EINVAL
 * where a character stands that a shell would act on, or a control character, where a
 * quote is open at the end, and without any word; -E2BIG beyond the bounds above;
 * -ENOMEM. The words live in the arena.
 */
HEEL_MUST_CHECK int heel_split(struct heel_arena *arena, enum heel_words_kind kind,
			       const char *text, struct heel_origin at,
			       struct heel_words *ret, struct heel_report *report);

/*
 * Makes a command of what a profile writes; run NULL: a plain string. The program of
 * a run may begin with ${home}, and tokens are left as they are. Errors: as heel_split(),
 * and -EINVAL for a program that is not absolute, or a "$*" that has nothing to stand
 * for.
 */
HEEL_MUST_CHECK int heel_make_command(struct heel_arena *arena, const char *match,
				      const char *run, struct heel_origin at,
				      struct heel_command *ret,
				      struct heel_report *report);

/* How many words of a match come before the last one, if that is "*"; else all. */
size_t heel_count_fixed(const struct heel_words *match);

/* True if each word matches the pattern at its place. */
bool heel_words_match(const struct heel_words *match, const struct heel_words *request);

/* True if the request asks for the command. One that runs as it stands may be asked for
 * by the last component of its program. */
bool heel_is_asked_for(const struct heel_command *command,
		       const struct heel_words *request);

/*
 * What is executed for a request that asks for the command: a NULL-terminated array in
 * the arena, or NULL without memory.
 */
HEEL_MUST_CHECK char **heel_command_words(struct heel_arena *arena,
					  const struct heel_command *command,
					  const struct heel_words *request);
