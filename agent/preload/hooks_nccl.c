/* SPDX-License-Identifier: Apache-2.0
 *
 * The wrappers of nccl.def. For each line first hook_SYMBOL(), what it does wherever the call came from; then
 * its entry points; then its row in the table of those.
 */
#include "hooks.h"

#include "calls.h"
#include "lifecycle.h"
#include "registration.h"

#define NO_ROOT      (-1)
#define NO_DATATYPE  DATATYPE_NONE
#define NO_REDUCTION REDUCTION_NONE

/* argument of one-sided calls, see struct record_call */
#define SIGNAL_ARGUMENT(signal, context) ((uint64_t)(uint32_t)(signal) << 32 | (uint32_t)(context))

#define NCCL_CALL(symbol, operation_, send_, recv_, count_, datatype_, reduction_, root_, argument_,         \
                  parameters, arguments)                                                                     \
    static ncclResult_t hook_##symbol(struct origin origin, HOOKS_UNWRAP parameters)                         \
    {                                                                                                        \
        struct call call;                                                                                    \
        const struct call_arguments given = {OPERATION_##operation_,                                         \
                                             comm,                                                           \
                                             stream,                                                         \
                                             send_,                                                          \
                                             recv_,                                                          \
                                             count_,                                                         \
                                             datatype_,                                                      \
                                             reduction_,                                                     \
                                             root_,                                                          \
                                             argument_};                                                     \
        symbol##_fn real = (symbol##_fn)calls_begin(&call, origin, FUNCTION_##symbol, &given);               \
        if (!real)                                                                                           \
            return calls_missing(&call);                                                                     \
        const ncclResult_t result = real arguments;                                                          \
        calls_leave(&call, result);                                                                          \
        return result;                                                                                       \
    }                                                                                                        \
    HOOKS_ENTRIES(ncclResult_t, symbol, parameters, HOOKS_UNWRAP arguments)

#define NCCL_LIFECYCLE(symbol, operation, state, parameters, arguments)                                      \
    static ncclResult_t hook_##symbol(struct origin origin, HOOKS_UNWRAP parameters)                         \
    {                                                                                                        \
        struct call call;                                                                                    \
        symbol##_fn real = (symbol##_fn)lifecycle_begin(                                                     \
            &call, origin, FUNCTION_##symbol, OPERATION_##operation, RECORD_COMMUNICATOR_##state, comm);     \
        if (!real)                                                                                           \
            return calls_missing(&call);                                                                     \
        const ncclResult_t result = real arguments;                                                          \
        calls_leave(&call, result);                                                                          \
        return result;                                                                                       \
    }                                                                                                        \
    HOOKS_ENTRIES(ncclResult_t, symbol, parameters, HOOKS_UNWRAP arguments)

#define NCCL_MEMORY(symbol, operation, address, bytes, handle_, window_flags, parameters, arguments)         \
    static ncclResult_t hook_##symbol(struct origin origin, HOOKS_UNWRAP parameters)                         \
    {                                                                                                        \
        struct call call;                                                                                    \
        symbol##_fn real =                                                                                   \
            (symbol##_fn)calls_enter(&call, origin, FUNCTION_##symbol, OPERATION_##operation, comm);         \
        if (!real)                                                                                           \
            return calls_missing(&call);                                                                     \
        const ncclResult_t result = real arguments;                                                          \
        if (call.ring)                                                                                       \
            registration_record(&call, &(struct registration_fields){address, bytes, handle_, window_flags}, \
                                result);                                                                     \
        calls_leave(&call, result);                                                                          \
        return result;                                                                                       \
    }                                                                                                        \
    HOOKS_ENTRIES(ncclResult_t, symbol, parameters, HOOKS_UNWRAP arguments)

#define NCCL_OWN(symbol, handler, parameters, arguments)                                                     \
    static ncclResult_t hook_##symbol(struct origin origin, HOOKS_UNWRAP parameters)                         \
    {                                                                                                        \
        return handler(origin, FUNCTION_##symbol, HOOKS_UNWRAP arguments);                                   \
    }                                                                                                        \
    HOOKS_ENTRIES(ncclResult_t, symbol, parameters, HOOKS_UNWRAP arguments)

#define NCCL_GROUP(symbol, handler)                                                                          \
    static ncclResult_t hook_##symbol(struct origin origin)                                                  \
    {                                                                                                        \
        return handler(origin, FUNCTION_##symbol);                                                           \
    }                                                                                                        \
    HOOKS_ENTRIES(ncclResult_t, symbol, (void))

/* The copy of a communicator that we know; else the caller's. */
static int copy_of(ncclComm_t comm)
{
    const struct communicator *communicator = comm ? communicators_find(comm) : NULL;
    return communicator ? atomic_load_explicit(&communicator->library, memory_order_relaxed) : LIBRARY_LINKED;
}

#define PASS(type, symbol, missing, known, parameters, arguments)                                            \
    static type hook_##symbol(struct origin origin, HOOKS_UNWRAP parameters)                                 \
    {                                                                                                        \
        symbol##_fn real = (symbol##_fn)libraries_real(origin, FUNCTION_##symbol, known);                    \
        return real ? real arguments : missing;                                                              \
    }                                                                                                        \
    HOOKS_ENTRIES(type, symbol, parameters, HOOKS_UNWRAP arguments)
#define NCCL_PASS(type, symbol, missing, parameters, arguments)                                              \
    PASS(type, symbol, missing, copy_of(comm), parameters, arguments)
#define NCCL_PASS_ANY(type, symbol, missing, parameters, arguments)                                          \
    PASS(type, symbol, missing, LIBRARY_LINKED, parameters, arguments)

#define NCCL_RESET(symbol)                                                                                   \
    static void hook_##symbol(struct origin origin)                                                          \
    {                                                                                                        \
        symbol##_fn real = (symbol##_fn)libraries_real(origin, FUNCTION_##symbol, LIBRARY_LINKED);           \
        if (real)                                                                                            \
            real();                                                                                          \
    }                                                                                                        \
    HOOKS_ENTRIES(void, symbol, (void))

#include "nccl.def"

void *const hooks_nccl[FUNCTION_NCCL_LIMIT][LIBRARY_LIMIT] = {
#define NCCL_CALL(symbol, ...)           [FUNCTION_##symbol] = HOOKS_ROW(symbol)
#define NCCL_LIFECYCLE(symbol, ...)      [FUNCTION_##symbol] = HOOKS_ROW(symbol)
#define NCCL_MEMORY(symbol, ...)         [FUNCTION_##symbol] = HOOKS_ROW(symbol)
#define NCCL_OWN(symbol, ...)            [FUNCTION_##symbol] = HOOKS_ROW(symbol)
#define NCCL_GROUP(symbol, ...)          [FUNCTION_##symbol] = HOOKS_ROW(symbol)
#define NCCL_PASS(type, symbol, ...)     [FUNCTION_##symbol] = HOOKS_ROW(symbol)
#define NCCL_PASS_ANY(type, symbol, ...) [FUNCTION_##symbol] = HOOKS_ROW(symbol)
#define NCCL_RESET(symbol)               [FUNCTION_##symbol] = HOOKS_ROW(symbol)
#include "nccl.def"
};

void *hooks_wrapper(enum function function, int library)
{
    return function < FUNCTION_NCCL_LIMIT ? hooks_nccl[function][library]
                                          : hooks_cuda[function - FUNCTION_NCCL_LIMIT][library];
}
