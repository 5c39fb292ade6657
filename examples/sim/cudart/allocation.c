/* SPDX-License-Identifier: Apache-2.0 */
#include "allocation.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "device.h"

enum { ALIGNMENT = 512 }; /* at least what cudaMalloc promises */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct allocation *all; /* by address */
static size_t count;
static size_t capacity;

/* The index of the first allocation that begins after the address. Lock held. */
static size_t after(const void *address)
{
    size_t low = 0;
    size_t high = count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if ((uintptr_t)all[middle].start <= (uintptr_t)address)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static cudaError_t note(struct allocation allocation)
{
    cudaError_t error = cudaSuccess;
    size_t place;

    pthread_mutex_lock(&lock);
    if (count == capacity) {
        size_t wanted = capacity ? 2 * capacity : 64;
        struct allocation *grown = realloc(all, wanted * sizeof(all[0]));

        if (grown) {
            all = grown;
            capacity = wanted;
        }
    }
    place = after(allocation.start);
    if (count == capacity) {
        error = cudaErrorMemoryAllocation;
    } else if (place > 0 && all[place - 1].start + all[place - 1].bytes > allocation.start) {
        error = cudaErrorHostMemoryAlreadyRegistered;
    } else {
        memmove(&all[place + 1], &all[place], (count - place) * sizeof(all[0]));
        all[place] = allocation;
        count++;
    }
    pthread_mutex_unlock(&lock);
    return error;
}

void *allocation_create(size_t bytes, enum cudaMemoryType type)
{
    void *memory;

    if (posix_memalign(&memory, ALIGNMENT, bytes))
        return NULL;
    if (note(
            (struct allocation){.start = memory, .bytes = bytes, .type = type, .device = device_current()})) {
        free(memory);
        return NULL;
    }
    return memory;
}

cudaError_t allocation_register(void *start, size_t bytes)
{
    return note((struct allocation){.start = start,
                                    .bytes = bytes,
                                    .type = cudaMemoryTypeHost,
                                    .device = device_current(),
                                    .registered = true});
}

bool allocation_destroy(void *start)
{
    void *memory = NULL;
    bool found = false;
    size_t place;

    pthread_mutex_lock(&lock);
    place = after(start);
    if (place > 0 && all[place - 1].start == start) {
        found = true;
        memory = all[place - 1].registered ? NULL : start;
        memmove(&all[place - 1], &all[place], (count - place) * sizeof(all[0]));
        count--;
    }
    pthread_mutex_unlock(&lock);
    free(memory);
    return found;
}

bool allocation_find(const void *address, struct allocation *found)
{
    bool inside = false;
    size_t place;

    pthread_mutex_lock(&lock);
    place = after(address);
    if (place > 0 && (const char *)address < all[place - 1].start + all[place - 1].bytes) {
        *found = all[place - 1];
        inside = true;
    }
    pthread_mutex_unlock(&lock);
    return inside;
}

size_t allocation_total(enum cudaMemoryType type)
{
    size_t total = 0;

    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < count; i++)
        total += all[i].type == type ? all[i].bytes : 0;
    pthread_mutex_unlock(&lock);
    return total;
}
