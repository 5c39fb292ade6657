/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_CUDART_ALLOCATION_H
#define SIM_CUDART_ALLOCATION_H

/* Which memory CUDA knows about. "Device" memory is ordinary memory with a note of what it pretends to be. */

#include <stdbool.h>
#include <stddef.h>

#include "cuda_runtime_api.h"

struct allocation {
    char *start;
    size_t bytes;
    enum cudaMemoryType type;
    int device;
    bool registered; /* cudaHostRegister: the memory is the application's */
};

/* Allocates and notes memory of a type. NULL without memory. */
void *allocation_create(size_t bytes, enum cudaMemoryType type);

/* Notes memory that is somebody else's. */
cudaError_t allocation_register(void *start, size_t bytes);

/* Forgets what begins at this address, and frees it unless it was registered. False when nothing does. */
bool allocation_destroy(void *start);

/* Finds what an address lies in. */
bool allocation_find(const void *address, struct allocation *found);

size_t allocation_total(enum cudaMemoryType type);

#endif
