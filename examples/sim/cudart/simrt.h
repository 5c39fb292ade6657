/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_CUDART_SIMRT_H
#define SIM_CUDART_SIMRT_H

/* What the stand-in's libcudart offers to the stand-in's libnccl and libcuda beside the public API. The real
 * libnccl has its own copy of the runtime, so tools that replace cuda* functions never see its calls; these
 * names keep it so. */

#include <stdbool.h>
#include <stdint.h>

#include "cuda_runtime_api.h"

/* Puts a kernel on the stream, or into the graph that the stream is being captured into. `run` is called in
 * stream order, once per execution; `release` is called once, when nothing can run it any more (also when
 * this call fails). */
cudaError_t simrt_launch(cudaStream_t stream, void (*run)(void *argument), void (*release)(void *argument),
                         void *argument);

/* As cudaEventCreateWithFlags(…, cudaEventDisableTiming), cudaEventRecord, cudaStreamWaitEvent,
 * cudaEventDestroy. */
cudaError_t simrt_event_create(cudaEvent_t *event);
cudaError_t simrt_event_record(cudaEvent_t event, cudaStream_t stream);
cudaError_t simrt_event_wait(cudaStream_t stream, cudaEvent_t event);
void simrt_event_destroy(cudaEvent_t event);

/* As cudaStreamGetCaptureInfo; per_thread says what stream NULL is. */
cudaError_t simrt_capture_info(cudaStream_t stream, bool per_thread, enum cudaStreamCaptureStatus *status,
                               unsigned long long *id, cudaGraph_t *graph,
                               const cudaGraphNode_t **dependencies, size_t *dependency_count);

/* The calling thread's device, a device's PCI bus, device memory: as the public functions do it. */
int simrt_device(void);
int simrt_device_count(void);
cudaError_t simrt_set_device(int device);
cudaError_t simrt_memory_allocate(void **memory, size_t bytes);
cudaError_t simrt_memory_free(void *memory);
cudaError_t simrt_exchange_capture_mode(enum cudaStreamCaptureMode *mode);

#endif
