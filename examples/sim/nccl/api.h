/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_NCCL_API_H
#define SIM_NCCL_API_H

/* How a public function is defined: strong under its pnccl name, weak under its nccl name. Calls inside this
 * library go to the nccl names where the real one's do, and may thus end in a tool that replaced them.
 *
 *     NCCL_API(ncclResult_t, ncclMemFree, (void *ptr)) { … }   defines pncclMemFree and its weak alias
 * ncclMemFree */

#include "nccl.h"

#define NCCL_API(type, name, parameters)                                                                     \
    extern __typeof__(p##name) name __attribute__((weak, alias("p" #name)));                                 \
    type p##name parameters

#endif
