/* SPDX-License-Identifier: Apache-2.0
 *
 * The one thing that the collector itself wants from a Hello.
 */
#ifndef LOCKSTEP_COLLECTOR_HELLO_H
#define LOCKSTEP_COLLECTOR_HELLO_H

#include <stddef.h>

/* The job that an encoded Hello names; free() it. NULL with errno and `error` (STREAM_ERROR_BYTES) when it
 * cannot be read or memory is out. */
char *hello_job(const void *payload, size_t length, char *error);

#endif
