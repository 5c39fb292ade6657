/* SPDX-License-Identifier: Apache-2.0
 *
 * What the forwarder is told: its command line, and the LOCKSTEP_* variables that bound it.
 */
#ifndef LOCKSTEP_FORWARDER_OPTIONS_H
#define LOCKSTEP_FORWARDER_OPTIONS_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "environment.h"
#include "queue.h"

struct options {
    char ring[PATH_MAX];
    char spool[PATH_MAX]; /* directory */
    const char *collector;
    pid_t pid;
};

struct settings {
    struct queue_limits queue;
    uint64_t linger_ns;      /* how long to wait for the collector once the process has ended */
    uint64_t abort_grace_ns; /* between SIGTERM and SIGKILL */
    bool may_abort;          /* the user asked that a job out of step be ended */
};

/* Fills `options` or ends the program with a message and status 2. Strings are borrowed from argv and
 * environ, paths made absolute. */
void options_parse(struct options *options, int argc, char **argv);

/* Values that make no sense are as good as none. */
void settings_read(struct settings *settings, const struct environment *environment);

#endif
