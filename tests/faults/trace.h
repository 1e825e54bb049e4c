/* SPDX-License-Identifier: ISC */
/*
 * Runs a program to its end, with one of its system calls made to fail. Calls are
 * numbered by process, in the order in which they are made, so that what several
 * processes do at the same time changes no number.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* prctl(MARK, 1) and prctl(MARK, 0): the calls in between are the ones that count, in a
 * program that has a part of its own around them. */
#define MARK	       0x4845454c
#define PROCESSES_MOST 8
#define CALLS_MOST     20000
#define TEXT_MOST      4096

/* One call of the part that is looked at. */
struct call {
	unsigned int process, index;
	long number;
	uint64_t args[6];
	bool started; /* libraries and loader have done their part: it is main()'s */
};

struct calls {
	size_t n;
	struct call v[CALLS_MOST];
};

/* What is run, and how. */
struct subject {
	char *const *argv;
	char *const *environment;
	const char *user;      /* who runs it; NULL: root */
	const char *probe;     /* whose start ends the part that is looked at */
	const char *remove;    /* a directory to be removed before */
	bool marked;	       /* only what stands between marks counts */
	size_t memory;	       /* RLIMIT_AS, in bytes; 0: none */
	unsigned int patience; /* seconds */
};

struct fault {
	unsigned int process, index;
	bool query; /* done as a question, which changes nothing */
	bool rest;  /* from then on, the kernel gives no more memory */
	int answer;
};

struct outcome {
	bool hung, probed, injected;
	bool starved;	 /* there was no memory left, for anything */
	bool in_library; /* and a library that is not heel's was the first to find out */
	bool started;	 /* at the fault, main() had begun */
	long number;	 /* the call that was made to fail */
	int status;	 /* as wait(2) has it, of the program */
	int signal;	 /* that ended one of its processes, or 0 */
	unsigned int ms;
	char out[TEXT_MOST], err[TEXT_MOST];
};

/* With a fault, or without one if it is NULL; then all calls are noted. */
void run_traced(const struct subject *subject, const struct fault *fault,
		struct calls *calls, struct outcome *ret);

/* Without looking at its calls. */
void run_plainly(const struct subject *subject, struct outcome *ret);
