/* SPDX-License-Identifier: Apache-2.0
 *
 * The identity of communicators: from the process's own number of one to an id (cid) that is equal on all its
 * members and differs between communicators. It is the hash of what all members pass alike:
 *
 *   made from a unique id   its bytes, and which use of it this is by the same rank (an id that comes from
 *                           NCCL_COMM_ID is used again and again: there, which use of it by the process)
 *   split                   the parent's cid, which creation on the parent, color
 *   shrink                  the parent's cid, which creation on the parent, excluded ranks
 *   grow                    the parent's cid, which creation on the parent, new number of ranks
 *
 * The number of ranks is not in the first: members that disagree about it are one faulty communicator, not
 * two. Ranks that join by a grow know no parent: their cid is 0, and the unique id's hash is what joins them
 * to the root's.
 */
#ifndef LOCKSTEP_FORWARDER_COMMUNICATORS_H
#define LOCKSTEP_FORWARDER_COMMUNICATORS_H

#include <stddef.h>
#include <stdint.h>

#include "record.h"

struct communicators;

struct communicator_identity {
    uint64_t cid;            /* 0 unknown, or none comes of the call */
    uint64_t nccl_hash;      /* 0 unknown */
    uint64_t unique_id_hash; /* 0 without an id */
};

/* NULL when memory is out. */
struct communicators *communicators_create(void);
void communicators_destroy(struct communicators *communicators);

/* Works out the identity of the communicator that `record` makes and remembers it as a parent of others.
 * `listed` is how many entries of excluded[] are there. Every creation once, in the order of the ring. */
struct communicator_identity communicators_identify(struct communicators *communicators,
                                                    const struct record_create *record, size_t listed,
                                                    int32_t nccl_version);

#endif
