/* SPDX-License-Identifier: ISC */
/* What the files of the `heel` command share: arguments, exit codes, output, answers. */
#pragma once

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include <jansson.h>

#include "access.h"
#include "arena.h"
#include "attr.h"
#include "heel.h"
#include "policy.h"
#include "report.h"
#include "ruleset.h"
#include "subject.h"

/* The exit codes of SPEC section 8. */
enum heel_exit {
	HEEL_EXIT_DONE = 0,
	HEEL_EXIT_FOUND = 1,
	HEEL_EXIT_USAGE = 2,
	HEEL_EXIT_REFUSED = 125, /* these three by `heel run` only */
	HEEL_EXIT_CANNOT_EXECUTE = 126,
	HEEL_EXIT_NOT_FOUND = 127,
};

/* The service that a session is taken to be of where nothing else is said. */
#define HEEL_SERVICE_SHELL "heel-shell"

/* The command line after the name of the subcommand. NULL or false where not given. */
struct heel_arguments {
	const char *config;
	const char *profile;
	const char *service;
	const char *as;
	const char *chdir;
	const char **environment; /* NAME=VALUE, in order */
	size_t n_environment;
	char **operands; /* NULL-terminated */
	size_t n_operands;
	bool json;
	bool strict;
	bool system;
	bool filter;
	bool outdated;
};

/* The subcommands: each returns the exit code. */
int heel_command_status(const struct heel_arguments *arguments);
int heel_command_check(const struct heel_arguments *arguments);
int heel_command_show(const struct heel_arguments *arguments);
int heel_command_can(const struct heel_arguments *arguments);
int heel_command_run(const struct heel_arguments *arguments);
int heel_command_selftest(const struct heel_arguments *arguments);
int heel_command_diff(const struct heel_arguments *arguments);
int heel_command_sessions(const struct heel_arguments *arguments);
int heel_command_cache(const struct heel_arguments *arguments);

/* --- output.c --- */

/*
 * Text that came from a file, a name or an argument goes to a terminal only
 * through these: control characters and whatever is not UTF-8 are written as
 * escapes. heel_escape() returns a copy in the arena, never NULL.
 */
const char *heel_escape(struct heel_arena *arena, const char *text);
void heel_put(FILE *stream, const char *text);
/* One line, escaped as a whole; the newline is added. */
void heel_say(FILE *stream, const char *fmt, ...) HEEL_PRINTF(2, 3);

/* Ways to set text off, where the stream is a terminal and NO_COLOR is not set. */
enum heel_style {
	HEEL_STYLE_PLAIN,
	HEEL_STYLE_HEADING,
	HEEL_STYLE_GOOD,
	HEEL_STYLE_WARNING,
	HEEL_STYLE_BAD,
};

void heel_put_styled(FILE *stream, enum heel_style style, const char *text);

/* Prints "heel: ..." and where help is; returns HEEL_EXIT_USAGE. */
HEEL_MUST_CHECK int heel_usage_error(const char *fmt, ...) HEEL_PRINTF(1, 2);

/* Ends the program with 1 (`heel run` makes it 125): half an answer could be taken for
 * one. */
_Noreturn void heel_out_of_memory(void);

/* The pointer, or the end of the program if it is NULL. */
#define HEEL_NEED(pointer)                                                               \
	({                                                                               \
		__typeof__(pointer) needed_ = (pointer);                                 \
		if (!needed_)                                                            \
			heel_out_of_memory();                                            \
		needed_;                                                                 \
	})

/* "FILE:LINE", "FILE" where the whole file is meant, "default" where no file is. */
const char *heel_origin_text(struct heel_arena *arena, struct heel_origin origin);

/* Prints errors and warnings, each as "FILE:LINE: error: TEXT". */
void heel_print_problem(FILE *stream, const struct heel_problem *problem);
void heel_print_report(FILE *stream, const struct heel_report *report);

