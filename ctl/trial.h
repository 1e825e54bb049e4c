/* SPDX-License-Identifier: ISC */
/*
 * The known ways out of a session, as acts that can be tried: what each aims at, the act,
 * and what in a policy would stop it. `heel selftest` and the tests share the table.
 * Harmless: an act touches only what heel_prepare_targets() made for it, and loopback.
 */
#pragma once

#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "attr.h"
#include "landlock_uapi.h"

/* What acts aim at: all of it outside of the session, and of the same user. */
struct heel_targets {
	pid_t pid;	 /* a process, which holds all that follows */
	uint16_t tcp;	 /* a port of 127.0.0.1 on which it listens */
	uint16_t udp;	 /* one to which it is bound */
	uint16_t free;	 /* one that nobody uses */
	int segment;	 /* of System V memory */
	uint64_t memory; /* an address in the process */
	char terminal[32];
	char directory[128]; /* in it: "file", "socket"; the abstract socket has its name
			      */
};

/* What an act returns beside 0, done, and -errno, stopped. */
enum {
	HEEL_TRY_CANNOT = 1,	  /* what has to come before it failed */
	HEEL_TRY_REFUSED = 2,	  /* the child could not be confined */
	HEEL_TRY_HUNG = 3,	  /* it did not end, and was killed */
	HEEL_TRY_KILLED = 4,	  /* a signal ended it */
	HEEL_TRY_INTERRUPTED = 5, /* the caller got a signal to end */
};

/* Beside system calls and rights: what of a plan stops an act, each a bit. */
enum heel_barrier {
	HEEL_BAR_DOMAIN = 1, /* any domain of Landlock */
	HEEL_BAR_SIGNAL = 2, /* a scope */
	HEEL_BAR_ABSTRACT = 4,
	HEEL_BAR_CONNECT = 8, /* a right on the port */
	HEEL_BAR_BIND = 16,
	HEEL_BAR_UDP = 32,
	HEEL_BAR_WX_MEMORY = 64,
	HEEL_BAR_FOREIGN_ABI = 128,
	HEEL_BAR_X32 = 256, /* in every filter */
	HEEL_BAR_READING =
		512, /* any domain, for whom the kernel lets no privilege pass */
	HEEL_BAR_SETTLE = 1024, /* heel closes what is open before the session */
};

enum heel_aim {
	HEEL_AIM_FILE, /* of the directory */
	HEEL_AIM_DIRECTORY,
	HEEL_AIM_SOCKET,
	HEEL_AIM_TERMINAL,
	HEEL_AIM_PROGRAM, /* HEEL_TRIAL_PROGRAM */
};

#define HEEL_TRIAL_PROGRAM "/usr/bin/true"

/* A call that the act takes, with the arguments that a filter may look at. */
struct heel_trial_call {
	const char *name;
	uint32_t arguments[6];
};

struct heel_escape {
	const char *id;	  /* of the catalogue, with a letter where it has several */
	const char *name; /* in words */
	/* Opens what the act needs, before the process is confined; or NULL. */
	int (*before)(const struct heel_targets *targets);
	/* Returns 0, -errno, or HEEL_TRY_CANNOT; or it becomes a program that ends with
	 * 0. */
	int (*act)(const struct heel_targets *targets, int fd);
	struct heel_trial_call calls[3]; /* up to the first without a name */
	unsigned int barriers;
	uint64_t right; /* of Landlock, on the path that is aimed at */
	enum heel_aim aim;
	const char *restriction; /* that would stop it; or NULL */
};

/* A file's part of the table. */
struct heel_escapes {
	const struct heel_escape *v;
	size_t n;
};

extern const struct heel_escapes heel_file_escapes, heel_process_escapes,
	heel_network_escapes, heel_call_escapes;

/* Number i of all escapes, or NULL behind the last. */
const struct heel_escape *heel_escape_at(size_t i);

/* The path that an act aims at. */
int heel_aim_path(const struct heel_targets *targets, enum heel_aim aim, char *ret,
		  size_t size);

/*
 * Starts the process that the acts aim at, which ends with the caller, and fills the
 * directory, which must be empty. Returns 0 or -errno.
 */
HEEL_MUST_CHECK int heel_prepare_targets(const char *directory, struct heel_targets *ret);
/* Ends the process, and removes what is in the directory, and it. */
void heel_remove_targets(const struct heel_targets *targets);

/*
 * Does an act in a child, which confine(context), if not NULL, confines first. What is
 * returned is 0, -errno or HEEL_TRY_. The caller has blocked heel_trial_signals().
 */
int heel_try(const struct heel_escape *escape, const struct heel_targets *targets,
	     int (*confine)(void *context), void *context);

/* Blocks SIGCHLD and what asks the process to end; *ret_old is what it was. */
int heel_block_trial_signals(sigset_t *ret_old);
