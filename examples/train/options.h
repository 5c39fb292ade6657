/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRAIN_OPTIONS_H
#define TRAIN_OPTIONS_H

/* The command line. */

#include <stdbool.h>
#include <stddef.h>

#include "fault.h"

struct options {
    long steps;     /* LONG_MAX: only `seconds` ends the run */
    double seconds; /* 0: only `steps` ends the run */
    int layers;
    int threads;
    size_t elements;
    int tensor_parallel;   /* 0: chosen from the number of ranks */
    int pipeline_parallel; /* the same */
    int sleep_ms;
    bool graph;
    bool quiet;
    struct fault_list faults;
};

/* Parses the command line. --help, --version and usage errors (exit status 2) end the process here, before
 * MPI runs. */
void options_parse(struct options *options, int argc, char **argv);

/* What is wrong with the faults for a job of this many ranks, or NULL; the message has static storage. */
const char *options_fault_problem(const struct options *options, int ranks);

#endif
