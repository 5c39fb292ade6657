/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_NCCL_PROCESS_H
#define SIM_NCCL_PROCESS_H

/* Whether other processes of this host are alive, by /proc. */

#include <stdbool.h>

/* When the process started, in the kernel's ticks; 0 when that cannot be read. */
unsigned long long process_start_time(int pid);

/* Is the process that had this pid and start time gone, or a zombie? False when in doubt. */
bool process_is_dead(int pid, unsigned long long started);

#endif
