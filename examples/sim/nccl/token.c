/* SPDX-License-Identifier: Apache-2.0 */
#include "token.h"

/* Two FNV-1a hashes (its authors' 64-bit prime) from different starts, the second stirred once more a byte.
 */
static const uint64_t prime = 0x100000001b3U;

struct token token_extend(struct token token, const void *bytes, size_t count)
{
    const unsigned char *byte = bytes;

    for (size_t i = 0; i < count; i++) {
        token.high = (token.high ^ byte[i]) * prime;
        token.low = (token.low ^ byte[i]) * prime;
        token.low ^= token.low >> 29;
    }
    return token;
}

struct token token_begin(const void *bytes, size_t count)
{
    return token_extend((struct token){0xcbf29ce484222325U, 0x9e3779b97f4a7c15U}, bytes, count);
}
