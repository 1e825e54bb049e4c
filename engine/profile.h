/* SPDX-License-Identifier: ISC */
/*
 * A profile, or what a PAM service needs, as one file says it: its keys, each value
 * judged by itself.
 */
#pragma once

#include <stddef.h>

#include "arena.h"
#include "attr.h"
#include "limit.h"
#include "report.h"
#include "schema.h"

/* The keys in the order of the schema. */
enum heel_profile_key {
	HEEL_KEY_VERSION,
	HEEL_KEY_DESCRIPTION,
	HEEL_KEY_INHERIT,
	HEEL_KEY_READ,
	HEEL_KEY_EXECUTE,
	HEEL_KEY_WRITE,
	HEEL_KEY_DEVICE,
	HEEL_KEY_RULES,
	HEEL_KEY_FAMILIES,
	HEEL_KEY_TCP_CONNECT,
	HEEL_KEY_TCP_BIND,
	HEEL_KEY_UDP_CONNECT,
	HEEL_KEY_UDP_BIND,
	HEEL_KEY_UNIX_CONNECT,
	HEEL_KEY_PROXY,
	HEEL_KEY_SCOPE,
	HEEL_KEY_PERMIT,
	HEEL_KEY_RESTRICT,
	HEEL_KEY_SYSCALLS_DENY,
	HEEL_KEY_LIMITS, /* the first of HEEL_LIMITS keys, in the order of limit.h */
	HEEL_KEY_KEEP = HEEL_KEY_LIMITS + HEEL_LIMITS,
	HEEL_KEY_SET,
	HEEL_KEY_UNSET,
	HEEL_KEY_UMASK,
	HEEL_KEY_SHELL,
	HEEL_KEY_COMMANDS,
	HEEL_KEY_NO_NEW_PRIVS,
	HEEL_KEY_RESET,
	HEEL_KEY_EXPECT_ALLOW,
	HEEL_KEY_EXPECT_DENY,
	HEEL_PROFILE_KEYS,
};

/* The keys of an entry of filesystem.rules. */
enum heel_rule_key {
	HEEL_RULE_PATH,
	HEEL_RULE_ACCESS,
	HEEL_RULE_KEYS,
};

/* The keys of an entry of commands. */
enum heel_command_key {
	HEEL_COMMAND_MATCH,
	HEEL_COMMAND_RUN,
	HEEL_COMMAND_KEYS,
};

/* The keys of a file of services.d. */
enum heel_service_key {
	HEEL_SERVICE_VERSION,
	HEEL_SERVICE_DESCRIPTION,
	HEEL_SERVICE_INHERIT,
	HEEL_SERVICE_READ,
	HEEL_SERVICE_EXECUTE,
	HEEL_SERVICE_WRITE,
	HEEL_SERVICE_DEVICE,
	HEEL_SERVICE_RULES,
	HEEL_SERVICE_UNIX_CONNECT,
	HEEL_SERVICE_CALLS,
	HEEL_SERVICE_CALLS_OF_CHILD,
	HEEL_SERVICE_KEYS,
};

struct heel_profile {
	const char *name;
	const char *file;
	const struct heel_values *keys; /* HEEL_PROFILE_KEYS of them */
};

/* The schema of a profile; also what the manual and the completion are made from. */
const struct heel_schema *heel_profile_schema(void);

/* The schema of a service's file. */
const struct heel_schema *heel_service_schema(void);

/*
 * Loads the text of a service's file. ret: HEEL_SERVICE_KEYS values in the arena. Returns
 * 0, -EINVAL or -ENOMEM, all errors reported.
 */
HEEL_MUST_CHECK int heel_service_load(struct heel_arena *arena, const char *file,
				      const char *text, size_t length,
				      struct heel_values **ret,
				      struct heel_report *report);

/* Loads a profile's text. Returns 0, -EINVAL or -ENOMEM, all errors reported. */
HEEL_MUST_CHECK int heel_profile_load(struct heel_arena *arena, const char *name,
				      const char *file, const char *text, size_t length,
				      struct heel_profile *ret,
				      struct heel_report *report);
