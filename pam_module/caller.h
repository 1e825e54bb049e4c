/* SPDX-License-Identifier: ISC */
/*
 * The process that the module is called in. A domain sticks to the calling thread, for
 * good: in a process that serves others as well it would hold for some of them, and not
 * for all of the one that it is meant for.
 */
#pragma once

#include <sys/types.h>

#include "attr.h"
#include "report.h"

/*
 * Decides whether this process can be confined for that user. Errors: -EPERM if it has
 * more than one thread, a listening socket, or was confined for another user before;
 * or what kept it from finding out.
 */
HEEL_MUST_CHECK int heel_judge_caller(uid_t uid, struct heel_report *report);

/*
 * Has the process remember, for heel_judge_caller(), that it is confined for that user. A
 * descriptor does so, which is never closed (but by execve): nothing else is there as
 * long as the process, and not in its children. Call before it is confined; it stays if
 * that fails, as the process may then be confined in part.
 */
HEEL_MUST_CHECK int heel_mark_caller(uid_t uid, struct heel_report *report);

/* True if the process is known to serve others as well, and so must not be ended. */
HEEL_MUST_CHECK bool heel_is_shared_process(void);

/* True if the process is known to have been confined for another user. */
HEEL_MUST_CHECK bool heel_is_confined_for_other(uid_t uid);
