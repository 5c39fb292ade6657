/* SPDX-License-Identifier: Apache-2.0
 *
 * The file in which the queue keeps what it has no room for: frames one after another. Space before the first
 * frame still needed is given back to the file system.
 */
#ifndef LOCKSTEP_FORWARDER_SPOOL_H
#define LOCKSTEP_FORWARDER_SPOOL_H

#include <stddef.h>
#include <stdint.h>

struct spool {
    const char *path; /* borrowed */
    int fd;           /* -1: not made yet */
    uint64_t end;     /* where the next frame goes */
    uint64_t kept_from;
    uint8_t *frame; /* room for one */
    size_t frame_room;
    uint8_t *payload; /* room for one, unpacked */
    size_t payload_room;
};

struct spooled {
    uint64_t offset;
    uint32_t bytes; /* of the frame; 0: not in the file */
};

void spool_init(struct spool *spool, const char *path);
void spool_close(struct spool *spool);

/* Appends a message; the file is made (mode 0600, never an existing one, links not followed) when it is the
 * first. 0 or a negative errno; then the file is as it was. */
int spool_write(struct spool *spool, const void *data, size_t length, struct spooled *place);
/* Reads it back; valid until the next call. 0, a negative errno, or -EPROTO when it is damaged. */
int spool_read(struct spool *spool, const struct spooled *place, const uint8_t **data, size_t *length);
/* What is before `offset` is not needed any more. */
void spool_discard_before(struct spool *spool, uint64_t offset);
/* Bytes that the file takes. */
uint64_t spool_bytes(const struct spool *spool);
void spool_remove(struct spool *spool);

#endif
