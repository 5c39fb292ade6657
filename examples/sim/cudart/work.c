/* SPDX-License-Identifier: Apache-2.0 */
#include "work.h"

#include <stdlib.h>

struct work *work_create(enum cudaGraphNodeType type, void (*run)(void *), void (*release)(void *),
                         void *argument)
{
    struct work *work = malloc(sizeof(*work));

    if (!work) {
        if (release)
            release(argument);
        return NULL;
    }
    atomic_init(&work->references, 1);
    work->type = type;
    work->run = run;
    work->release = release;
    work->argument = argument;
    return work;
}

struct work *work_retain(struct work *work)
{
    atomic_fetch_add_explicit(&work->references, 1, memory_order_relaxed);
    return work;
}

void work_release(struct work *work)
{
    if (!work || atomic_fetch_sub_explicit(&work->references, 1, memory_order_acq_rel) != 1)
        return;
    if (work->release)
        work->release(work->argument);
    free(work);
}
