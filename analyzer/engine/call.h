/* SPDX-License-Identifier: Apache-2.0
 *
 * What calls are, and when two of them are the same call to NCCL.
 *
 * Every distinct call "as passed" gets a number, and so does what NCCL makes of it (the *comparable*): the
 * members of a communicator agree when their comparables are equal, which is one comparison of integers. What
 * differs between ranks without meaning anything (thread, stream, call site, capture) is not part of a call.
 */
#ifndef LOCKSTEP_ENGINE_CALL_H
#define LOCKSTEP_ENGINE_CALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "names.h"

#define CALL_UNKNOWN    0u         /* a call that was lost */
#define COMPARABLE_ANY  0u         /* its comparable: agrees with everything */
#define COMPARABLE_NONE UINT32_MAX /* no call and never one again: the member has left */

enum call_scalar {
    SCALAR_NONE,    /* not a pre-multiplied reduction */
    SCALAR_UNKNOWN, /* it lives on the device, or its creation was not seen */
    SCALAR_KNOWN,
};

/* Without padding: it is a key. */
struct call {
    uint64_t count;
    uint64_t scalar; /* its bytes, zero-extended */
    int32_t root;    /* root or peer, -1 without one */
    uint8_t operation;
    uint8_t datatype;
    uint8_t reduction;
    uint8_t scalar_state; /* enum call_scalar */
};

enum call_difference {
    DIFFERENT_OPERATION = 1,
    DIFFERENT_DATATYPE = 2,
    DIFFERENT_COUNT = 4,
    DIFFERENT_REDUCTION = 8,
    DIFFERENT_ROOT = 16,
};

struct call_table;

struct call_table *call_table_create(void); /* NULL when memory is out */
void call_table_destroy(struct call_table *table);

/* The number of this call, CALL_UNKNOWN when memory is out. */
uint32_t call_number(struct call_table *table, const struct call *call);
/* The call with this number; NULL for CALL_UNKNOWN. Valid until the next call_number(). */
const struct call *call_get(const struct call_table *table, uint32_t number);
uint32_t call_comparable(const struct call_table *table, uint32_t number);
/* A call that has this comparable; CALL_UNKNOWN for ANY and NONE. */
uint32_t comparable_example(const struct call_table *table, uint32_t comparable);

/* Do these two not contradict each other? Equal, or what differs is unknown in one of them. */
bool comparable_agrees(const struct call_table *table, uint32_t one, uint32_t other);
/* Is part of it unknown? */
bool comparable_is_vague(const struct call_table *table, uint32_t comparable);
/* Is it a call that NCCL drops because it has no elements? */
bool comparable_is_empty(const struct call_table *table, uint32_t comparable);

/* Bytes moved; UINT64_MAX when the element size is unknown. */
uint64_t call_bytes(const struct call *call);
/* In what two calls differ that do not agree: a set of enum call_difference. */
unsigned call_differences(const struct call *one, const struct call *other);

/* "all_reduce sum float32 x 4096", "send to 3 float32 x 64", "an unknown call". */
const char *call_text(const struct call *call, struct arena *arena);
/* "all_reduce". */
const char *call_operation_name(const struct call *call);

#endif
