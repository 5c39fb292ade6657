/* SPDX-License-Identifier: Apache-2.0
 *
 * The collector's work: what each message does to sessions, traces and engines, and what is answered. Not
 * thread-safe; it never waits, that is main's business.
 */
#ifndef LOCKSTEP_COLLECTOR_COLLECTOR_H
#define LOCKSTEP_COLLECTOR_COLLECTOR_H

#include <stdbool.h>
#include <stdint.h>

#include "job.h"
#include "link.h"
#include "log.h"
#include "session.h"

/* All are borrowed. */
struct collector_parts {
    struct link *link;
    struct sessions *sessions;
    struct jobs *jobs;
    struct log *log;
    bool sync;  /* acknowledge only what is on the disk, not what the system has */
    bool abort; /* end jobs that have fallen out of step */
};

struct collector_counts {
    uint64_t messages;  /* received */
    uint64_t bytes;     /* of them */
    uint64_t repeated;  /* dropped because they were stored already */
    uint64_t malformed; /* dropped because they could not be read */
};

struct collector;

struct collector *collector_create(const struct collector_parts *parts); /* NULL when memory is out */
void collector_destroy(struct collector *collector);

/* One turn: takes what has come, up to a limit, stores it, then acknowledges it. Returns how many messages
 * were taken (more may be waiting), or a negative errno when the socket failed. */
int collector_turn(struct collector *collector);
/* What is to be done from time to time, a few times a second: orders to abort that are due. */
void collector_tick(struct collector *collector);
/* Brings everything to the disk and tells the forwarders that the collector leaves. */
void collector_say_goodbye(struct collector *collector);

/* True when at least one process has come and all that came have said how they ended. */
bool collector_is_done(const struct collector *collector);
const struct collector_counts *collector_counts(const struct collector *collector);

#endif
