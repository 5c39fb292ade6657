/* SPDX-License-Identifier: Apache-2.0
 *
 * Where Lockstep's other parts are, seen from this program: in the build tree and installed.
 */
#ifndef LOCKSTEP_CLI_PARTS_H
#define LOCKSTEP_CLI_PARTS_H

/* Absolute paths; free() them. NULL with errno when there is none. */
char *parts_collector(void);
char *parts_preload(void);

#endif
