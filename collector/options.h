/* SPDX-License-Identifier: Apache-2.0
 *
 * The command line.
 */
#ifndef LOCKSTEP_COLLECTOR_OPTIONS_H
#define LOCKSTEP_COLLECTOR_OPTIONS_H

#include <stdbool.h>

#define OPTIONS_EXIT_USAGE 2

struct options {
    const char *endpoint;
    const char *trace; /* directory; never NULL */
    bool abort;        /* --on-mismatch abort */
    const char *hook;  /* --on-mismatch exec:PROGRAM; NULL: none */
    bool sync;
    bool exit_when_done;
    bool quiet;
    bool no_color;
    int ready_fd; /* -1: none */
    int drain_s;  /* how long to wait at the end for processes that have not */
    char default_trace[64];
};

/* Fills `options`; exits with OPTIONS_EXIT_USAGE and a message when they make no sense. */
void options_parse(struct options *options, int argc, char **argv);

#endif
