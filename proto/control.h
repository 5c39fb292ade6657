/* SPDX-License-Identifier: Apache-2.0
 *
 * The small unnumbered messages between forwarder and collector: acknowledgement, clock, commands. Plain
 * values in both directions; any thread.
 */
#ifndef LOCKSTEP_PROTO_CONTROL_H
#define LOCKSTEP_PROTO_CONTROL_H

#include "batch.h"
#include "stream.h"

enum command_kind { COMMAND_NONE = 0, COMMAND_ABORT = 1, COMMAND_GOODBYE = 2 };

struct control {
    enum envelope_kind kind; /* ACK, CLOCK_PING, CLOCK_PONG or COMMAND */
    struct process_id process;
    union {
        struct {
            uint64_t next;
            char refused[STREAM_ERROR_BYTES]; /* "" when all is well */
        } ack;
        struct {
            uint64_t sent_ns;
            uint64_t received_realtime_ns; /* pong only */
        } clock;
        struct {
            enum command_kind kind; /* COMMAND_NONE for one that this version does not know */
            char reason[STREAM_ERROR_BYTES];
        } command;
    };
};

/* 0, -ENOMEM, or -EINVAL for another kind; free(message->data). Text that is too long is cut. */
int control_encode(const struct control *control, struct message *message);
/* 0, -EPROTO, -EPROTONOSUPPORT or -ENOMEM with a sentence in `error` (STREAM_ERROR_BYTES). Envelopes of other
 * kinds give their kind and process only. */
int control_decode(const void *bytes, size_t length, struct control *control, char *error);

#endif
