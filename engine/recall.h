/* SPDX-License-Identifier: ISC */
/*
 * Programs of filters that were worked out beforehand: with heel_assemble() each session
 * would spend more time on them than on all the rest.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "attr.h"
#include "bpf.h"
#include "cache.h"
#include "filter.h"

/*
 * The programs of a filter, as heel_assemble() would give them; their code points into
 * the cache. False if they are not in it, or memory is out.
 */
HEEL_MUST_CHECK bool heel_recall_programs(const struct heel_cache *cache,
					  struct heel_arena *arena,
					  const struct heel_filter *filter,
					  const struct heel_program **ret, size_t *ret_n);

/* All of a filter that its programs follow from; NULL without memory. */
const char *heel_filter_key(struct heel_arena *arena, const struct heel_filter *filter,
			    size_t *ret_length);
