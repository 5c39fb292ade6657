/* SPDX-License-Identifier: Apache-2.0
 *
 * A traced process and its forwarder, for tests: the process is a fork of the test that writes records as the
 * preload would, the forwarder is the real program. Everything is asserted.
 */
#ifndef TESTS_FORWARDER_RANK_H
#define TESTS_FORWARDER_RANK_H

#include <limits.h>
#include <stdint.h>
#include <sys/types.h>

#include "ring.h"

struct rank {
    char directory[64]; /* of ring and spool */
    char ring_path[128];
    size_t ring_bytes;
    pid_t pid;
    pid_t forwarder;
    int orders; /* written to by the test */
    int replies;
};

/* In the rank's process: what a rank does when it is told `order`. */
typedef void rank_body(struct ring *ring, char order);

/* Starts the process, which makes a ring and then obeys orders with `body`. */
void rank_start(struct rank *rank, size_t ring_bytes, rank_body *body);
/* Gives an order and waits until it has been carried out. */
void rank_order(struct rank *rank, char order);
/* Gives an order and does not wait: the rank may end. */
void rank_order_last(struct rank *rank, char order);
/* Waits for the rank and returns its wait status. */
int rank_wait(struct rank *rank);

/* Starts the forwarder with `environment` ("NAME=value", NULL-terminated) and nothing else. */
void rank_forward(struct rank *rank, const char *endpoint, const char *const *environment);
/* Waits, at most `seconds`, for the forwarder to exit by itself with status 0. */
void rank_forwarder_ends(struct rank *rank, unsigned seconds);
/* The only file in the rank's directory whose name ends in `suffix`; false when there is none. */
int rank_file(const struct rank *rank, const char *suffix, char path[PATH_MAX]);
/* Kills what still runs and removes the directory. */
void rank_clean(struct rank *rank);

/* For bodies: an all-reduce on communicator 1 whose number and count are `sequence`. Returns whether there
 * was room. */
int rank_write_call(struct ring *ring, uint32_t sequence);
/* A communicator made from a unique id. */
void rank_write_create(struct ring *ring, uint32_t communicator, int32_t ranks, int32_t number);

#endif
