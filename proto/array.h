/* SPDX-License-Identifier: Apache-2.0
 *
 * Growing arrays: a pointer, a count and a capacity that live side by side in their owner.
 */
#ifndef LOCKSTEP_PROTO_ARRAY_H
#define LOCKSTEP_PROTO_ARRAY_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/* Makes room for `needed` elements of `element` bytes and returns the array, moved or not; NULL when memory
 * is out, then `items` and `*capacity` are as they were. */
static inline void *array_reserve(void *items, size_t *capacity, size_t needed, size_t element)
{
    if (needed <= *capacity && items)
        return items;
    if (needed > SIZE_MAX / 2 / element)
        return NULL;
    size_t grown = *capacity < 16 ? 16 : *capacity + *capacity / 2;
    if (grown < needed)
        grown = needed;
    void *moved = realloc(items, grown * element);
    if (moved)
        *capacity = grown;
    return moved;
}

#endif
