/* SPDX-License-Identifier: ISC */
/*
 * The effective policy of one session: pure data, every grant with the place
 * in the policy files that it came from. resolve.c makes it; compile.c turns it
 * into a plan for one kernel.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "limit.h"
#include "report.h"
#include "restriction.h"
#include "schema.h"
#include "subject.h"
#include "words.h"

struct heel_cache;

/* One line of a profile that grants access beneath a path. */
struct heel_grant {
	uint64_t access;
	struct heel_origin from;
};

/* A path and the union of what the profile's lists grant beneath it. */
struct heel_path {
	const char *path; /* normalised, tokens expanded */
	uint64_t access;
	bool optional;	 /* "-": left out if missing or unusable */
	bool make;	 /* "+": made if missing */
	bool uses_home;	 /* ${home} was expanded in it */
	bool of_service; /* no profile asks for it, only the service does */
	struct heel_grant *grants;
	size_t n_grants;
};

/* The four kinds of ports; each belongs to one of Landlock's network rights. */
enum heel_port_kind {
	HEEL_TCP_CONNECT,
	HEEL_TCP_BIND,
	HEEL_UDP_CONNECT,
	HEEL_UDP_BIND,
	HEEL_PORT_KINDS,
};

struct heel_port_range {
	uint16_t low, high;
	struct heel_origin from;
};

struct heel_ports {
	bool written; /* some profile wrote the key; else the default, no port */
	bool any;
	struct heel_origin from; /* of "any" or of the last list written */
	struct heel_port_range *ranges;
	size_t n;
};

struct heel_limit_value {
	bool set;
	uint64_t soft, hard; /* HEEL_LIMIT_INFINITY for none */
	struct heel_origin from;
};

struct heel_restriction_state {
	bool on;
	bool written;
	struct heel_origin from;
};

struct heel_policy {
	const char *profile; /* its name; "unconfined" if so */
	const char *service;
	enum heel_door door;
	bool unconfined; /* nothing below applies, except shell */
	struct heel_origin
		assigned; /* the assignment, or the profile's file if it was named */
	const char *description; /* or NULL */
	const char *shell;	 /* absolute */
	struct heel_origin shell_from;

	struct heel_path *paths;
	size_t n_paths;
	struct heel_ports ports[HEEL_PORT_KINDS];
	uint64_t families; /* HEEL_FAMILY() bits: of which sockets may be made */
	struct heel_origin families_from;
	const char *proxy; /* or NULL; its port and its variables stand in the others */
	struct heel_origin proxy_from;
	uint64_t scope; /* HEEL_SCOPE_ bits */
	bool scope_written;
	struct heel_origin scope_from;
	struct heel_restriction_state restrictions[HEEL_RESTRICTIONS];
	struct heel_values syscalls_deny; /* names of system calls and "@groups" */
	struct heel_values
		syscalls_needed; /* by the service itself, once it is confined */
	uid_t uid;		 /* whose the session is: what the ids may be set to */
	gid_t gid;

	bool limits_commands; /* no shell: only these may be asked for */
	struct heel_origin commands_from;
	struct heel_command *commands;
	size_t n_commands;

	bool no_new_privs;
	struct heel_origin no_new_privs_from;
	bool has_umask;
	mode_t umask;
	struct heel_origin umask_from;
	struct heel_limit_value limits[HEEL_LIMITS];

	struct heel_values environment_keep;  /* patterns */
	struct heel_values environment_set;   /* NAME=VALUE, tokens expanded */
	struct heel_values environment_unset; /* patterns */
	struct heel_values expect_allow;      /* as written: heel_expand_promises() */
	struct heel_values expect_deny;

	/* Where the programs of its filter may stand already; NULL: nowhere. */
	const struct heel_cache *cache;

	/* From heel.conf. */
	int minimum_abi;
	struct heel_origin minimum_abi_from;
	bool warn_unsupported; /* on_unsupported = "warn" */
};

/* The key that lists ports of this kind: "tcp_connect". */
const char *heel_port_kind_name(enum heel_port_kind kind);

/* Landlock's right for ports of this kind. */
uint64_t heel_port_kind_right(enum heel_port_kind kind);
