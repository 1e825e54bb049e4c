/* SPDX-License-Identifier: ISC */
/* A number that tells whether two policies say the same. */
#pragma once

#include <stdint.h>

#include "policy.h"

/*
 * The same for policies of which all values are the same that a session is given: not
 * where they were written, nor in which order where that makes no difference, nor what
 * is no part of the session (the profile's name and description, expectations, whether a
 * session is admitted). It is no protection against somebody who looks for two that have
 * the same one; whoever writes policy is root.
 */
uint64_t heel_policy_digest(const struct heel_policy *policy);
