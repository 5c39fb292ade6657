/* SPDX-License-Identifier: Apache-2.0
 *
 * The record of a communicator's creation, and that of its failure.
 */
#ifndef LOCKSTEP_PRELOAD_CREATION_RECORD_H
#define LOCKSTEP_PRELOAD_CREATION_RECORD_H

#include "calls.h"

#define CREATION_NO_COLOR (-1) /* NCCL_SPLIT_NOCOLOR */

/* All that the call does not say is unset; the current device is asked for. */
void creation_record_init(struct record_create *record, const struct call *call);

/* Writes it with the ranks that a shrink leaves out: sorted, because NCCL takes them in any order, and
 * copied, because it sorts the program's array in place. */
void creation_record_write_excluded(struct ring *ring, const struct record_create *record,
                                    const int *excluded, int count);

void creation_record_failure(struct ring *ring, uint32_t number, unsigned operation, ncclResult_t result,
                             const void *site);

#endif
