/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_CUDART_CAPTURE_H
#define SIM_CUDART_CAPTURE_H

/* Captures: streams whose work goes into a graph instead of being done. A capture begins on one stream and
 * spreads to those that wait for an event recorded in it. Any thread; one lock for all captures. */

#include <stdbool.h>
#include <stddef.h>

#include "cuda_runtime_api.h"

struct work;

/* Is any capture going on in the process? Cheap. */
bool capture_any(void);

/* Adds work to the stream's graph, after what the stream did before; takes the reference. */
cudaError_t capture_add(struct CUstream_st *stream, struct work *take_work);

/* What an event recorded now stands for: the capture and a copy (to be freed) of the nodes it comes after. */
cudaError_t capture_tips(struct CUstream_st *stream, unsigned long long *id, struct CUgraphNode_st ***tips,
                         size_t *count);

/* Makes what comes on the stream depend on these nodes of the capture, which the stream joins if it is in
 * none. */
cudaError_t capture_join(struct CUstream_st *stream, unsigned long long id,
                         struct CUgraphNode_st *const *tips, size_t count);

/* Spoils the stream's capture; false when there is none. */
bool capture_invalidate(struct CUstream_st *stream);

/* A captured stream was made to wait for something that is not captured: spoils the capture, returns the
 * error. */
cudaError_t capture_isolation_broken(struct CUstream_st *stream);

/* Before a call that waits for the stream: an error, and a spoilt capture, when it is captured. */
cudaError_t capture_refuse_stream(struct CUstream_st *stream);

/* Before a call that CUDA calls potentially unsafe: an error, and a spoilt capture, when the thread's capture
 * mode and the captures that are going on forbid it. */
cudaError_t capture_refuse_unsafe(void);

/* Before the stream is destroyed. */
void capture_forget_stream(struct CUstream_st *stream);

#endif
