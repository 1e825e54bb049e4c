/* SPDX-License-Identifier: ISC */
/*
 * Tries the known ways out in whatever confinement it was started in. Usage:
 *
 *	trials --prepare DIR		run outside, as the same user; DIR is new, short
 *and outside of the policy's rules. Prints one word, the TARGETS, and stays until it is
 *ended by SIGTERM, SIGINT or SIGHUP; then all of it is gone. trials TARGETS ID...
 *tries these; "--all" for all of them trials --list			ID and name of
 *each
 *
 * For each act a line "ID done", "ID stopped ERRNAME", "ID stopped killed", "ID cannot"
 * (what comes before it failed) or "ID hung". Exit code 0, or 2 for wrong usage. TARGETS
 * holds letters, digits, commas, dots and slashes only, so that no shell needs quotes.
 */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include "../ctl/trial.h"
#include "text.h"

static int usage(void)
{
	(void)fputs("usage: trials --list | --prepare DIR | TARGETS --all | TARGETS "
		    "ID...\n",
		    stderr);
	return 2;
}

static int list(void)
{
	for (size_t i = 0; heel_escape_at(i); i++)
		(void)printf("%s %s\n", heel_escape_at(i)->id, heel_escape_at(i)->name);
	return 0;
}

static int prepare(const char *directory)
{
	struct heel_targets targets;
	sigset_t old, ends;
	int rc, got;

	if (heel_block_trial_signals(&old) < 0 || mkdir(directory, 0755) < 0) {
		perror("trials");
		return 1;
	}
	rc = heel_prepare_targets(directory, &targets);
	if (rc < 0) {
		(void)fprintf(stderr, "trials: %s\n", strerror(-rc));
		return 1;
	}
	(void)printf("%d,%u,%u,%u,%d,%" PRIu64 ",%s,%s\n", (int)targets.pid, targets.tcp,
		     targets.udp, targets.free, targets.segment + 1, targets.memory,
		     targets.terminal, targets.directory);
	(void)fflush(stdout);
	(void)sigemptyset(&ends);
	(void)sigaddset(&ends, SIGTERM);
	(void)sigaddset(&ends, SIGINT);
	(void)sigaddset(&ends, SIGHUP);
	(void)sigwait(&ends, &got);
	heel_remove_targets(&targets);
	return 0;
}

/* The next word up to a comma, as a number; false if it is none. */
static bool next(char **text, uint64_t most, uint64_t *ret)
{
	const char *word = strsep(text, ",");

	return word && heel_parse_number(word, most, ret) == 0;
}

static int parse(char *text, struct heel_targets *ret)
{
	uint64_t pid, tcp, udp, unused, segment, memory;
	const char *terminal;

	if (!next(&text, INT_MAX, &pid) || !next(&text, UINT16_MAX, &tcp) ||
	    !next(&text, UINT16_MAX, &udp) || !next(&text, UINT16_MAX, &unused) ||
	    !next(&text, INT_MAX, &segment) || !next(&text, UINT64_MAX, &memory))
		return -EINVAL;
	terminal = strsep(&text, ",");
	if (!text || strlen(terminal) >= sizeof(ret->terminal) ||
	    strlen(text) >= sizeof(ret->directory))
		return -EINVAL;
	*ret = (struct heel_targets){
		.pid = (pid_t)pid,
		.tcp = (uint16_t)tcp,
		.udp = (uint16_t)udp,
		.free = (uint16_t)unused,
		.segment = (int)segment - 1,
		.memory = memory,
	};
	memcpy(ret->terminal, terminal, strlen(terminal) + 1);
	memcpy(ret->directory, text, strlen(text) + 1);
	return 0;
}

static void report(const char *id, int result)
{
	const char *name;

	if (result == 0)
		(void)printf("%s done\n", id);
	else if (result == HEEL_TRY_KILLED)
		(void)printf("%s stopped killed\n", id);
	else if (result == HEEL_TRY_HUNG)
		(void)printf("%s hung\n", id);
	else if (result > 0)
		(void)printf("%s cannot\n", id);
	else if ((name = strerrorname_np(-result)))
		(void)printf("%s stopped %s\n", id, name);
	else
		(void)printf("%s stopped %d\n", id, -result);
	(void)fflush(stdout);
}

/* Tries those with that id, or all; returns how many there are. */
static size_t try(const struct heel_targets *targets, const char *id)
{
	size_t n = 0;

	for (size_t i = 0; heel_escape_at(i); i++) {
		const struct heel_escape *escape = heel_escape_at(i);

		if (strcmp(id, "--all") != 0 && strcmp(id, escape->id) != 0)
			continue;
		report(escape->id, heel_try(escape, targets, NULL, NULL));
		n++;
	}
	return n;
}

int main(int argc, char **argv)
{
	struct heel_targets targets = {0};
	sigset_t old;

	if (argc == 2 && strcmp(argv[1], "--list") == 0)
		return list();
	if (argc == 3 && strcmp(argv[1], "--prepare") == 0)
		return prepare(argv[2]);
	if (argc < 3 || parse(argv[1], &targets) < 0 ||
	    heel_block_trial_signals(&old) < 0)
		return usage();
	for (int i = 2; i < argc; i++)
		if (try(&targets, argv[i]) == 0)
			return usage();
	return 0;
}
