/* SPDX-License-Identifier: Apache-2.0
 *
 * Numbered messages that the collector has not acknowledged yet, in memory and, beyond a bound, in a spool
 * file.
 *
 * The spool file holds frames (frame.h) in the order in which messages were put into it, each of which says
 * its own process and number; what was acknowledged may be zeros. It is made when it is first needed, and
 * removed by queue_remove_spool() alone, so that what is in it survives the forwarder.
 */
#ifndef LOCKSTEP_FORWARDER_QUEUE_H
#define LOCKSTEP_FORWARDER_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "batch.h"

struct queue_limits {
    size_t memory_bytes;  /* messages beyond this go to the spool */
    uint64_t spool_bytes; /* the spool's size */
};

struct queue;

/* NULL when memory is out. The spool will be `spool_path`, which must not exist. */
struct queue *queue_create(const char *spool_path, const struct queue_limits *limits);
/* Frees the messages in memory and closes the spool, which stays. */
void queue_destroy(struct queue *queue);

/* Is there room for more? When not, the ring must keep what is in it. False for a moment after the spool
 * failed; then it is worth another try. */
bool queue_has_room(const struct queue *queue, uint64_t now_ns);

/* Puts a message at the end and takes its data over. Its number must be the one after the last. `position` is
 * how far the ring had been read when it was made. Always kept, in memory when the spool fails; -ENOMEM when
 * even that cannot be (the data is freed). */
int queue_push(struct queue *queue, struct message *take_message, uint64_t position, uint64_t now_ns);

/* Forgets every message below `next`. Returns how many. */
size_t queue_acknowledge(struct queue *queue, uint64_t next);

/* Number of the first message, and of the one after the last: equal when the queue is empty. */
uint64_t queue_first(const struct queue *queue);
uint64_t queue_end(const struct queue *queue);
/* Bytes of all messages, and of those from `from` to before `to`, which are in the queue. */
uint64_t queue_bytes(const struct queue *queue);
uint64_t queue_bytes_between(const struct queue *queue, uint64_t from, uint64_t to);

/* The message `number`, which is in the queue. Valid until the next call of any function. 0, or a negative
 * errno when the spool cannot be read. */
int queue_read(struct queue *queue, uint64_t number, const uint8_t **data, size_t *length);

/* Puts everything into the spool, whatever the bounds. 0 or a negative errno (some may be in it then). */
int queue_spool_all(struct queue *queue, uint64_t now_ns);
/* How far the ring's content is safe: acknowledged, or in the spool. */
uint64_t queue_safe_position(const struct queue *queue);
/* Is anything in the spool? */
bool queue_spooled(const struct queue *queue);
/* Removes the spool file; nothing may be in it. */
void queue_remove_spool(struct queue *queue);

#endif
