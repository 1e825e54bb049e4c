/* SPDX-License-Identifier: ISC */
/*
 * What the system call filter of a policy denies, still as data: the named restrictions,
 * syscalls.deny, and what "network" means beyond Landlock's ports. bpf.c makes programs
 * of it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "attr.h"
#include "denial.h"
#include "policy.h"
#include "report.h"

/* A denial, and what in the policy asks for it. */
struct heel_filter_rule {
	struct heel_denial denial;
	const char *reason; /* "debug", "network.families", ... */
	struct heel_origin from;
	uint32_t mark; /* of the call's name: names with different ones differ */
};

struct heel_filter {
	struct heel_filter_rule *rules;
	size_t n;
	/* What is not denied since the service needs it: not in the programs. */
	struct heel_filter_rule *left_out;
	size_t n_left_out;
	bool i386;    /* calls of i386 are judged by the same rules, not refused */
	bool unknown; /* calls that heel does not know are allowed */
};

/*
 * The filter of a policy. A call has either one rule without conditions or any
 * number with; rules of one call that can both hold give the same error. What the door
 * cannot carry is left out before that, so that it takes no other rule's place. Errors:
 * -EINVAL when syscalls.deny names what no session could begin without, -ENOMEM.
 */
HEEL_MUST_CHECK int heel_make_filter(struct heel_arena *arena,
				     const struct heel_policy *policy,
				     struct heel_filter *ret, struct heel_report *report);

/* The rule that denies a call whatever its arguments, or NULL. */
const struct heel_filter_rule *heel_filter_denies(const struct heel_filter *filter,
						  const char *call);

/* True if the policy lets some family have internet sockets. */
bool heel_has_inet(const struct heel_policy *policy);

/*
 * True if no socket is ever made that ports of that kind would be for: there is no
 * internet family, or the protocol may neither connect nor be bound.
 */
bool heel_makes_no_socket_for(const struct heel_policy *policy, enum heel_port_kind kind);

/*
 * What the policy lets programs do although its ports do not: listen on TCP ports that
 * the kernel chooses, since listen(2) is needed for something else.
 */
bool heel_leaves_listen(const struct heel_policy *policy);

/* True if TCP ports are limited, and what slips past Landlock's rules is not denied. */
bool heel_leaves_tcp_gaps(const struct heel_policy *policy);
