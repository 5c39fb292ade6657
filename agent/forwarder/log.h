/* SPDX-License-Identifier: Apache-2.0
 *
 * What the forwarder has to say to someone who looks for a fault in it: nothing, unless LOCKSTEP_LOG names a
 * file (appended to) or LOCKSTEP_DEBUG is set (standard error). One line a message, written whole, so that
 * many forwarders may share one file. One thread.
 */
#ifndef LOCKSTEP_FORWARDER_LOG_H
#define LOCKSTEP_FORWARDER_LOG_H

/* Before the working directory changes. A file that cannot be opened leaves the log off. */
void log_open(void);
void log_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
