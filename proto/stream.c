/* SPDX-License-Identifier: Apache-2.0
 *
 * The order of messages: numbers, gaps and epochs.
 */
#include "stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "envelope.h"
#include "stream_state.h"

struct stream *stream_create(const struct stream_sink *sink, void *context)
{
    struct stream *stream = calloc(1, sizeof *stream);
    if (!stream)
        return NULL;
    stream->sink = *sink;
    stream->context = context;
    return stream;
}

void stream_destroy(struct stream *stream)
{
    if (!stream)
        return;
    free(stream->tables.strings);
    free(stream->tables.call_sites);
    free(stream->tables.signatures);
    free(stream->tables.has_buffers);
    free(stream->tables.buffers);
    free(stream->settings);
    arena_destroy(&stream->tables.arena);
    arena_destroy(&stream->next);
    arena_destroy(&stream->scratch);
    free(stream);
}

const struct signature *stream_signature(const struct stream *stream, uint32_t id)
{
    if (id == 0 || id > stream->tables.sizes.signatures)
        return NULL;
    return &stream->tables.signatures[id - 1];
}

struct call_site stream_call_site(const struct stream *stream, uint32_t id)
{
    if (id == 0 || id > stream->tables.sizes.call_sites)
        return (struct call_site){"", 0};
    const struct site *site = &stream->tables.call_sites[id - 1];
    return (struct call_site){stream_string(stream, site->module), site->offset};
}

uint64_t stream_number(const struct stream *stream)
{
    return stream->number;
}

static void tell_lost(struct stream *stream, uint64_t batches)
{
    stream->damaged = true;
    if (stream->sink.lost)
        stream->sink.lost(stream->context, batches);
}

/* A numbered message has come: counts it as seen and tells of those before it that have not. */
static void see(struct stream *stream, uint64_t number)
{
    uint64_t missing = number - stream->number - 1;
    stream->number = number;
    if (missing)
        tell_lost(stream, missing);
}

/* As see(), for a message that cannot be used. */
static void see_unusable(struct stream *stream, uint64_t number)
{
    if (number == 0)
        return;
    see(stream, number);
    tell_lost(stream, 1);
}

static void see_if_numbered(struct stream *stream, uint64_t number)
{
    if (number)
        see(stream, number);
}

static int feed_hello(struct stream *stream, const struct envelope *envelope, char *error)
{
    ProtobufCMessage *body;
    struct hello hello;
    int result = envelope_unpack(envelope, &lockstep__v1__hello__descriptor, &stream->scratch, &body, error);
    if (result == 0)
        result = stream_read_hello(stream, (Lockstep__V1__Hello *)body, &hello, error);
    if (result)
        return result;
    see(stream, envelope->info.number);
    if (stream->sink.hello)
        stream->sink.hello(stream->context, &hello);
    return 0;
}

static int feed_heartbeat(struct stream *stream, const struct envelope *envelope, char *error)
{
    ProtobufCMessage *body;
    struct heartbeat heartbeat;
    int result =
        envelope_unpack(envelope, &lockstep__v1__heartbeat__descriptor, &stream->scratch, &body, error);
    if (result == 0)
        result = stream_read_heartbeat(stream, (Lockstep__V1__Heartbeat *)body, &heartbeat, error);
    if (result)
        return result;
    see_if_numbered(stream, envelope->info.number);
    if (stream->sink.heartbeat)
        stream->sink.heartbeat(stream->context, &heartbeat);
    return 0;
}

static int feed_end(struct stream *stream, const struct envelope *envelope, char *error)
{
    ProtobufCMessage *body;
    struct process_end end;
    int result = envelope_unpack(envelope, &lockstep__v1__end__descriptor, &stream->scratch, &body, error);
    if (result == 0)
        result = stream_read_end(stream, (Lockstep__V1__End *)body, &end, error);
    if (result)
        return result;
    see(stream, envelope->info.number);
    if (stream->sink.end)
        stream->sink.end(stream->context, &end);
    return 0;
}

/* Empties the tables. What was prepared for the epoch takes the place of the old strings' memory. */
static void begin_epoch(struct stream *stream, uint32_t epoch)
{
    if (stream->epoch && stream->sink.epoch)
        stream->sink.epoch(stream->context);
    struct tables *tables = &stream->tables;
    struct arena old = tables->arena;
    tables->arena = stream->next;
    arena_reset(&old);
    stream->next = old;
    tables->sizes = (struct sizes){0};
    tables->string_bytes = 0;
    stream->epoch = epoch;
    stream->damaged = false;
}

static int feed_batch(struct stream *stream, const struct envelope *envelope, char *error)
{
    ProtobufCMessage *body;
    enum batch_verdict verdict = BATCH_GOOD;
    bool gap = envelope->info.number != stream->number + 1;
    int result = envelope_unpack(envelope, &lockstep__v1__batch__descriptor, &stream->scratch, &body, error);
    if (result)
        return result;
    const Lockstep__V1__Batch *batch = (const Lockstep__V1__Batch *)body;
    result = stream_batch_check(stream, batch, gap, &verdict, error);
    if (result)
        return result;
    if (verdict == BATCH_GOOD)
        result = stream_batch_prepare(stream, batch, error);
    if (result)
        return result;

    see(stream, envelope->info.number);
    if (batch->epoch != stream->epoch)
        begin_epoch(stream, batch->epoch);
    if (verdict == BATCH_GOOD)
        stream_batch_deliver(stream, batch);
    else
        tell_lost(stream, 1);
    return 0;
}

static int feed_body(struct stream *stream, const struct envelope *envelope, char *error)
{
    uint64_t number = envelope->info.number;
    enum envelope_kind kind = envelope->info.kind;
    if (number == 0 && (kind == ENVELOPE_HELLO || kind == ENVELOPE_BATCH || kind == ENVELOPE_END))
        return envelope_refuse(error, "message that must have a number has none");
    switch (kind) {
    case ENVELOPE_HELLO:
        return feed_hello(stream, envelope, error);
    case ENVELOPE_BATCH:
        return feed_batch(stream, envelope, error);
    case ENVELOPE_HEARTBEAT:
        return feed_heartbeat(stream, envelope, error);
    case ENVELOPE_END:
        return feed_end(stream, envelope, error);
    case ENVELOPE_UNKNOWN:
    case ENVELOPE_ACK:
    case ENVELOPE_CLOCK_PING:
    case ENVELOPE_CLOCK_PONG:
    case ENVELOPE_COMMAND:
        break;
    }
    see_if_numbered(stream, number);
    return 0;
}

static bool is_of_another(const struct stream *stream, const struct process_id *process)
{
    return stream->has_process && memcmp(&stream->process, process, sizeof *process) != 0;
}

int stream_feed(struct stream *stream, const void *bytes, size_t length, char *error)
{
    struct envelope envelope;
    int result = envelope_parse(bytes, length, &envelope, error);
    if (result == -EPROTO)
        return result;
    if (is_of_another(stream, &envelope.info.process))
        return result ? result : envelope_refuse(error, "message is of another process");
    uint64_t number = envelope.info.number;
    if (number != 0 && number <= stream->number)
        return result; /* 0, or again that it cannot be read */
    if (result == 0) {
        stream->process = envelope.info.process;
        stream->has_process = true;
        result = feed_body(stream, &envelope, error);
        arena_reset(&stream->scratch);
    }
    if (result == -EPROTO || result == -EPROTONOSUPPORT)
        see_unusable(stream, number);
    return result;
}
