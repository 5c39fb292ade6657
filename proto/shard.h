/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads the frames of one shard file in order, finds its way past damage, and knows where the last whole
 * frame ends. Private to proto/. Not thread-safe.
 */
#ifndef LOCKSTEP_PROTO_SHARD_H
#define LOCKSTEP_PROTO_SHARD_H

#include <stdbool.h>

#include "frame.h"
#include "trace.h"

struct shard {
    int fd;
    uint64_t size; /* of the file when last looked at */
    uint64_t base; /* offset in the file of buffer[0] */
    uint8_t *buffer;
    size_t capacity;
    size_t filled;
    size_t at;         /* where the next frame begins */
    uint64_t ended;    /* size of the file when its end was reached; UINT64_MAX before */
    uint64_t patience; /* bytes that may still be checked in vain while looking for the next frame */
};

/* Opens a regular file in `directory` with O_RDONLY or O_RDWR. 0, or a negative errno (-EPROTO: not a regular
 * file). */
int shard_open(struct shard *shard, int directory, const char *name, int access);
void shard_close(struct shard *shard);
/* Hands over the descriptor: the caller closes it. */
int shard_take_fd(struct shard *shard);

/* The next whole frame of a known version: 1, with its offset; 0 when none follows (yet); a negative errno.
 * What is passed over between two frames is counted in `damage`; what follows the last one is not. The
 * frame's payload is valid until the next call. */
int shard_next(struct shard *shard, struct frame *frame, uint64_t *offset, struct trace_damage *damage);
/* Where the last whole frame ended. */
uint64_t shard_position(const struct shard *shard);
/* Bytes that follow it; after shard_next() returned 0. */
uint64_t shard_tail(const struct shard *shard);
/* True when the search for the next frame was given up: there may be some in the tail. */
bool shard_gave_up(const struct shard *shard);

#endif
