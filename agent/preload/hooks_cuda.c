/* SPDX-License-Identifier: Apache-2.0
 *
 * The wrappers of cuda.def, made like those of nccl.def (hooks_nccl.c).
 */
#include "hooks.h"

#include "blocking.h"
#include "graphs.h"

#define CUDA_GRAPH(symbol, operation, stream_, graph_, exec_, child_, parameters, arguments)                 \
    static cudaError_t hook_##symbol(struct origin origin, HOOKS_UNWRAP parameters)                          \
    {                                                                                                        \
        struct graph_call call;                                                                              \
        symbol##_fn real =                                                                                   \
            (symbol##_fn)graphs_enter(&call, origin, FUNCTION_##symbol, OPERATION_##operation);              \
        if (!real)                                                                                           \
            return cudaErrorSymbolNotFound;                                                                  \
        const cudaError_t result = real arguments;                                                           \
        if (call.ring && result == cudaSuccess)                                                              \
            call.fields = (struct graph_fields){stream_, graph_, exec_, child_, 0};                          \
        graphs_leave(&call, result);                                                                         \
        return result;                                                                                       \
    }                                                                                                        \
    HOOKS_ENTRIES(cudaError_t, symbol, parameters, HOOKS_UNWRAP arguments)

#define CUDA_LAUNCH(symbol, operation, stream_, exec_, parameters, arguments)                                \
    static cudaError_t hook_##symbol(struct origin origin, HOOKS_UNWRAP parameters)                          \
    {                                                                                                        \
        struct graph_call call;                                                                              \
        symbol##_fn real =                                                                                   \
            (symbol##_fn)graphs_enter_launch(&call, origin, FUNCTION_##symbol, stream_, exec_);              \
        if (!real)                                                                                           \
            return cudaErrorSymbolNotFound;                                                                  \
        const cudaError_t result = real arguments;                                                           \
        graphs_leave_launch(&call);                                                                          \
        return result;                                                                                       \
    }                                                                                                        \
    HOOKS_ENTRIES(cudaError_t, symbol, parameters, HOOKS_UNWRAP arguments)

#define CUDA_OWN(symbol, handler, parameters, arguments)                                                     \
    static cudaError_t hook_##symbol(struct origin origin, HOOKS_UNWRAP parameters)                          \
    {                                                                                                        \
        return handler(origin, FUNCTION_##symbol, HOOKS_UNWRAP arguments);                                   \
    }                                                                                                        \
    HOOKS_ENTRIES(cudaError_t, symbol, parameters, HOOKS_UNWRAP arguments)

#define BLOCK(symbol, operation, ...)                                                                        \
    symbol##_fn real = (symbol##_fn)libraries_real(origin, FUNCTION_##symbol, LIBRARY_LINKED);               \
    if (!real)                                                                                               \
        return cudaErrorSymbolNotFound;                                                                      \
    const bool inside = blocking_enter(origin.site, OPERATION_##operation);                                  \
    const cudaError_t result = real(__VA_ARGS__);                                                            \
    if (inside)                                                                                              \
        blocking_leave();                                                                                    \
    return result;
#define CUDA_BLOCKING(symbol, operation, parameters, arguments)                                              \
    static cudaError_t hook_##symbol(struct origin origin, HOOKS_UNWRAP parameters){                         \
        BLOCK(symbol, operation, HOOKS_UNWRAP arguments)} HOOKS_ENTRIES(cudaError_t, symbol, parameters,     \
                                                                        HOOKS_UNWRAP arguments)
#define CUDA_BLOCKING_BARE(symbol, operation)                                                                \
    static cudaError_t hook_##symbol(struct origin origin){BLOCK(symbol, operation)} HOOKS_ENTRIES(          \
        cudaError_t, symbol, (void))

#include "cuda.def"

void *const hooks_cuda[FUNCTION_LIMIT - FUNCTION_NCCL_LIMIT][LIBRARY_LIMIT] = {
#define CUDA_GRAPH(symbol, ...)         [FUNCTION_##symbol - FUNCTION_NCCL_LIMIT] = HOOKS_ROW(symbol)
#define CUDA_LAUNCH(symbol, ...)        [FUNCTION_##symbol - FUNCTION_NCCL_LIMIT] = HOOKS_ROW(symbol)
#define CUDA_OWN(symbol, ...)           [FUNCTION_##symbol - FUNCTION_NCCL_LIMIT] = HOOKS_ROW(symbol)
#define CUDA_BLOCKING(symbol, ...)      [FUNCTION_##symbol - FUNCTION_NCCL_LIMIT] = HOOKS_ROW(symbol)
#define CUDA_BLOCKING_BARE(symbol, ...) [FUNCTION_##symbol - FUNCTION_NCCL_LIMIT] = HOOKS_ROW(symbol)
#include "cuda.def"
};
