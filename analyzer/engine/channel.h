/* SPDX-License-Identifier: Apache-2.0
 *
 * Matches point-to-point calls: by communicator, source, destination and the order of the calls on each side.
 * A channel is one such pair in one direction; its n-th send belongs to its n-th receive. Bytes must agree.
 */
#ifndef LOCKSTEP_ENGINE_CHANNEL_H
#define LOCKSTEP_ENGINE_CHANNEL_H

#include "state.h"

enum side { SIDE_SEND, SIDE_RECV };

struct waiting_call {
    uint64_t time_ns;
    uint64_t ordinal; /* among all calls of the process */
    uint64_t bytes;   /* UINT64_MAX unknown */
    uint32_t call;
    uint32_t site;
    uint32_t stream;
};

/* Calls of one side that wait for the other's, a ring. */
struct lane {
    struct waiting_call *calls;
    size_t head;
    size_t count;
    size_t capacity; /* 0 or a power of two */
};

#define CHANNEL_MEMORY 32u /* a power of two; calls remembered for telling who is wrong */

struct channel {
    struct communicator *communicator;
    int32_t rank[2]; /* of the sender and the receiver, in the communicator */
    struct lane lane[2];
    uint64_t done; /* messages matched or judged: the index of the first that is not */
    bool unusable; /* calls of a side are missing, or it has been given up */
    bool disputed; /* the first that wait do not fit */
    uint64_t opened_ns;
    uint64_t changed_ns;
    uint64_t troubled_until;
    uint64_t matched;                   /* messages that fitted */
    uint64_t bytes[CHANNEL_MEMORY];     /* of the last that fitted */
    uint64_t made[2];                   /* calls of each side */
    uint64_t buffer[2][CHANNEL_MEMORY]; /* of each side's last calls */
};

/* The channel from `source` to `destination`; NULL when memory is out. */
struct channel *channel_find(struct engine *engine, struct communicator *communicator, int32_t source,
                             int32_t destination);
void channel_free(struct channel *channel);

/* One side made a call. */
void channel_call(struct channel *channel, enum side side, struct engine *engine,
                  const struct waiting_call *call, uint64_t buffer);
/* Judges what can be judged: disputes, and what waits for a side that has left or moved on. */
void channels_settle(struct engine *engine);
/* There is no more input. */
void channels_finish(struct engine *engine);

/* The side on which calls wait for the other; -1: none, or it is disputed or unusable. */
int channel_waits(const struct channel *channel);
const struct waiting_call *lane_front(const struct lane *lane);
struct member *channel_member(const struct channel *channel, enum side side);
/* Publishes that the other side of what waits on `side` is missing, and gives the channel up. */
void channel_report_missing(struct channel *channel, enum side side, struct engine *engine,
                            enum confidence confidence, const char *reason, uint64_t waited_ns);

#endif
