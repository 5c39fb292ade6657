/* SPDX-License-Identifier: Apache-2.0
 *
 * Gets the queue's messages to the collector, each at least once and in order (go-back-N): a bounded number
 * is on its way at a time, and when nothing is acknowledged for a while, or the connection is a new one,
 * sending begins again at the first unacknowledged message. The collector drops what it has already.
 */
#ifndef LOCKSTEP_FORWARDER_DELIVERY_H
#define LOCKSTEP_FORWARDER_DELIVERY_H

#include <stdbool.h>
#include <stdint.h>

#include "link.h"
#include "queue.h"

struct delivery {
    struct queue *queue; /* borrowed, like the next */
    struct link *link;
    uint64_t next;             /* number to send next; all before it are acknowledged or on their way */
    uint64_t waiting_since_ns; /* for the acknowledgement of the first unacknowledged message */
    uint64_t progress_ns;      /* when something was acknowledged last; 0 never */
    uint64_t patience_ns;      /* how long to wait for it */
    uint64_t not_before_ns;    /* send nothing until then: the collector refused */
    uint64_t hurried;          /* number for which the wait was cut short once */
    uint64_t last_ack;
    unsigned connections; /* of the link, when sending began */
    bool behind;          /* the collector asks for what it (or another) has acknowledged before */
};

void delivery_init(struct delivery *delivery, struct queue *queue, struct link *link);

/* Sends what may be sent now. */
void delivery_turn(struct delivery *delivery, uint64_t now_ns);
/* The collector has everything below `next` and, with a `refused` other than "", could not store what came
 * then. */
void delivery_acknowledged(struct delivery *delivery, uint64_t next, const char *refused, uint64_t now_ns);

/* Has the collector been answering lately? Nothing to answer counts as an answer. */
bool delivery_healthy(const struct delivery *delivery, uint64_t now_ns);

#endif
