/* SPDX-License-Identifier: Apache-2.0
 *
 * The end of a traced process that leaves through exit(): say so in the ring and give the forwarder a bounded
 * time to take what is still in it. A process that dies otherwise says nothing; the forwarder notices.
 */
#ifndef LOCKSTEP_PRELOAD_FAREWELL_H
#define LOCKSTEP_PRELOAD_FAREWELL_H

#include <sys/types.h>

#include "ring.h"

/* Once per process (children of a fork inherit it). */
void farewell_install(void);

/* What to say goodbye to: this ring, its file and its forwarder. `ring` is borrowed until the process ends.
 */
void farewell_expect(struct ring *ring, const char *path, pid_t forwarder);

#endif
