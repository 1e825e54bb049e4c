/* SPDX-License-Identifier: ISC */
/*
 * A policy compiled for one kernel: what will be handed to it, still as plain
 * data. Nothing has been opened or restricted yet.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "bpf.h"
#include "filter.h"
#include "kernel.h"
#include "landlock_uapi.h"
#include "policy.h"

/* A path rule; access holds only rights that the ruleset handles, maybe none. */
struct heel_path_rule {
	const struct heel_path *path;
	uint64_t access;
};

/* A rule for each port of a range. */
struct heel_port_rule {
	const struct heel_port_range *range;
	uint64_t access;
};

/* Something that the policy asks for, by itself or by default, and this kernel cannot do.
 */
struct heel_unsupported {
	const char *text;
	bool written; /* a profile wrote it: on_unsupported decides. Else it is left out
		       */
	bool open;    /* no kernel could: the policy itself leaves it open */
	struct heel_origin from;
};

struct heel_plan {
	const struct heel_policy *policy;
	struct heel_kernel kernel;
	struct heel_landlock_ruleset_attr attr;
	uint32_t restrict_flags;
	struct heel_path_rule *paths;
	size_t n_paths;
	struct heel_port_rule *ports;
	size_t n_ports;
	struct heel_filter filter; /* what the programs are made of */
	const struct heel_program *programs;
	size_t n_programs;
	bool wx_memory; /* memory that was writable must not become executable */
	struct heel_unsupported *unsupported;
	size_t n_unsupported;
};
