/* SPDX-License-Identifier: Apache-2.0
 *
 * One mistake, or one calamity, in a healthy program, and what is true about it.
 */
#ifndef TESTS_ACCURACY_FAULT_H
#define TESTS_ACCURACY_FAULT_H

#include "event.h"
#include "program.h"

enum fault_kind {
    FAULT_OP,
    FAULT_COUNT,
    FAULT_DTYPE,
    FAULT_REDOP,
    FAULT_ROOT,
    FAULT_MISSING,
    FAULT_EXTRA,
    FAULT_ORDER,
    FAULT_MESSAGE_MISSING,
    FAULT_MESSAGE_EXTRA,
    FAULT_MESSAGE_SIZE,
    FAULT_INIT_MISSING,
    FAULT_INIT_SIZE,
    FAULT_FAILED,
    FAULT_DIED,
    FAULT_LEFT,
    FAULT_KINDS
};

#define CULPRITS_MAX 8

/* How a rank ends. */
struct fate {
    size_t actions; /* that it gets to make */
    enum process_end_how how;
    int status;
    unsigned after_ms; /* its last action; or with `together`, the last one of all ranks */
    bool together;
};

struct fault {
    enum fault_kind kind;
    enum finding_code code; /* that names it */
    uint64_t codes;         /* bits: all that may be said about it, seeing what there is to be seen */
    int culprit[CULPRITS_MAX];
    int culprits;
    int communicator;  /* NO_COMMUNICATOR: any */
    int64_t index_low; /* all in this range are the same mistake; -1: any */
    int64_t index_high;
    /* As many are on one side as on the other: it may be left open who is wrong, between these. */
    bool tie;
    int *suspect; /* all members, when tie */
    int suspects;
    bool ambiguous;      /* more than one mistake explains it */
    bool culprit_unseen; /* nobody can tell: none need be named */
    bool hangs;          /* as opposed to: everybody runs on to the end */
    struct fate fate[RANKS_MAX];
    unsigned silence_ms; /* in which only heartbeats come, at the end */
    char text[200];
};

const char *fault_name(enum fault_kind kind);
/* Spoils the program. False when this draw of it makes none; the program is to be thrown away then. */
bool fault_inject(struct fault *fault, struct program *program, struct chance *chance, enum fault_kind kind);
/* No fault at all. */
void fault_none(struct fault *fault, const struct program *program);
/* Everybody makes all of its calls and leaves in order. */
void fault_run_on(struct fault *fault, const struct program *program);

/* ---- between the files that make them ---- */

/* All ranks get to the end of this step and hang there, until they are killed or the trace ends. */
void fault_hang(struct fault *fault, const struct program *program, int step, struct chance *chance);
/* If they are killed: in some of the cases a watchdog of this rank, which waits, is the first to end it. */
void fault_watchdog(struct fault *fault, int rank);
/* The step in which an action is. */
int step_of(const struct list *list, size_t at);
/* Number of actions up to and including the end of this step. */
size_t end_of_step(const struct list *list, int step);

bool fault_in_collectives(struct fault *fault, struct program *program, struct chance *chance);
bool fault_in_messages(struct fault *fault, struct program *program, struct chance *chance);
bool fault_in_creation(struct fault *fault, struct program *program, struct chance *chance);
bool fault_of_process(struct fault *fault, struct program *program, struct chance *chance);

#endif
