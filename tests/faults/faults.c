/* SPDX-License-Identifier: ISC */
/*
 * faults [OPTION...] PROGRAM [ARGUMENT...]: runs a program that confines itself and
 *becomes the probe again and again, each time with another thing failing, and judges what
 *came of it: the probe says that it is confined, or nothing was started and somebody was
 *told why.
 *
 *	-p FILE		the probe, by its absolute path; required
 *	-u USER		who runs the program; root otherwise
 *	-m		the program is a caller of PAM, with marks (see trace.h)
 *	-s STATUS	with which the program may end when it refuses; any number of them
 *	-w TEXT		what it says then, on stderr
 *	-r DIRECTORY	is removed before each run
 *	-e NAME=VALUE	its environment
 *	-x N|all	how many errors of each call, the most telling ones first
 *	-z		the call answers 0 and is not done, for those that confine
 *	-g		from a call that asks for memory on, the kernel gives no more
 *	-a FILE		what fails is not a system call but an allocation: with memory.so
 *			preloaded, which shares this file
 *	-o NAME		allocations of this program or library only
 *	-l		what fails is memory: RLIMIT_AS, from too little to enough
 *	-n N		every Nth case only (allocations, memory)
 *	-t SECONDS	after which a program hangs; 5
 *	-k P:I:E	this one case (process, index, errno), with what was printed
 *	-c		lists the calls
 *	-v		a line for every case
 *
 * A line for each case that is not as it should be, and a last one with the counts. The
 * status is 1 if there was one of those.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "errors.h"
#include "memory.h"
#include "trace.h"

#define WORDS_MOST  16
#define PATIENCE    5
#define MEMORY_LAST (128UL * 1024 * 1024)
#define MEMORY_STEP (128UL * 1024)

enum verdict {
	REFUSED,
	CONFINED,
	UNCONFINED, /* something was possible, or something else was started */
	HUNG,
	CRASHED,
	LIBRARY, /* one that is not heel's crashed, hung or ended, for want of memory */
	EARLY,	 /* the loader or the C library gave up, before main() and by a signal */
	MUTE,	 /* refused, and nobody was told why */
	ODD,	 /* refused, and the process was left in disorder; or an unknown status */
	VERDICTS,
};

static const char *const verdict_names[VERDICTS] = {
	"refused",	"confined", "unconfined", "hung", "crashed",
	"in a library", "early",    "mute",	  "odd",
};

enum choice { ERRORS, ZERO, GREED };

struct options {
	struct subject subject;
	enum choice choice;
	size_t errors; /* of each call at most */
	const char *words;
	int statuses[WORDS_MOST];
	size_t n_statuses;
	char *environment[WORDS_MOST + 1];
	size_t n_environment;
	const char *allocations, *of;
	bool memory, list, verbose, one;
	unsigned int each;
	struct fault fault;
};

struct totals {
	size_t calls, cases, shifted, n[VERDICTS];
	unsigned int slowest;
};

/* --- The judgement -------------------------------------------------------------- */

static bool may_refuse_with(const struct options *options, int status)
{
	for (size_t i = 0; i < options->n_statuses; i++)
		if (options->statuses[i] == status)
			return true;
	return false;
}

/* What failed was the very attempt to tell. */
static bool could_not_tell(const struct outcome *outcome)
{
	return outcome->number == SYS_write || outcome->number == SYS_writev;
}

/* These are made once limits and umask may have been changed. */
static bool is_applying(long number)
{
	return number == SYS_prlimit64 || number == SYS_umask || number == SYS_prctl ||
	       number == SYS_seccomp || number == SYS_landlock_restrict_self;
}

/* What failed was to take root's identity back; what else can be had of it must be. */
static bool is_identity(long number)
{
	return number == SYS_setfsuid || number == SYS_setfsgid ||
	       number == SYS_setgroups;
}

static enum verdict judge_refusal(const struct options *options,
				  const struct outcome *outcome)
{
	if (!WIFEXITED(outcome->status) ||
	    !may_refuse_with(options, WEXITSTATUS(outcome->status)))
		return WIFEXITED(outcome->status) && !outcome->started &&
				       WEXITSTATUS(outcome->status) == 127
			       ? REFUSED
			       : ODD;
	if ((strstr(outcome->out, "disorder") && !is_identity(outcome->number)) ||
	    (strstr(outcome->out, "changed") && !is_applying(outcome->number)))
		return ODD;
	if (outcome->started && !could_not_tell(outcome) &&
	    !strstr(outcome->err, options->words))
		return MUTE;
	return outcome->err[0] || could_not_tell(outcome) ? REFUSED : MUTE;
}

