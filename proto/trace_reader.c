/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "array.h"
#include "frame.h"
#include "manifest.h"
#include "shard.h"
#include "trace.h"
#include "trace_directory.h"

struct trace_reader {
    char *path;
    int directory;
    char *job;
    struct shard shard; /* fd is -1 before the first */
    int number;         /* of the shard; -1 before the first */
    char name[TRACE_SHARD_NAME];
    bool finished; /* the shard will not grow: there is a next one */
    uint8_t *payload;
    size_t payload_capacity;
    struct trace_damage damage;
};

static const char opening[] = "trace_reader_open";
static const char reading[] = "trace_read";

bool trace_is_trace(const char *path)
{
    int directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0)
        return false;
    struct stat status;
    bool is =
        fstatat(directory, TRACE_MANIFEST, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(status.st_mode);
    close(directory);
    return is;
}

static int open_trace(struct trace_reader *reader, char *error)
{
    reader->directory = open(reader->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (reader->directory < 0)
        return trace_fail_system(error, errno, opening, reader->path, "", TRACE_NO_OFFSET);
    int manifest = manifest_open(reader->directory, reader->path, error);
    if (manifest < 0)
        return manifest;
    int result = manifest_read(manifest, opening, reader->path, &reader->job, error);
    close(manifest);
    return result;
}

struct trace_reader *trace_reader_open(const char *path, char *error)
{
    struct trace_reader *reader = calloc(1, sizeof *reader);
    int result = -ENOMEM;
    if (reader) {
        reader->directory = reader->shard.fd = reader->number = -1;
        reader->path = strdup(path);
    }
    if (!reader || !reader->path)
        trace_fail_system(error, ENOMEM, opening, path, "", TRACE_NO_OFFSET);
    else
        result = open_trace(reader, error);
    if (result == 0)
        return reader;
    trace_reader_close(reader);
    errno = -result;
    return NULL;
}

void trace_reader_close(struct trace_reader *reader)
{
    if (!reader)
        return;
    shard_close(&reader->shard);
    if (reader->directory >= 0)
        close(reader->directory);
    free(reader->payload);
    free(reader->job);
    free(reader->path);
    free(reader);
}

const char *trace_reader_job(const struct trace_reader *reader)
{
    return reader->job;
}

const struct trace_damage *trace_reader_damage(const struct trace_reader *reader)
{
    return &reader->damage;
}

static void count_damage(struct trace_reader *reader, uint64_t bytes)
{
    reader->damage.damaged_frames++;
    reader->damage.damaged_bytes += bytes;
}

/* Closes the shard at hand, if any, and opens the one with this number. */
static int open_shard(struct trace_reader *reader, int number, char *error)
{
    if (reader->shard.fd >= 0 && shard_tail(&reader->shard))
        count_damage(reader, shard_tail(&reader->shard));
    if (number > reader->number + 1)
        count_damage(reader, 0); /* those in between are missing */
    shard_close(&reader->shard);
    trace_shard_name(reader->name, number);
    reader->number = number;
    reader->finished = false;
    int result = shard_open(&reader->shard, reader->directory, reader->name, O_RDONLY);
    if (result == -EPROTO)
        return trace_fail(error, EPROTO, reading, reader->path, reader->name, "not a regular file");
    if (result)
        return trace_fail_system(error, -result, reading, reader->path, reader->name, TRACE_NO_OFFSET);
    return 0;
}

/* Goes on at the end of the shard at hand: 1 when there is more to read; 0 at the end; a negative errno. */
static int go_on(struct trace_reader *reader, char *error)
{
    int next;
    int found = trace_find_shards(reader->directory, reader->number, &next, NULL);
    if (found < 0)
        return trace_fail_system(error, -found, reading, reader->path, "", TRACE_NO_OFFSET);
    if (found == 0) {
        reader->damage.torn_bytes = shard_tail(&reader->shard);
        return 0;
    }
    if (reader->shard.fd >= 0 && !reader->finished) {
        /* It may have grown between our look at its end and the birth of the next. */
        reader->finished = true;
        return 1;
    }
    int result = open_shard(reader, next, error);
    return result ? result : 1;
}

/* Fills the message from a frame. 0, -EPROTO (damaged) or -ENOMEM. */
static int unwrap(struct trace_reader *reader, const struct frame *frame, struct trace_message *message)
{
    if (frame->flags & FRAME_ZSTD) {
        uint8_t *payload =
            array_reserve(reader->payload, &reader->payload_capacity, frame->received_bytes, 1);
        if (!payload)
            return -ENOMEM;
        reader->payload = payload;
        if (frame_payload(frame, payload))
            return -EPROTO;
        message->payload = payload;
    } else {
        message->payload = frame->payload;
    }
    message->length = frame->received_bytes;
    message->received_ns = frame->received_ns;
    return 0;
}

int trace_read(struct trace_reader *reader, struct trace_message *message, char *error)
{
    for (;;) {
        struct frame frame;
        uint64_t offset = 0;
        int result = reader->shard.fd < 0 ? 0 : shard_next(&reader->shard, &frame, &offset, &reader->damage);
        if (result < 0)
            return trace_fail_system(error, -result, reading, reader->path, reader->name,
                                     shard_position(&reader->shard));
        if (result == 0) {
            result = go_on(reader, error);
            if (result <= 0)
                return result;
            continue;
        }
        reader->damage.torn_bytes = 0;
        result = unwrap(reader, &frame, message);
        if (result == -ENOMEM)
            return trace_fail_system(error, ENOMEM, reading, reader->path, reader->name, offset);
        if (result) {
            count_damage(reader, FRAME_HEADER_BYTES + (uint64_t)frame.stored_bytes);
            continue;
        }
        message->offset = offset;
        message->shard = reader->name;
        return 1;
    }
}
