/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_CUDART_DEVICE_H
#define SIM_CUDART_DEVICE_H

/* The pretended devices. Each thread has a current one, 0 at first. */

enum { DEVICES_MAX = 64 };

/* How many there are: $LOCKSTEP_SIM_DEVICES, 1 to DEVICES_MAX, else 8. The first call of a process also loads
 * the stand-in's libcuda.so.1 from beside this library, as the real runtime loads the driver. */
int device_count(void);
int device_current(void);

#endif