static enum verdict judge(const struct options *options, const struct outcome *outcome)
{
	if (outcome->hung)
		return HUNG;
	if (strncmp(outcome->out, "confined\n", 9) == 0)
		return outcome->status == 0 ? CONFINED : ODD;
	if (outcome->probed || strstr(outcome->out, "UNCONFINED"))
		return UNCONFINED;
	if (outcome->signal)
		return outcome->started ? CRASHED : EARLY;
	return judge_refusal(options, outcome);
}

/*
 * Where there is no memory, libconfig and libseccomp write to what they did not get, wait
 * for it or call exit(3), and PAM has none for a message. Nothing was started.
 */
static enum verdict excuse(const struct options *options, const struct outcome *outcome,
			   enum verdict verdict)
{
	if (!outcome->starved || verdict == UNCONFINED || verdict == CONFINED)
		return verdict;
	if (verdict == MUTE && options->subject.marked)
		return REFUSED;
	if (verdict != REFUSED && outcome->in_library)
		return LIBRARY;
	return verdict;
}

static void print_text(const char *name, const char *text)
{
	printf("\t%s: ", name);
	for (; *text; text++)
		putchar(*text == '\n' ? '|' : *text);
}

static void print_outcome(const char *name, enum verdict verdict,
			  const struct outcome *outcome)
{
	printf("%s: %s\tstatus %#x signal %d, %u ms", verdict_names[verdict], name,
	       (unsigned int)outcome->status, outcome->signal, outcome->ms);
	print_text("stdout", outcome->out);
	print_text("stderr", outcome->err);
	putchar('\n');
}

static void count(const struct options *options, const char *name,
		  const struct outcome *outcome, struct totals *totals)
{
	const enum verdict verdict = excuse(options, outcome, judge(options, outcome));

	(void)fflush(stdout);
	totals->cases++;
	totals->n[verdict]++;
	if (outcome->ms > totals->slowest)
		totals->slowest = outcome->ms;
	if (options->verbose || options->one ||
	    (verdict != REFUSED && verdict != CONFINED && verdict != EARLY &&
	     verdict != LIBRARY))
		print_outcome(name, verdict, outcome);
}

/* --- System calls --------------------------------------------------------------- */

static void try_fault(const struct options *options, const struct call *call,
		      const struct call_errors *errors, const struct fault *fault,
		      struct totals *totals)
{
	struct outcome outcome;
	char name[160];

	run_traced(&options->subject, fault, NULL, &outcome);
	(void)snprintf(name, sizeof(name), "%u:%u:%d %s %ld(%llx, %llx, %llx) %s%s",
		       fault->process, fault->index, -fault->answer, errors->name,
		       call->number, (unsigned long long)call->args[0],
		       (unsigned long long)call->args[1],
		       (unsigned long long)call->args[2],
		       fault->query    ? "not done"
		       : fault->answer ? strerrorname_np(-fault->answer)
				       : "answered 0",
		       call->started ? "" : " (before main)");
	outcome.starved = fault->rest;
	if (!outcome.injected || (outcome.number != call->number && !fault->rest)) {
		totals->shifted++;
		printf("shifted: to %ld: %s\n", outcome.number, name);
	}
	count(options, name, &outcome, totals);
}

static void try_errors(const struct options *options, const struct call *call,
		       const struct call_errors *errors, struct totals *totals)
{
	struct fault fault = {.process = call->process,
			      .index = call->index,
			      .query = errors->manner == MANNER_QUERY};
	size_t n = errors->n < options->errors ? errors->n : options->errors;

	if (errors->manner == MANNER_NEVER)
		return;
	totals->calls++;
	for (size_t i = 0; i < n; i++) {
		fault.answer = -errors->errors[i];
		try_fault(options, call, errors, &fault, totals);
	}
}

