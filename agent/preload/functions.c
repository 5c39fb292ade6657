/* SPDX-License-Identifier: Apache-2.0 */
#include "functions.h"

#include <stdbool.h>
#include <string.h>

static const char *const names[FUNCTION_LIMIT] = {
#define NCCL_CALL(symbol, ...)           [FUNCTION_##symbol] = #symbol,
#define NCCL_LIFECYCLE(symbol, ...)      [FUNCTION_##symbol] = #symbol,
#define NCCL_MEMORY(symbol, ...)         [FUNCTION_##symbol] = #symbol,
#define NCCL_OWN(symbol, ...)            [FUNCTION_##symbol] = #symbol,
#define NCCL_GROUP(symbol, ...)          [FUNCTION_##symbol] = #symbol,
#define NCCL_PASS(type, symbol, ...)     [FUNCTION_##symbol] = #symbol,
#define NCCL_PASS_ANY(type, symbol, ...) [FUNCTION_##symbol] = #symbol,
#define NCCL_RESET(symbol)               [FUNCTION_##symbol] = #symbol,
#include "nccl.def"
#define CUDA_GRAPH(symbol, ...)         [FUNCTION_##symbol] = #symbol,
#define CUDA_LAUNCH(symbol, ...)        [FUNCTION_##symbol] = #symbol,
#define CUDA_OWN(symbol, ...)           [FUNCTION_##symbol] = #symbol,
#define CUDA_BLOCKING(symbol, ...)      [FUNCTION_##symbol] = #symbol,
#define CUDA_BLOCKING_BARE(symbol, ...) [FUNCTION_##symbol] = #symbol,
#include "cuda.def"
};

const char *function_name(enum function function)
{
    return names[function];
}

enum function function_find(const char *name)
{
    const bool nccl = strncmp(name, "nccl", 4) == 0;
    if (!nccl && strncmp(name, "cuda", 4) != 0)
        return FUNCTION_LIMIT;
    const unsigned end = nccl ? FUNCTION_NCCL_LIMIT : FUNCTION_LIMIT;
    for (unsigned i = nccl ? 0 : FUNCTION_NCCL_LIMIT; i < end; i++) {
        if (strcmp(names[i], name) == 0)
            return (enum function)i;
    }
    return FUNCTION_LIMIT;
}
