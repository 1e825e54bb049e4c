/* SPDX-License-Identifier: ISC */
/* What PAM is answered. */
#include <errno.h>

#include <security/_pam_types.h>

#include "answer.h"

int heel_pam_answer(int rc)
{
	switch (rc) {
	case 0:
		return PAM_SUCCESS;
	case -EACCES:
	case -EPERM:
		return PAM_PERM_DENIED;
	default:
		return PAM_SYSTEM_ERR;
	}
}
