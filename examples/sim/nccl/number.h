/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_NCCL_NUMBER_H
#define SIM_NCCL_NUMBER_H

/* The small floating-point types, to and from float. To float is exact; from float rounds to nearest, ties to
 * even. What is too large becomes infinity in float16 and bfloat16, and the largest finite number in the
 * float8 types, as CUDA's own conversions (with saturation) do it. */

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* How a type is laid out: one sign bit, then exponent and fraction. */
struct number_format {
    int exponent_bits;
    int fraction_bits;
    uint32_t largest;  /* pattern of the largest finite number */
    uint32_t overflow; /* pattern for what is larger */
    uint32_t nan;
    bool has_infinity;
};

static const struct number_format number_float16 = {5, 10, 0x7bff, 0x7c00, 0x7e00, true};
static const struct number_format number_e4m3 = {4, 3, 0x7e, 0x7e, 0x7f, false};
static const struct number_format number_e5m2 = {5, 2, 0x7b, 0x7b, 0x7e, true};

static inline uint32_t number_bits(float value)
{
    uint32_t bits;

    memcpy(&bits, &value, sizeof(bits));
    return bits;
}

static inline float number_of_bits(uint32_t bits)
{
    float value;

    memcpy(&value, &bits, sizeof(value));
    return value;
}

static inline float number_decode(struct number_format format, uint32_t pattern)
{
    int width = format.exponent_bits + format.fraction_bits;
    uint32_t sign = (pattern >> width & 1) << 31;
    uint32_t magnitude = pattern & ((1U << width) - 1);
    int bias = (1 << (format.exponent_bits - 1)) - 1;
    float scaled = number_of_bits(magnitude << (23 - format.fraction_bits)); /* too small by 2^(127 - bias) */

    if (magnitude > format.largest)
        return number_of_bits(
            sign | (format.has_infinity && magnitude == format.largest + 1 ? 0x7f800000 : 0x7fc00000));
    return number_of_bits(sign | number_bits(scaled * number_of_bits((uint32_t)(127 + 127 - bias) << 23)));
}

static inline uint32_t number_encode(struct number_format format, float value)
{
    uint32_t bits = number_bits(value);
    uint32_t sign = (bits >> 31) << (format.exponent_bits + format.fraction_bits);
    int bias = (1 << (format.exponent_bits - 1)) - 1;
    int dropped = 23 - format.fraction_bits;
    uint32_t result;

    bits &= 0x7fffffff;
    if (bits > 0x7f800000)
        return sign | format.nan;
    if (bits >= (uint32_t)(127 + 1 - bias) << 23) /* normal in the small type */
        result = ((bits + (1U << (dropped - 1)) - 1 + (bits >> dropped & 1)) >> dropped) -
                 ((uint32_t)(127 - bias) << format.fraction_bits);
    else /* in units of its smallest number */
        result = (uint32_t)lrintf(number_of_bits(bits) *
                                  number_of_bits((uint32_t)(127 + bias - 1 + format.fraction_bits) << 23));
    return sign | (result > format.largest ? format.overflow : result);
}

static inline float number_from_bfloat16(uint16_t pattern)
{
    return number_of_bits((uint32_t)pattern << 16);
}

static inline uint16_t number_to_bfloat16(float value)
{
    uint32_t bits = number_bits(value);

    if ((bits & 0x7fffffff) > 0x7f800000)
        return (uint16_t)(bits >> 16 | 0x7fc0);
    return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

#endif
