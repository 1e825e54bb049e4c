/* SPDX-License-Identifier: ISC */
/* heel.conf: its keys and what they mean. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "attr.h"
#include "report.h"
#include "schema.h"

/* The keys of an entry of "assign", in the order of its schema. */
enum heel_assign_key {
	HEEL_ASSIGN_USER,
	HEEL_ASSIGN_GROUP,
	HEEL_ASSIGN_UID,
	HEEL_ASSIGN_SERVICE,
	HEEL_ASSIGN_PROFILE,
	HEEL_ASSIGN_KEYS,
};

#define HEEL_PROFILE_UNCONFINED "unconfined"
#define HEEL_PROFILE_OWN	"@user"

struct heel_assignment {
	const struct heel_values *keys; /* HEEL_ASSIGN_KEYS of them */
	const char *profile;
	struct heel_origin from;
};

struct heel_settings {
	int minimum_abi;
	struct heel_origin minimum_abi_from;
	bool warn_unsupported;
	struct heel_values services; /* ask heel_confines_service() */
	const char *shell;
	struct heel_origin shell_from;
	struct heel_assignment *assign;
	size_t n_assign;
	const char *file;
};

/* The schemas of heel.conf and of an assignment: the keys have their names there. */
const struct heel_schema *heel_settings_schema(void);
const struct heel_schema *heel_assign_schema(void);

/*
 * True for a PAM service that may be confined: one of "services", which takes patterns;
 * not written, those of which it is known that each session has a process of its own.
 */
bool heel_confines_service(const struct heel_settings *settings, const char *service);

/* Loads heel.conf's text. Returns 0, -EINVAL or -ENOMEM with all its errors reported. */
HEEL_MUST_CHECK int heel_settings_load(struct heel_arena *arena, const char *file,
				       const char *text, size_t length,
				       struct heel_settings *ret,
				       struct heel_report *report);

/* The same from the values of heel.conf, which must live as long as the arena. */
HEEL_MUST_CHECK int heel_settings_take(struct heel_arena *arena, const char *file,
				       const struct heel_values *values,
				       struct heel_settings *ret,
				       struct heel_report *report);
