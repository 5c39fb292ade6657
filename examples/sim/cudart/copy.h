/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_CUDART_COPY_H
#define SIM_CUDART_COPY_H

/* Copies and fills that the public functions share between their plain and per-thread forms. */

#include "cuda_runtime_api.h"

/* cudaMemcpy on the given stream: returns when it is done, except between device memory. */
cudaError_t copy_now(void *to, const void *from, size_t bytes, enum cudaMemcpyKind kind, cudaStream_t stream);

/* cudaMemset on the given stream: does not wait. */
cudaError_t copy_fill(void *memory, int value, size_t bytes, cudaStream_t stream);

#endif
