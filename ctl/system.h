/* SPDX-License-Identifier: ISC */
/* What the parts of `heel check --system` share: who is to be confined, and findings. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "ctl.h"
#include "pam_stack.h"
#include "settings.h"

/* An account whose sessions are not all unconfined. */
struct heel_person {
	struct heel_subject subject;
	bool by_shell; /* the login shell is heel-shell */
};

struct heel_system {
	struct heel_check *check;
	struct heel_arena *arena; /* the check's */
	const char **services;	  /* PAM's on this host that start sessions for users */
	size_t n_services;
	struct heel_person *people;
	size_t n_people;
	bool has_module; /* some stack has a session line of pam_heel */
	bool hidden;	 /* something was not to be read by the caller */
};

/* --- system.c --- */

/* Adds what is unwise; errors go through heel_check_fail(). */
#define heel_system_warn(system, ...) heel_warn(&(system)->check->report, __VA_ARGS__)

/*
 * True if a session of that person through that service is to be confined, or refused;
 * *ret_profile is its profile, or NULL.
 */
bool heel_is_concerned(const struct heel_system *system, const struct heel_person *person,
		       const char *service, const char **ret_profile);

/* True if an assignment may confine somebody whom nobody has listed. */
bool heel_may_confine(const struct heel_system *system, const char *service);

/* The plan of an assigned profile; NULL if there is none that is known. */
const struct heel_plan *heel_assigned_plan(const struct heel_system *system,
					   const char *profile);

/* True for the plan of a profile that somebody is assigned. */
typedef bool heel_plan_test(const struct heel_policy *policy);
bool heel_some_policy(const struct heel_system *system, heel_plan_test *test);

/* The people that one finding is about: zero-initialise. "alice, bob and 298 more" */
struct heel_names {
	const char *text;
	size_t n;
};

void heel_add_name(const struct heel_system *system, struct heel_names *names,
		   const char *name);
const char *heel_names_text(const struct heel_system *system,
			    const struct heel_names *names);

/*
 * The number of the first line of a file that begins with the text; 0 if there is none or
 * the file cannot be read.
 */
unsigned int heel_line_that_begins(const struct heel_system *system, const char *file,
				   const char *text);

/* --- system_pam.c --- */

/* Fills in the services and whether there is a module. */
void heel_find_services(struct heel_system *system);
/* The line of pam_heel in the session stack of a service, or NULL. */
const struct heel_pam_line *heel_session_line(const struct heel_system *system,
					      const char *service);
void heel_check_pam(struct heel_system *system);

/* --- The others --- */

void heel_check_sshd(struct heel_system *system);
void heel_check_users(struct heel_system *system);
void heel_check_live(struct heel_system *system);
void heel_check_kernel(struct heel_system *system);
