/* SPDX-License-Identifier: Apache-2.0 */

/* The reduction of one type; reduce.c includes this once a type, having defined
 *     NAME            the suffix of the functions
 *     ELEMENT         the type in memory
 *     VALUE           the type to compute in
 *     LOAD(x)         ELEMENT to VALUE, and STORE(v) back
 *     ADD MULTIPLY MAXIMUM MINIMUM (a, b), DIVIDE(a, n)
 * A block at a time is kept in VALUEs, so that each loop over a block is simple enough to be made into
 * vectors. */

#define JOIN_(a, b) a##b
#define JOIN(a, b)  JOIN_(a, b)

#define FOLD(OPERATION)                                                                                      \
    for (size_t i = 0; i < block; i++)                                                                       \
    values[i] = OPERATION(values[i], LOAD(in[i]))

static void JOIN(fold_, NAME)(ncclRedOp_t op, VALUE *values, const ELEMENT *in, size_t block)
{
    if (op == ncclProd)
        FOLD(MULTIPLY);
    else if (op == ncclMax)
        FOLD(MAXIMUM);
    else if (op == ncclMin)
        FOLD(MINIMUM);
    else
        FOLD(ADD);
}

static void JOIN(reduce_, NAME)(ncclRedOp_t op, void *out, const void *const *inputs, int ranks, size_t count)
{
    for (size_t start = 0; start < count; start += BLOCK) {
        size_t block = count - start < BLOCK ? count - start : BLOCK;
        const ELEMENT *first = (const ELEMENT *)inputs[0] + start;
        ELEMENT *result = (ELEMENT *)out + start;
        VALUE values[BLOCK];

        for (size_t i = 0; i < block; i++)
            values[i] = LOAD(first[i]);
        for (int r = 1; r < ranks; r++)
            JOIN(fold_, NAME)(op, values, (const ELEMENT *)inputs[r] + start, block);
        if (op == ncclAvg)
            for (size_t i = 0; i < block; i++)
                values[i] = DIVIDE(values[i], ranks);
        for (size_t i = 0; i < block; i++)
            result[i] = STORE(values[i]);
    }
}

static void JOIN(scale_, NAME)(void *out, const void *in, size_t count, const void *number)
{
    ELEMENT factor;

    memcpy(&factor, number, sizeof(factor));
    for (size_t i = 0; i < count; i++)
        ((ELEMENT *)out)[i] = STORE(MULTIPLY(LOAD(((const ELEMENT *)in)[i]), LOAD(factor)));
}

#undef JOIN_
#undef JOIN
#undef FOLD
#undef NAME
#undef ELEMENT
#undef VALUE
#undef LOAD
#undef STORE
#undef ADD
#undef MULTIPLY
#undef MAXIMUM
#undef MINIMUM
#undef DIVIDE
