/* SPDX-License-Identifier: Apache-2.0 */
#include "call.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "intern.h"
#include "say.h"

_Static_assert(sizeof(struct call) == 24, "a key must not have padding");

struct call_table {
    struct intern *calls;
    struct intern *comparables;
    uint32_t *comparable; /* of call number - 1 */
    size_t comparable_capacity;
    uint32_t *example; /* of comparable - 1 */
    size_t example_capacity;
};

struct call_table *call_table_create(void)
{
    struct call_table *table = calloc(1, sizeof *table);

    if (!table)
        return NULL;
    table->calls = intern_create();
    table->comparables = intern_create();
    if (!table->calls || !table->comparables) {
        call_table_destroy(table);
        return NULL;
    }
    return table;
}

void call_table_destroy(struct call_table *table)
{
    if (!table)
        return;
    intern_destroy(table->calls);
    intern_destroy(table->comparables);
    free(table->comparable);
    free(table->example);
    free(table);
}

static uint8_t canonical_operation(uint8_t operation)
{
    return operation == OPERATION_BCAST ? OPERATION_BROADCAST : operation;
}

/* What NCCL makes of a call (nccl 2.28 enqueue.cc): one without elements is dropped whatever it is, others
 * move bytes or elements, and only some have a reduction or a root. */
static struct call comparable_of(const struct call *call)
{
    unsigned traits = operation_traits(call->operation);
    struct call key = {.root = -1, .datatype = DATATYPE_NONE, .reduction = REDUCTION_NONE};

    if (call->count == 0)
        return key;
    key.operation = canonical_operation(call->operation);
    key.count = call->count;
    key.datatype = call->datatype;
    if ((traits & TRAIT_BYTES) && call_bytes(call) != UINT64_MAX) {
        key.count = call_bytes(call);
        key.datatype = DATATYPE_NONE;
    }
    if (traits & TRAIT_REDUCES) {
        key.reduction = call->reduction;
        key.scalar = call->scalar;
        key.scalar_state = call->scalar_state;
    }
    if (traits & TRAIT_ROOTED)
        key.root = call->root;
    return key;
}

/* Adds what is looked up by `number`, which has just been given. */
static bool put(uint32_t **items, size_t *capacity, uint32_t number, uint32_t value)
{
    uint32_t *grown = array_reserve(*items, capacity, number, sizeof *grown);

    if (!grown)
        return false;
    *items = grown;
    grown[number - 1] = value;
    return true;
}

uint32_t call_number(struct call_table *table, const struct call *call)
{
    bool added;
    uint32_t number = intern_id(table->calls, call, sizeof *call, &added);

    if (!number || !added)
        return number;

    struct call key = comparable_of(call);
    uint32_t comparable = intern_id(table->comparables, &key, sizeof key, &added);

    if (comparable && added && !put(&table->example, &table->example_capacity, comparable, number)) {
        intern_truncate(table->comparables, comparable - 1);
        comparable = 0;
    }
    if (!comparable || !put(&table->comparable, &table->comparable_capacity, number, comparable)) {
        intern_truncate(table->calls, number - 1);
        return CALL_UNKNOWN;
    }
    return number;
}

const struct call *call_get(const struct call_table *table, uint32_t number)
{
    size_t length;

    return intern_key(table->calls, number, &length);
}

uint32_t call_comparable(const struct call_table *table, uint32_t number)
{
    return number == CALL_UNKNOWN ? COMPARABLE_ANY : table->comparable[number - 1];
}

uint32_t comparable_example(const struct call_table *table, uint32_t comparable)
{
    if (comparable == COMPARABLE_ANY || comparable == COMPARABLE_NONE)
        return CALL_UNKNOWN;
    return table->example[comparable - 1];
}

static const struct call *comparable_key(const struct call_table *table, uint32_t comparable)
{
    size_t length;

    return intern_key(table->comparables, comparable, &length);
}

/* Unknown reductions and scalars can be neither equal to nor different from others. */
static bool reductions_agree(const struct call *one, const struct call *other)
{
    if (one->reduction == REDUCTION_UNKNOWN || other->reduction == REDUCTION_UNKNOWN)
        return one->reduction != REDUCTION_NONE && other->reduction != REDUCTION_NONE;
    if (one->reduction != other->reduction)
        return false;
    if (one->scalar_state == SCALAR_UNKNOWN || other->scalar_state == SCALAR_UNKNOWN)
        return true;
    return one->scalar_state == other->scalar_state && one->scalar == other->scalar;
}

