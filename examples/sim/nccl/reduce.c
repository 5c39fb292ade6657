/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "number.h"
#include "redop.h"

enum { BLOCK = 256 };

/* Integers wrap around, as on a GPU: sums and products are made of unsigned numbers. Averages of integers are
 * cut off towards zero. */

#define NAME           int8
#define ELEMENT        int8_t
#define VALUE          int8_t
#define LOAD(x)        (x)
#define STORE(v)       (v)
#define ADD(a, b)      ((int8_t)((uint64_t)(a) + (uint64_t)(b)))
#define MULTIPLY(a, b) ((int8_t)((uint64_t)(a) * (uint64_t)(b)))
#define MAXIMUM(a, b)  ((a) > (b) ? (a) : (b))
#define MINIMUM(a, b)  ((a) < (b) ? (a) : (b))
#define DIVIDE(a, n)   ((int8_t)((a) / (int8_t)(n)))
#include "reduce_type.h"

#define NAME           uint8
#define ELEMENT        uint8_t
#define VALUE          uint8_t
#define LOAD(x)        (x)
#define STORE(v)       (v)
#define ADD(a, b)      ((uint8_t)((uint64_t)(a) + (uint64_t)(b)))
#define MULTIPLY(a, b) ((uint8_t)((uint64_t)(a) * (uint64_t)(b)))
#define MAXIMUM(a, b)  ((a) > (b) ? (a) : (b))
#define MINIMUM(a, b)  ((a) < (b) ? (a) : (b))
#define DIVIDE(a, n)   ((uint8_t)((a) / (uint8_t)(n)))
#include "reduce_type.h"

#define NAME           int32
#define ELEMENT        int32_t
#define VALUE          int32_t
#define LOAD(x)        (x)
#define STORE(v)       (v)
#define ADD(a, b)      ((int32_t)((uint64_t)(a) + (uint64_t)(b)))
#define MULTIPLY(a, b) ((int32_t)((uint64_t)(a) * (uint64_t)(b)))
#define MAXIMUM(a, b)  ((a) > (b) ? (a) : (b))
#define MINIMUM(a, b)  ((a) < (b) ? (a) : (b))
#define DIVIDE(a, n)   ((int32_t)((a) / (int32_t)(n)))
#include "reduce_type.h"

#define NAME           uint32
#define ELEMENT        uint32_t
#define VALUE          uint32_t
#define LOAD(x)        (x)
#define STORE(v)       (v)
#define ADD(a, b)      ((uint32_t)((uint64_t)(a) + (uint64_t)(b)))
#define MULTIPLY(a, b) ((uint32_t)((uint64_t)(a) * (uint64_t)(b)))
#define MAXIMUM(a, b)  ((a) > (b) ? (a) : (b))
#define MINIMUM(a, b)  ((a) < (b) ? (a) : (b))
#define DIVIDE(a, n)   ((uint32_t)((a) / (uint32_t)(n)))
#include "reduce_type.h"

#define NAME           int64
#define ELEMENT        int64_t
#define VALUE          int64_t
#define LOAD(x)        (x)
#define STORE(v)       (v)
#define ADD(a, b)      ((int64_t)((uint64_t)(a) + (uint64_t)(b)))
#define MULTIPLY(a, b) ((int64_t)((uint64_t)(a) * (uint64_t)(b)))
#define MAXIMUM(a, b)  ((a) > (b) ? (a) : (b))
#define MINIMUM(a, b)  ((a) < (b) ? (a) : (b))
#define DIVIDE(a, n)   ((int64_t)((a) / (int64_t)(n)))
#include "reduce_type.h"

#define NAME           uint64
#define ELEMENT        uint64_t
#define VALUE          uint64_t
#define LOAD(x)        (x)
#define STORE(v)       (v)
#define ADD(a, b)      ((uint64_t)((uint64_t)(a) + (uint64_t)(b)))
#define MULTIPLY(a, b) ((uint64_t)((uint64_t)(a) * (uint64_t)(b)))
#define MAXIMUM(a, b)  ((a) > (b) ? (a) : (b))
#define MINIMUM(a, b)  ((a) < (b) ? (a) : (b))
#define DIVIDE(a, n)   ((uint64_t)((a) / (uint64_t)(n)))
#include "reduce_type.h"

/* In maxima and minima a number wins over a NaN, as with fmaxf() on a GPU. */

