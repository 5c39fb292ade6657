/* SPDX-License-Identifier: Apache-2.0
 *
 * Calls that are not recorded and may block, of the CUDA runtime and of MPI: while a thread is inside one,
 * its slot in the ring says so, which tells where a rank is that others wait for. Nothing else becomes of
 * them: no record, nothing before tracing begins, nothing with LOCKSTEP_BLOCKING=0. Any thread.
 *
 *     inside = blocking_enter(site, OPERATION_X);
 *     result = real(…);
 *     if (inside) blocking_leave();
 */
#ifndef LOCKSTEP_PRELOAD_BLOCKING_H
#define LOCKSTEP_PRELOAD_BLOCKING_H

#include <stdbool.h>

#include "names.h"

/* Shows the thread as inside the call made at `site`, unless nobody is to see it: the process is not traced,
 * the call is NCCL's own, or one out of another call that is shown. Returns whether blocking_leave() is due.
 */
bool blocking_enter(const void *site, enum operation operation);
void blocking_leave(void);

#endif
