/* SPDX-License-Identifier: Apache-2.0
 *
 * Where the collector listens: ZeroMQ endpoints, "tcp://127.0.0.1:5757" or "ipc:///run/lockstep".
 */
#ifndef LOCKSTEP_COLLECTOR_ENDPOINT_H
#define LOCKSTEP_COLLECTOR_ENDPOINT_H

#include <stdbool.h>

/* True for the transports that the collector serves. */
bool endpoint_is_known(const char *endpoint);
/* True when only processes of this machine can reach it: ipc, a loopback address, "localhost" or "lo". */
bool endpoint_is_local(const char *endpoint);

#endif