/*
 * What an access is in the words of a profile: "write", "read+execute", or the
 * names of the rights where these do not fit. possible are the rights that the kernel
 * has and the object can carry.
 */
const char *heel_access_words(struct heel_arena *arena, uint64_t access,
			      uint64_t possible);
/*
 * The same for a gain: the word of which access has all, and of which what is not gained
 * is another word, for "write" where there was "read"; or the names of the rights gained.
 */
const char *heel_gain_words(struct heel_arena *arena, uint64_t gain, uint64_t access);
/* The names of the rights of a class, with the text between them. */
const char *heel_right_names(struct heel_arena *arena, enum heel_class class,
			     uint64_t bits, const char *between);

/* The names of a set of socket families, with the text between them; "" for none. */
const char *heel_family_names(struct heel_arena *arena, uint64_t families,
			      const char *between);

/* "22" or "8000-8010"; a limit's value or "infinity". */
const char *heel_range_text(struct heel_arena *arena,
			    const struct heel_port_range *range);
const char *heel_limit_text(struct heel_arena *arena, uint64_t value);

/* Rows of aligned columns. Zero-initialise; printing it also frees it. */
#define HEEL_COLUMNS 6

struct heel_row {
	const char *cells[HEEL_COLUMNS];
	enum heel_style style; /* of the first */
};

struct heel_table {
	struct heel_arena arena;
	struct heel_row *rows;
	size_t n;
};

/* Adds a row; the texts are copied. "" leaves a column empty. */
void heel_add_row(struct heel_table *table, const char *first, const char *second,
		  const char *third);
void heel_add_styled_row(struct heel_table *table, enum heel_style style,
			 const char *first, const char *second, const char *third);
/* A row of any number of columns. */
void heel_add_cells(struct heel_table *table, enum heel_style style,
		    const char *const *cells, size_t n);
void heel_print_table(FILE *stream, struct heel_table *table);

/* JSON values; text that is not UTF-8 is escaped, NULL is null. Never fail. */
json_t *heel_json_text(const char *text);
json_t *heel_json_object(void);
json_t *heel_json_array(void);
void heel_json_set(json_t *object, const char *key, json_t *value);
void heel_json_append(json_t *array, json_t *value);
/* The names of rights as an array. */
json_t *heel_json_rights(enum heel_class class, uint64_t bits);
/* Prints the object on stdout and frees it. */
void heel_json_print(json_t *object);

/* --- decide.c --- */

enum heel_verb {
	HEEL_VERB_READ,
	HEEL_VERB_WRITE,
	HEEL_VERB_EXECUTE,
	HEEL_VERB_CONNECT,
	HEEL_VERB_BIND,
	HEEL_VERBS,
};

struct heel_question {
	enum heel_verb verb;
	const char *target; /* a normalised path, or what was written for a port */
	uint16_t port;
};

/*
 * Understands a verb and its target. false if they mean nothing; *ret_why then is a
 * sentence in the arena.
 */
HEEL_MUST_CHECK bool heel_ask(struct heel_arena *arena, const char *verb,
			      const char *target, struct heel_question *ret,
			      const char **ret_why);

const char *heel_verb_name(enum heel_verb verb);

struct heel_object {
	dev_t dev;
	ino_t ino;
};

/* Where a path leads now, seen with the identity of the calling thread. */
struct heel_location {
	const char *path; /* links followed as far as it exists */
	int missing;	  /* 0 if it is there, else why not: ENOENT, EACCES, ... */
	mode_t mode;
	struct heel_object *ancestors; /* what of it is there, the deepest first */
	size_t n_ancestors;
	/* What the kernel opens to execute it: of a script, of a dynamic program. */
	const struct heel_location *interpreter;
};

/* Looks a normalised path up; with execute, also the interpreters of a program. */
const struct heel_location *heel_locate(struct heel_arena *arena, const char *path,
					bool execute);

struct heel_decision {
	bool allowed;
	const char *reason;
	struct heel_origin *from; /* the lines that decide; at least one */
	size_t n_from;
};

