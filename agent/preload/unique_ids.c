/* SPDX-License-Identifier: Apache-2.0 */
#include "unique_ids.h"

#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>

#include "record.h"

struct use {
    struct use *next;
    uint64_t digest;
    uint32_t count;
};

#define BUCKETS 64

static pthread_mutex_t using = PTHREAD_MUTEX_INITIALIZER;
static struct use *uses[BUCKETS];

/* FNV-1a. Ids are random but for their first bytes, so a collision would be an accident of 2^-64. */
static uint64_t digest_of(const unsigned char *id, int rank)
{
    uint64_t digest = UINT64_C(0xcbf29ce484222325) ^ (uint32_t)rank;
    for (size_t i = 0; i < RECORD_ID_BYTES; i++)
        digest = (digest ^ id[i]) * UINT64_C(0x100000001b3);
    return digest;
}

uint32_t unique_ids_use(const unsigned char id[128], int rank)
{
    const uint64_t digest = digest_of(id, rank);
    uint32_t before = 0;
    pthread_mutex_lock(&using);
    struct use **place = &uses[digest % BUCKETS];
    while (*place && (*place)->digest != digest)
        place = &(*place)->next;
    if (!*place && (*place = calloc(1, sizeof **place)))
        (*place)->digest = digest;
    if (*place)
        before = (*place)->count++;
    pthread_mutex_unlock(&using);
    return before;
}

void unique_ids_forget(void)
{
    for (size_t i = 0; i < BUCKETS; i++)
        uses[i] = NULL;
    pthread_mutex_init(&using, NULL);
}
