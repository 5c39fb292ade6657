/* SPDX-License-Identifier: Apache-2.0
 *
 * Programs of several ranks as short texts, and what the engine says about them. A rank's text is a list of
 * words, made one after the other, a millisecond each:
 *
 *   AR:1024f          all-reduce; B broadcast, BC ncclBcast, RD reduce, RS reduce-scatter, AG all-gather,
 *                     AA all-to-all, G gather, SC scatter. Types: f float32 (also none), d float64, h
 * float16, i int32, b uint8 AR:8/max          reduction: sum (none), prod, max, min, avg, pre=0.5 (a scalar),
 * dev (one on the device), unknown (creation not seen) B:64@3            root S>1:64f  R<0:64f  send to,
 * receive from; S>1:64&7 from buffer 7 [ ]               group start and end t.AR:8            on the
 * communicator t instead of the world communicator w split:t=C,K       split of w with color C (- is none)
 * and key K gives t; split:t=C,K,P of P init:c=N,R        a communicator c of N ranks as rank R; initing: the
 * same, never completed splitting:…       a split that never completes destroy:t abort:t leave a communicator
 *   fail:2            the last call returned this result; async:6 an asynchronous error on w
 *   gap:3             three collectives on w were lost; mgap:1 a message
 *   lost              a batch was lost
 *   sleep:500         time passes
 *   where:MPI_Barrier,40   its thread has been inside that for 40 ms; where:outside, it is in no call
 *   3x{ … }           the words between, three times
 *   end kill:9 exit:1 vanish exec run   how the process ends; `end` is added when none is there, `run` is
 * none
 *
 * Unless the text begins with "bare", the world communicator is made first.
 */
#ifndef TESTS_SCHEDULE_H
#define TESTS_SCHEDULE_H

#include <stdint.h>

#include "engine.h"

enum schedule_order {
    ORDER_TURNS,     /* one word of each rank in turn, as a live job would */
    ORDER_RANKS,     /* each rank's whole stream after the other's */
    ORDER_BACKWARDS, /* the same from the last rank to the first */
    ORDER_RANDOM,    /* random pieces in random order */
};

struct schedule;

struct schedule *schedule_create(int ranks);
void schedule_destroy(struct schedule *schedule);
/* Appends words to a rank's program. */
void schedule_add(struct schedule *schedule, int rank, const char *words);
/* The same for all ranks. */
void schedule_all(struct schedule *schedule, const char *words);

/* Feeds everything to a new engine. Engine time passes with the ranks' own. */
void schedule_play(struct schedule *schedule, enum schedule_order order, unsigned seed);
/* Nothing but heartbeats for so long. */
void schedule_wait(struct schedule *schedule, unsigned ms);
void schedule_finish(struct schedule *schedule);
const struct engine *schedule_engine(const struct schedule *schedule);

/* All findings, one a line: "op-mismatch error certain world 15 [2] root". A finding that is not a root says
 * "after N". Valid until the next call. */
const char *schedule_findings(struct schedule *schedule);

/* Plays, finishes, and compares the findings with `expected`, in all orders. */
void schedule_expect(struct schedule *schedule, const char *expected);
/* Two or four texts as the programs of as many ranks. */
void expect_findings(const char *expected, int ranks, const char *const *programs);

#endif
