/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRAIN_FAULT_H
#define TRAIN_FAULT_H

/* Faults on demand: `--fault KIND@STEP:RANK` makes one rank do one thing wrong at one step. All ranks are
 * given the same faults, so each knows when another one is to be struck. */

#include <stdbool.h>
#include <stdio.h>

#include "world.h"

enum fault_kind {
    FAULT_OP,
    FAULT_COUNT,
    FAULT_DTYPE,
    FAULT_REDOP,
    FAULT_ROOT,
    FAULT_SKIP,
    FAULT_EXTRA,
    FAULT_SWAP,
    FAULT_LATE,
    FAULT_DIE,
    FAULT_INIT_MISSING,
    FAULT_P2P_MISSING,
    FAULT_P2P_SIZE,
    FAULT_KINDS
};

struct fault {
    enum fault_kind kind;
    long step;
    int rank;
};

struct fault_list {
    int count;
    struct fault faults[64];
};

/* Adds the fault that the text, `KIND@STEP:RANK`, asks for. Returns 0, -EINVAL when the text does not have
 * that form, -EEXIST when that rank has a fault at that step already, or -ENOSPC. */
int fault_add(struct fault_list *list, const char *text);

/* The fault that strikes this rank at this step, or NULL. */
const struct fault *fault_find(const struct fault_list *list, long step, int rank);

/* Does any rank have a fault (of this kind) at this step? */
bool fault_strikes(const struct fault_list *list, long step);
bool fault_strikes_kind(const struct fault_list *list, long step, enum fault_kind kind);

/* Changes the list of calls as the fault says, and announces it; a kind that has nothing to do with these
 * calls leaves them alone. `first_index` is the index of the list's first call on the communicator of all
 * ranks. NULL is no fault. */
void fault_spoil_plan(const struct fault *fault, struct world_plan *plan, const struct group *world,
                      long first_index);

/* Print the line that says what is about to go wrong: `train: fault KIND at step S on rank R: call index I of
 * the world communicator`, or `…: message I from world rank A to world rank B on the pipeline communicator`.
 */
void fault_announce_call(const struct fault *fault, long index);
void fault_announce_message(const struct fault *fault, long index, int from, int to,
                            const char *communicator);

/* Prints a table of all kinds for --help, indented. */
void fault_describe_kinds(FILE *out);

#endif
