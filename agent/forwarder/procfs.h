/* SPDX-License-Identifier: Apache-2.0
 *
 * Files of another process under /proc.
 */
#ifndef LOCKSTEP_FORWARDER_PROCFS_H
#define LOCKSTEP_FORWARDER_PROCFS_H

#include <stddef.h>
#include <sys/types.h>

#define PROCFS_MAX_BYTES (16u << 20) /* more than any real file there */

/* Reads /proc/PID/NAME whole, up to PROCFS_MAX_BYTES. Returns its length and the text, with a zero behind it:
 * free(*text). A negative errno when it cannot be read. */
ssize_t procfs_read(pid_t pid, const char *name, char **text);
/* Where the link /proc/PID/NAME leads; "" when that cannot be told. */
void procfs_link(pid_t pid, const char *name, char *target, size_t size);

#endif
