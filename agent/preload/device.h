/* SPDX-License-Identifier: Apache-2.0
 *
 * The few questions that the preload asks CUDA: of the runtime that the program has loaded, else of the
 * driver. None of them creates a context, waits or touches a stream; nothing is loaded for them.
 */
#ifndef LOCKSTEP_PRELOAD_DEVICE_H
#define LOCKSTEP_PRELOAD_DEVICE_H

#include <stddef.h>

/* The current device of this thread, or -1. */
int device_current(void);

/* "0000:3b:00.0"; empty when unknown. */
void device_pci_bus_id(int device, char *text, size_t size);

/* 13000 for 13.0; 0 when unknown. */
int device_runtime_version(void);
int device_driver_version(void);

#endif
