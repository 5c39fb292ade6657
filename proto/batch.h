/* SPDX-License-Identifier: Apache-2.0
 *
 * Encodes what one process did into messages: interns repeated things, fills columns, packs envelopes. The
 * forwarder's half of the wire; stream.h is the other. Not thread-safe.
 */
#ifndef LOCKSTEP_PROTO_BATCH_H
#define LOCKSTEP_PROTO_BATCH_H

#include "event.h"

struct batch_writer;

/* Returns NULL when memory is out. */
struct batch_writer *batch_writer_create(const struct process_id *process);
void batch_writer_destroy(struct batch_writer *writer);

/* Returns the id of a call site for use in signatures and events; the same site has the same id until the
 * next epoch. 0 when memory is out. */
uint32_t batch_call_site(struct batch_writer *writer, const char *module, uint64_t offset);
/* The number of epochs begun so far. Ids kept by a caller are void when it has changed. */
uint32_t batch_epoch(const struct batch_writer *writer);

/* A batch that has grown past these takes no more events. */
#define BATCH_EVENT_LIMIT (1u << 18)
#define BATCH_BYTE_LIMIT  (16u << 20)

/* Appends a call. 0, -ENOMEM, -ENOBUFS (the batch is full: take it first) or -EINVAL (its call site was not
 * given in this epoch); then the event is not in the batch, and everything else is as it was. */
int batch_add_call(struct batch_writer *writer, uint64_t time_ns, const struct signature *signature,
                   uint64_t send, uint64_t recv);
/* Appends any other event, with the same results; kind EVENT_CALL is refused with -EINVAL. */
int batch_add_event(struct batch_writer *writer, const struct event *event);

/* Events in the batch being filled, and about how many bytes it will take. */
size_t batch_events(const struct batch_writer *writer);
size_t batch_bytes(const struct batch_writer *writer);

/* An encoded envelope; free(data). */
struct message {
    uint8_t *data;
    size_t length;
    uint64_t number; /* 0: not numbered */
};

/* Takes what was added so far as the next numbered message, and begins an empty batch. -ENODATA when there is
 * nothing, -ENOMEM (nothing changes). Starts a new epoch by itself when the tables have grown past
 * BATCH_TABLE_LIMIT. */
#define BATCH_TABLE_LIMIT (1u << 18)
int batch_take(struct batch_writer *writer, uint64_t dropped, struct message *message);
/* A batch made earlier will never arrive: what follows must not build on it. Events that were added and not
 * yet taken stay, and are part of the new epoch. */
void batch_new_epoch(struct batch_writer *writer);

/* The other messages. Hello and End take the next number; events not yet taken are not touched: take them
 * before the End. 0 or -ENOMEM (nothing changes). */
int batch_hello(struct batch_writer *writer, const struct hello *hello, struct message *message);
int batch_heartbeat(struct batch_writer *writer, const struct heartbeat *heartbeat, struct message *message);
int batch_end(struct batch_writer *writer, const struct process_end *end, struct message *message);
/* Number of the last numbered message made. */
uint64_t batch_number(const struct batch_writer *writer);

#endif
