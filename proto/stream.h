/* SPDX-License-Identifier: Apache-2.0
 *
 * Decodes the messages of one process back into plain values, checking everything: an envelope comes from a
 * socket or a damaged file. Not thread-safe; distinct streams are independent.
 */
#ifndef LOCKSTEP_PROTO_STREAM_H
#define LOCKSTEP_PROTO_STREAM_H

#include "event.h"

/* The meaning of messages that this build reads and writes: Envelope.version. */
#define STREAM_VERSION 1u

/* Where decoded values go, in stream order. Any member may be NULL. What is handed over is borrowed until the
 * function returns. They may ask the stream (stream_signature(), stream_call_site()) but not feed it. */
struct stream_sink {
    void (*hello)(void *context, const struct hello *hello);
    /* A signature came up first; its id is used by later events, until `epoch` is called. */
    void (*signature)(void *context, uint32_t id, const struct signature *signature);
    void (*event)(void *context, const struct event *event);
    void (*heartbeat)(void *context, const struct heartbeat *heartbeat);
    void (*end)(void *context, const struct process_end *end);
    /* All ids are void when this returns; new ones follow. */
    void (*epoch)(void *context);
    /* `batches` numbered messages in a row are missing or unreadable here, with everything in them. */
    void (*lost)(void *context, uint64_t batches);
};

struct stream;

/* Returns NULL when memory is out. `sink` is copied, `context` passed on to it. */
struct stream *stream_create(const struct stream_sink *sink, void *context);
void stream_destroy(struct stream *stream);

/* What an envelope says about itself. */
enum envelope_kind {
    ENVELOPE_UNKNOWN, /* a kind that a newer version sends */
    ENVELOPE_HELLO,
    ENVELOPE_BATCH,
    ENVELOPE_HEARTBEAT,
    ENVELOPE_END,
    ENVELOPE_ACK,
    ENVELOPE_CLOCK_PING,
    ENVELOPE_CLOCK_PONG,
    ENVELOPE_COMMAND,
};

struct envelope_info {
    enum envelope_kind kind;
    struct process_id process;
    uint64_t number; /* 0: not numbered */
};

/* Reads only what says where an envelope belongs. 0, -EPROTO (malformed) or -EPROTONOSUPPORT (a newer
 * version); then `error` (at least STREAM_ERROR_BYTES) says why in a sentence without its full stop. Needs no
 * stream. `info` is filled also for a newer version, as far as it can be told. */
#define STREAM_ERROR_BYTES 256
int envelope_peek(const void *bytes, size_t length, struct envelope_info *info, char *error);

/* Decodes one Hello, Batch, Heartbeat or End of this stream's process; other kinds are ignored. The first
 * message fed says which process that is. A numbered message that was seen before is ignored; when one or
 * more are missing, `lost` is told first. A batch is decoded whole or not at all. Returns, with `error` as
 * above:
 *   0
 *   -EPROTO, -EPROTONOSUPPORT: nothing of the message was used; `lost` was told if it was numbered and new,
 * unless not even its number could be read or it is another process's -ENOMEM: nothing of the message was
 * used, it does not count as seen and may be fed again The stream stays usable: the batches of the damaged
 * epoch that build on what was lost are counted as lost (which is no failure of theirs: 0), the next epoch is
 * read again. */
int stream_feed(struct stream *stream, const void *bytes, size_t length, char *error);

/* The signature with this id in the current epoch, or NULL. Valid until the next stream_feed(). */
const struct signature *stream_signature(const struct stream *stream, uint32_t id);
/* The call site with this id in the current epoch; {"", 0} for 0 and unknown ids. Valid until the epoch ends.
 */
struct call_site stream_call_site(const struct stream *stream, uint32_t id);

/* Number of the last numbered message that was seen (decoded or not). */
uint64_t stream_number(const struct stream *stream);

#endif
