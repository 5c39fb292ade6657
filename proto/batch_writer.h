/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files that make up batch.h share: the writer itself. Private to proto/.
 */
#ifndef LOCKSTEP_PROTO_BATCH_WRITER_H
#define LOCKSTEP_PROTO_BATCH_WRITER_H

#include "arena.h"
#include "batch.h"
#include "intern.h"
#include "lockstep.pb-c.h"

enum batch_table { TABLE_STRINGS, TABLE_CALL_SITES, TABLE_SIGNATURES, TABLE_BUFFERS, TABLE_COUNT };

/* The keys of the tables. They are hashed as bytes, so they have no padding. */
struct call_site_key {
    uint64_t offset;
    uint64_t module;
};

struct signature_key {
    uint64_t stream;
    uint64_t count;
    uint64_t reduction_identity;
    uint64_t capture;
    uint64_t argument;
    uint64_t object;
    uint32_t communicator;
    uint32_t thread;
    int32_t root;
    uint32_t call_site;
    uint16_t flags;
    uint8_t operation;
    uint8_t datatype;
    uint8_t reduction;
    uint8_t zero[3];
};

struct buffers_key {
    uint64_t send;
    uint64_t recv;
};

struct batch_writer {
    struct process_id process;
    uint64_t number; /* of the last numbered message */
    uint32_t epoch;

    /* The tables of the epoch; entries above `defined` are in no batch yet. */
    struct intern *tables[TABLE_COUNT];
    uint32_t defined[TABLE_COUNT];
    size_t table_bytes;   /* about what defining all of them takes on the wire */
    size_t defined_bytes; /* the part of it that was taken */

    /* The batch being filled. */
    uint32_t *what;
    int64_t *time;
    uint32_t *buffers;
    Lockstep__V1__Event **others; /* in `arena` */
    size_t events;                /* of `what` and `time` */
    size_t buffers_count;
    size_t others_count;
    size_t what_capacity;
    size_t time_capacity;
    size_t buffers_capacity;
    size_t others_capacity;
    uint64_t last_time;
    size_t event_bytes;
    struct arena arena; /* dies with the batch being filled */

    struct arena scratch; /* dies with the function that uses it */
};

/* The id of a key in a table; 0 when memory is out. */
uint32_t batch_intern(struct batch_writer *writer, enum batch_table table, const void *key, size_t length);
/* The id of a string, cut to EVENT_STRING_BYTES; 0 for "". False when memory is out. */
bool batch_string(struct batch_writer *writer, const char *text, uint32_t *id);

/* About how many bytes a varint takes. */
static inline size_t batch_varint_bytes(uint64_t value)
{
    return (size_t)(70 - __builtin_clzll(value | 1)) / 7;
}

/* On the wire a number from a table is one more than the number, and 0 is "none" (255). */
static inline uint32_t batch_number_or_none(uint8_t number)
{
    return number == UINT8_MAX ? 0 : number + 1u;
}

/* The message for an event that is not a call, in the writer's arena; NULL when memory is out. */
Lockstep__V1__Event *batch_encode_event(struct batch_writer *writer, const struct event *event);

#endif
