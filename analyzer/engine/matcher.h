/* SPDX-License-Identifier: Apache-2.0
 *
 * Matches collectives: by communicator and index. The path of every call; what happens on disagreement is in
 * dispute.h.
 */
#ifndef LOCKSTEP_ENGINE_MATCHER_H
#define LOCKSTEP_ENGINE_MATCHER_H

#include "state.h"

/* A member made its next collective. */
void matcher_call(struct member *member, const struct made_call *call, uint32_t comparable);
/* The same, of a call that waits for nothing: one made before and fed again, or one that agrees with
 * everything (CALL_UNKNOWN). Judges nothing; whoever uses it calls dispute_settle() at the end. */
void matcher_feed(struct member *member, const struct made_call *call, uint32_t comparable);
/* Keeps the call as the one at the member's position, for the evidence; to be fed next. */
const struct made_call *matcher_remember(struct member *member, const struct made_call *call);
/* `calls` collectives of this member are missing. */
void matcher_lost(struct member *member, uint32_t calls);
/* This member is not compared any more. */
void matcher_exclude(struct member *member);
/* From here on nobody knows where this member stands. What it called before still counts. */
void matcher_lose_track(struct member *member);
/* The member made its last collective on this communicator, as far as it goes about it in order. */
void matcher_depart(struct member *member, enum departure departure);
/* The size became known, or something else on which completion depends. */
void matcher_drain(struct communicator *communicator);
/* Counts members that will never be seen as arrived. */
void matcher_give_up_absent(struct communicator *communicator);

struct slot *matcher_slot(const struct communicator *communicator, uint64_t index);
/* Recomputes communicator->left_at. */
void matcher_update_left(struct communicator *communicator);

#endif
