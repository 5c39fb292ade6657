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

struct trace_writer {
    char *path;
    int directory;
    int manifest; /* holds the lock */
    int shard;    /* -1 before the first */
    int shard_number;
    char shard_name[TRACE_SHARD_NAME];
    uint64_t end; /* where the last whole frame of the shard ends */
    bool torn;    /* something half written may follow it */
    uint64_t rotate_at;
    uint64_t written_bytes;
    struct trace_damage damage;
    uint8_t *frame; /* the frame at hand */
    size_t frame_capacity;
};

static const char opening[] = "trace_writer_open";
static const char appending[] = "trace_append";

/* ---- opening ---- */

static int open_directory(struct trace_writer *writer, char *error)
{
    if (mkdir(writer->path, 0700) && errno != EEXIST)
        return trace_fail_system(error, errno, opening, writer->path, "", TRACE_NO_OFFSET);
    writer->directory = open(writer->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (writer->directory < 0)
        return trace_fail_system(error, errno, opening, writer->path, "", TRACE_NO_OFFSET);
    return 0;
}

/* Cuts what follows the last whole frame of an opened shard. */
static int cut_tail(struct trace_writer *writer, struct shard *shard)
{
    struct frame frame;
    uint64_t offset;
    int result;
    do {
        result = shard_next(shard, &frame, &offset, &writer->damage);
    } while (result == 1);
    if (result < 0)
        return result;
    if (shard_gave_up(shard))
        return -EPROTO;
    writer->end = shard_position(shard);
    writer->damage.torn_bytes = shard_tail(shard);
    if (writer->damage.torn_bytes && (ftruncate(shard->fd, (off_t)writer->end) || fsync(shard->fd)))
        return -errno;
    return 0;
}

/* Opens the last shard if there is one. */
static int open_last_shard(struct trace_writer *writer, char *error)
{
    int found = trace_find_shards(writer->directory, -1, NULL, &writer->shard_number);
    if (found < 0)
        return trace_fail_system(error, -found, opening, writer->path, "", TRACE_NO_OFFSET);
    if (found == 0)
        return 0;
    trace_shard_name(writer->shard_name, writer->shard_number);
    struct shard shard;
    int result = shard_open(&shard, writer->directory, writer->shard_name, O_RDWR);
    uint64_t offset = TRACE_NO_OFFSET;
    if (result == 0) {
        result = cut_tail(writer, &shard);
        offset = shard_position(&shard);
        if (result == 0)
            writer->shard = shard_take_fd(&shard);
        shard_close(&shard);
    }
    if (result == -EPROTO)
        return trace_fail(error, EPROTO, opening, writer->path, writer->shard_name,
                          offset == TRACE_NO_OFFSET ? "not a regular file" : "too damaged to append to");
    if (result)
        return trace_fail_system(error, -result, opening, writer->path, writer->shard_name, offset);
    return 0;
}

struct trace_writer *trace_writer_open(const char *path, const char *job, char *error)
{
    struct trace_writer *writer = calloc(1, sizeof *writer);
    int result = -ENOMEM;
    if (!writer) {
        trace_fail_system(error, ENOMEM, opening, path, "", TRACE_NO_OFFSET);
        goto out;
    }
    writer->directory = writer->manifest = writer->shard = writer->shard_number = -1;
    writer->rotate_at = TRACE_SHARD_BYTES;
    writer->path = strdup(path);
    if (!writer->path) {
        trace_fail_system(error, ENOMEM, opening, path, "", TRACE_NO_OFFSET);
        goto out;
    }
    result = open_directory(writer, error);
    if (result)
        goto out;
    writer->manifest = manifest_lock(writer->directory, path, job, error);
    result = writer->manifest < 0 ? writer->manifest : open_last_shard(writer, error);
out:
    if (result == 0)
        return writer;
    trace_writer_close(writer);
    errno = -result;
    return NULL;
}

void trace_writer_close(struct trace_writer *writer)
{
    if (!writer)
        return;
    if (writer->shard >= 0)
        close(writer->shard);
    if (writer->manifest >= 0)
        close(writer->manifest);
    if (writer->directory >= 0)
        close(writer->directory);
    free(writer->frame);
    free(writer->path);
    free(writer);
}

void trace_writer_rotate_at(struct trace_writer *writer, uint64_t bytes)
{
    writer->rotate_at = bytes;
}

uint64_t trace_written_bytes(const struct trace_writer *writer)
{
    return writer->written_bytes;
}

const struct trace_damage *trace_writer_damage(const struct trace_writer *writer)
{
    return &writer->damage;
}

/* ---- appending ---- */

/* Leaves the shard at hand, safely on disk, for a new one. */
static int begin_shard(struct trace_writer *writer, char *error)
{
    char name[TRACE_SHARD_NAME];
    if (writer->shard >= 0) {
        int result = trace_sync(writer, error);
        if (result)
            return result;
    }
    if (writer->shard_number >= TRACE_SHARD_NUMBER)
        return trace_fail(error, EFBIG, appending, writer->path, "", "has as many shards as there can be");
    trace_shard_name(name, writer->shard_number + 1);
    int fd = openat(writer->directory, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return trace_fail_system(error, errno, appending, writer->path, name, TRACE_NO_OFFSET);
    if (writer->shard >= 0)
        close(writer->shard);
    memcpy(writer->shard_name, name, sizeof name);
    writer->shard = fd;
    writer->shard_number++;
    writer->end = 0;
    writer->torn = false;
    if (fsync(writer->directory))
        return trace_fail_system(error, errno, appending, writer->path, name, TRACE_NO_OFFSET);
    return 0;
}

/* Cuts what an append that failed has left. */
static int mend(struct trace_writer *writer)
{
    if (ftruncate(writer->shard, (off_t)writer->end))
        return -errno;
    writer->torn = false;
    return 0;
}

static int write_at_end(struct trace_writer *writer, size_t length)
{
    for (size_t done = 0; done < length;) {
        ssize_t wrote =
            pwrite(writer->shard, writer->frame + done, length - done, (off_t)(writer->end + done));
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote <= 0)
            return wrote ? -errno : -EIO;
        done += (size_t)wrote;
    }
    return 0;
}

static int append_frame(struct trace_writer *writer, size_t length)
{
    int result = writer->torn ? mend(writer) : 0;
    if (result)
        return result;
    writer->torn = true;
    result = write_at_end(writer, length);
    if (result) {
        (void)mend(writer); /* else before the next append; readers pass over it */
        return result;
    }
    writer->torn = false;
    writer->end += length;
    writer->written_bytes += length;
    return 0;
}

int trace_append(struct trace_writer *writer, const void *payload, size_t length, uint64_t received_ns,
                 char *error)
{
    if (length == 0 || length > FRAME_MAX_BYTES)
        return trace_fail(error, EMSGSIZE, appending, writer->path, "", "message of %zu bytes", length);
    uint8_t *frame = array_reserve(writer->frame, &writer->frame_capacity, frame_bound(length), 1);
    if (!frame)
        return trace_fail_system(error, ENOMEM, appending, writer->path, "", TRACE_NO_OFFSET);
    writer->frame = frame;
    int result = 0;
    if (writer->shard < 0 || writer->end >= writer->rotate_at)
        result = begin_shard(writer, error);
    if (result)
        return result;
    result = append_frame(writer, frame_write(writer->frame, payload, length, received_ns));
    if (result)
        return trace_fail_system(error, -result, appending, writer->path, writer->shard_name, writer->end);
    return 0;
}

int trace_sync(struct trace_writer *writer, char *error)
{
    if (writer->shard >= 0 && fdatasync(writer->shard))
        return trace_fail_system(error, errno, "trace_sync", writer->path, writer->shard_name, writer->end);
    return 0;
}
