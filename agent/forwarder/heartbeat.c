/* SPDX-License-Identifier: Apache-2.0 */
#include "control.h"
#include "current.h"
#include "forwarder.h"
#include "moment.h"

#include <stdlib.h>

#define INTERVAL NS_PER_S
/* A job that has come to a halt should be judged soon: silence this long after events brings a heartbeat
 * early. */
#define SILENCE (200 * NS_PER_MS)

static bool beat_is_due(const struct forwarder *forwarder, uint64_t now_ns)
{
    if (now_ns - forwarder->beat_ns >= INTERVAL)
        return true;
    return translate_events(forwarder->translator) != forwarder->beat_events &&
           now_ns - forwarder->last_record_ns >= SILENCE && now_ns - forwarder->beat_ns >= SILENCE;
}

static void send_and_free(struct forwarder *forwarder, struct message *message)
{
    /* The next one supersedes a lost one. */
    link_send(forwarder->link, message->data, message->length);
    free(message->data);
}

static void beat(struct forwarder *forwarder, uint64_t now_ns)
{
    const struct ring_header *header = forwarder->ring.header;
    struct current_call calls[RING_SLOTS];
    const uint64_t head = atomic_load_explicit(&header->head, memory_order_relaxed);
    const uint64_t waiting = head - forwarder->reader.position;
    struct heartbeat heartbeat = {
        .time_ns = now_ns,
        .number = batch_number(forwarder->writer),
        .events = translate_events(forwarder->translator),
        .dropped = atomic_load_explicit(&header->dropped, memory_order_relaxed),
        .ring_bytes = waiting <= forwarder->ring.capacity ? waiting : 0,
        .queued_bytes = queue_bytes(forwarder->queue),
        .current = calls,
        .current_count = current_calls(&forwarder->ring, calls),
    };
    clock_estimate(&forwarder->clock, &heartbeat.clock_offset_ns, &heartbeat.clock_error_ns);
    struct message message;
    if (batch_heartbeat(forwarder->writer, &heartbeat, &message) == 0)
        send_and_free(forwarder, &message);
    forwarder->beat_ns = now_ns;
    forwarder->beat_events = heartbeat.events;
}

/* True when there is a connection; what was learnt over another does not count. */
static bool is_connected(struct forwarder *forwarder)
{
    const unsigned connections = link_connections(forwarder->link);
    if (connections != forwarder->clock_connections)
        clock_forget(&forwarder->clock);
    forwarder->clock_connections = connections;
    return connections > 0;
}

static void ping(struct forwarder *forwarder)
{
    /* The time is taken as late as can be: everything between it and the answer counts as error. */
    const struct control control = {
        .kind = ENVELOPE_CLOCK_PING,
        .process = forwarder->id,
        .clock.sent_ns = moment_monotonic_ns(),
    };
    struct message message;
    clock_pinged(&forwarder->clock, control.clock.sent_ns);
    if (control_encode(&control, &message) == 0)
        send_and_free(forwarder, &message);
}

void heartbeat_turn(struct forwarder *forwarder, uint64_t now_ns)
{
    if (forwarder->phase != PHASE_RUNNING)
        return;
    if (is_connected(forwarder) && clock_due(&forwarder->clock, now_ns))
        ping(forwarder);
    if (!beat_is_due(forwarder, now_ns))
        return;
    /* What it counts as made should be on its way before it. */
    intake_flush(forwarder, now_ns);
    delivery_turn(&forwarder->delivery, now_ns);
    beat(forwarder, now_ns);
}
