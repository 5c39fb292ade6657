/* SPDX-License-Identifier: Apache-2.0 */
#include "world.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Every reduction of every type by every collective that reduces, against MPI for the types that MPI has, and
 * against arithmetic on the numbers' definitions for the small floating-point types that it does not have. */

struct type {
    ncclDataType_t type;
    size_t size;
    MPI_Datatype mpi; /* MPI_DATATYPE_NULL: a small floating-point type, which the next three describe */
    int exponent_bits;
    int fraction_bits;
    bool ieee; /* the largest exponent is for infinity and NaN; else only the largest pattern is NaN */
    bool saturates;
};

static const ncclRedOp_t ops[] = {ncclSum, ncclProd, ncclMax, ncclMin, ncclAvg};
static const size_t counts[] = {1, 777, 20011};

static struct type types[ncclNumTypes];

static void list_types(void)
{
    types[ncclInt8] = (struct type){.type = ncclInt8, .size = 1, .mpi = MPI_INT8_T};
    types[ncclUint8] = (struct type){.type = ncclUint8, .size = 1, .mpi = MPI_UINT8_T};
    types[ncclInt32] = (struct type){.type = ncclInt32, .size = 4, .mpi = MPI_INT32_T};
    types[ncclUint32] = (struct type){.type = ncclUint32, .size = 4, .mpi = MPI_UINT32_T};
    types[ncclInt64] = (struct type){.type = ncclInt64, .size = 8, .mpi = MPI_INT64_T};
    types[ncclUint64] = (struct type){.type = ncclUint64, .size = 8, .mpi = MPI_UINT64_T};
    types[ncclFloat32] = (struct type){.type = ncclFloat32, .size = 4, .mpi = MPI_FLOAT};
    types[ncclFloat64] = (struct type){.type = ncclFloat64, .size = 8, .mpi = MPI_DOUBLE};
    types[ncclFloat16] = (struct type){ncclFloat16, 2, MPI_DATATYPE_NULL, 5, 10, true, false};
    types[ncclBfloat16] = (struct type){ncclBfloat16, 2, MPI_DATATYPE_NULL, 8, 7, true, false};
    types[ncclFloat8e4m3] = (struct type){ncclFloat8e4m3, 1, MPI_DATATYPE_NULL, 4, 3, false, true};
    types[ncclFloat8e5m2] = (struct type){ncclFloat8e5m2, 1, MPI_DATATYPE_NULL, 5, 2, true, true};
}

/* ---- Small floating-point numbers by their definition ---- */

static unsigned largest_pattern(const struct type *t)
{
    unsigned all = (1U << (t->exponent_bits + t->fraction_bits)) - 1;

    return t->ieee ? all - (1U << t->fraction_bits) : all - 1;
}

static double value_of(const struct type *t, unsigned pattern)
{
    unsigned sign = pattern >> (t->exponent_bits + t->fraction_bits);
    int exponent = (int)(pattern >> t->fraction_bits) & ((1 << t->exponent_bits) - 1);
    int fraction = (int)pattern & ((1 << t->fraction_bits) - 1);
    int bias = (1 << (t->exponent_bits - 1)) - 1;
    double magnitude = exponent ? ldexp(1 + ldexp(fraction, -t->fraction_bits), exponent - bias)
                                : ldexp(fraction, 1 - bias - t->fraction_bits);

    return sign ? -magnitude : magnitude;
}

/* The nearest number of the type, by search; of two equally near ones that with the even pattern. */
static double round_to(const struct type *t, float value)
{
    double magnitude = fabs((double)value);
    unsigned low = 0;
    unsigned high = largest_pattern(t);
    double above;
    double below;

    while (low < high) { /* the largest pattern whose value is not above the magnitude */
        unsigned middle = (low + high + 1) / 2;

        if (value_of(t, middle) <= magnitude)
            low = middle;
        else
            high = middle - 1;
    }
    below = value_of(t, low);
    if (low == largest_pattern(t)) {
        double half_step = (below - value_of(t, low - 1)) / 2;

        above = t->saturates || magnitude < below + half_step ? below : INFINITY;
        return copysign(above, (double)value);
    }
    above = value_of(t, low + 1);
    if (magnitude - below > above - magnitude || (magnitude - below == above - magnitude && low % 2))
        below = above;
    return copysign(below, (double)value);
}

