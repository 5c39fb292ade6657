/* SPDX-License-Identifier: Apache-2.0
 *
 * The command that is watched, as a child process. Process-wide: it changes our environment and signal mask.
 * Not thread-safe.
 */
#ifndef LOCKSTEP_CLI_JOB_H
#define LOCKSTEP_CLI_JOB_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

#include "server.h"

struct job {
    sigset_t mask; /* from before job_block_signals(): the command's */
    pid_t pid;
    int status; /* exit status as a shell tells it */
};

/* Sets the variables that make ranks report to `endpoint`: LD_PRELOAD (before what is there),
 * LOCKSTEP_COLLECTOR, LOCKSTEP_JOB (one of a kind), LOCKSTEP_ON_MISMATCH. 0 or -ENOMEM. */
int job_set_environment(const char *preload, const char *endpoint, bool abort);
/* Holds back the signals that are passed on, for job_wait(). Before anything is started. */
void job_block_signals(struct job *job);
/* Starts `command` (ends with NULL), with the signal mask from before job_block_signals(). With Open MPI's
 * mpirun, says on its command line which variables go to other machines. 0, or a negative errno; then
 * job->status is 126 or 127, as shells have it. */
int job_start(struct job *job, char *const *command, const char *preload);
/* Waits for its end, meanwhile passes signals on to it, and starts the collector again if it ends. */
void job_wait(struct job *job, struct server *server);

#endif
