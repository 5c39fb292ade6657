/* SPDX-License-Identifier: Apache-2.0
 *
 * The traced process, watched from outside: alive, replaced by another program, or gone, and how.
 */
#ifndef LOCKSTEP_FORWARDER_PROCESS_H
#define LOCKSTEP_FORWARDER_PROCESS_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct process {
    pid_t pid;
    int descriptor;       /* pidfd, readable once the process is gone; -1 where the kernel has none */
    uint64_t start_ticks; /* of its birth: tells it from a later one with the same number; 0 unknown */
    uint64_t stack;       /* where its stack starts: exec makes a new one; 0 unknown */
    char executable[PATH_MAX];
};

/* How a process ended, as far as that can be told. */
struct process_exit {
    bool known;
    bool by_signal;
    int status; /* signal number or exit status */
};

/* Begins to watch `pid`, which may be gone already. Best while it waits for us, so that it is the right one.
 */
void process_watch(struct process *process, pid_t pid);
void process_unwatch(struct process *process);

/* Is it gone? A zombie is: none of its threads runs any more. */
bool process_gone(const struct process *process);
/* Is another program running in it now? Costs a few system calls. */
bool process_replaced(const struct process *process);
/* Has it mapped the file `path` (absolute, without links) into its memory? True when that cannot be told. */
bool process_maps(const struct process *process, const char *path);
/* How it ended. Before Linux 6.15 known only until its parent has waited for it, so ask at once. */
struct process_exit process_how(const struct process *process);

/* Sends it a signal, and nobody else, however often its number was reused. 0 or a negative errno. */
int process_signal(const struct process *process, int signal);

#endif