/* ---- Inputs ---- */

static uint64_t noise(uint64_t seed)
{
    seed = (seed ^ seed >> 31) * UINT64_C(0x7fb5d329728ea185);
    seed = (seed ^ seed >> 27) * UINT64_C(0x81dadef4bc2dd44d);
    return seed ^ seed >> 33;
}

/* Any bits for integers; for float and double small numbers, whose sums and products are exact and so the
 * same in every order; any finite number for the small types. */
static void fill(void *data, const struct type *t, size_t count, int rank)
{
    for (size_t i = 0; i < count; i++) {
        uint64_t random = noise((uint64_t)rank * 1000003 + i * 17 + (uint64_t)t->type);
        char *place = (char *)data + i * t->size;

        if (t->type == ncclFloat32)
            *(float *)(void *)place = (float)((int)(random % 13) - 6);
        else if (t->type == ncclFloat64)
            *(double *)(void *)place = (int)(random % 1001) - 500;
        else if (t->mpi != MPI_DATATYPE_NULL)
            memcpy(place, &random, t->size);
        else {
            unsigned pattern = (unsigned)(random % (largest_pattern(t) + 1)) |
                               (random >> 40 & 1 ? 1U << (t->exponent_bits + t->fraction_bits) : 0);

            memcpy(place, &pattern, t->size); /* little-endian, as all that NCCL runs on */
        }
    }
}

/* ---- Expected results ---- */

static void average(void *data, const struct type *t, size_t count)
{
#define AVERAGE(number, ctype)                                                                               \
    case number:                                                                                             \
        for (size_t i = 0; i < count; i++)                                                                   \
            ((ctype *)data)[i] = (ctype)(((ctype *)data)[i] / (ctype)world.ranks);                           \
        break
    switch (t->type) {
        AVERAGE(ncclInt8, int8_t);
        AVERAGE(ncclUint8, uint8_t);
        AVERAGE(ncclInt32, int32_t);
        AVERAGE(ncclUint32, uint32_t);
        AVERAGE(ncclInt64, int64_t);
        AVERAGE(ncclUint64, uint64_t);
        AVERAGE(ncclFloat32, float);
        AVERAGE(ncclFloat64, double);
    default:
        fail();
    }
#undef AVERAGE
}

static float fold(ncclRedOp_t op, float a, float b)
{
    switch (op) {
    case ncclProd:
        return a * b;
    case ncclMax:
        return a > b ? a : b;
    case ncclMin:
        return a < b ? a : b;
    default:
        return a + b;
    }
}

static unsigned pattern_at(const void *data, const struct type *t, size_t i)
{
    unsigned pattern = 0;

    memcpy(&pattern, (const char *)data + i * t->size, t->size);
    return pattern;
}

/* Asserts that `result` holds elements `first` and following of the reduction of all ranks' inputs. */
static void check_small(const struct type *t, ncclRedOp_t op, const char *inputs, size_t total, size_t first,
                        const void *result, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        float expected = (float)value_of(t, pattern_at(inputs, t, first + i));
        unsigned got = pattern_at(result, t, i);
        double rounded;

        for (int r = 1; r < world.ranks; r++)
            expected =
                fold(op, expected,
                     (float)value_of(t, pattern_at(inputs + (size_t)r * total * t->size, t, first + i)));
        if (op == ncclAvg)
            expected /= (float)world.ranks;
        rounded = round_to(t, expected);
        if (isinf(rounded))
            assert_int_equal(got & (largest_pattern(t) + 1), largest_pattern(t) + 1);
        else
            assert_true(value_of(t, got) == rounded);
    }
}

