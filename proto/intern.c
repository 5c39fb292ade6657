/* SPDX-License-Identifier: Apache-2.0 */
#include "intern.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "array.h"

#define FIRST_SLOTS 64u
#define KEY_ALIGN   8u
#define ID_LIMIT    (UINT32_MAX / 4)

struct entry {
    uint64_t hash;
    size_t offset; /* of the key in `bytes` */
    size_t length;
};

/* A hash table with linear probing. Keys leave only from the newest to the oldest, so that nothing that was
 * put in later can have probed over a slot that is emptied. */
struct intern {
    struct entry *entries; /* id - 1 */
    uint32_t count;
    size_t entry_capacity;
    uint8_t *bytes;
    size_t bytes_used;
    size_t byte_capacity;
    uint32_t *slots;   /* ids; 0 is empty */
    size_t slot_count; /* a power of two, at least twice `count` */
};

struct intern *intern_create(void)
{
    struct intern *intern = calloc(1, sizeof *intern);
    if (!intern)
        return NULL;
    intern->slot_count = FIRST_SLOTS;
    intern->slots = calloc(FIRST_SLOTS, sizeof *intern->slots);
    if (!intern->slots) {
        free(intern);
        return NULL;
    }
    return intern;
}

void intern_destroy(struct intern *intern)
{
    if (!intern)
        return;
    free(intern->entries);
    free(intern->bytes);
    free(intern->slots);
    free(intern);
}

static bool entry_is(const struct intern *intern, uint32_t id, uint64_t hash, const void *key, size_t length)
{
    const struct entry *entry = &intern->entries[id - 1];
    return entry->hash == hash && entry->length == length &&
           (length == 0 || memcmp(intern->bytes + entry->offset, key, length) == 0);
}

/* The slot that holds the key, or the empty one where it belongs. */
static uint32_t *find_slot(const struct intern *intern, uint64_t hash, const void *key, size_t length)
{
    size_t mask = intern->slot_count - 1;
    for (size_t at = (size_t)hash & mask;; at = (at + 1) & mask) {
        uint32_t id = intern->slots[at];
        if (id == 0 || entry_is(intern, id, hash, key, length))
            return &intern->slots[at];
    }
}

static bool double_slots(struct intern *intern)
{
    size_t slot_count = intern->slot_count * 2;
    uint32_t *slots = calloc(slot_count, sizeof *slots);
    if (!slots)
        return false;
    for (uint32_t id = 1; id <= intern->count; id++) {
        size_t at = (size_t)intern->entries[id - 1].hash & (slot_count - 1);
        while (slots[at])
            at = (at + 1) & (slot_count - 1);
        slots[at] = id;
    }
    free(intern->slots);
    intern->slots = slots;
    intern->slot_count = slot_count;
    return true;
}

static bool reserve(struct intern *intern, size_t length)
{
    if (intern->count >= ID_LIMIT || length > SIZE_MAX / 4)
        return false;
    struct entry *entries =
        array_reserve(intern->entries, &intern->entry_capacity, intern->count + (size_t)1, sizeof *entries);
    if (!entries)
        return false;
    intern->entries = entries;
    uint8_t *bytes =
        array_reserve(intern->bytes, &intern->byte_capacity, intern->bytes_used + length + KEY_ALIGN, 1);
    if (!bytes)
        return false;
    intern->bytes = bytes;
    return (intern->count + (size_t)1) * 2 <= intern->slot_count || double_slots(intern);
}

uint32_t intern_id(struct intern *intern, const void *key, size_t length, bool *added)
{
    uint64_t hash = XXH3_64bits(key, length);
    uint32_t *slot = find_slot(intern, hash, key, length);
    *added = false;
    if (*slot)
        return *slot;
    if (!reserve(intern, length))
        return 0;
    slot = find_slot(intern, hash, key, length); /* the slots may have moved */
    intern->entries[intern->count] = (struct entry){hash, intern->bytes_used, length};
    if (length)
        memcpy(intern->bytes + intern->bytes_used, key, length);
    intern->bytes_used += (length + KEY_ALIGN - 1) & ~(size_t)(KEY_ALIGN - 1);
    *slot = ++intern->count;
    *added = true;
    return intern->count;
}

const void *intern_key(const struct intern *intern, uint32_t id, size_t *length)
{
    if (id == 0 || id > intern->count)
        return NULL;
    const struct entry *entry = &intern->entries[id - 1];
    *length = entry->length;
    return intern->bytes + entry->offset;
}

uint32_t intern_count(const struct intern *intern)
{
    return intern->count;
}

void intern_truncate(struct intern *intern, uint32_t count)
{
    while (intern->count > count) {
        const struct entry *entry = &intern->entries[intern->count - 1];
        size_t mask = intern->slot_count - 1;
        size_t at = (size_t)entry->hash & mask;
        while (intern->slots[at] != intern->count)
            at = (at + 1) & mask;
        intern->slots[at] = 0;
        intern->bytes_used = entry->offset;
        intern->count--;
    }
}

void intern_clear(struct intern *intern)
{
    memset(intern->slots, 0, intern->slot_count * sizeof *intern->slots);
    intern->count = 0;
    intern->bytes_used = 0;
}
