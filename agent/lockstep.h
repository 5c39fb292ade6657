/* SPDX-License-Identifier: Apache-2.0
 *
 * What a program may ask of Lockstep's agent. Nothing needs linking: the functions are weak, and absent
 * (NULL) in a process that the agent was not preloaded into.
 *
 *     if (lockstep_active && lockstep_active())
 *         puts("this run is being traced");
 */
#ifndef LOCKSTEP_H
#define LOCKSTEP_H

#ifdef __cplusplus
extern "C" {
#endif

/* "0.1.0". Static. */
__attribute__((weak)) const char *lockstep_version(void);

/* 1 while this process's NCCL calls are being recorded: from the creation of its first communicator until
 * exit; else 0. Any thread. */
__attribute__((weak)) int lockstep_active(void);

#ifdef __cplusplus
}
#endif

#endif