static void try_zero(const struct options *options, const struct call *call,
		     const struct call_errors *errors, struct totals *totals)
{
	const struct fault fault = {.process = call->process, .index = call->index};

	if (!errors->confines || !call->started)
		return;
	totals->calls++;
	try_fault(options, call, errors, &fault, totals);
}

static void try_greed(const struct options *options, const struct call *call,
		      const struct call_errors *errors, struct totals *totals)
{
	const struct fault fault = {.process = call->process,
				    .index = call->index,
				    .answer = -ENOMEM,
				    .rest = true};

	if (call->number != SYS_brk && call->number != SYS_mmap)
		return;
	totals->calls++;
	try_fault(options, call, errors, &fault, totals);
}

static void list(const struct calls *calls)
{
	for (size_t i = 0; i < calls->n; i++) {
		const struct call *call = &calls->v[i];

		printf("%u:%u %s %ld %llx %llx%s\n", call->process, call->index,
		       errors_of(call->number)->name, call->number,
		       (unsigned long long)call->args[0],
		       (unsigned long long)call->args[1],
		       call->started ? "" : " (before main)");
	}
}

static void try_calls(const struct options *options, struct totals *totals)
{
	static void (*const tries[])(const struct options *, const struct call *,
				     const struct call_errors *, struct totals *) = {
		[ERRORS] = try_errors,
		[ZERO] = try_zero,
		[GREED] = try_greed,
	};
	static struct calls calls;
	struct outcome outcome;

	run_traced(&options->subject, NULL, &calls, &outcome);
	outcome.started = options->subject.marked;
	if (options->list)
		list(&calls);
	if (options->one) {
		for (size_t i = 0; i < calls.n; i++)
			if (calls.v[i].process == options->fault.process &&
			    calls.v[i].index == options->fault.index)
				try_fault(options, &calls.v[i],
					  errors_of(calls.v[i].number), &options->fault,
					  totals);
		return;
	}
	/* Where nothing fails the session is confined; this is counted, too. */
	count(options, "nothing", &outcome, totals);
	if (options->list)
		return;
	for (size_t i = 0; i < calls.n; i += options->each)
		tries[options->choice](options, &calls.v[i], errors_of(calls.v[i].number),
				       totals);
}

/* --- Memory --------------------------------------------------------------------- */

static struct allocations *map_allocations(const char *file)
{
	int fd = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	void *memory;

	if (fd < 0 || fchmod(fd, 0666) < 0 ||
	    ftruncate(fd, sizeof(struct allocations)) < 0)
		err(2, "%s", file);
	memory = mmap(NULL, sizeof(struct allocations), PROT_READ | PROT_WRITE,
		      MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED)
		err(2, "%s", file);
	(void)close(fd);
	return memory;
}

/* Returns whether there was an allocation of that number. */
static bool try_allocation(const struct options *options, unsigned int nth, bool rest,
			   struct allocations *shared, struct totals *totals)
{
	struct outcome outcome;
	char name[128];

	*shared = (struct allocations){
		.armed = !options->subject.marked, .nth = nth, .rest = rest};
	(void)snprintf(shared->of, sizeof(shared->of), "%s", options->of);
	run_plainly(&options->subject, &outcome);
	if (!shared->failed)
		return false;
	outcome.starved = rest || strstr(shared->caller, "libpam.so");
	outcome.in_library = strstr(shared->caller, "libconfig") ||
			     strstr(shared->caller, "libseccomp");
	outcome.starved = outcome.starved || outcome.in_library;
	(void)snprintf(name, sizeof(name), "allocation %u%s of %s", nth,
		       rest ? " and all that follow" : "", shared->caller);
	count(options, name, &outcome, totals);
	return true;
}

static void try_allocations(const struct options *options, struct totals *totals)
{
	struct allocations *shared = map_allocations(options->allocations);
	unsigned int nth = 1;

	while (try_allocation(options, nth, false, shared, totals)) {
		(void)try_allocation(options, nth, true, shared, totals);
		nth += options->each;
	}
	totals->calls = nth - 1;
}

