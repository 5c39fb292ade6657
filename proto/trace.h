/* SPDX-License-Identifier: Apache-2.0
 *
 * A trace directory: NAME.lockstep/ with `manifest.json` and append-only files `shard-NNN.lst` of frames
 * (frame.h), numbered from 000, in the order in which messages were received. The manifest:
 *
 *   {"format": "lockstep-trace", "version": 1, "created_ns": N, "writer": "lockstep 0.1.0", "job": "…"}
 *
 * One process writes (an flock on the manifest says so), any number read, also while it is written. Not
 * thread-safe. Where a function fails, `error` (TRACE_ERROR_BYTES) has the file, the offset where there is
 * one, and the reason.
 */
#ifndef LOCKSTEP_PROTO_TRACE_H
#define LOCKSTEP_PROTO_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TRACE_ERROR_BYTES 1024
#define TRACE_SHARD_BYTES (256u << 20) /* a shard that has reached this is followed by the next */

/* What was wrong with the files read or opened so far. */
struct trace_damage {
    uint64_t torn_bytes;     /* an incomplete frame at the end of the last shard */
    uint64_t damaged_frames; /* places where frames were unreadable, or a whole shard is missing */
    uint64_t damaged_bytes;  /* bytes passed over to find the next readable frame */
    uint64_t newer_frames;   /* whole, of a version that this build does not know */
};

/* ---- writing ---- */

struct trace_writer;

/* Opens `path` for appending: creates the directory when it does not exist or is empty; else it must be a
 * trace of the same job, whose torn tail is cut. NULL with errno and `error`: EWOULDBLOCK when another
 * process writes to it, EEXIST for a directory with other things in it or another job's trace. Directory and
 * files are for their owner only: a trace holds command lines and environments. */
struct trace_writer *trace_writer_open(const char *path, const char *job, char *error);
/* Appends one message. 0, or a negative errno (-EMSGSIZE: empty or above FRAME_MAX_BYTES) with `error`; then
 * what was written before is whole and the message is not in the trace; it may be tried again. */
int trace_append(struct trace_writer *writer, const void *payload, size_t length, uint64_t received_ns,
                 char *error);
/* fdatasync of what was appended. 0 or a negative errno with `error`. */
int trace_sync(struct trace_writer *writer, char *error);
/* A shard that has reached `bytes` is followed by the next; TRACE_SHARD_BYTES unless told. */
void trace_writer_rotate_at(struct trace_writer *writer, uint64_t bytes);
uint64_t trace_written_bytes(const struct trace_writer *writer); /* appended since open, headers included */
const struct trace_damage *trace_writer_damage(const struct trace_writer *writer); /* found when opening */
void trace_writer_close(struct trace_writer *writer);

/* ---- reading ---- */

struct trace_reader;

struct trace_message {
    const uint8_t *payload; /* as received; valid until the next call */
    size_t length;
    uint64_t received_ns;
    uint64_t offset; /* of the frame in its shard */
    const char *shard;
};

/* NULL with errno and `error`: ENOENT, ENOTDIR, EPROTO (no manifest or not one of ours), EPROTONOSUPPORT
 * (newer). */
struct trace_reader *trace_reader_open(const char *path, char *error);
const char *trace_reader_job(const struct trace_reader *reader);
/* The next message: 1; 0 at the end; a negative errno with `error` when a file cannot be read. Damage is
 * passed over and counted. `message` may be filled after 0 was returned, if the trace has grown. */
int trace_read(struct trace_reader *reader, struct trace_message *message, char *error);
const struct trace_damage *trace_reader_damage(const struct trace_reader *reader);
void trace_reader_close(struct trace_reader *reader);

/* True when `path` is a directory with a manifest of a trace in it (readable or not is trace_reader_open()'s
 * business). */
bool trace_is_trace(const char *path);

#endif
