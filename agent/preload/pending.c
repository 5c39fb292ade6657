/* SPDX-License-Identifier: Apache-2.0 */
#include "pending.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/uio.h>
#include <unistd.h>

static struct {
    pthread_mutex_t lock;
    struct pending *first;
    _Atomic unsigned count;
} state = {.lock = PTHREAD_MUTEX_INITIALIZER};

void pending_add(const struct pending *pending)
{
    struct pending *copy = malloc(sizeof *copy);
    if (!copy)
        return;
    *copy = *pending;
    pthread_mutex_lock(&state.lock);
    copy->next = state.first;
    state.first = copy;
    atomic_fetch_add(&state.count, 1);
    pthread_mutex_unlock(&state.lock);
}

bool pending_any(void)
{
    return atomic_load_explicit(&state.count, memory_order_acquire) > 0;
}

/* Moves what `wanted` accepts out of the list, the oldest last in it and first in the result. */
static struct pending *take(bool (*wanted)(const struct pending *, const void *key), const void *key)
{
    struct pending *taken = NULL;
    if (!pending_any())
        return NULL;
    pthread_mutex_lock(&state.lock);
    struct pending **place = &state.first;
    while (*place) {
        struct pending *pending = *place;
        if (!wanted(pending, key)) {
            place = &pending->next;
            continue;
        }
        *place = pending->next;
        pending->next = taken;
        taken = pending;
        atomic_fetch_sub(&state.count, 1);
    }
    pthread_mutex_unlock(&state.lock);
    return taken;
}

static bool in_group_of(const struct pending *pending, const void *thread)
{
    return pending->thread == *(const uint32_t *)thread;
}

static bool child_of(const struct pending *pending, const void *parent)
{
    return pending->thread == 0 && pending->parent == *(const uint32_t *)parent;
}

ncclComm_t pending_handle(const struct pending *pending)
{
    ncclComm_t handle = NULL;
    struct iovec local = {&handle, sizeof handle};
    struct iovec remote = {pending->newcomm, sizeof handle};
    const int error = errno;
    if (process_vm_readv(getpid(), &local, 1, &remote, 1, 0) != (ssize_t)sizeof handle)
        handle = NULL;
    errno = error;
    return handle;
}

static bool has_handle(const struct pending *pending, const void *handle)
{
    return pending->thread == 0 && pending_handle(pending) == handle;
}

struct pending *pending_take_group(uint32_t thread)
{
    return take(in_group_of, &thread);
}

struct pending *pending_take_children(uint32_t parent)
{
    return take(child_of, &parent);
}

struct pending *pending_take_handle(ncclComm_t handle)
{
    struct pending *taken = take(has_handle, handle);
    while (taken && taken->next) { /* the oldest; another place cannot hold the same communicator */
        struct pending *next = taken->next;
        taken->next = next->next;
        free(next);
    }
    return taken;
}

void pending_forget(void)
{
    state.first = NULL;
    atomic_store(&state.count, 0);
    pthread_mutex_init(&state.lock, NULL);
}
