/* SPDX-License-Identifier: Apache-2.0
 *
 * The command line of lockstep run.
 */
#ifndef LOCKSTEP_CLI_RUN_OPTIONS_H
#define LOCKSTEP_CLI_RUN_OPTIONS_H

#include <stdbool.h>

struct run_options {
    const char *trace; /* NULL: name one */
    const char *host;  /* address to listen on */
    int port;          /* 0: a free one */
    bool remote;       /* --host was given */
    const char *on_mismatch;
    bool abort; /* that is "abort" */
    bool report;
    bool no_color;
    char **command; /* within argv, ends with NULL */
};

/* Fills `options`; exits with STATUS_USAGE and a message when they make no sense. */
void run_options_parse(struct run_options *options, int argc, char **argv);

#endif
