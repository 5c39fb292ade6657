/* SPDX-License-Identifier: Apache-2.0
 *
 * The frame around every hooked call: decide whether it is recorded, find the real function, mark the thread
 * as inside, and afterwards as outside again. Any thread.
 *
 *     real = calls_enter(&call, origin, FUNCTION_x, OPERATION_X, comm);
 *     if (!real) return calls_missing(&call);
 *     if (call.ring) … record …
 *     result = real(…);
 *     calls_leave(&call, result);
 */
#ifndef LOCKSTEP_PRELOAD_CALLS_H
#define LOCKSTEP_PRELOAD_CALLS_H

#include "communicators.h"
#include "libraries.h"
#include "records.h"

struct call {
    struct ring *ring; /* NULL: not recorded */
    const void *site;
    struct communicator *about; /* NULL: none, or unknown */
    uint64_t time_ns;           /* when it began, for its record */
    uint32_t communicator;      /* number */
    uint32_t sequence;
    enum operation operation;
    ncclResult_t missing;
};

/* One collective, point-to-point or one-sided call, as passed. */
struct call_arguments {
    enum operation operation;
    ncclComm_t comm;
    cudaStream_t stream;
    const void *send;
    const void *recv;
    size_t count;
    int datatype;  /* 255: none */
    int reduction; /* 255: none */
    int root;      /* or peer; -1: none */
    uint64_t argument;
};

/* Enters a call about `comm` (NULL: about none) and returns the real function. */
void *calls_enter(struct call *call, struct origin origin, enum function function, enum operation operation,
                  ncclComm_t comm);

/* The same for a communication call, which it also records. */
void *calls_begin(struct call *call, struct origin origin, enum function function,
                  const struct call_arguments *arguments);

/* Leaves it, and records a result other than success. */
void calls_leave(const struct call *call, ncclResult_t result);

/* What to return when there is no real function. */
ncclResult_t calls_missing(const struct call *call);

/* Whether a call from there is the program's own, rather than NCCL's on itself. */
bool calls_recorded(struct origin origin);

/* NCCL's number in one byte; DATATYPE_NONE for nonsense. */
static inline uint8_t calls_datatype(int datatype)
{
    return datatype >= 0 && datatype < DATATYPE_NONE ? (uint8_t)datatype : DATATYPE_NONE;
}

#endif
