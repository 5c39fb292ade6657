/* SPDX-License-Identifier: Apache-2.0 */
#include "arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>

#define ALIGNMENT   16u
#define FIRST_BYTES ((size_t)4 << 10)
#define BLOCK_BYTES ((size_t)256 << 10) /* blocks grow to this; the largest that a reset keeps */

struct arena_block {
    struct arena_block *next;
    size_t size;
    alignas(ALIGNMENT) uint8_t data[];
};

static struct arena_block *add_block(struct arena *arena, size_t size)
{
    size_t bytes = arena->block ? arena->block->size * 2 : FIRST_BYTES;
    if (bytes > BLOCK_BYTES)
        bytes = BLOCK_BYTES;
    if (bytes < size)
        bytes = size;
    struct arena_block *block = malloc(sizeof *block + bytes);
    if (!block)
        return NULL;
    block->next = arena->block;
    block->size = bytes;
    arena->block = block;
    arena->used = 0;
    return block;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    if (size > SIZE_MAX / 4)
        return NULL;
    size = size ? (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1) : ALIGNMENT;
    if (arena->limit && (size > arena->limit || arena->total > arena->limit - size)) {
        arena->exceeded = true;
        return NULL;
    }
    if (!arena->block || arena->block->size - arena->used < size) {
        if (!add_block(arena, size)) {
            arena->failed = true;
            return NULL;
        }
    }
    void *memory = arena->block->data + arena->used;
    arena->used += size;
    arena->total += size;
    return memory;
}

void arena_reset(struct arena *arena)
{
    struct arena_block *kept = NULL;
    for (struct arena_block *block = arena->block, *next; block; block = next) {
        next = block->next;
        if (!kept && block->size <= BLOCK_BYTES)
            kept = block;
        else
            free(block);
    }
    if (kept)
        kept->next = NULL;
    arena->block = kept;
    arena->used = 0;
    arena->total = 0;
    arena->exceeded = false;
    arena->failed = false;
}

void arena_destroy(struct arena *arena)
{
    for (struct arena_block *block = arena->block, *next; block; block = next) {
        next = block->next;
        free(block);
    }
    arena->block = NULL;
    arena->used = 0;
    arena->total = 0;
    arena->exceeded = false;
    arena->failed = false;
}
