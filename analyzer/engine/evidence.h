/* SPDX-License-Identifier: Apache-2.0
 *
 * The small table "who called what around the divergence".
 */
#ifndef LOCKSTEP_ENGINE_EVIDENCE_H
#define LOCKSTEP_ENGINE_EVIDENCE_H

#include "ballot.h"
#include "finding.h"

/* Fills the table: the call before, what each party called, and what followed for the winner and the
 * culprits (`culprit` is one of them, `culprits` all). In the arena; fewer rows when memory is out. */
void evidence_divergence(struct communicator *communicator, struct engine *engine,
                         const struct ballot *ballot, size_t winner, const struct member *culprit,
                         struct ranks culprits, const struct observation **table, size_t *rows);

/* What a member did at an index it votes about, as a row says it. */
const char *evidence_text(struct engine *engine, const struct member *member, uint64_t index);

/* "rank 2 last called all_reduce sum float32 x 4 on world"; "" when it called nothing. */
const char *evidence_last(struct engine_process *process);

#endif
