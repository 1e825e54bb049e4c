/* SPDX-License-Identifier: ISC */
/* From the text of a policy file to values. The only user of <libconfig.h>. */
#pragma once

#include <stddef.h>

#include "arena.h"
#include "attr.h"
#include "report.h"
#include "schema.h"

/*
 * Parses libconfig text against a schema. file is the name used in origins
 * and must live as long as the arena. text need not end in NUL.
 *
 * ret is an array of schema->n values in the schema's order, allocated in the
 * arena with everything it points to. All problems of the file are reported,
 * not only the first. Returns 0, -EINVAL or -ENOMEM.
 *
 * libconfig 1.5 calls exit() on some input, wraps integers and swallows what
 * follows an unterminated comment; so the text first passes heel_scan(), and
 * libconfig never opens a file itself.
 */
HEEL_MUST_CHECK int heel_load(struct heel_arena *arena, const struct heel_schema *schema,
			      const char *file, const char *text, size_t length,
			      struct heel_values **ret, struct heel_report *report);
