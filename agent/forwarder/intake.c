/* SPDX-License-Identifier: Apache-2.0 */
#include "forwarder.h"
#include "log.h"
#include "moment.h"

#include <string.h>

#define TURN_RECORDS  8192
#define BATCH_BYTES   (64u << 10)
#define BATCH_EVENTS  4096
#define BATCH_AGE     (100 * NS_PER_MS)
#define TYPICAL_BYTES 128 /* of a record: most are calls */

/* How many records were lost before the one that was read last. Of those that their threads did not finish,
 * only the bytes are known. */
static uint64_t count_lost(struct forwarder *forwarder)
{
    const uint64_t skipped = forwarder->reader.skipped;
    if (skipped != forwarder->skipped) {
        forwarder->holes += (skipped - forwarder->skipped + TYPICAL_BYTES - 1) / TYPICAL_BYTES;
        forwarder->skipped = skipped;
    }
    return atomic_load_explicit(&forwarder->ring.header->dropped, memory_order_relaxed) + forwarder->holes;
}

void intake_enqueue(struct forwarder *forwarder, struct message *take_message, uint64_t now_ns)
{
    const uint64_t number = take_message->number;
    if (queue_push(forwarder->queue, take_message, forwarder->taken_position, now_ns) != 0)
        log_line("message %llu: out of memory", (unsigned long long)number);
}

static void say_hello(struct forwarder *forwarder, uint64_t now_ns)
{
    struct hello hello;
    struct message message;
    self_describe(&forwarder->self, &hello);
    if (batch_hello(forwarder->writer, &hello, &message) == 0)
        intake_enqueue(forwarder, &message, now_ns);
    else
        forwarder->self.changed = true;
}

void intake_flush(struct forwarder *forwarder, uint64_t now_ns)
{
    struct message message;
    if (forwarder->self.changed)
        say_hello(forwarder, now_ns);
    const uint64_t dropped = atomic_load_explicit(&forwarder->ring.header->dropped, memory_order_relaxed);
    if (batch_take(forwarder->writer, dropped, &message) != 0)
        return; /* nothing to take, or no memory: it stays in the batch */
    forwarder->taken_position = forwarder->reader.position;
    intake_enqueue(forwarder, &message, now_ns);
}

static bool batch_is_full(const struct forwarder *forwarder)
{
    return batch_bytes(forwarder->writer) >= BATCH_BYTES || batch_events(forwarder->writer) >= BATCH_EVENTS;
}

/* A process that waits to exit waits for us. */
static bool is_urgent(const struct forwarder *forwarder)
{
    return forwarder->phase != PHASE_RUNNING ||
           atomic_load_explicit(&forwarder->ring.header->end, memory_order_acquire) == RING_CLOSED;
}

static bool batch_is_due(const struct forwarder *forwarder, uint64_t now_ns)
{
    if (batch_events(forwarder->writer) == 0)
        return false;
    return is_urgent(forwarder) || now_ns - forwarder->batch_since_ns >= BATCH_AGE;
}

/* One record into the batch; false when there is none. */
static bool take_record(struct forwarder *forwarder, uint64_t now_ns)
{
    const struct record_header *record = ring_next(&forwarder->reader, forwarder->phase == PHASE_DRAINING);
    const uint64_t lost = count_lost(forwarder);
    if (!record)
        return false;
    if (batch_events(forwarder->writer) == 0)
        forwarder->batch_since_ns = now_ns;
    forwarder->last_record_ns = now_ns;
    translate_record(forwarder->translator, record, lost, forwarder->ring.header->nccl_version, now_ns);
    if (batch_is_full(forwarder))
        intake_flush(forwarder, now_ns);
    return true;
}

bool intake_turn(struct forwarder *forwarder, uint64_t now_ns)
{
    bool more = true;
    self_update(&forwarder->self, forwarder->ring.header);
    for (int n = 0; more && n < TURN_RECORDS && queue_has_room(forwarder->queue, now_ns); n++)
        more = take_record(forwarder, now_ns);
    ring_release(&forwarder->reader);
    if (!more) {
        if (batch_events(forwarder->writer) == 0)
            forwarder->batch_since_ns = now_ns;
        translate_settle(forwarder->translator, count_lost(forwarder), now_ns,
                         forwarder->phase == PHASE_DRAINING);
    }
    if (batch_is_due(forwarder, now_ns))
        intake_flush(forwarder, now_ns);
    return more;
}

void intake_report_delivered(struct forwarder *forwarder)
{
    uint64_t position = queue_safe_position(forwarder->queue);
    if (position == forwarder->taken_position && batch_events(forwarder->writer) == 0)
        position = forwarder->reader.position; /* pads and the like make no message */
    atomic_store_explicit(&forwarder->ring.header->delivered, position, memory_order_release);
}
