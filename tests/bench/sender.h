/* SPDX-License-Identifier: Apache-2.0
 *
 * Sends a rank's messages like a forwarder: at most a window's worth unacknowledged.
 */
#ifndef LOCKSTEP_BENCH_SENDER_H
#define LOCKSTEP_BENCH_SENDER_H

#include <stdbool.h>

#include "messages.h"

#define SENDER_WINDOW 64

struct sender {
    const struct messages_stream *stream; /* borrowed */
    void *socket;                         /* zmq DEALER, owned */
    size_t sent;                          /* index into the stream */
    uint64_t in_flight;                   /* numbered messages sent and not acknowledged */
    uint64_t acknowledged;                /* all below it */
    uint64_t last;                        /* the last number there is */
};

/* 0 or a negative errno. */
int sender_open(struct sender *sender, void *zmq_context, const char *endpoint,
                const struct messages_stream *stream);
void sender_close(struct sender *sender);
/* Sends what the window allows and takes the acknowledgements that came. */
void sender_turn(struct sender *sender);
bool sender_is_done(const struct sender *sender);

#endif
