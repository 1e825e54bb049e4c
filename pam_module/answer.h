/* SPDX-License-Identifier: ISC */
/* What PAM is answered. */
#pragma once

#include "attr.h"

/*
 * The answer for the engine's 0 or negative errno: PAM_SUCCESS, PAM_PERM_DENIED where the
 * policy says no or is not to be trusted, else PAM_SYSTEM_ERR. Never PAM_SESSION_ERR,
 * upon which sudo goes on; and never PAM_IGNORE, which sshd takes for success.
 */
HEEL_MUST_CHECK int heel_pam_answer(int rc);
