/* SPDX-License-Identifier: Apache-2.0
 *
 * SIGINT, SIGTERM and SIGHUP as something to read: the first asks the collector to finish, a second ends it
 * at once. Process-wide; call from main before any thread is made.
 */
#ifndef LOCKSTEP_COLLECTOR_SIGNALS_H
#define LOCKSTEP_COLLECTOR_SIGNALS_H

/* Holds the signals back and returns a descriptor that becomes readable when one comes, or a negative errno.
 */
int signals_open(void);
/* The signal that came, or 0. From the first one on they have their usual effect again. */
int signals_take(int fd);

#endif
