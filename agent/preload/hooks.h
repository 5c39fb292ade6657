/* SPDX-License-Identifier: Apache-2.0
 *
 * The wrappers: what stands in front of each function of the tables. Each exists once under the function's
 * own name, for programs linked to it, and once for every copy of the library that there may be, for programs
 * that ask dlsym.
 */
#ifndef LOCKSTEP_PRELOAD_HOOKS_H
#define LOCKSTEP_PRELOAD_HOOKS_H

#include "functions.h"
#include "libraries.h"

/* The wrapper that calls the function in this copy. */
void *hooks_wrapper(enum function function, int library);

/* The wrappers that are functions of their own. NCCL_OWN(ncclRedOpDestroy, reductions_destroy, (ncclRedOp_t
 * op, ncclComm_t comm), …) becomes ncclResult_t reductions_destroy(struct origin, enum function, ncclRedOp_t
 * op, ncclComm_t comm); */
#define HOOKS_UNWRAP(...) __VA_ARGS__
#define NCCL_CALL(...)
#define NCCL_LIFECYCLE(...)
#define NCCL_MEMORY(...)
#define NCCL_PASS(...)
#define NCCL_PASS_ANY(...)
#define NCCL_RESET(...)
#define NCCL_OWN(symbol, handler, parameters, arguments)                                                     \
    ncclResult_t handler(struct origin origin, enum function function, HOOKS_UNWRAP parameters);
#define NCCL_GROUP(symbol, handler) ncclResult_t handler(struct origin origin, enum function function);
#include "nccl.def"
#define CUDA_GRAPH(...)
#define CUDA_LAUNCH(...)
#define CUDA_BLOCKING(...)
#define CUDA_BLOCKING_BARE(...)
#define CUDA_OWN(symbol, handler, parameters, arguments)                                                     \
    cudaError_t handler(struct origin origin, enum function function, HOOKS_UNWRAP parameters);
#include "cuda.def"

/* The tables of wrappers per function, by hooks_nccl.c and hooks_cuda.c. */
extern void *const hooks_nccl[FUNCTION_NCCL_LIMIT][LIBRARY_LIMIT];
extern void *const hooks_cuda[FUNCTION_LIMIT - FUNCTION_NCCL_LIMIT][LIBRARY_LIMIT];

/* One wrapper each for linked programs and for the copies 0 to 7, all of which go on to hook_SYMBOL(origin,
 * …). For ncclGroupEnd, without parameters: ncclResult_t ncclGroupEnd(void) { return
 * hook_ncclGroupEnd((struct origin){return address, LIBRARY_LINKED}); } static ncclResult_t
 * copy_0_ncclGroupEnd(void) { return hook_ncclGroupEnd((struct origin){return address, 0}); }
 */
#define HOOKS_EXPORTED __attribute__((visibility("default")))
#define HOOKS_ORIGIN(library_)                                                                               \
    ((struct origin){__builtin_extract_return_addr(__builtin_return_address(0)), library_})
#define HOOKS_ENTRY(linkage, type, name, symbol, library, parameters, ...)                                   \
    linkage type name parameters                                                                             \
    {                                                                                                        \
        return hook_##symbol(HOOKS_ORIGIN(library), ##__VA_ARGS__);                                          \
    }
#define HOOKS_COPY(n, type, symbol, parameters, ...)                                                         \
    HOOKS_ENTRY(static, type, copy_##n##_##symbol, symbol, n, parameters, ##__VA_ARGS__)
#define HOOKS_ENTRIES(type, symbol, parameters, ...)                                                         \
    HOOKS_EXPORTED type symbol parameters;                                                                   \
    HOOKS_ENTRY(, type, symbol, symbol, LIBRARY_LINKED, parameters, ##__VA_ARGS__)                           \
    HOOKS_COPY(0, type, symbol, parameters, ##__VA_ARGS__)                                                   \
    HOOKS_COPY(1, type, symbol, parameters, ##__VA_ARGS__)                                                   \
    HOOKS_COPY(2, type, symbol, parameters, ##__VA_ARGS__)                                                   \
    HOOKS_COPY(3, type, symbol, parameters, ##__VA_ARGS__)                                                   \
    HOOKS_COPY(4, type, symbol, parameters, ##__VA_ARGS__)                                                   \
    HOOKS_COPY(5, type, symbol, parameters, ##__VA_ARGS__)                                                   \
    HOOKS_COPY(6, type, symbol, parameters, ##__VA_ARGS__)                                                   \
    HOOKS_COPY(7, type, symbol, parameters, ##__VA_ARGS__)

/* Its row in the table of wrappers. */
#define HOOKS_ROW(symbol)                                                                                    \
    {(void *)copy_0_##symbol, (void *)copy_1_##symbol, (void *)copy_2_##symbol, (void *)copy_3_##symbol,     \
     (void *)copy_4_##symbol, (void *)copy_5_##symbol, (void *)copy_6_##symbol, (void *)copy_7_##symbol},

_Static_assert(LIBRARY_LIMIT == 8, "one HOOKS_COPY and one place in HOOKS_ROW for each copy");

#endif
