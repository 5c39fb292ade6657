/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LOCKSTEP_SIM_CUDA_RUNTIME_H
#define LOCKSTEP_SIM_CUDA_RUNTIME_H

/* The name under which programs include the runtime's declarations. */
#include "cuda_runtime_api.h"

#endif
