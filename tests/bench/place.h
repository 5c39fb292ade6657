/* SPDX-License-Identifier: Apache-2.0
 *
 * Where things are: the programs of this build, and a folder for what a bench leaves behind.
 */
#ifndef LOCKSTEP_BENCH_PLACE_H
#define LOCKSTEP_BENCH_PLACE_H

#include <limits.h>
#include <sys/types.h>

/* Path of `name`, relative to the folder of this program ("lockstep-collector", "../lib/liblockstep.so").
 * Returns `path`, or NULL after a message when it is not there. */
const char *place_of(const char *name, char path[PATH_MAX]);

/* Makes an empty folder under $TMPDIR or /tmp, or under `where` when that is not NULL. Returns `path` or NULL
 * after a message. */
const char *place_make_folder(const char *where, char path[PATH_MAX]);
/* Removes it with everything in it. */
void place_remove_folder(const char *path);

/* Starts a program (NULL-terminated arguments; the first is its path) with these further environment
 * settings ("NAME=value", NULL-terminated, may be NULL), and its stdout on `stdout_fd` unless that is -1.
 * Returns its process id or -1 after a message. */
pid_t place_start(const char *const arguments[], const char *const settings[], int stdout_fd);
/* Waits for it; 0 when it exited with 0, else -1 after a message. */
int place_wait(pid_t pid, const char *name);
/* Ends it, whatever it is doing. */
void place_kill(pid_t pid);

#endif