/*
 * Decides as the kernel would. opened are the plan's paths as they were opened for the
 * subject; if NULL, paths are compared by name. location is that of the question's path,
 * or NULL for a port.
 */
struct heel_decision heel_decide(struct heel_arena *arena, const struct heel_plan *plan,
				 const struct heel_opened *opened,
				 const struct heel_question *question,
				 const struct heel_location *location);

/*
 * True if the opened path is at the location or above it: *ret_distance is by how many
 * directories.
 */
bool heel_leads_through(const struct heel_location *location,
			const struct heel_place *place, size_t *ret_distance);

/* The range that a port is in, or NULL. "any" has none. */
const struct heel_port_range *heel_range_with(const struct heel_ports *ports,
					      unsigned int port);

/* --- interpreter.c --- */

/*
 * The program that the kernel opens beside a program to execute it: of a script what
 * follows "#!", of a dynamic program its loader. NULL if there is none or the file cannot
 * be read. In the arena.
 */
const char *heel_interpreter_of(struct heel_arena *arena, const char *path);

/* --- inspect.c --- */

/* Everything that would become of a session, as far as it can be found out from here. */
struct heel_inspection {
	struct heel_report report;
	struct heel_arena arena;
	struct heel *heel;
	struct heel_subject subject;
	struct heel_kernel kernel;
	const struct heel_policy *policy; /* NULL: there is none */
	const struct heel_plan *plan;	  /* NULL: there is no policy */
	const struct heel_opened *opened; /* NULL: the paths were not opened */
	const struct heel_location *location;
	bool refused;
};

/* Whose policy files are believed: SPEC section 2. */
enum heel_trust heel_trust_of(const struct heel_arguments *arguments);

/* Looks up that user, or with NULL the caller, for the service of the arguments. */
HEEL_MUST_CHECK int heel_find_subject(const struct heel_arguments *arguments,
				      const char *user, struct heel_arena *arena,
				      struct heel_subject *ret,
				      struct heel_report *report);

/* Opens the policy directory, and finds the profile named or the one assigned. */
HEEL_MUST_CHECK int heel_find_policy(const struct heel_arguments *arguments,
				     const struct heel_subject *subject,
				     struct heel **ret_heel,
				     const struct heel_policy **ret,
				     struct heel_report *report);

/*
 * Finds out about the session of a user, or with user NULL of the caller. With
 * a question about a path, *ret has its location, seen with the user's identity. Returns
 * 0 also if the session would be refused, which then stands in *ret; or an exit code,
 * with everything said, if there is no such user. *ret must be given to
 * heel_inspection_free() in any case.
 */
HEEL_MUST_CHECK int heel_inspect(const struct heel_arguments *arguments, const char *user,
				 const struct heel_question *question,
				 struct heel_inspection *ret);
void heel_inspection_free(struct heel_inspection *inspection);

/* Whether the session would be confined; for JSON. */
bool heel_is_confined(const struct heel_inspection *inspection);

/* --- terminal.c --- */

/* A command that is to have a session of its own. Descriptors are -1 where not there. */
struct heel_terminal {
	pid_t command;	   /* its process; 0 in that process itself */
	bool replaced[3];  /* which standard descriptors were a terminal */
	int keyboard;	   /* the outer terminal, as it is read */
	int screen;	   /* ... and written */
	int master, slave; /* the command's own terminal */
	sigset_t mask;	   /* as heel was started with */
	struct sigaction on_child;
};

/*
 * Leaves the caller's session. Where a standard descriptor is a terminal, these are
 * replaced by a new terminal, which belongs to that user and is the controlling one. May
 * fork, so it returns twice: with command 0 in the process that goes on as the command,
 * else in the one that has to call heel_terminal_relay(), and should hold nothing else.
 * After a failure, too, there may be one that relays what the other has to say.
 */
