/* SPDX-License-Identifier: Apache-2.0
 *
 * Plays a program as a job would: every rank's calls with times of their own, encoded as its forwarder does,
 * sent in pieces that are late and overtake each other, received by an intake.
 */
#ifndef TESTS_ACCURACY_STAGE_H
#define TESTS_ACCURACY_STAGE_H

#include "fault.h"
#include "intake.h"
#include "program.h"

struct delivery {
    uint64_t seed;
    unsigned lag_ms;   /* messages are late by up to so much */
    bool rank_by_rank; /* one rank's whole stream after the other's, as when files are read */
    bool loses;        /* some messages never arrive */
    double cut;        /* the trace ends at this part of its time; 1: when all has come */
};

struct outcome {
    struct intake *intake; /* finished; intake_destroy() */
    uint64_t events;
};

void stage_play(const struct program *program, const struct fault *fault, const struct delivery *delivery,
                struct outcome *outcome);

#endif
