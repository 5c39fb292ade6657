/* SPDX-License-Identifier: Apache-2.0
 *
 * Memory for things that die together: allocated by moving a pointer, released all at once. Not thread-safe.
 */
#ifndef LOCKSTEP_PROTO_ARENA_H
#define LOCKSTEP_PROTO_ARENA_H

#include <stdbool.h>
#include <stddef.h>

struct arena_block;

/* All zeros but `limit` is an empty arena. */
struct arena {
    struct arena_block *block; /* the newest; older ones hang behind it */
    size_t used;               /* of the newest */
    size_t total;              /* handed out since the last arena_reset() */
    size_t limit;              /* of `total`; 0: none */
    bool exceeded;             /* an allocation was refused because of `limit` */
    bool failed;               /* one failed because memory was out */
};

/* `size` bytes aligned for anything, uninitialised; NULL when memory is out or the limit is reached. */
void *arena_alloc(struct arena *arena, size_t size);
/* Releases everything that was allocated; keeps a little memory for the next round. */
void arena_reset(struct arena *arena);
/* Releases everything; the arena is empty again and may be used on. */
void arena_destroy(struct arena *arena);

#endif
