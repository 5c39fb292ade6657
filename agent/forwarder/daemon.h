/* SPDX-License-Identifier: Apache-2.0
 *
 * A guest on somebody else's machine: nobody's child, last in line for the processor, in nobody's way.
 */
#ifndef LOCKSTEP_FORWARDER_DAEMON_H
#define LOCKSTEP_FORWARDER_DAEMON_H

#include <sys/types.h>

/* When `rank` is our parent, goes on in a child of which it knows nothing and ends the calling process with
 * status 0, so that a program that waits for its children finds only its own. Does nothing otherwise: the
 * agent library starts us as nobody's child. 0 or a negative errno. */
int daemon_leave_family(pid_t rank);

/* Own session, low priority, any processor (the rank's binding is for the rank), no working directory kept
 * busy. What cannot be had is done without. */
void daemon_be_modest(void);

/* Blocks the signals that ask to end and returns a descriptor that is readable when one has come, or a
 * negative errno. Before any thread is started. */
int daemon_signals(void);

#endif