#define NAME           float64
#define ELEMENT        double
#define VALUE          double
#define LOAD(x)        (x)
#define STORE(v)       (v)
#define ADD(a, b)      ((a) + (b))
#define MULTIPLY(a, b) ((a) * (b))
#define MAXIMUM(a, b)  fmax(a, b)
#define MINIMUM(a, b)  fmin(a, b)
#define DIVIDE(a, n)   ((a) / (double)(n))
#include "reduce_type.h"

#define NAME           float32
#define ELEMENT        float
#define VALUE          float
#define LOAD(x)        (x)
#define STORE(v)       (v)
#define ADD(a, b)      ((a) + (b))
#define MULTIPLY(a, b) ((a) * (b))
#define MAXIMUM(a, b)  fmaxf(a, b)
#define MINIMUM(a, b)  fminf(a, b)
#define DIVIDE(a, n)   ((a) / (float)(n))
#include "reduce_type.h"

#define NAME           float16
#define ELEMENT        uint16_t
#define VALUE          float
#define LOAD(x)        number_decode(number_float16, x)
#define STORE(v)       ((uint16_t)number_encode(number_float16, v))
#define ADD(a, b)      ((a) + (b))
#define MULTIPLY(a, b) ((a) * (b))
#define MAXIMUM(a, b)  fmaxf(a, b)
#define MINIMUM(a, b)  fminf(a, b)
#define DIVIDE(a, n)   ((a) / (float)(n))
#include "reduce_type.h"

#define NAME           bfloat16
#define ELEMENT        uint16_t
#define VALUE          float
#define LOAD(x)        number_from_bfloat16(x)
#define STORE(v)       number_to_bfloat16(v)
#define ADD(a, b)      ((a) + (b))
#define MULTIPLY(a, b) ((a) * (b))
#define MAXIMUM(a, b)  fmaxf(a, b)
#define MINIMUM(a, b)  fminf(a, b)
#define DIVIDE(a, n)   ((a) / (float)(n))
#include "reduce_type.h"

#define NAME           e4m3
#define ELEMENT        uint8_t
#define VALUE          float
#define LOAD(x)        number_decode(number_e4m3, x)
#define STORE(v)       ((uint8_t)number_encode(number_e4m3, v))
#define ADD(a, b)      ((a) + (b))
#define MULTIPLY(a, b) ((a) * (b))
#define MAXIMUM(a, b)  fmaxf(a, b)
#define MINIMUM(a, b)  fminf(a, b)
#define DIVIDE(a, n)   ((a) / (float)(n))
#include "reduce_type.h"

#define NAME           e5m2
#define ELEMENT        uint8_t
#define VALUE          float
#define LOAD(x)        number_decode(number_e5m2, x)
#define STORE(v)       ((uint8_t)number_encode(number_e5m2, v))
#define ADD(a, b)      ((a) + (b))
#define MULTIPLY(a, b) ((a) * (b))
#define MAXIMUM(a, b)  fmaxf(a, b)
#define MINIMUM(a, b)  fminf(a, b)
#define DIVIDE(a, n)   ((a) / (float)(n))
#include "reduce_type.h"

static const struct {
    void (*reduce)(ncclRedOp_t op, void *out, const void *const *inputs, int ranks, size_t count);
    void (*scale)(void *out, const void *in, size_t count, const void *number);
} types[ncclNumTypes] = {
    [ncclInt8] = {reduce_int8, scale_int8},          [ncclUint8] = {reduce_uint8, scale_uint8},
    [ncclInt32] = {reduce_int32, scale_int32},       [ncclUint32] = {reduce_uint32, scale_uint32},
    [ncclInt64] = {reduce_int64, scale_int64},       [ncclUint64] = {reduce_uint64, scale_uint64},
    [ncclFloat16] = {reduce_float16, scale_float16}, [ncclFloat32] = {reduce_float32, scale_float32},
    [ncclFloat64] = {reduce_float64, scale_float64}, [ncclBfloat16] = {reduce_bfloat16, scale_bfloat16},
    [ncclFloat8e4m3] = {reduce_e4m3, scale_e4m3},    [ncclFloat8e5m2] = {reduce_e5m2, scale_e5m2},
};

void reduce(ncclDataType_t type, ncclRedOp_t op, void *out, const void *const *inputs, int ranks,
            size_t count)
{
    types[type].reduce(op, out, inputs, ranks, count);
}

void reduce_scale(ncclDataType_t type, void *out, const void *in, size_t count, const void *number)
{
    types[type].scale(out, in, count, number);
}