static void check_mpi(const struct type *t, ncclRedOp_t op, const void *input, size_t total, size_t first,
                      const void *result, size_t count)
{
    static const MPI_Op mpi_ops[] = {MPI_SUM, MPI_PROD, MPI_MAX, MPI_MIN, MPI_SUM};
    char *expected = malloc(total * t->size);

    MPI_Allreduce(input, expected, (int)total, t->mpi, mpi_ops[op], MPI_COMM_WORLD);
    if (op == ncclAvg)
        average(expected, t, total);
    assert_memory_equal(result, expected + first * t->size, count * t->size);
    free(expected);
}

/* `first` and `count` say which part of the whole this rank has; 0 elements: it has none, but takes part in
 * asking. */
static void check(const struct type *t, ncclRedOp_t op, const void *input, size_t total, size_t first,
                  const void *result, size_t count)
{
    if (t->mpi != MPI_DATATYPE_NULL) {
        check_mpi(t, op, input, total, first, result, count);
        return;
    }

    char *inputs = malloc((size_t)world.ranks * total * t->size);
    int bytes = (int)(total * t->size);

    MPI_Allgather(input, bytes, MPI_BYTE, inputs, bytes, MPI_BYTE, MPI_COMM_WORLD);
    check_small(t, op, inputs, total, first, result, count);
    free(inputs);
}

/* ---- The three collectives ---- */

static void check_all_reduce(const struct type *t, ncclRedOp_t op, size_t count, bool in_place)
{
    size_t bytes = count * t->size;
    char *input = malloc(bytes);
    char *result = malloc(bytes);
    void *send;
    void *recv;

    fill(input, t, count, world.rank);
    send = world_upload(input, bytes);
    recv = in_place ? send : world_upload(NULL, bytes);
    OK(ncclAllReduce(send, recv, count, t->type, op, world.comm, world.stream));
    world_finish();
    world_download(result, recv, bytes);
    check(t, op, input, count, 0, result, count);
    OK(cudaFree(send));
    if (!in_place)
        OK(cudaFree(recv));
    free(result);
    free(input);
}

static void check_reduce(const struct type *t, ncclRedOp_t op, size_t count, int root)
{
    size_t bytes = count * t->size;
    char *input = malloc(bytes);
    char *result = malloc(bytes);
    bool here = world.rank == root;
    void *send;
    void *recv;

    fill(input, t, count, world.rank);
    send = world_upload(input, bytes);
    recv = here ? world_upload(NULL, bytes) : NULL;
    OK(ncclReduce(send, recv, count, t->type, op, root, world.comm, world.stream));
    world_finish();
    if (here)
        world_download(result, recv, bytes);
    check(t, op, input, count, 0, result, here ? count : 0);
    OK(cudaFree(send));
    OK(cudaFree(recv));
    free(result);
    free(input);
}

static void check_reduce_scatter(const struct type *t, ncclRedOp_t op, size_t count, bool in_place)
{
    size_t total = count * (size_t)world.ranks;
    size_t first = count * (size_t)world.rank;
    char *input = malloc(total * t->size);
    char *result = malloc(count * t->size);
    char *send;
    char *recv;

    fill(input, t, total, world.rank);
    send = world_upload(input, total * t->size);
    recv = in_place ? send + first * t->size : world_upload(NULL, count * t->size);
    OK(ncclReduceScatter(send, recv, count, t->type, op, world.comm, world.stream));
    world_finish();
    world_download(result, recv, count * t->size);
    check(t, op, input, total, first, result, count);
    OK(cudaFree(send));
    if (!in_place)
        OK(cudaFree(recv));
    free(result);
    free(input);
}

static void every_all_reduce_is_right(void **state)
{
    (void)state;
    for (int t = 0; t < ncclNumTypes; t++)
        for (size_t o = 0; o < sizeof(ops) / sizeof(ops[0]); o++)
            for (size_t c = 0; c < sizeof(counts) / sizeof(counts[0]); c++)
                check_all_reduce(&types[t], ops[o], counts[c], (t + (int)o) % 2);
}

