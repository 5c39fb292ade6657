/* SPDX-License-Identifier: Apache-2.0
 *
 * What the tables say about the hooked functions: a number, a name and a pointer type for each.
 */
#ifndef LOCKSTEP_PRELOAD_FUNCTIONS_H
#define LOCKSTEP_PRELOAD_FUNCTIONS_H

#include "abi.h"

/* A register that is handed on unread. */
#define CUDA_OPAQUE void *

/* NCCL_CALL(ncclSend, …) becomes FUNCTION_ncclSend; the CUDA functions come after the NCCL ones. */
enum function {
#define NCCL_CALL(symbol, ...)           FUNCTION_##symbol,
#define NCCL_LIFECYCLE(symbol, ...)      FUNCTION_##symbol,
#define NCCL_MEMORY(symbol, ...)         FUNCTION_##symbol,
#define NCCL_OWN(symbol, ...)            FUNCTION_##symbol,
#define NCCL_GROUP(symbol, ...)          FUNCTION_##symbol,
#define NCCL_PASS(type, symbol, ...)     FUNCTION_##symbol,
#define NCCL_PASS_ANY(type, symbol, ...) FUNCTION_##symbol,
#define NCCL_RESET(symbol)               FUNCTION_##symbol,
#include "nccl.def"
    FUNCTION_NCCL_LIMIT,
    FUNCTION_BEFORE_CUDA = FUNCTION_NCCL_LIMIT - 1,
#define CUDA_GRAPH(symbol, ...)         FUNCTION_##symbol,
#define CUDA_LAUNCH(symbol, ...)        FUNCTION_##symbol,
#define CUDA_OWN(symbol, ...)           FUNCTION_##symbol,
#define CUDA_BLOCKING(symbol, ...)      FUNCTION_##symbol,
#define CUDA_BLOCKING_BARE(symbol, ...) FUNCTION_##symbol,
#include "cuda.def"
    FUNCTION_LIMIT
};

/* NCCL_GROUP(ncclGroupEnd, …) becomes typedef ncclResult_t (*ncclGroupEnd_fn)(void). */
#define NCCL_CALL(symbol, operation, send, recv, count, datatype, reduction, root, argument, parameters,     \
                  ...)                                                                                       \
    typedef ncclResult_t(*symbol##_fn) parameters;
#define NCCL_LIFECYCLE(symbol, operation, state, parameters, arguments)                                      \
    typedef ncclResult_t(*symbol##_fn) parameters;
#define NCCL_MEMORY(symbol, operation, address, bytes, handle, window_flags, parameters, arguments)          \
    typedef ncclResult_t(*symbol##_fn) parameters;
#define NCCL_OWN(symbol, handler, parameters, arguments)            typedef ncclResult_t(*symbol##_fn) parameters;
#define NCCL_GROUP(symbol, handler)                                 typedef ncclResult_t (*symbol##_fn)(void);
#define NCCL_PASS(type, symbol, missing, parameters, arguments)     typedef type(*symbol##_fn) parameters;
#define NCCL_PASS_ANY(type, symbol, missing, parameters, arguments) typedef type(*symbol##_fn) parameters;
#define NCCL_RESET(symbol)                                          typedef void (*symbol##_fn)(void);
#include "nccl.def"
#define CUDA_GRAPH(symbol, operation, stream, graph, exec, child, parameters, arguments)                     \
    typedef cudaError_t(*symbol##_fn) parameters;
#define CUDA_LAUNCH(symbol, operation, stream, exec, parameters, arguments)                                  \
    typedef cudaError_t(*symbol##_fn) parameters;
#define CUDA_OWN(symbol, handler, parameters, arguments)        typedef cudaError_t(*symbol##_fn) parameters;
#define CUDA_BLOCKING(symbol, operation, parameters, arguments) typedef cudaError_t(*symbol##_fn) parameters;
#define CUDA_BLOCKING_BARE(symbol, operation)                   typedef cudaError_t (*symbol##_fn)(void);
#include "cuda.def"

/* The symbol, "ncclSend". */
const char *function_name(enum function function);

/* The function of that name, or FUNCTION_LIMIT. */
enum function function_find(const char *name);

#endif
