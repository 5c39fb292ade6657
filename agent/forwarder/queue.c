/* SPDX-License-Identifier: Apache-2.0 */
#include "queue.h"

#include "log.h"
#include "moment.h"
#include "spool.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define RETRY_SPOOL_MS 500

struct entry {
    uint8_t *data; /* NULL: only in the spool */
    size_t length;
    uint64_t position; /* of the ring, behind the message */
    struct spooled place;
};

struct queue {
    struct queue_limits limits;
    struct spool spool;
    char *spool_path;
    struct entry *entries; /* a circle, `room` long (a power of two); message n is entry n & (room - 1) */
    size_t room;
    uint64_t first;
    uint64_t end;
    size_t memory_bytes;
    uint64_t bytes;
    uint64_t acknowledged_position;
    uint64_t spool_failed_ns; /* 0: it did not */
};

static struct entry *entry(const struct queue *queue, uint64_t number)
{
    return &queue->entries[number & (queue->room - 1)];
}

struct queue *queue_create(const char *spool_path, const struct queue_limits *limits)
{
    struct queue *queue = calloc(1, sizeof *queue);
    if (!queue)
        return NULL;
    queue->limits = *limits;
    queue->room = 64;
    queue->entries = calloc(queue->room, sizeof *queue->entries);
    queue->spool_path = strdup(spool_path);
    queue->first = 1;
    queue->end = 1;
    spool_init(&queue->spool, queue->spool_path);
    if (!queue->entries || !queue->spool_path) {
        queue_destroy(queue);
        return NULL;
    }
    return queue;
}

void queue_destroy(struct queue *queue)
{
    if (!queue)
        return;
    for (uint64_t number = queue->first; number < queue->end; number++)
        free(entry(queue, number)->data);
    spool_close(&queue->spool);
    free(queue->spool_path);
    free(queue->entries);
    free(queue);
}

bool queue_has_room(const struct queue *queue, uint64_t now_ns)
{
    if (queue->memory_bytes < queue->limits.memory_bytes)
        return true;
    if (queue->spool_failed_ns != 0 && now_ns - queue->spool_failed_ns < (RETRY_SPOOL_MS * NS_PER_MS))
        return false;
    return spool_bytes(&queue->spool) < queue->limits.spool_bytes;
}

static int grow(struct queue *queue)
{
    struct entry *grown = calloc(queue->room * 2, sizeof *grown);
    if (!grown)
        return -ENOMEM;
    for (uint64_t number = queue->first; number < queue->end; number++)
        grown[number & (queue->room * 2 - 1)] = *entry(queue, number);
    free(queue->entries);
    queue->entries = grown;
    queue->room *= 2;
    return 0;
}

/* Moves one message from memory into the spool. */
static int to_spool(struct queue *queue, struct entry *message, uint64_t now_ns)
{
    const int result = spool_write(&queue->spool, message->data, message->length, &message->place);
    if (result != 0) {
        if (queue->spool_failed_ns == 0)
            log_line("spool: %s: %s", queue->spool_path, strerror(-result));
        queue->spool_failed_ns = now_ns;
        return result;
    }
    queue->spool_failed_ns = 0;
    queue->memory_bytes -= message->length;
    free(message->data);
    message->data = NULL;
    return 0;
}

int queue_push(struct queue *queue, struct message *take_message, uint64_t position, uint64_t now_ns)
{
    if (queue->end - queue->first == queue->room && grow(queue) != 0) {
        free(take_message->data);
        return -ENOMEM;
    }
    struct entry *message = entry(queue, queue->end);
    *message =
        (struct entry){.data = take_message->data, .length = take_message->length, .position = position};
    take_message->data = NULL;
    queue->end++;
    queue->bytes += message->length;
    queue->memory_bytes += message->length;
    if (queue->memory_bytes > queue->limits.memory_bytes)
        to_spool(queue, message, now_ns); /* on failure it stays, and there is no room */
    return 0;
}

/* Gives back what lies before the first frame that is still needed. Their order in the file is not always
 * that of their numbers: see queue_spool_all(). */
static void discard_spool(struct queue *queue)
{
    uint64_t needed = UINT64_MAX;
    for (uint64_t number = queue->first; number < queue->end; number++) {
        const struct spooled *place = &entry(queue, number)->place;
        if (place->bytes && place->offset < needed)
            needed = place->offset;
    }
    spool_discard_before(&queue->spool, needed);
}

size_t queue_acknowledge(struct queue *queue, uint64_t next)
{
    size_t count = 0;
    bool spooled = false;
    for (; queue->first < queue->end && queue->first < next; queue->first++, count++) {
        struct entry *message = entry(queue, queue->first);
        queue->bytes -= message->length;
        if (message->data)
            queue->memory_bytes -= message->length;
        spooled |= message->place.bytes != 0;
        queue->acknowledged_position = message->position;
        free(message->data);
        message->data = NULL;
    }
    if (spooled)
        discard_spool(queue);
    return count;
}

uint64_t queue_first(const struct queue *queue)
{
    return queue->first;
}

uint64_t queue_end(const struct queue *queue)
{
    return queue->end;
}

uint64_t queue_bytes(const struct queue *queue)
{
    return queue->bytes;
}

uint64_t queue_bytes_between(const struct queue *queue, uint64_t from, uint64_t to)
{
    uint64_t bytes = 0;
    for (; from < to; from++)
        bytes += entry(queue, from)->length;
    return bytes;
}

int queue_read(struct queue *queue, uint64_t number, const uint8_t **data, size_t *length)
{
    const struct entry *message = entry(queue, number);
    if (!message->data)
        return spool_read(&queue->spool, &message->place, data, length);
    *data = message->data;
    *length = message->length;
    return 0;
}

int queue_spool_all(struct queue *queue, uint64_t now_ns)
{
    for (uint64_t number = queue->first; number < queue->end; number++) {
        const int result = entry(queue, number)->data ? to_spool(queue, entry(queue, number), now_ns) : 0;
        if (result != 0)
            return result;
    }
    return 0;
}

uint64_t queue_safe_position(const struct queue *queue)
{
    uint64_t position = queue->acknowledged_position;
    for (uint64_t number = queue->first; number < queue->end && !entry(queue, number)->data; number++)
        position = entry(queue, number)->position;
    return position;
}

bool queue_spooled(const struct queue *queue)
{
    return spool_bytes(&queue->spool) > 0;
}

void queue_remove_spool(struct queue *queue)
{
    spool_remove(&queue->spool);
}
