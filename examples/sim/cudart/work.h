/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_CUDART_WORK_H
#define SIM_CUDART_WORK_H

/* One thing for the "GPU" to do: a kernel, a copy, a host function. It does not change once made, so that a
 * stream's queue, a graph, its clones and its executables share it by counting references. */

#include <stdatomic.h>
#include <stddef.h>

#include "cuda_runtime_api.h"

struct work {
    atomic_int references;
    enum cudaGraphNodeType type;
    void (*run)(void *argument);
    void (*release)(void *argument); /* called with the last reference; NULL: nothing to do */
    void *argument;
};

/* Makes work with one reference, which is the caller's. NULL when there is no memory: `release` was called
 * then. */
struct work *work_create(enum cudaGraphNodeType type, void (*run)(void *), void (*release)(void *),
                         void *argument);
struct work *work_retain(struct work *work);
void work_release(struct work *work);

#endif
