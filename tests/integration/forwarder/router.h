/* SPDX-License-Identifier: Apache-2.0
 *
 * The least of a collector: a ROUTER that stores in memory what comes, acknowledges it, and can be made to
 * behave badly. Decoded with the real decoder.
 */
#ifndef TESTS_FORWARDER_ROUTER_H
#define TESTS_FORWARDER_ROUTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "control.h"
#include "stream.h"

struct router {
    void *context;
    void *socket; /* NULL: closed */
    char endpoint[64];
    struct stream *stream;

    /* how it behaves */
    unsigned lose_one_in; /* n: about so many numbered messages are not seen; 0: none */
    uint32_t random;
    unsigned ack_after; /* n: acknowledge when so many are stored since; 0: at once */
    const char *refuse; /* not NULL: store nothing, and say this */

    /* what it knows */
    struct process_id process;
    bool known;
    uint64_t next;
    unsigned unacknowledged;
    uint64_t messages; /* numbered ones that came */
    uint64_t repeated; /* of them, those that were stored before */
    uint8_t identity[64];
    size_t identity_length;

    /* what was stored */
    uint64_t hellos;
    int32_t world_rank;
    int32_t world_size;
    char rank_source[32];
    char job[64];
    uint64_t calls;        /* received */
    uint64_t expected;     /* count of the next call, gaps taken into account */
    uint64_t out_of_order; /* calls whose count was not the expected one */
    uint64_t gap_calls;    /* missing, as told */
    uint64_t gap_records;  /* missing of unknown kind, as told */
    uint64_t created;
    uint64_t lost;
    bool ended;
    enum process_end_how how;
    int32_t status;
    uint64_t end_events;
    uint64_t heartbeats;
    uint32_t hung_operation; /* in the last heartbeat */
    uint32_t hung_sequence;
    uint64_t clock_error_ns;
    bool named_call_site; /* some call site was found in a file */
};

/* Binds a free port. */
void router_open(struct router *router);
/* Closes the socket and forgets no data: the collector has gone. */
void router_stop(struct router *router);
/* Binds the same port again. */
void router_restart(struct router *router);
void router_close(struct router *router);

/* Receives until `*value` is at least `wanted`, at most `seconds`; returns whether it got there. */
bool router_until(struct router *router, const uint64_t *value, uint64_t wanted, unsigned seconds);
/* The same until the process has ended. */
bool router_until_end(struct router *router, unsigned seconds);
/* Receives for so long. */
void router_for(struct router *router, unsigned ms);

void router_command(struct router *router, enum command_kind kind);

/* Feeds what a spool file holds, in the order of numbers. */
void router_feed_file(struct router *router, const char *path);

#endif
