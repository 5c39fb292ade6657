/* SPDX-License-Identifier: Apache-2.0
 *
 * What can be seen of a member's calls from an index on, as tokens for the alignment; and what the past of
 * the communicator leads one to expect.
 */
#ifndef LOCKSTEP_ENGINE_SIGHT_H
#define LOCKSTEP_ENGINE_SIGHT_H

#include "align.h"
#include "state.h"

struct sight {
    uint64_t token[ALIGN_LIMIT]; /* comparables; COMPARABLE_NONE where the member has left */
    size_t count;
    size_t known; /* so many were made; the rest is expected from the past */
};

/* What this member made from `index` on. */
void sight_observed(struct sight *sight, const struct member *member, uint64_t index);
/* The same, of a member that is right, continued by what the past says. False when memory is out. */
bool sight_expected(struct sight *sight, struct engine *engine, const struct member *member, uint64_t index);
/* That only one of two members has left, so far, tells nothing about the calls before. */
void sight_forget_unshared_end(struct sight *one, struct sight *other);

/* The comparable of the call that came before `index`, COMPARABLE_NONE at the beginning. */
uint64_t sight_before(const struct communicator *communicator, uint64_t index);
/* What usually comes at `index` after what came before it; COMPARABLE_ANY when nothing is known. */
uint64_t sight_usual(const struct communicator *communicator, struct engine *engine, uint64_t index);

#endif