static void every_reduce_is_right(void **state)
{
    (void)state;
    for (int t = 0; t < ncclNumTypes; t++)
        for (size_t o = 0; o < sizeof(ops) / sizeof(ops[0]); o++)
            for (size_t c = 0; c < sizeof(counts) / sizeof(counts[0]); c++)
                check_reduce(&types[t], ops[o], counts[c], t % world.ranks);
}

static void every_reduce_scatter_is_right(void **state)
{
    (void)state;
    for (int t = 0; t < ncclNumTypes; t++)
        for (size_t o = 0; o < sizeof(ops) / sizeof(ops[0]); o++)
            for (size_t c = 0; c < sizeof(counts) / sizeof(counts[0]); c++)
                check_reduce_scatter(&types[t], ops[o], counts[c], (t + (int)o) % 2);
}

/* ---- User-made reductions ---- */

/* Rank r multiplies by r + 1: the sum of x * (r + 1) over ranks is x times a triangular number. */
static void check_pre_mul_sum(ncclScalarResidence_t residence)
{
    float factor = (float)(world.rank + 1);
    float *scalar = residence == ncclScalarDevice ? world_upload(&factor, sizeof(factor)) : &factor;
    float input[100];
    float *device;
    ncclRedOp_t op;

    for (int i = 0; i < 100; i++)
        input[i] = (float)i;
    device = world_upload(input, sizeof(input));
    OK(ncclRedOpCreatePreMulSum(&op, scalar, ncclFloat32, residence, world.comm));
    assert_true((int)op >= (int)ncclNumOps);
    OK(ncclAllReduce(device, device, 100, ncclFloat32, op, world.comm, world.stream));
    OK(ncclRedOpDestroy(op, world.comm)); /* allowed as soon as the call has returned */
    world_finish();
    world_download(input, device, sizeof(input));
    for (int i = 0; i < 100; i++)
        assert_true(input[i] == (float)(i * world.ranks * (world.ranks + 1) / 2));
    assert_int_equal(ncclAllReduce(device, device, 1, ncclFloat32, op, world.comm, world.stream),
                     ncclInvalidArgument);
    assert_int_equal(ncclRedOpDestroy(op, world.comm), ncclInvalidArgument);
    OK(cudaFree(device));
    if (residence == ncclScalarDevice)
        OK(cudaFree(scalar));
}

static void inputs_are_multiplied_by_a_number_of_the_host(void **state)
{
    (void)state;
    check_pre_mul_sum(ncclScalarHostImmediate);
}

static void inputs_are_multiplied_by_a_number_of_the_device(void **state)
{
    (void)state;
    check_pre_mul_sum(ncclScalarDevice);
}

static void a_user_made_reduction_is_for_one_type(void **state)
{
    double factor = 2;
    float *device = world_upload(NULL, sizeof(float));
    ncclRedOp_t op;

    (void)state;
    OK(ncclRedOpCreatePreMulSum(&op, &factor, ncclFloat64, ncclScalarHostImmediate, world.comm));
    assert_int_equal(ncclAllReduce(device, device, 1, ncclFloat32, op, world.comm, world.stream),
                     ncclInvalidArgument);
    OK(ncclRedOpDestroy(op, world.comm));
    OK(cudaFree(device));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_all_reduce_is_right),
        cmocka_unit_test(every_reduce_is_right),
        cmocka_unit_test(every_reduce_scatter_is_right),
        cmocka_unit_test(inputs_are_multiplied_by_a_number_of_the_host),
        cmocka_unit_test(inputs_are_multiplied_by_a_number_of_the_device),
        cmocka_unit_test(a_user_made_reduction_is_for_one_type),
    };

    list_types();
    return WORLD_RUN(argc, argv, tests);
}
