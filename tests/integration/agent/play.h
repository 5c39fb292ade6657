/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs a program with the preload and tells what it printed and what was recorded of it.
 */
#ifndef LOCKSTEP_TEST_AGENT_PLAY_H
#define LOCKSTEP_TEST_AGENT_PLAY_H

#include <sys/types.h>

struct play {
    pid_t pid;
    int status;        /* as from waitpid() */
    char output[8192]; /* stdout and stderr */
};

/* Makes an empty folder for rings and records; removes it. The fixtures of a group of tests. */
int play_setup(void **state);
int play_teardown(void **state);

/* The folder that rings go to. */
const char *play_spool(void);

/* Runs the shell command with `settings` ("NAME=VALUE …") in its environment, the preload among them, and
 * waits for it to end; replaces the shell, so that the process is the program's. */
void play_run(struct play *play, const char *settings, const char *command);

/* Runs the command and returns what was recorded of it. It must print nothing and exit with `status`; a
 * failed test otherwise. */
const char *play_records_of(const char *settings, const char *command, int status);

#define PLAY_PATIENCE_MS 10000 /* for records that must come */

/* The records of a process, once its reader has finished; NULL when there are none after `patience_ms`.
 * Static. */
const char *play_records(pid_t pid, int patience_ms);

#endif
