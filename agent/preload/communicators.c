/* SPDX-License-Identifier: Apache-2.0 */
#include "communicators.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "creation.h"
#include "device.h"
#include "records.h"
#include "threads.h"

#define BUCKET_BITS 12

static struct {
    pthread_mutex_t adding;
    struct communicator *_Atomic bucket[1u << BUCKET_BITS];
    _Atomic uint32_t last_number;
} state = {.adding = PTHREAD_MUTEX_INITIALIZER};

static struct communicator *_Atomic *bucket_of(ncclComm_t handle)
{
    return &state.bucket[((uint64_t)(uintptr_t)handle * UINT64_C(0x9E3779B97F4A7C15)) >> (64 - BUCKET_BITS)];
}

struct communicator *communicators_find(ncclComm_t handle)
{
    struct communicator *entry = atomic_load_explicit(bucket_of(handle), memory_order_acquire);
    while (entry && entry->handle != handle)
        entry = entry->next;
    return entry;
}

uint32_t communicators_number(void)
{
    return atomic_fetch_add_explicit(&state.last_number, 1, memory_order_relaxed) + 1;
}

static void start_over(struct communicator *entry, uint32_t number, int library)
{
    atomic_store_explicit(&entry->state, COMMUNICATOR_PENDING, memory_order_relaxed);
    atomic_store_explicit(&entry->library, library, memory_order_relaxed);
    atomic_store_explicit(&entry->ranks, -1, memory_order_relaxed);
    atomic_store_explicit(&entry->rank, -1, memory_order_relaxed);
    atomic_store_explicit(&entry->collectives, 0, memory_order_relaxed);
    atomic_store_explicit(&entry->others, 0, memory_order_relaxed);
    atomic_store_explicit(&entry->children, 0, memory_order_relaxed);
    atomic_store_explicit(&entry->async_error, ncclSuccess, memory_order_relaxed);
    atomic_store_explicit(&entry->number, number, memory_order_release);
}

struct communicator *communicators_add(ncclComm_t handle, uint32_t number, int library)
{
    struct communicator *_Atomic *bucket = bucket_of(handle);
    pthread_mutex_lock(&state.adding);
    struct communicator *entry = communicators_find(handle);
    if (entry) {
        start_over(entry, number, library);
    } else if ((entry = calloc(1, sizeof *entry))) {
        entry->handle = handle;
        start_over(entry, number, library);
        entry->next = atomic_load_explicit(bucket, memory_order_relaxed);
        atomic_store_explicit(bucket, entry, memory_order_release);
    }
    pthread_mutex_unlock(&state.adding);
    return entry;
}

struct communicator *communicators_used(struct ring *ring, struct origin origin, ncclComm_t handle)
{
    if (!handle)
        return NULL;
    struct communicator *entry = communicators_find(handle);
    if (__builtin_expect(
            entry && atomic_load_explicit(&entry->state, memory_order_relaxed) != COMMUNICATOR_GONE, 1))
        return entry;
    struct communicator *adopted = creation_adopt(handle);
    if (adopted || entry)
        return adopted ? adopted : entry;
    entry = communicators_add(handle, communicators_number(), (int)origin.library);
    if (entry)
        communicators_announce(ring, entry, OPERATION_NONE, origin.site);
    return entry;
}

/* Asks NCCL one of its questions about a communicator; -1 when it has no answer. */
static int ask(const struct communicator *communicator, enum function function)
{
    int answer;
    const struct origin origin = {NULL, atomic_load(&communicator->library)};
    ncclCommCount_fn real = (ncclCommCount_fn)libraries_real(origin, function, LIBRARY_LINKED);
    return real && real(communicator->handle, &answer) == ncclSuccess ? answer : -1;
}

void communicators_announce(struct ring *ring, struct communicator *communicator, unsigned operation,
                            const void *site)
{
    struct record_communicator record = {
        .communicator = atomic_load(&communicator->number),
        .state = RECORD_COMMUNICATOR_READY,
        .operation = (uint8_t)operation,
        .handle = (uint64_t)(uintptr_t)communicator->handle,
        .call_site = (uint64_t)(uintptr_t)site,
    };
    thread_self.depth++; /* NCCL may call itself for the answers */
    record.ranks = ask(communicator, FUNCTION_ncclCommCount);
    record.rank = ask(communicator, FUNCTION_ncclCommUserRank);
    record.device = ask(communicator, FUNCTION_ncclCommCuDevice);
    thread_self.depth--;
    device_pci_bus_id(record.device, record.pci_bus_id, sizeof record.pci_bus_id);
    atomic_store_explicit(&communicator->ranks, record.ranks, memory_order_relaxed);
    atomic_store_explicit(&communicator->rank, record.rank, memory_order_relaxed);
    atomic_store_explicit(&communicator->state, COMMUNICATOR_READY, memory_order_relaxed);
    records_write(ring, RECORD_COMMUNICATOR, &record, sizeof record, RING_DEFINITION);
}

void communicators_forget(void)
{
    for (size_t i = 0; i < sizeof state.bucket / sizeof *state.bucket; i++)
        atomic_store_explicit(&state.bucket[i], NULL, memory_order_relaxed);
    atomic_store_explicit(&state.last_number, 0, memory_order_relaxed);
    pthread_mutex_init(&state.adding, NULL);
}
