/* SPDX-License-Identifier: Apache-2.0
 *
 * Where a new trace goes.
 */
#ifndef LOCKSTEP_CLI_TRACE_PLACE_H
#define LOCKSTEP_CLI_TRACE_PLACE_H

#include <stdbool.h>

/* True when nothing is at `path`, or an empty directory. Otherwise `*reason` says in a few words what is. */
bool trace_place_is_free(const char *path, const char **reason);
/* A name in the current directory that is free: "lockstep-20250131-235959.lockstep". free() it; NULL when
 * memory is out. */
char *trace_place_name(void);

#endif
