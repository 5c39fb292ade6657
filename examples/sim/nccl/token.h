/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_NCCL_TOKEN_H
#define SIM_NCCL_TOKEN_H

/* What names a communicator between its ranks: each computes the same from what it was called with. `high`
 * also serves as the communicator's hash, by which groups are ordered. */

#include <stddef.h>
#include <stdint.h>

struct token {
    uint64_t high;
    uint64_t low;
};

struct token token_begin(const void *bytes, size_t count);
struct token token_extend(struct token token, const void *bytes, size_t count);

#endif
