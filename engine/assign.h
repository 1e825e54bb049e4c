/* SPDX-License-Identifier: ISC */
/* Which assignment of heel.conf is a subject's. */
#pragma once

#include "attr.h"
#include "report.h"
#include "settings.h"
#include "subject.h"

/*
 * Finds the first assignment, from number start on, that holds for the subject.
 * *ret is its index. Returns 0; -EACCES when none does, or when one cannot be
 * decided because a group does not resolve: an unreachable directory server
 * must not drop anyone into a weaker profile.
 */
HEEL_MUST_CHECK int heel_assign(const struct heel_settings *settings,
				const struct heel_subject *subject, size_t start,
				size_t *ret, struct heel_report *report);
