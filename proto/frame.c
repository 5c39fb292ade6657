/* SPDX-License-Identifier: Apache-2.0 */
#include "frame.h"

#include <endian.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <xxhash.h>
#include <zstd.h>

static const uint8_t magic[4] = {'L', 'S', 'T', 'f'};

enum {
    AT_VERSION = 4,
    AT_FLAGS = 5,
    AT_ZERO = 6,
    AT_STORED = 8,
    AT_RECEIVED = 12,
    AT_TIME = 16,
    AT_HASH = 24,
};

/* The fastest level: a busy collector writes on the thread that receives. */
#define ZSTD_LEVEL 1
/* Shorter payloads have too little in them to be worth a try. */
#define COMPRESS_FROM 64u

static void put32(uint8_t *to, uint32_t value)
{
    value = htole32(value);
    memcpy(to, &value, sizeof value);
}

static void put64(uint8_t *to, uint64_t value)
{
    value = htole64(value);
    memcpy(to, &value, sizeof value);
}

static uint32_t get32(const uint8_t *from)
{
    uint32_t value;
    memcpy(&value, from, sizeof value);
    return le32toh(value);
}

static uint64_t get64(const uint8_t *from)
{
    uint64_t value;
    memcpy(&value, from, sizeof value);
    return le64toh(value);
}

static uint64_t checksum(const uint8_t *header, const uint8_t *payload, size_t length)
{
    return XXH3_64bits_withSeed(payload, length, XXH3_64bits(header, AT_HASH));
}

size_t frame_bound(size_t length)
{
    return FRAME_HEADER_BYTES + length;
}

/* Compresses into `to` when that saves at least an eighth. Returns the compressed length, 0 when it does not.
 */
static size_t compress(uint8_t *to, const void *payload, size_t length)
{
    if (length < COMPRESS_FROM)
        return 0;
    size_t stored = ZSTD_compress(to, length - length / 8, payload, length, ZSTD_LEVEL);
    return ZSTD_isError(stored) ? 0 : stored;
}

size_t frame_write(void *to, const void *payload, size_t length, uint64_t received_ns)
{
    if (length == 0 || length > FRAME_MAX_BYTES)
        return 0;
    uint8_t *header = to;
    uint8_t *stored_payload = header + FRAME_HEADER_BYTES;
    size_t stored = compress(stored_payload, payload, length);
    memset(header, 0, FRAME_HEADER_BYTES);
    memcpy(header, magic, sizeof magic);
    header[AT_VERSION] = FRAME_VERSION;
    header[AT_FLAGS] = stored ? FRAME_ZSTD : 0;
    if (!stored) {
        stored = length;
        memcpy(stored_payload, payload, length);
    }
    put32(header + AT_STORED, (uint32_t)stored);
    put32(header + AT_RECEIVED, (uint32_t)length);
    put64(header + AT_TIME, received_ns);
    put64(header + AT_HASH, checksum(header, stored_payload, stored));
    return FRAME_HEADER_BYTES + stored;
}

/* Could the header be one of this version or a newer one? What is not decided here, the checksum decides. */
static bool header_is_plausible(const uint8_t *header)
{
    uint32_t stored = get32(header + AT_STORED);
    uint32_t received = get32(header + AT_RECEIVED);
    if (header[AT_VERSION] == 0 || stored == 0 || stored > FRAME_MAX_BYTES)
        return false;
    if (header[AT_VERSION] > FRAME_VERSION || header[AT_FLAGS] & ~FRAME_ZSTD)
        return true;
    if (header[AT_ZERO] || header[AT_ZERO + 1] || received == 0 || received > FRAME_MAX_BYTES)
        return false;
    return header[AT_FLAGS] & FRAME_ZSTD || stored == received;
}

enum frame_status frame_read(const void *bytes, size_t length, struct frame *frame, size_t *size)
{
    const uint8_t *header = bytes;
    *size = FRAME_HEADER_BYTES;
    if (memcmp(header, magic, length < sizeof magic ? length : sizeof magic) != 0)
        return FRAME_DAMAGED;
    if (length < FRAME_HEADER_BYTES)
        return FRAME_SHORT;
    if (!header_is_plausible(header))
        return FRAME_DAMAGED;

    uint32_t stored = get32(header + AT_STORED);
    *size = FRAME_HEADER_BYTES + (size_t)stored;
    if (length < *size)
        return FRAME_SHORT;
    const uint8_t *payload = header + FRAME_HEADER_BYTES;
    if (get64(header + AT_HASH) != checksum(header, payload, stored))
        return FRAME_DAMAGED;
    if (header[AT_VERSION] > FRAME_VERSION || header[AT_FLAGS] & ~FRAME_ZSTD)
        return FRAME_NEWER;
    *frame = (struct frame){
        .received_ns = get64(header + AT_TIME),
        .payload = payload,
        .stored_bytes = stored,
        .received_bytes = get32(header + AT_RECEIVED),
        .flags = header[AT_FLAGS],
    };
    return FRAME_OK;
}

int frame_payload(const struct frame *frame, void *to)
{
    if (!(frame->flags & FRAME_ZSTD)) {
        memcpy(to, frame->payload, frame->stored_bytes);
        return 0;
    }
    size_t length = ZSTD_decompress(to, frame->received_bytes, frame->payload, frame->stored_bytes);
    return !ZSTD_isError(length) && length == frame->received_bytes ? 0 : -EPROTO;
}

size_t frame_find(const void *bytes, size_t length, size_t from)
{
    if (from >= length)
        return length;
    const uint8_t *start = bytes;
    const uint8_t *found = memmem(start + from, length - from, magic, sizeof magic);
    return found ? (size_t)(found - start) : length;
}
