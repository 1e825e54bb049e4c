/* SPDX-License-Identifier: ISC */
/*
 * Where the records of sessions are kept while these last: a directory of root's, with a
 * file for each, named by the number of the process that opened it. Nobody else can look
 * into it: who is logged in, and by which policy, is not everybody's business.
 *
 * A session cannot take its own record away, for its process is confined by then. So a
 * record counts only while there is a process of that number that began when the record
 * says, and those of processes that have ended are taken away by whoever comes by.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "arena.h"
#include "attr.h"
#include "record.h"
#include "report.h"

/* The name of the directory, below the one for things of heel's that a reboot ends. */
#define HEEL_REGISTER	    "sessions"

/* So many new records after which the old ones are looked through. */
#define HEEL_REGISTER_SWEEP 256

struct heel_register {
	int fd;	    /* of the directory; -1: none */
	bool sweep; /* it is time to look through it */
};

/*
 * Opens the directory in rundir; with make, it is made if missing. Nothing in its path
 * may be a link, and it must be the caller's and nobody else's to write to. Errors:
 * -ENOENT, -ELOOP, -ENOTDIR, -EPERM not to be trusted, or what the kernel gave.
 */
HEEL_MUST_CHECK int heel_register_open(const char *rundir, bool make,
				       struct heel_register *ret,
				       struct heel_report *report);

/* Closes it; any number of times. */
void heel_register_close(struct heel_register *records);

/*
 * Keeps a record, in place of one that has the same pid: whole, or not at all. *ret is
 * its file, open, for heel_register_void().
 */
HEEL_MUST_CHECK int heel_register_keep(const struct heel_register *records,
				       const struct heel_record *record, int *ret,
				       struct heel_report *report);

/*
 * Makes an empty file of a record, which counts for nothing. The way that is left to a
 * process that is confined in part: the directory is beyond its reach.
 */
void heel_register_void(int record);

/* Takes the record of that process away, if there is one. */
void heel_register_drop(const struct heel_register *records, pid_t pid);

/*
 * The records of sessions that last, in the arena, in no order. Takes away what is left
 * of others. What is there and no record is warned about. Errors: -ENOMEM, or what kept
 * it from reading the directory or /proc.
 */
HEEL_MUST_CHECK int heel_register_list(const struct heel_register *records,
				       struct heel_arena *arena, struct heel_record **ret,
				       size_t *ret_n, struct heel_report *report);

/*
 * Takes the records of processes that have ended away, if it is time: once in
 * HEEL_REGISTER_SWEEP new ones, so that few logins pay for it.
 */
void heel_register_sweep(const struct heel_register *records);

/* When a process began, in ticks since boot. -ESRCH: it has ended. */
HEEL_MUST_CHECK int heel_process_start(pid_t pid, uint64_t *ret);
