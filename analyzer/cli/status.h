/* SPDX-License-Identifier: Apache-2.0
 *
 * From a verdict to an exit status.
 */
#ifndef LOCKSTEP_CLI_STATUS_H
#define LOCKSTEP_CLI_STATUS_H

#include "engine.h"

#define FAIL_NEVER (SEVERITY_ERROR + 1)

/* STATUS_FINDINGS when the engine, which is finished, has a finding of at least `fail_on` (a severity, or
 * FAIL_NEVER) that says more than that data is missing; else STATUS_UNREADABLE when data is missing, else
 * STATUS_CLEAN. */
int status_of(const struct engine *engine, int fail_on);
/* The severity named `name`, or FAIL_NEVER for "never"; -1 for anything else. */
int status_fail_on(const char *name);

#endif
