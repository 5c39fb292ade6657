/* SPDX-License-Identifier: Apache-2.0 */
#include "spool.h"

#include "frame.h"
#include "moment.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

void spool_init(struct spool *spool, const char *path)
{
    *spool = (struct spool){.path = path, .fd = -1};
}

void spool_close(struct spool *spool)
{
    if (spool->fd >= 0)
        close(spool->fd);
    free(spool->frame);
    free(spool->payload);
    spool_init(spool, spool->path);
}

static int make_room(uint8_t **buffer, size_t *room, size_t needed)
{
    if (*room >= needed)
        return 0;
    uint8_t *grown = realloc(*buffer, needed);
    if (!grown)
        return -ENOMEM;
    *buffer = grown;
    *room = needed;
    return 0;
}

static int open_file(struct spool *spool)
{
    if (spool->fd >= 0)
        return 0;
    spool->fd = open(spool->path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    return spool->fd < 0 ? -errno : 0;
}

static int write_whole(int fd, const uint8_t *bytes, size_t length, uint64_t offset)
{
    while (length > 0) {
        const ssize_t written = pwrite(fd, bytes, length, (off_t)offset);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return written < 0 ? -errno : -EIO;
        bytes += written;
        length -= (size_t)written;
        offset += (uint64_t)written;
    }
    return 0;
}

int spool_write(struct spool *spool, const void *data, size_t length, struct spooled *place)
{
    int result = make_room(&spool->frame, &spool->frame_room, frame_bound(length));
    if (result == 0)
        result = open_file(spool);
    if (result != 0)
        return result;
    const size_t size = frame_write(spool->frame, data, length, moment_realtime_ns());
    if (size == 0)
        return -EMSGSIZE;
    result = write_whole(spool->fd, spool->frame, size, spool->end);
    if (result != 0) {
        /* No half frame may stay where a later one would be looked for. */
        if (ftruncate(spool->fd, (off_t)spool->end) != 0)
            return -errno;
        return result;
    }
    *place = (struct spooled){.offset = spool->end, .bytes = (uint32_t)size};
    spool->end += size;
    return 0;
}

int spool_read(struct spool *spool, const struct spooled *place, const uint8_t **data, size_t *length)
{
    int result = make_room(&spool->frame, &spool->frame_room, place->bytes);
    if (result != 0)
        return result;
    const ssize_t got = pread(spool->fd, spool->frame, place->bytes, (off_t)place->offset);
    if (got < 0)
        return -errno;
    struct frame frame;
    size_t size;
    if (frame_read(spool->frame, (size_t)got, &frame, &size) != FRAME_OK)
        return -EPROTO;
    result = make_room(&spool->payload, &spool->payload_room, frame.received_bytes);
    if (result == 0)
        result = frame_payload(&frame, spool->payload);
    if (result != 0)
        return result;
    *data = spool->payload;
    *length = frame.received_bytes;
    return 0;
}

void spool_discard_before(struct spool *spool, uint64_t offset)
{
    if (spool->fd < 0 || offset <= spool->kept_from)
        return;
    if (offset >= spool->end && ftruncate(spool->fd, 0) == 0) {
        spool->end = 0;
        spool->kept_from = 0;
        return;
    }
    /* Where holes cannot be made the file keeps its size until it is empty. */
    if (fallocate(spool->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)spool->kept_from,
                  (off_t)(offset - spool->kept_from)) == 0)
        spool->kept_from = offset;
}

uint64_t spool_bytes(const struct spool *spool)
{
    return spool->end - spool->kept_from;
}

void spool_remove(struct spool *spool)
{
    if (spool->fd < 0)
        return;
    unlink(spool->path);
    close(spool->fd);
    spool->fd = -1;
    spool->end = 0;
    spool->kept_from = 0;
}
