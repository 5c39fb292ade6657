/* SPDX-License-Identifier: Apache-2.0
 *
 * A frame: how one message is kept in a shard file. 32 bytes of header, little endian, then the payload:
 *
 *   offset  0  magic, the bytes 'L' 'S' 'T' 'f'
 *           4  version, 1
 *           5  flags: FRAME_ZSTD
 *           6  zero, two bytes
 *           8  length of the payload as stored
 *          12  length of the payload as received (the same without FRAME_ZSTD)
 *          16  when it was received, CLOCK_REALTIME in nanoseconds
 *          24  xxh3 (64 bits) of the stored payload, seeded with the xxh3 of the header's first 24 bytes
 *
 * All functions are pure; any thread.
 */
#ifndef LOCKSTEP_PROTO_FRAME_H
#define LOCKSTEP_PROTO_FRAME_H

#include <stddef.h>
#include <stdint.h>

#define FRAME_HEADER_BYTES 32u
#define FRAME_VERSION      1u
#define FRAME_ZSTD         1u
#define FRAME_MAX_BYTES    (64u << 20) /* of a payload, stored or received: a longer one is damage */

struct frame {
    uint64_t received_ns;
    const uint8_t *payload; /* borrowed from the buffer given to frame_read() */
    uint32_t stored_bytes;
    uint32_t received_bytes;
    uint8_t flags;
};

enum frame_status {
    FRAME_OK,
    FRAME_SHORT,   /* the buffer ends before the frame does */
    FRAME_DAMAGED, /* no frame begins here, or its checksum differs */
    FRAME_NEWER,   /* whole, but of a version this build does not know */
};

/* The most that frame_write() needs for a payload of `length` bytes. */
size_t frame_bound(size_t length);
/* Writes one frame to `to` (frame_bound(length) bytes of room), compressed when that saves at least an
 * eighth, and returns its size; 0 when `length` is 0 or above FRAME_MAX_BYTES. */
size_t frame_write(void *to, const void *payload, size_t length, uint64_t received_ns);

/* Looks at the frame that begins at `bytes`. `*size` is what it takes in all with FRAME_OK and FRAME_NEWER,
 * and with FRAME_SHORT what must be there to tell more (the header, then the frame). `frame` is filled with
 * FRAME_OK. */
enum frame_status frame_read(const void *bytes, size_t length, struct frame *frame, size_t *size);
/* Copies the payload as received to `to`, of frame->received_bytes. 0, or -EPROTO when it does not decompress
 * to exactly that. */
int frame_payload(const struct frame *frame, void *to);
/* Offset of the next place at or after `from` where a frame may begin; `length` when there is none. */
size_t frame_find(const void *bytes, size_t length, size_t from);

#endif
