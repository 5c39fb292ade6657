/* SPDX-License-Identifier: Apache-2.0
 *
 * Finding and starting the forwarder.
 */
#ifndef LOCKSTEP_PRELOAD_LAUNCH_H
#define LOCKSTEP_PRELOAD_LAUNCH_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Writes the path of the forwarder: LOCKSTEP_FORWARDER, else beside this library, in the build tree or as
 * installed. False when there is none, with errno; then `path` is the one asked for, or empty. */
bool launch_find_forwarder(char *path, size_t size);

/* Runs `forwarder --ring RING --pid OURS`: in a session of its own, as nobody's child that we would see (it
 * sends no SIGCHLD and wait() does not find it), with default signal handling, standard streams on /dev/null
 * (LOCKSTEP_DEBUG keeps stderr; otherwise a forwarder that outlives its rank would hold the pipe of a
 * launcher open), no other descriptor of ours, and our environment without LD_PRELOAD. Waits until it has
 * been executed, a few milliseconds. Returns 0 and its process id, or a negative errno. */
int launch_forwarder(const char *forwarder, const char *ring, pid_t *pid);

#endif
