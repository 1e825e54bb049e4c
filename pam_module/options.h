/* SPDX-License-Identifier: ISC */
/* The arguments of a line in a PAM stack. */
#pragma once

#include <stdbool.h>

#include "attr.h"

struct heel_options {
	const char *config; /* the policy directory; NULL: the installed one */
	const char *rescue; /* names of local users, with commas between them; or NULL */
	bool strict_root;   /* nobody is let in without a policy */
	bool defer; /* sshd: confine the user's child, and leave root's process free */
	bool debug;
};

/*
 * Understands the arguments. false if there is one that means nothing; *ret_wrong is it
 * then. Nothing is copied.
 */
HEEL_MUST_CHECK bool heel_parse_options(int argc, const char **argv,
					struct heel_options *ret, const char **ret_wrong);
