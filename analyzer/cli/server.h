/* SPDX-License-Identifier: Apache-2.0
 *
 * The collector of one run, as a child process: in a process group of its own, so that ^C reaches the job
 * first and the collector sees how it ended. It ends with us, however we end. Not thread-safe.
 */
#ifndef LOCKSTEP_CLI_SERVER_H
#define LOCKSTEP_CLI_SERVER_H

#include <stdbool.h>
#include <sys/types.h>

struct server {
    /* Filled in by the caller, who owns them. */
    const char *program;
    const char *trace;
    const char *host;
    int port; /* 0: a free one */
    bool remote;
    const char *on_mismatch; /* as the collector's option has it */
    bool no_color;

    pid_t pid;          /* 0: it does not run */
    char endpoint[128]; /* where it listens */
    int restarts;
};

/* Starts it and waits until it listens. 0, or a negative errno when it did not come up; its own message is on
 * stderr then. */
int server_start(struct server *server);
/* It ended although nobody asked it to: starts it again, on the same endpoint and trace, a few times at most.
 * What the forwarders have not delivered is still with them. 0 or a negative errno. */
int server_restart(struct server *server);
/* Lets it take in what is still on its way, and waits for it to end. SIGCHLD must be blocked. */
void server_stop(struct server *server);

#endif
