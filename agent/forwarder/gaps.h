/* SPDX-License-Identifier: Apache-2.0
 *
 * Finds out which calls are missing from what the ring delivered.
 *
 * A dropped call leaves a jump in the sequence of its communicator and class, and the jump's length is exact.
 * But a jump alone does not prove a loss: of two threads that call on one communicator at once, the one with
 * the later number may get its place in the ring first. The two are told apart by the count of losses: the
 * ring counts each record that found no room, and the reader what it passed over.
 *
 *  - A jump while losses are unaccounted for is taken for one at once, so that the gap stands before the call
 * that follows it. Losses are accounted for by it, as far as it goes.
 *  - A jump beyond that is remembered. The missing numbers that come later close it; what has not come after
 *    GAPS_SETTLE_MS is a gap too.
 *  - Losses that no jump accounts for within GAPS_SETTLE_MS (group and graph calls have no sequence) are told
 * as records of unknown kind. Should a jump show up later still, it is told as well: better twice than never.
 *
 * Communicator 0 stands for all that are unknown and has no sequence of its own.
 */
#ifndef LOCKSTEP_FORWARDER_GAPS_H
#define LOCKSTEP_FORWARDER_GAPS_H

#include <stdbool.h>
#include <stdint.h>

#include "event.h"

#define GAPS_SETTLE_MS 200

struct gaps;

/* Hands over a gap to be put into the stream at once. */
typedef void gaps_found(void *context, const struct gap *gap);

/* NULL when memory is out. `found` is called by the functions below. */
struct gaps *gaps_create(gaps_found *found, void *context);
void gaps_destroy(struct gaps *gaps);

/* The number of records lost in the life of the process is now `lost` (it never falls). Before gaps_call()
 * for anything that was read after them. */
void gaps_lost(struct gaps *gaps, uint64_t lost, uint64_t now_ns);
/* A call with this number has been read. */
void gaps_call(struct gaps *gaps, uint32_t communicator, bool point_to_point, uint32_t sequence,
               uint64_t now_ns);
/* Tells what has waited long enough; with `all`, whatever is still open. */
void gaps_settle(struct gaps *gaps, uint64_t now_ns, bool all);

#endif