HEEL_MUST_CHECK int heel_terminal_leave(uid_t owner, struct heel_terminal *ret,
					struct heel_report *report);

/*
 * Serves the command until it ends: bytes both ways, signals, the size of the window,
 * stops. Returns its exit code, or 128 and the number of the signal that ended it.
 */
HEEL_MUST_CHECK int heel_terminal_relay(struct heel_terminal *terminal);

/* --- filter.c --- */

/* The filter of a plan: its rules with their sources, and its instructions. */
void heel_print_filter(const struct heel_plan *plan);
json_t *heel_json_filter(const struct heel_plan *plan);

/* --- compare.c --- */

/*
 * The first thing that the other policy grants and the strict one does not, in words;
 * NULL if there is none, and it is no weaker. On any kernel: as the profiles say it.
 */
const char *heel_first_gain(struct heel_arena *arena, const struct heel_policy *strict,
			    const struct heel_policy *other);

/* --- commands.c --- */

/* True if the match of a command takes any number of further words. */
bool heel_takes_rest(const struct heel_command *command);

/* True if "--" stands in it, behind which most programs take no options. */
bool heel_ends_options(const struct heel_command *command);

/* An earlier command that takes every request for that one; NULL if there is none. */
const struct heel_command *heel_hidden_by(const struct heel_policy *policy, size_t index);

/* --- check.c --- */

/* A made-up user, for profiles that belong to nobody. */
#define HEEL_EXAMPLE_USER "user"

struct heel_subject heel_example_subject(struct heel_arena *arena, const char *name);

/* --- advice.c --- */

/* What `heel check` works on. */
struct heel_check {
	struct heel_arena arena;
	struct heel_report report;
	struct heel_kernel kernel; /* with an example's ABI if it has no Landlock */
	bool has_landlock;
	struct heel_store *store;
	/* Of heel.conf, or defaults if it is broken. */
	const struct heel_settings *settings;
	bool installed; /* it is this host's own policy, not one given with --config */
	bool system;	/* look at the host as well */
	struct heel_listed *profiles;
	const struct heel_plan **plans; /* of the profiles; NULL where there is none */
	size_t n_profiles;
	struct heel_listed *users;
	size_t n_users;
	size_t n_services; /* files of services.d */
};

/* Adds an error; to find all of them, check goes on after it. */
void heel_check_fail(struct heel_check *check, struct heel_origin at, const char *fmt,
		     ...) HEEL_PRINTF(3, 4);

/* Adds what is unwise in the assignments, and errors for profiles that do not exist. */
void heel_advise_on_assignments(struct heel_check *check);

/* Adds what in heel.conf this kernel cannot follow, or does not mean what it seems. */
void heel_advise_on_settings(struct heel_check *check);

/* Adds what is unwise in a finished policy, as far as this file of it says it. */
void heel_advise_on_policy(struct heel_check *check, const char *file,
			   const struct heel_plan *plan);

/* Adds why no session with this plan could begin, for a profile that sessions get. */
void heel_advise_on_shell(struct heel_check *check, const char *file,
			  const struct heel_plan *plan);

/* Accounts of the system, as Debian and systemd give out their numbers. */
bool heel_is_of_system(uid_t uid);

enum heel_verdict {
	HEEL_VERDICT_UNCONFINED,
	HEEL_VERDICT_CONFINED,
	HEEL_VERDICT_REFUSED,
	HEEL_VERDICTS,
};

/*
 * What becomes of a session; *ret_from is the entry or the file that decides,
 * *ret_profile what it assigns, or NULL.
 */
enum heel_verdict heel_judge_session(const struct heel_check *check,
				     const struct heel_subject *subject,
				     struct heel_origin *ret_from,
				     const char **ret_profile);

/* --- cache.c --- */

/* Warns of a cache that sessions would not use. */
void heel_check_cache(struct heel_check *check);

/* --- system.c --- */

/* Adds what on this host lets users around the policy: `heel check --system`. */
void heel_check_system(struct heel_check *check);
