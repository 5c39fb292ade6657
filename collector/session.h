/* SPDX-License-Identifier: Apache-2.0
 *
 * The processes that the collector has heard of, and which of a process's numbered messages is wanted next.
 * Not thread-safe.
 *
 * The rule that makes every message count once: it is stored when its number is the next, dropped when it is
 * lower, and asked for again (by acknowledging what is there) when an earlier one is missing. Only when the
 * sender has begun again several times, over some seconds, and never with the number asked for, does it no
 * longer have it: then the stream goes on with what there is, and the engine counts the gap as a loss. If
 * that happens before a Hello has told the process's job (a collector that lost its trace), what comes before
 * the next Hello belongs nowhere and builds on definitions that are gone: it is let go.
 */
#ifndef LOCKSTEP_COLLECTOR_SESSION_H
#define LOCKSTEP_COLLECTOR_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stream.h"

#define SESSION_LIMIT         65536u
#define SESSION_GAP_PASSES    3u                   /* how often the sender must have begun again … */
#define SESSION_GAP_SETTLE_NS UINT64_C(3000000000) /* … and for how long, before a gap is for good */
#define SESSION_ASK_AGAIN_NS  UINT64_C(200000000)  /* between two requests for the same number */

struct job;

struct session {
    struct process_id id; /* first: the table is ordered by it */
    struct job *job;      /* borrowed; NULL until a Hello told it */
    uint64_t next;        /* the number wanted next, from 1 */
    uint8_t *identity;    /* of the connection that the process was last heard on; NULL: not heard yet */
    uint8_t identity_length;
    bool ended;      /* its End is stored */
    bool told_abort; /* on this connection */
    bool owes_ack;
    bool refused; /* its last message could not be stored */
    bool adrift;  /* without a job, and its first Hello is gone for good */
    struct {
        uint64_t last;     /* number last seen beyond the gap; 0: there is no gap */
        uint64_t since_ns; /* when the gap was first seen */
        uint64_t asked_ns;
        unsigned passes; /* how often the sender has begun again since */
    } gap;
};

enum numbering {
    NUMBERING_NEXT,  /* store it */
    NUMBERING_SEEN,  /* it is stored already */
    NUMBERING_AHEAD, /* an earlier one is missing: ask again */
    NUMBERING_LOST,  /* store it: what is missing before it will never come */
    NUMBERING_ADRIFT /* let it go: it belongs to no known job, and never will */
};

/* Judges a numbered message. `now_ns`: CLOCK_MONOTONIC. */
enum numbering session_judge(struct session *session, const struct envelope_info *info, uint64_t now_ns);
/* The message is dealt with: in the trace, or let go. */
void session_done_with(struct session *session, const struct envelope_info *info);
/* True when the missing number is to be asked for now, and not again within SESSION_ASK_AGAIN_NS. */
bool session_asks(struct session *session, uint64_t now_ns);
/* Remembers the connection, at most 255 bytes of name. 0 or -ENOMEM. */
int session_heard(struct session *session, const void *identity, size_t length);

struct sessions;

struct sessions *sessions_create(void); /* NULL when memory is out */
void sessions_destroy(struct sessions *sessions);
/* NULL when it is not known. */
struct session *sessions_find(const struct sessions *sessions, const struct process_id *id);
/* The session of this process, made when there is none. NULL with errno ENOMEM, or ENOSPC when there are
 * SESSION_LIMIT. Owned by the table; stays where it is. */
struct session *sessions_enter(struct sessions *sessions, const struct process_id *id);
size_t sessions_count(const struct sessions *sessions);
struct session *sessions_at(const struct sessions *sessions, size_t index);

#endif
