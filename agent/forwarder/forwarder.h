/* SPDX-License-Identifier: Apache-2.0
 *
 * The forwarder of one traced process: everything it consists of, and the turns that its loop takes. One
 * thread.
 */
#ifndef LOCKSTEP_FORWARDER_FORWARDER_H
#define LOCKSTEP_FORWARDER_FORWARDER_H

#include <stdbool.h>

#include "batch.h"
#include "clock.h"
#include "delivery.h"
#include "environment.h"
#include "link.h"
#include "modules.h"
#include "options.h"
#include "process.h"
#include "queue.h"
#include "ring.h"
#include "self.h"
#include "translate.h"

enum phase {
    PHASE_RUNNING,   /* the process writes, we read */
    PHASE_DRAINING,  /* it writes no more; the rest of the ring is read */
    PHASE_LINGERING, /* all is in the queue, End included; the collector has to acknowledge it */
    PHASE_DONE,
};

struct forwarder {
    struct options options;
    struct settings settings;
    struct environment environment;
    struct process_id id;
    struct process process;
    struct self self;
    struct ring ring;
    struct ring_reader reader;
    struct modules modules;
    struct batch_writer *writer;
    struct translator *translator;
    struct queue *queue;
    struct link *link;
    struct delivery delivery;
    struct clock clock;
    int signals; /* descriptor */
    enum phase phase;
    uint64_t leave_at_ns; /* 0: no reason to leave */

    /* intake.c */
    uint64_t batch_since_ns; /* when the batch being filled got its first event */
    uint64_t last_record_ns; /* when a record was read last */
    uint64_t taken_position; /* of the ring, behind the last message */
    uint64_t holes;          /* records lost because their thread died while it wrote them */
    uint64_t skipped;        /* reader.skipped as of then */
    bool greeted_again;      /* a Hello was repeated for a collector that has forgotten us */

    /* heartbeat.c */
    uint64_t beat_ns;           /* when the last was sent */
    uint64_t beat_events;       /* events by then */
    unsigned clock_connections; /* of the link, when the clock was last asked */

    /* ending.c */
    uint64_t looked_ns; /* for another program in the process */
    bool replaced;
    struct process_exit how;
    uint64_t ended_ns;

    /* command.c */
    uint64_t aborted_ns; /* when the rank was told to end; 0: never */
    bool killed;
};

/* Opens everything but the ring and the process, which `forwarder` has already. 0 or a negative errno. */
int forwarder_open(struct forwarder *forwarder);
void forwarder_close(struct forwarder *forwarder);
/* Until the process has ended and what it did is delivered or kept. */
void forwarder_run(struct forwarder *forwarder);

/* intake.c: reads from the ring into batches, a bounded number of records. Returns whether there may be more.
 */
bool intake_turn(struct forwarder *forwarder, uint64_t now_ns);
/* Makes a message of what has been read (and of what is to be said about ourselves). */
void intake_flush(struct forwarder *forwarder, uint64_t now_ns);
/* Makes a message of anything and puts it into the queue. */
void intake_enqueue(struct forwarder *forwarder, struct message *take_message, uint64_t now_ns);
/* Tells the process how much of what it recorded is safe. */
void intake_report_delivered(struct forwarder *forwarder);

/* heartbeat.c: sends a heartbeat and a clock ping when they are due. */
void heartbeat_turn(struct forwarder *forwarder, uint64_t now_ns);

/* inbox.c: takes in what the collector says. */
void inbox_turn(struct forwarder *forwarder, uint64_t now_ns);

/* command.c: the collector asks that the rank be ended; and the second, harder, request when the first did
 * not do. */
void command_abort(struct forwarder *forwarder, const char *reason, uint64_t now_ns);
void command_turn(struct forwarder *forwarder, uint64_t now_ns);

/* ending.c: notices the end of the process, and ours. */
void ending_turn(struct forwarder *forwarder, uint64_t now_ns);

#endif
