/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files that make up stream.h share. stream.c keeps the order of messages; stream_batch.c checks,
 * defines and delivers a batch; stream_event.c and stream_messages.c turn one message into one plain value.
 * Private to proto/.
 */
#ifndef LOCKSTEP_PROTO_STREAM_STATE_H
#define LOCKSTEP_PROTO_STREAM_STATE_H

#include "arena.h"
#include "lockstep.pb-c.h"
#include "stream.h"

/* What one batch, and the tables of one epoch, may hold: well above what the encoder makes, low enough that a
 * hostile sender cannot take all memory. */
#define STREAM_TABLE_LIMIT  ((size_t)1 << 20)
#define STREAM_EVENT_LIMIT  ((size_t)1 << 20)
#define STREAM_STRING_LIMIT ((size_t)64 << 20) /* bytes in the string table */

struct site {
    uint32_t module; /* string */
    uint64_t offset;
};

struct buffers {
    uint64_t send;
    uint64_t recv;
};

/* The sizes of an epoch's tables. */
struct sizes {
    size_t strings;
    size_t call_sites;
    size_t signatures;
    size_t buffers;
};

/* Entry id - 1. */
struct tables {
    struct sizes sizes;
    char **strings; /* in `arena` */
    size_t string_bytes;
    struct site *call_sites;
    struct signature *signatures;
    bool *has_buffers; /* of each signature */
    struct buffers *buffers;
    struct sizes capacity;
    size_t has_buffers_capacity;
    struct arena arena;
};

struct stream {
    struct stream_sink sink;
    void *context;
    struct process_id process;
    bool has_process;
    bool damaged;    /* something of this epoch was lost */
    uint64_t number; /* of the last numbered message seen */
    uint32_t epoch;  /* 0 before the first batch */
    struct tables tables;
    struct arena next;        /* strings prepared for the epoch that is about to begin */
    char **prepared;          /* strings of the batch at hand, in scratch */
    struct setting *settings; /* room for those of one Create */
    size_t settings_capacity;
    struct arena scratch; /* what one message is decoded into */
};

/* What became of a batch that was decoded. */
enum batch_verdict {
    BATCH_GOOD,
    BATCH_BUILDS_ON_LOST, /* its definitions follow on ones that were never seen */
};

/* Checks everything in a batch, changing nothing. `gap` tells that messages right before it are missing. 0 or
 * -EPROTO. */
int stream_batch_check(const struct stream *stream, const Lockstep__V1__Batch *batch, bool gap,
                       enum batch_verdict *verdict, char *error);
/* Gets all memory that delivering a good batch takes. 0 or -ENOMEM. */
int stream_batch_prepare(struct stream *stream, const Lockstep__V1__Batch *batch, char *error);
/* Enters a prepared batch's definitions into the tables and hands signatures and events to the sink. Its
 * epoch has begun. Cannot fail. */
void stream_batch_deliver(struct stream *stream, const Lockstep__V1__Batch *batch);

/* Checks one event against tables of these sizes. 0 or -EPROTO. */
int stream_event_check(const Lockstep__V1__Event *encoded, const struct sizes *sizes, char *error);
/* Turns a checked event into a plain value but for its time. False for a kind that this build does not know.
 */
bool stream_event_read(const struct stream *stream, const Lockstep__V1__Event *encoded, struct event *event);

/* Check a message and turn it into a plain value that borrows from it and from the stream's scratch memory.
 * 0, -EPROTO or -ENOMEM. */
int stream_read_hello(struct stream *stream, const Lockstep__V1__Hello *encoded, struct hello *hello,
                      char *error);
int stream_read_heartbeat(struct stream *stream, const Lockstep__V1__Heartbeat *encoded,
                          struct heartbeat *heartbeat, char *error);
int stream_read_end(struct stream *stream, const Lockstep__V1__End *encoded, struct process_end *end,
                    char *error);

/* The string with this id, "" for 0. The id was checked. */
static inline const char *stream_string(const struct stream *stream, uint32_t id)
{
    return id ? stream->tables.strings[id - 1] : "";
}

/* Enumerations travel as number + 1, and 0 for none. Checked to be below 256. */
static inline uint8_t stream_number_or_none(uint32_t encoded)
{
    return (uint8_t)(encoded - 1);
}

#endif
