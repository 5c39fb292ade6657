/* SPDX-License-Identifier: Apache-2.0
 *
 * The environment variables that steer the preload. Any thread; nothing is kept but what hooks ask all the
 * time. A value that makes no sense is as good as none.
 *
 *   LOCKSTEP_DISABLE=1        do nothing at all
 *   LOCKSTEP_DEBUG=1          one line on stderr when tracing begins; the forwarder keeps stderr
 *   LOCKSTEP_DLSYM=0          leave dlsym alone
 *   LOCKSTEP_BLOCKING=0       do not show threads inside calls that are not recorded (blocking.h)
 *   LOCKSTEP_CAPTURE=always   ask for the capture state of every call's stream, also when no capture was seen
 * to begin (programs that capture through the CUDA driver or a static CUDA runtime) LOCKSTEP_SPOOL directory
 * of the ring file, /dev/shm LOCKSTEP_RING_BYTES       size of the ring LOCKSTEP_FORWARDER        the
 * forwarder program LOCKSTEP_EXIT_WAIT_MS     how long exit() waits for data on its way, 2000
 */
#ifndef LOCKSTEP_PRELOAD_SETTINGS_H
#define LOCKSTEP_PRELOAD_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

bool settings_disabled(void);
bool settings_debug(void);
bool settings_dlsym(void);
bool settings_blocking(void);
bool settings_capture_always(void);
const char *settings_spool(void);     /* never NULL */
const char *settings_forwarder(void); /* NULL: look for it */
unsigned settings_exit_wait_ms(void);

/* The size asked for, within what a ring can be; 0 when none was. */
uint64_t settings_ring_bytes(void);

#endif
