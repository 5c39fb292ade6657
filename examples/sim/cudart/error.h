/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_CUDART_ERROR_H
#define SIM_CUDART_ERROR_H

/* The calling thread's last error. */

#include "cuda_runtime_api.h"

/* Remembers the error, unless it is cudaSuccess, for cudaGetLastError() and returns it; every public function
 * that can fail ends in it. cudaErrorNotReady is an answer and not remembered. */
cudaError_t error_set(cudaError_t error);

#endif
