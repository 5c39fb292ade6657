/* SPDX-License-Identifier: Apache-2.0
 *
 * What the engine has established, before anybody has put a name to it. A fact says who, where and what; a
 * check (check.h) says what that is called, how bad it is, and in which words. All borrowed from the engine's
 * arena, which the words go into as well.
 */
#ifndef LOCKSTEP_CHECKS_FACT_H
#define LOCKSTEP_CHECKS_FACT_H

#include "align.h"
#include "arena.h"
#include "call.h"
#include "communicator.h"
#include "event.h"
#include "finding.h"

enum fact_kind {
    FACT_DIVERGENCE, /* members of a communicator made different calls */
    FACT_WAIT,       /* the input is over and some still wait for a collective of others */
    FACT_MESSAGE,    /* a send and a receive do not fit, or one of them is missing */
    FACT_CREATION,   /* a communicator's creation was not called by all, or not alike */
    FACT_FAILURE,    /* an NCCL call returned an error */
    FACT_DEATH,      /* a process died */
    FACT_LOSS,       /* data is missing */
};

/* The culprits are fact.ranks. When there is a tie these are all who are on one of the sides. */
struct divergence_fact {
    enum divergence_kind kind;
    unsigned differences;        /* DIFFERENT: set of enum call_difference */
    const struct call *expected; /* the others' call at the index; NULL: none, they have left */
    const struct call *observed; /* the culprit's; NULL: none, it has left */
    uint64_t calls;              /* SKIPPED, EXTRA: how many */
    bool tie;                    /* nobody can be said to be right */
    bool grouped;                /* SWAPPED: within one NCCL group */
    bool empty;                  /* SKIPPED, EXTRA: only calls without elements */
    enum departure departure;    /* of the culprit, or of the others, where they have left */
    struct ranks side;           /* those on the observed side; the culprits unless there is a tie */
    struct ranks others;         /* those on the expected side */
};

struct wait_fact {
    const struct call *call; /* that is waited for */
    struct ranks waiting;
    uint64_t waited_ns;
    const char *last; /* what the culprit did last, a sentence; "" unknown */
};

struct message_fact {
    bool missing;            /* one side is missing; else they differ in size */
    bool send_missing;       /* missing: which one */
    const struct call *send; /* NULL where missing */
    const struct call *recv;
    int32_t source; /* world ranks; -1 unknown */
    int32_t destination;
    uint64_t waiting;   /* missing: how many messages in a row lack their other half */
    bool tie;           /* size: neither side can be said to be right */
    bool ended;         /* missing: the other side has left; else it has moved on or stands still */
    uint64_t waited_ns; /* of one that stands still; else 0 */
};

struct creation_fact {
    uint8_t operation;
    const char *parent; /* its name; "" without */
    uint32_t sequence;  /* which creation on the parent */
    int32_t size;       /* who should have called it; -1 unknown */
    struct ranks callers;
    size_t missing; /* how many did not call; fact.ranks has those that are known by world rank */
    const char *missing_communicator_ranks; /* their ranks in the parent or the new communicator */
    bool differing;                         /* all called, but not alike: */
    const char *difference;                 /* a sentence */
    bool ended;                             /* the missing have left */
    bool moved_on;                          /* the missing went past it */
    uint64_t waited_ns;
};

struct failure_fact {
    uint8_t operation;
    int32_t result;
    bool asynchronous;
    const struct call *call; /* NULL unknown */
};

struct death_fact {
    enum process_end_how how;
    int32_t status;
    const char *last;        /* what it did last, a sentence; "" unknown */
    const struct call *call; /* that others wait for; NULL: none so far */
    struct ranks waiting;    /* who */
    struct ranks others;     /* all who share a communicator with it */
};

struct loss_fact {
    const char *what; /* a whole sentence */
    const char *consequence;
    bool missing; /* data that was there is gone, as opposed to never having been recorded */
};

struct fact {
    enum fact_kind kind;
    struct arena *arena;
    int communicator;              /* -1 none */
    const char *communicator_name; /* "" none */
    int64_t index;                 /* -1 none */
    struct ranks ranks;
    const struct observation *table;
    size_t table_rows;
    const char *call_site;
    uint64_t time_ns; /* real time */
    enum confidence confidence;
    const char *reason;      /* why it is not certain, a sentence; "" */
    const char *whereabouts; /* where the culprits are now, whole sentences; "" unknown, or of no matter */
    size_t caused_by;        /* where it is known; else FINDING_NO_CAUSE */
    bool consequence;        /* it follows from `caused_by` */
    union {
        struct divergence_fact divergence;
        struct wait_fact wait;
        struct message_fact message;
        struct creation_fact creation;
        struct failure_fact failure;
        struct death_fact death;
        struct loss_fact loss;
    };
};

#endif
