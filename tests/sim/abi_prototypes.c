/* SPDX-License-Identifier: Apache-2.0 */

/* Our declarations after the real ones: the compiler refuses a function that is declared differently. Our
 * types are left out, so that ours are made of the real ones. */

#include <cuda.h>
#include <cuda_runtime.h>
#include <nccl.h>

#define LOCKSTEP_SIM_CUDA_DRIVER_TYPES_H
#define LOCKSTEP_SIM_DRIVER_TYPES_H
#define LOCKSTEP_SIM_NCCL_TYPES_H

#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
#include SIM_CUDA_H
#include SIM_CUDART_H
#include SIM_NCCL_H
