/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_NCCL_ARENA_H
#define SIM_NCCL_ARENA_H

/* The shared memory of a communicator: a file in /dev/shm that all ranks open by the communicator's token and
 * that loses its name when the last of them has mapped it, so that nothing is left behind however they end.
 * It holds
 *   - a seat for each rank: who it is, a bell that is rung when something happened for it, and its last
 * ballots;
 *   - two byte pipes for each ordered pair of ranks, one for collectives and one for messages, so that a
 * collective that fell out of step leaves the messages alone. All zero is the right initial state, so whoever
 * comes first need not prepare it. */

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "nccl.h"
#include "patience.h"
#include "token.h"

enum arena_use { ARENA_COLLECTIVE, ARENA_MESSAGES, ARENA_USES };

/* What a rank says in an exchange among all ranks. Two of them: who begins exchange n + 1 has seen all of
 * exchange n, so nobody still reads n - 1. */
struct ballot {
    atomic_uint number;
    int color;
    int key;
};

struct seat {
    _Alignas(128) atomic_int pid; /* 0: free */
    atomic_ullong started;        /* the process's start time, since pids are used again */
    atomic_uint bell;             /* a futex */
    atomic_uint sleepers;
    struct ballot ballots[2];
};

struct pipe_ends {
    _Alignas(64) atomic_ullong written; /* by the sender, counting from the beginning of time */
    _Alignas(64) atomic_ullong read;    /* by the receiver */
};

struct arena {
    void *memory;
    size_t bytes;
    int ranks;
    int rank;
    size_t pipe_bytes;
    struct seat *seats;
    struct pipe_ends *ends;
    char *data;
};

/* Meets the other ranks and returns when all have come, or with an error: ncclInvalidUsage when the rank is
 * taken or the number of ranks is not that of the others, ncclRemoteError when one of them died,
 * ncclInternalError when halted, ncclSystemError. */
ncclResult_t arena_join(struct arena *arena, struct token token, int ranks, int rank,
                        struct patience *patience);
void arena_leave(struct arena *arena);

/* Moves up to `bytes` bytes between the memory and the pipe to or from the peer, and returns how many. */
size_t arena_send(struct arena *arena, enum arena_use use, int peer, const void *data, size_t bytes);
size_t arena_receive(struct arena *arena, enum arena_use use, int peer, void *data, size_t bytes);

/* Our bell, to be read before looking for work and handed to arena_sleep() when there was none. */
unsigned int arena_bell(struct arena *arena);
enum patience_answer arena_sleep(struct arena *arena, unsigned int bell, struct patience *patience);
void arena_ring(struct arena *arena, int rank);

/* Has the process of that rank ended? */
bool arena_is_dead(const struct arena *arena, int rank);

/* Tells all ranks our color and key and learns theirs; `number` is 1, 2, … for the exchanges of this arena.
 */
ncclResult_t arena_exchange(struct arena *arena, unsigned int number, int color, int key, int *colors,
                            int *keys, struct patience *patience);

/* Removes files that killed processes of this user left behind before all had come. */
void arena_sweep(void);

#endif