bool comparable_agrees(const struct call_table *table, uint32_t one, uint32_t other)
{
    if (one == other || one == COMPARABLE_ANY || other == COMPARABLE_ANY)
        return true;
    if (one == COMPARABLE_NONE || other == COMPARABLE_NONE)
        return false;

    const struct call *a = comparable_key(table, one);
    const struct call *b = comparable_key(table, other);

    return a->operation == b->operation && a->count == b->count && a->datatype == b->datatype &&
           a->root == b->root && reductions_agree(a, b);
}

bool comparable_is_vague(const struct call_table *table, uint32_t comparable)
{
    const struct call *key = comparable == COMPARABLE_NONE ? NULL : comparable_key(table, comparable);

    return comparable == COMPARABLE_ANY ||
           (key && (key->reduction == REDUCTION_UNKNOWN || key->scalar_state == SCALAR_UNKNOWN));
}

bool comparable_is_empty(const struct call_table *table, uint32_t comparable)
{
    const struct call *key = comparable == COMPARABLE_NONE ? NULL : comparable_key(table, comparable);

    return key && key->operation == OPERATION_NONE;
}

uint64_t call_bytes(const struct call *call)
{
    size_t size = datatype_bytes(call->datatype);
    uint64_t bytes;

    if (size == 0 || __builtin_mul_overflow(call->count, (uint64_t)size, &bytes))
        return UINT64_MAX;
    return bytes;
}

unsigned call_differences(const struct call *one, const struct call *other)
{
    unsigned differences = 0;
    unsigned traits = operation_traits(one->operation);

    if (canonical_operation(one->operation) != canonical_operation(other->operation))
        return DIFFERENT_OPERATION;
    if (one->datatype != other->datatype)
        differences |= DIFFERENT_DATATYPE;
    if (one->count != other->count)
        differences |= DIFFERENT_COUNT;
    if ((traits & TRAIT_BYTES) && call_bytes(one) == call_bytes(other))
        differences = 0;
    /* Against a call without elements nothing else matters: that one will not take part at all. */
    if ((one->count == 0) != (other->count == 0))
        return DIFFERENT_COUNT;
    if ((traits & TRAIT_REDUCES) && !reductions_agree(one, other))
        differences |= DIFFERENT_REDUCTION;
    if ((traits & TRAIT_ROOTED) && one->root != other->root)
        differences |= DIFFERENT_ROOT;
    return differences;
}

/* ---- text ---- */

static double half_value(uint16_t bits, int exponent_bits, int fraction_bits)
{
    int exponent = (bits >> fraction_bits) & ((1 << exponent_bits) - 1);
    double fraction = (double)(bits & ((1 << fraction_bits) - 1)) / (1 << fraction_bits);
    int bias = (1 << (exponent_bits - 1)) - 1;
    double value = exponent ? 1 + fraction : fraction;

    for (int e = exponent ? exponent - bias : 1 - bias; e != 0; e += e > 0 ? -1 : 1)
        value = e > 0 ? value * 2 : value / 2;
    return bits >> 15 ? -value : value;
}

static const char *scalar_text(const struct call *call, struct arena *arena)
{
    float single;
    double value;

    if (call->scalar_state != SCALAR_KNOWN)
        return "(?)";
    switch (call->datatype) {
    case DATATYPE_FLOAT32:
        memcpy(&single, &call->scalar, sizeof single);
        return say(arena, "(%g)", (double)single);
    case DATATYPE_FLOAT64:
        memcpy(&value, &call->scalar, sizeof value);
        return say(arena, "(%g)", value);
    case DATATYPE_FLOAT16:
        return say(arena, "(%g)", half_value((uint16_t)call->scalar, 5, 10));
    case DATATYPE_BFLOAT16:
        return say(arena, "(%g)", half_value((uint16_t)call->scalar, 8, 7));
    default:
        return say(arena, "(0x%" PRIx64 ")", call->scalar);
    }
}

const char *call_operation_name(const struct call *call)
{
    return call ? operation_name(call->operation) : "an unknown call";
}

const char *call_text(const struct call *call, struct arena *arena)
{
    const char *reduction = "";
    const char *root = "";

    if (!call)
        return "an unknown call";

    unsigned traits = operation_traits(call->operation);

    if (traits & TRAIT_REDUCES)
        reduction = say(arena, " %s%s", reduction_name(call->reduction),
                        call->reduction == REDUCTION_PRE_MUL_SUM ? scalar_text(call, arena) : "");
    if (traits & TRAIT_ROOTED)
        root = say(arena, " root %d", call->root);
    if (traits & TRAIT_PEER)
        root = say(arena, " %s %d", call->operation == OPERATION_RECV ? "from" : "to", call->root);
    return say(arena, "%s%s%s %s x %" PRIu64, operation_name(call->operation), reduction, root,
               datatype_name(call->datatype), call->count);
}