/* Stops some way after it was enough. */
static void try_memory(const struct options *options, struct totals *totals)
{
	struct options limited = *options;

	for (size_t size = MEMORY_STEP; size <= MEMORY_LAST;
	     size += MEMORY_STEP * options->each) {
		struct outcome outcome;
		char name[64];

		limited.subject.memory = size;
		run_plainly(&limited.subject, &outcome);
		outcome.starved = true;
		outcome.started = size > 8UL * 1024 * 1024;
		(void)snprintf(name, sizeof(name), "%zu KiB of memory", size / 1024);
		count(options, name, &outcome, totals);
		totals->calls++;
	}
}

/* --- The whole ------------------------------------------------------------------ */

static unsigned long number(const char *text)
{
	return strtoul(text, NULL, 10);
}

static void read_fault(const char *text, struct options *ret)
{
	char *end;

	ret->one = true;
	ret->fault.process = (unsigned int)strtoul(text, &end, 10);
	ret->fault.index = (unsigned int)strtoul(end + 1, &end, 10);
	ret->fault.answer = -(int)strtol(end + 1, NULL, 10);
}

/* What is run, and as whom. Returns false for an option of another kind. */
static bool read_subject(int option, const char *text, struct options *ret)
{
	switch (option) {
	case 'p':
		ret->subject.probe = text;
		return true;
	case 'u':
		ret->subject.user = text;
		return true;
	case 'm':
		ret->subject.marked = true;
		return true;
	case 'r':
		ret->subject.remove = text;
		return true;
	case 't':
		ret->subject.patience = (unsigned int)number(text);
		return true;
	case 's':
		if (ret->n_statuses == WORDS_MOST)
			errx(2, "-s");
		ret->statuses[ret->n_statuses++] = (int)number(text);
		return true;
	case 'e':
		if (ret->n_environment == WORDS_MOST)
			errx(2, "-e");
		ret->environment[ret->n_environment++] = (char *)(uintptr_t)text;
		return true;
	case 'w':
		ret->words = text;
		return true;
	default:
		return false;
	}
}

static void read_option(int option, const char *text, struct options *ret)
{
	if (read_subject(option, text, ret))
		return;
	switch (option) {
	case 'x':
		ret->errors = strcmp(text, "all") == 0 ? ERRORS_MOST : number(text);
		return;
	case 'z':
		ret->choice = ZERO;
		return;
	case 'g':
		ret->choice = GREED;
		return;
	case 'a':
		ret->allocations = text;
		return;
	case 'o':
		ret->of = text;
		return;
	case 'l':
		ret->memory = true;
		return;
	case 'n':
		ret->each = (unsigned int)number(text);
		return;
	case 'k':
		read_fault(text, ret);
		return;
	case 'c':
		ret->list = true;
		return;
	case 'v':
		ret->verbose = true;
		return;
	default:
		exit(2);
	}
}

static bool print_totals(const struct totals *totals)
{
	size_t bad = totals->shifted;

	printf("%zu calls, %zu cases:", totals->calls, totals->cases);
	for (size_t i = 0; i < VERDICTS; i++) {
		printf(" %zu %s,", totals->n[i], verdict_names[i]);
		if (i != REFUSED && i != CONFINED && i != EARLY && i != LIBRARY)
			bad += totals->n[i];
	}
	printf(" %zu shifted; slowest %u ms\n", totals->shifted, totals->slowest);
	return bad == 0;
}

int main(int argc, char **argv)
{
	struct options options = {.words = "",
				  .of = "",
				  .each = 1,
				  .errors = 2,
				  .subject = {.patience = PATIENCE}};
	struct totals totals = {0};
	int option;

	while ((option = getopt(argc, argv, "+p:u:ms:w:r:e:x:zga:o:ln:t:k:cv")) != -1)
		read_option(option, optarg, &options);
	if (optind >= argc || !options.subject.probe || options.each == 0)
		errx(2, "no program, or no probe");
	options.subject.argv = argv + optind;
	options.subject.environment = options.environment;
	/* Descriptors of whoever started this are not the program's. */
	(void)close_range(STDERR_FILENO + 1, UINT_MAX, CLOSE_RANGE_CLOEXEC);
	/* What a hung program leaves behind is this one's to wait for. */
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1);
	if (options.allocations)
		try_allocations(&options, &totals);
	else if (options.memory)
		try_memory(&options, &totals);
	else
		try_calls(&options, &totals);
	return print_totals(&totals) ? EXIT_SUCCESS : EXIT_FAILURE;
}
