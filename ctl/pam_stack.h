/* SPDX-License-Identifier: ISC */
/* PAM's stacks as PAM reads them: the lines of one kind of a service, includes resolved.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "attr.h"
#include "report.h"

enum heel_pam_type {
	HEEL_PAM_AUTH,
	HEEL_PAM_ACCOUNT,
	HEEL_PAM_PASSWORD,
	HEEL_PAM_SESSION,
	HEEL_PAM_TYPES,
};

/* What becomes of a stack upon an answer; a number above 0 skips so many lines. */
enum heel_pam_action {
	HEEL_PAM_IGNORE = 0,
	HEEL_PAM_OK = -1,
	HEEL_PAM_DONE = -2,
	HEEL_PAM_BAD = -3,
	HEEL_PAM_DIE = -4,
	HEEL_PAM_RESET = -5,
};

/* The answers of a module, by PAM's numbers. */
#define HEEL_PAM_ANSWERS	32
#define HEEL_PAM_SUCCESS	0
#define HEEL_PAM_OPEN_ERR	1
#define HEEL_PAM_SYSTEM_ERR	4
#define HEEL_PAM_PERM_DENIED	6
#define HEEL_PAM_AUTH_ERR	7
#define HEEL_PAM_MODULE_UNKNOWN 28

struct heel_pam_line {
	struct heel_origin at;
	bool quiet; /* "-": a module that is not there is left out silently */
	const char *control;
	int actions[HEEL_PAM_ANSWERS];
	const char *module; /* "": where a substack begins */
	const char **arguments;
	size_t n_arguments;
	unsigned int level; /* of substacks */
	bool settled;	    /* by the service: whatever it answers, the action is one */
	bool asked;	    /* false: what is settled keeps PAM from it in this service */
};

struct heel_pam_stack {
	struct heel_pam_line *lines;
	size_t n;
	struct heel_origin broken; /* an include that leads nowhere, or in a circle */
	const char *why;	   /* NULL: nothing is broken */
};

/* Where services' files are: an array that NULL ends, the first one counts. */
struct heel_pam_place {
	const char *const *directories;
};

extern const struct heel_pam_place heel_pam_system;

/* The file of a service, in the arena; NULL if it has none. */
const char *heel_pam_file(struct heel_arena *arena, const struct heel_pam_place *place,
			  const char *service);

/*
 * The lines of one type of a service. What cannot be read or understood is left out as
 * PAM would, or stands in *ret as broken. Returns 0, -ENOENT if the service has no file,
 * -EACCES and its like if it cannot be read, -ENOMEM.
 */
HEEL_MUST_CHECK int heel_pam_read(struct heel_arena *arena,
				  const struct heel_pam_place *place, const char *service,
				  enum heel_pam_type type, struct heel_pam_stack *ret);

/*
 * True if some answer of line number from ends the stack with success, or jumps, so that
 * line number to, behind it, is not asked; with only_success, if that answer is success.
 */
bool heel_pam_leads_past(const struct heel_pam_stack *stack, size_t from, size_t to,
			 bool only_success);

/* The file's name without directories: "pam_unix.so". */
const char *heel_pam_module_name(const struct heel_pam_line *line);
bool heel_pam_has_argument(const struct heel_pam_line *line, const char *argument);
