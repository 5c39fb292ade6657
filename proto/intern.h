/* SPDX-License-Identifier: Apache-2.0
 *
 * Numbers distinct byte strings from 1 in the order in which they come. Keys are copied. Not thread-safe.
 */
#ifndef LOCKSTEP_PROTO_INTERN_H
#define LOCKSTEP_PROTO_INTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct intern;

struct intern *intern_create(void); /* NULL when memory is out */
void intern_destroy(struct intern *intern);

/* The id of `key`; `*added` tells whether it is new. 0 when memory is out (the table is unchanged). */
uint32_t intern_id(struct intern *intern, const void *key, size_t length, bool *added);
/* The key with this id and its length, or NULL. Aligned to 8 bytes. Valid until the table changes. */
const void *intern_key(const struct intern *intern, uint32_t id, size_t *length);
uint32_t intern_count(const struct intern *intern);
/* Forgets the keys with ids above `count`, or all. */
void intern_truncate(struct intern *intern, uint32_t count);
void intern_clear(struct intern *intern);

#endif
