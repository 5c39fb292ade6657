/* SPDX-License-Identifier: Apache-2.0 */
#include "delivery.h"

#include "log.h"
#include "moment.h"

#include <errno.h>
#include <string.h>

#define WINDOW_MESSAGES 64
#define WINDOW_BYTES    (4u << 20)
#define FIRST_PATIENCE  NS_PER_S
#define LAST_PATIENCE   (8 * NS_PER_S)
#define REFUSAL_PAUSE   NS_PER_S
#define HEALTHY_WAIT    (200 * NS_PER_MS)

void delivery_init(struct delivery *delivery, struct queue *queue, struct link *link)
{
    *delivery = (struct delivery){
        .queue = queue,
        .link = link,
        .next = queue_first(queue),
        .patience_ns = FIRST_PATIENCE,
    };
}

static void begin_again(struct delivery *delivery, uint64_t now_ns)
{
    delivery->next = queue_first(delivery->queue);
    delivery->waiting_since_ns = now_ns;
}

static void lose_patience(struct delivery *delivery, uint64_t now_ns)
{
    log_line("delivery: no acknowledgement of %llu; sending again",
             (unsigned long long)queue_first(delivery->queue));
    begin_again(delivery, now_ns);
    delivery->patience_ns = delivery->patience_ns < LAST_PATIENCE ? delivery->patience_ns * 2 : LAST_PATIENCE;
}

static void notice_connection(struct delivery *delivery, uint64_t now_ns)
{
    const unsigned connections = link_connections(delivery->link);
    if (connections == delivery->connections)
        return;
    log_line("delivery: connected (%u)", connections);
    delivery->connections = connections;
    delivery->patience_ns = FIRST_PATIENCE;
    delivery->not_before_ns = 0;
    begin_again(delivery, now_ns);
}

static bool window_open(const struct delivery *delivery, uint64_t on_way)
{
    return delivery->next - queue_first(delivery->queue) < WINDOW_MESSAGES && on_way < WINDOW_BYTES;
}

void delivery_turn(struct delivery *delivery, uint64_t now_ns)
{
    notice_connection(delivery, now_ns);
    const bool waiting = delivery->next > queue_first(delivery->queue);
    if (waiting && now_ns - delivery->waiting_since_ns >= delivery->patience_ns)
        lose_patience(delivery, now_ns);
    if (now_ns < delivery->not_before_ns)
        return;
    uint64_t on_way = queue_bytes_between(delivery->queue, queue_first(delivery->queue), delivery->next);
    while (delivery->next < queue_end(delivery->queue) && window_open(delivery, on_way)) {
        const uint8_t *data;
        size_t length;
        int result = queue_read(delivery->queue, delivery->next, &data, &length);
        if (result == 0)
            result = link_send(delivery->link, data, length);
        if (result == -EAGAIN)
            return;
        if (result != 0) {
            log_line("delivery: message %llu: %s", (unsigned long long)delivery->next, strerror(-result));
            delivery->not_before_ns = now_ns + REFUSAL_PAUSE;
            return;
        }
        if (delivery->next == queue_first(delivery->queue))
            delivery->waiting_since_ns = now_ns;
        delivery->next++;
        on_way += length;
    }
}

/* An acknowledgement that brings nothing new says that something came which was not the next: one got lost.
 * Waiting for it would be in vain; but one hint is enough, or each repeated message would bring on the next.
 */
static void hurry(struct delivery *delivery, uint64_t next, uint64_t now_ns)
{
    if (delivery->next <= next + 1 || delivery->hurried == next)
        return;
    delivery->hurried = next;
    begin_again(delivery, now_ns);
}

void delivery_acknowledged(struct delivery *delivery, uint64_t next, const char *refused, uint64_t now_ns)
{
    delivery->behind = next < queue_first(delivery->queue) && next < delivery->last_ack;
    if (next > queue_end(delivery->queue)) /* of messages that were never made: not ours to believe */
        return;
    const bool progress = queue_acknowledge(delivery->queue, next) > 0;
    if (delivery->next < queue_first(delivery->queue))
        delivery->next = queue_first(delivery->queue);
    if (progress) {
        delivery->progress_ns = now_ns;
        delivery->waiting_since_ns = now_ns;
        delivery->patience_ns = FIRST_PATIENCE;
    }
    if (*refused) {
        log_line("delivery: refused: %s", refused);
        begin_again(delivery, now_ns);
        delivery->not_before_ns = now_ns + REFUSAL_PAUSE;
    } else if (!progress && next == delivery->last_ack) {
        hurry(delivery, next, now_ns);
    }
    delivery->last_ack = next;
}

bool delivery_healthy(const struct delivery *delivery, uint64_t now_ns)
{
    if (queue_first(delivery->queue) == queue_end(delivery->queue))
        return true;
    return delivery->connections > 0 && now_ns >= delivery->not_before_ns &&
           (delivery->next == queue_first(delivery->queue) ||
            now_ns - delivery->waiting_since_ns < HEALTHY_WAIT);
}
