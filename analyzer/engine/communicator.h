/* SPDX-License-Identifier: Apache-2.0
 *
 * A communicator as all its members together made it: who they are, how far each has come, and the *window*
 * of collectives that not all of them have made yet.
 *
 * A member's position is the number of collectives it has made, which is the index of its next one. Calls on
 * which the members agree meet in one slot of the window and leave it with the last member's arrival. While
 * members disagree (dispute.h) calls from that index on wait with the member that made them.
 */
#ifndef LOCKSTEP_ENGINE_COMMUNICATOR_H
#define LOCKSTEP_ENGINE_COMMUNICATOR_H

#include "event.h"
#include "finding.h"
#include "history.h"

struct engine;
struct engine_process;
struct creation;

/* One collective that a member made. */
struct made_call {
    uint64_t time_ns; /* the process's clock */
    uint64_t index;   /* on the communicator, as far as was known when it was made */
    uint32_t call;    /* call_get(); CALL_UNKNOWN: lost */
    uint32_t site;    /* site_text() */
    uint32_t group;   /* number of the process's group that it is in; 0: none */
    uint32_t stream;  /* tells the process's CUDA streams apart */
    uint64_t ordinal; /* among all calls of the process */
};

#define RECENT_CALLS 16u /* a power of two; what is remembered of each member for the evidence */

enum departure {
    DEPARTURE_NONE,
    DEPARTURE_DESTROYED, /* finalized or destroyed the communicator */
    DEPARTURE_ENDED,     /* its process left in order */
};

struct member {
    struct communicator *communicator;
    struct engine_process *process;
    uint32_t number; /* the process's own number of the communicator */
    int32_t rank;    /* in the communicator; -1 unknown */
    bool ready;      /* creation completed, as NCCL told this member */

    uint64_t position;
    bool excluded; /* no longer compared: counts as arrived everywhere */
    bool stopped;  /* makes no more calls that count: has left, or nobody knows where it stands; in the latter
                    * case it is excluded as soon as no dispute needs its calls */
    enum departure departure;
    bool aborted;           /* called ncclCommAbort or ncclCommRevoke */
    bool lossy;             /* calls of it are missing somewhere */
    uint64_t lost_until;    /* exactly counted lost calls end before this index */
    bool messages_unusable; /* point-to-point calls are missing: FIFO indices are not known */

    struct made_call *pending; /* made during a dispute: the last `pending_count` calls before position */
    size_t pending_count;
    size_t pending_capacity;

    unsigned troubles; /* divergences in a row of which it was a culprit */
    bool culprit;      /* of the last one on this communicator */

    struct made_call recent[RECENT_CALLS]; /* of index n: n % RECENT_CALLS */
};

/* A collective that not all members have made. */
struct slot {
    uint64_t time_ns; /* of the first arrival, on that member's clock */
    uint32_t comparable;
    uint32_t call;
    uint32_t site;
    uint32_t arrived;
    struct member *first; /* NULL: nobody whose call is known */
};

/* Members disagree at `index`. */
struct dispute {
    bool open;
    uint64_t index;
    uint64_t opened_ns;  /* engine time */
    uint64_t changed_ns; /* engine time of the last call on the communicator since */
    uint64_t longest;    /* calls since, of the member that made most */
};

#define NO_INDEX UINT64_MAX

struct communicator {
    size_t id; /* in engine->communicators */
    uint64_t cid;
    uint64_t nccl_hash;
    const char *config_name;     /* "" without */
    const char *name;            /* NULL: not needed so far */
    uint8_t operation;           /* that created it */
    uint32_t sequence;           /* which creation on the parent */
    int32_t color;               /* split */
    struct communicator *parent; /* NULL without or unknown */
    struct creation *creation;
    int32_t size; /* -1 unknown */

    struct member **members; /* in the order of appearance */
    size_t member_count;
    size_t member_capacity;

    struct slot *slots;   /* window [base, top), index n at n % slot_capacity */
    size_t slot_capacity; /* 0 or a power of two */
    uint64_t base;
    uint64_t top;
    uint32_t excluded; /* members that count as arrived */
    uint32_t absent;   /* of them: members that were never seen and were given up */
    uint64_t left_at;  /* lowest position of a member that left in order; NO_INDEX: none */
    struct history history;

    struct dispute dispute;
    uint64_t agreed;         /* calls on which all members agreed */
    uint64_t troubled_until; /* end of the last divergence */
    size_t first_finding;    /* of the first divergence here that is an error, or FINDING_NO_CAUSE */

    uint64_t messages; /* point-to-point, matched */
};

/* The member by its rank in the communicator, or NULL. */
struct member *communicator_rank(const struct communicator *communicator, int32_t rank);
/* World ranks of the members seen. */
struct ranks communicator_ranks(struct engine *engine, const struct communicator *communicator);
/* "world", "split 0 of world, color 1", … Stays what it is from the first time on. */
const char *communicator_name(struct engine *engine, struct communicator *communicator);
/* Is it shared with others at all? */
static inline bool communicator_shared(const struct communicator *communicator)
{
    return communicator->size != 1;
}

/* The communicator with this cid, made on first sight; an unknown cid (0) gives a new one each time: it
 * stands alone. NULL when memory is out. */
struct communicator *communicator_find(struct engine *engine, uint64_t cid);
/* Adds the process as a member under its own number for the communicator. NULL when memory is out. */
struct member *communicator_join(struct communicator *communicator, struct engine_process *process,
                                 uint32_t number, int32_t rank);
/* What creation or NCCL tells about a member; ranks and size that are known already stay. */
void communicator_learn(struct communicator *communicator, struct member *member, int32_t size, int32_t rank);
/* The process's member by its own number of the communicator, or NULL. */
struct member *process_member(const struct engine_process *process, uint32_t number);
void communicator_free(struct communicator *communicator);

#endif
