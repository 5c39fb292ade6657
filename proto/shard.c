/* SPDX-License-Identifier: Apache-2.0 */
#include "shard.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK_BYTES ((size_t)256 << 10)
/* A file made of nothing but false beginnings of long frames must not be checked for hours. */
#define PATIENCE_BYTES ((uint64_t)4 << 30)

int shard_open(struct shard *shard, int directory, const char *name, int access)
{
    *shard = (struct shard){.fd = -1, .ended = UINT64_MAX, .patience = PATIENCE_BYTES};
    int fd = openat(directory, name, access | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    struct stat status;
    int result = fstat(fd, &status) ? -errno : S_ISREG(status.st_mode) ? 0 : -EPROTO;
    if (result)
        close(fd);
    else
        shard->fd = fd;
    return result;
}

void shard_close(struct shard *shard)
{
    if (shard->fd >= 0)
        close(shard->fd);
    free(shard->buffer);
    *shard = (struct shard){.fd = -1};
}

int shard_take_fd(struct shard *shard)
{
    int fd = shard->fd;
    shard->fd = -1;
    return fd;
}

uint64_t shard_position(const struct shard *shard)
{
    return shard->base + shard->at;
}

uint64_t shard_tail(const struct shard *shard)
{
    uint64_t position = shard_position(shard);
    return shard->size > position ? shard->size - position : 0;
}

bool shard_gave_up(const struct shard *shard)
{
    return shard->patience == 0;
}

static size_t available(const struct shard *shard)
{
    return shard->filled - shard->at;
}

static int reserve(struct shard *shard, size_t needed)
{
    if (needed < CHUNK_BYTES)
        needed = CHUNK_BYTES;
    if (needed <= shard->capacity)
        return 0;
    uint8_t *buffer = realloc(shard->buffer, needed);
    if (!buffer)
        return -ENOMEM;
    shard->buffer = buffer;
    shard->capacity = needed;
    return 0;
}

/* Reads on until `needed` bytes are available or the file ends. 0 or a negative errno. */
static int fill(struct shard *shard, size_t needed)
{
    if (available(shard) >= needed)
        return 0;
    int result = reserve(shard, needed);
    if (result)
        return result;
    memmove(shard->buffer, shard->buffer + shard->at, available(shard));
    shard->filled -= shard->at;
    shard->base += shard->at;
    shard->at = 0;
    while (shard->filled < needed) {
        ssize_t got = pread(shard->fd, shard->buffer + shard->filled, shard->capacity - shard->filled,
                            (off_t)(shard->base + shard->filled));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -errno;
        if (got == 0)
            break;
        shard->filled += (size_t)got;
    }
    return 0;
}

static void rewind_to(struct shard *shard, uint64_t offset)
{
    shard->base = offset;
    shard->at = 0;
    shard->filled = 0;
}

/* Looks at what is at the current place. A negative errno, or an enum frame_status. */
static int look(struct shard *shard, struct frame *frame, size_t *length)
{
    int result = fill(shard, FRAME_HEADER_BYTES);
    if (result)
        return result;
    enum frame_status status = frame_read(shard->buffer + shard->at, available(shard), frame, length);
    bool more_is_there = shard_position(shard) + *length <= shard->size;
    if (status != FRAME_SHORT || available(shard) < FRAME_HEADER_BYTES || !more_is_there)
        return (int)status;
    result = fill(shard, *length);
    if (result)
        return result;
    return (int)frame_read(shard->buffer + shard->at, available(shard), frame, length);
}

/* Moves on to the next place where a frame may begin: 1; 0 when there is none; a negative errno. */
static int seek_candidate(struct shard *shard)
{
    shard->at++;
    for (;;) {
        size_t found = frame_find(shard->buffer, shard->filled, shard->at);
        if (found < shard->filled) {
            shard->at = found;
            return 1;
        }
        /* A magic may lie across the end of the buffer. */
        size_t kept = available(shard) < 3 ? available(shard) : 3;
        shard->at = shard->filled - kept;
        int result = fill(shard, kept + 1);
        if (result)
            return result;
        if (available(shard) <= kept)
            return 0;
    }
}

/* Counts a check that led to nothing. False when there were too many of them. */
static bool be_patient(struct shard *shard, size_t checked)
{
    shard->patience = shard->patience > checked ? shard->patience - checked : 0;
    return shard->patience > 0;
}

static void count_damage(struct trace_damage *damage, uint64_t bytes)
{
    damage->damaged_frames++;
    damage->damaged_bytes += bytes;
}

static int look_at_size(struct shard *shard)
{
    struct stat status;
    if (fstat(shard->fd, &status))
        return -errno;
    shard->size = (uint64_t)status.st_size;
    return 0;
}

int shard_next(struct shard *shard, struct frame *frame, uint64_t *offset, struct trace_damage *damage)
{
    int result = look_at_size(shard);
    if (result)
        return result;
    if (shard->size == shard->ended || shard_gave_up(shard))
        return 0;

    uint64_t start = shard_position(shard);
    for (;;) {
        size_t length = 0;
        int status = look(shard, frame, &length);
        if (status < 0)
            return status;
        if (status == FRAME_OK || status == FRAME_NEWER) {
            *offset = shard_position(shard);
            if (*offset > start)
                count_damage(damage, *offset - start);
            shard->at += length;
            start = shard_position(shard);
            if (status == FRAME_OK)
                return 1;
            damage->newer_frames++;
            continue;
        }
        bool look_on = available(shard) > 0 && (status == FRAME_SHORT || be_patient(shard, length));
        result = look_on ? seek_candidate(shard) : 0;
        if (result < 0)
            return result;
        if (result == 0)
            break;
    }
    rewind_to(shard, start);
    shard->ended = shard->size;
    return 0;
}
