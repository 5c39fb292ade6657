/* SPDX-License-Identifier: Apache-2.0
 *
 * The records that the preload writes into the ring and the forwarder reads from it.
 *
 * A record is a header and a body, a whole number of RECORD_UNIT bytes long, aligned to RECORD_UNIT. Times
 * are CLOCK_MONOTONIC in nanoseconds. Addresses (handles, buffers, call sites) are the traced process's own
 * and mean nothing outside it but identity. Operation, datatype and reduction hold the numbers of
 * proto/names.h.
 *
 * The layout is shared by two programs of one build; RING_VERSION (ring.h) changes with it.
 */
#ifndef LOCKSTEP_RING_RECORD_H
#define LOCKSTEP_RING_RECORD_H

#include <stdint.h>

#define RECORD_UNIT      64u
#define RECORD_MAX_UNITS 255u
#define RECORD_MAX_BYTES (RECORD_UNIT * RECORD_MAX_UNITS)

enum record_kind {
    RECORD_PAD = 1, /* fills the end of the ring; no body */
    RECORD_CALL,    /* struct record_call: collective, point-to-point or one-sided call, before it is made */
    RECORD_GROUP,   /* struct record_group: group start, end or simulated end, before it is made */
    RECORD_CREATE,  /* struct record_create: a communicator's creation, before it is made */
    RECORD_COMMUNICATOR, /* struct record_communicator: a communicator became ready or ends */
    RECORD_RESULT,       /* struct record_result: a call returned something other than success */
    RECORD_REDUCTION,    /* struct record_reduction: a user-made reduction was created or destroyed */
    RECORD_GRAPH,        /* struct record_graph: a CUDA graph call, after it returned (launch: before) */
    RECORD_MEMORY,       /* struct record_memory: buffer or window registration */
    RECORD_KIND_LIMIT
};

enum record_flag {
    RECORD_FLAG_IN_GROUP = 1,   /* inside ncclGroupStart/End on this thread */
    RECORD_FLAG_IN_PLACE = 2,   /* send and receive buffers are one, as NCCL defines it for the operation */
    RECORD_FLAG_MISALIGNED = 4, /* a buffer is not 16-byte aligned: NCCL leaves its fast paths */
    RECORD_FLAG_CAPTURED = 8,   /* issued while its stream is being captured into a graph */
    RECORD_FLAG_CAPTURE_UNKNOWN = 16, /* the capture state could not be asked */
    RECORD_FLAG_DEVICE_SCALAR =
        32, /* reductions: the scalar lives in device memory, its value is not known */
};

struct record_header {
    uint64_t stamp; /* written last, with release order; see ring_commit() */
    uint64_t time_ns;
    uint32_t thread; /* kernel thread id */
    uint8_t kind;    /* enum record_kind */
    uint8_t units;   /* length of the whole record in RECORD_UNIT */
    uint16_t flags;  /* set of enum record_flag */
};

struct record_call {
    struct record_header header;
    uint32_t communicator; /* the agent's own number of it, from 1, never reused; 0 is unknown (created before
                              us) */
    uint8_t operation;
    uint8_t datatype;
    uint8_t reduction;
    uint8_t unused;
    int32_t root; /* root or peer rank; -1 where the operation has neither */
    /* Number of this call among the communicator's calls of its class (collective; or point-to-point and
     * one-sided), from 0. Counted even when the record is dropped, so that a gap shows its exact length. */
    uint32_t sequence;
    uint64_t count; /* elements, as passed */
    uint64_t send;
    uint64_t recv;
    uint64_t stream;
    uint64_t call_site;          /* return address */
    uint64_t capture;            /* CUDA's unique id of the capture in progress; 0 outside one */
    uint64_t reduction_identity; /* PRE_MUL_SUM: the number of its record_reduction; else 0 */
    uint64_t argument;           /* one-sided calls: signal index << 32 | context */
};

struct record_group {
    struct record_header header;
    uint8_t operation;
    uint8_t unused[3];
    uint32_t depth; /* nesting depth inside: 1 at the outermost start and end */
    uint64_t call_site;
};

#define RECORD_ID_BYTES   128 /* sizeof(ncclUniqueId) */
#define RECORD_NAME_BYTES 64
#define RECORD_UNSET      INT32_MIN /* a configuration field that the caller left to NCCL */

struct record_create {
    struct record_header header;
    uint32_t communicator; /* number given to the communicator being made; 0 when none comes (a split without
                              color) */
    uint32_t parent;       /* split, shrink, grow: number of the parent; else 0 */
    uint32_t sequence;     /* which creation on this parent, from 0; or which use of this unique id, from 0 */
    uint8_t operation;
    uint8_t has_id; /* unique_id is known */
    uint8_t unused[2];
    int32_t ranks; /* as passed; -1 when the call does not say */
    int32_t rank;  /* as passed; -1 when the call does not say */
    int32_t color; /* split; RECORD_UNSET otherwise; -1 is NCCL_SPLIT_NOCOLOR */
    int32_t key;
    int32_t device; /* current CUDA device, -1 unknown */
    int32_t config_blocking;
    int32_t config_cga_cluster_size;
    int32_t config_min_ctas;
    int32_t config_max_ctas;
    int32_t config_split_share;
    int32_t config_traffic_class;
    uint32_t excluded_count; /* shrink: entries in excluded[] */
    uint64_t call_site;
    char name[RECORD_NAME_BYTES]; /* config.commName, cut to fit, zero-terminated; empty if none */
    uint8_t unique_id[RECORD_ID_BYTES];
    int32_t excluded[]; /* sorted parent ranks; as many as fit, excluded_count says how many there were */
};

enum record_communicator_state {
    RECORD_COMMUNICATOR_READY = 1, /* creation completed: ranks, rank and device are NCCL's own answers */
    RECORD_COMMUNICATOR_FAILED,    /* creation returned an error: result */
    RECORD_COMMUNICATOR_FINALIZE,
    RECORD_COMMUNICATOR_DESTROY,
    RECORD_COMMUNICATOR_ABORT,
    RECORD_COMMUNICATOR_REVOKE,
    RECORD_COMMUNICATOR_SUSPEND,
    RECORD_COMMUNICATOR_RESUME,
    RECORD_COMMUNICATOR_ASYNC_ERROR, /* ncclCommGetAsyncError told a new error: result */
};

struct record_communicator {
    struct record_header header;
    uint32_t communicator;
    uint8_t state;
    uint8_t operation;
    uint8_t unused[2];
    int32_t result;
    int32_t ranks;
    int32_t rank;
    int32_t device;
    uint64_t handle;
    uint64_t call_site;
    char pci_bus_id[16]; /* of the device, "0000:00:00.0"; empty when unknown */
};

struct record_result {
    struct record_header header;
    uint32_t communicator;
    uint8_t operation;
    uint8_t unused[3];
    int32_t result;
    uint32_t sequence; /* of the record_call it belongs to, or 0 */
    uint64_t call_site;
};

struct record_reduction {
    struct record_header header;
    uint32_t communicator;
    uint8_t operation; /* RED_OP_CREATE_PRE_MUL_SUM or RED_OP_DESTROY */
    uint8_t datatype;
    uint8_t scalar_bytes; /* valid bytes of scalar; 0 with RECORD_FLAG_DEVICE_SCALAR */
    uint8_t unused;
    uint64_t identity; /* process-wide number of this reduction, from 1 */
    uint8_t scalar[8];
};

/* One layout for all graph calls; what does not apply is 0. */
struct record_graph {
    struct record_header header;
    uint8_t operation;
    uint8_t unused[3];
    int32_t result; /* cudaError_t; launches are recorded before the call and hold 0 */
    uint64_t stream;
    uint64_t graph;
    uint64_t exec;
    uint64_t child;   /* clone: the original; add child: the child graph */
    uint64_t capture; /* CUDA's unique capture id */
    uint64_t call_site;
};

struct record_memory {
    struct record_header header;
    uint32_t communicator;
    uint8_t operation;
    uint8_t unused[3];
    int32_t result;
    uint32_t window_flags;
    uint64_t address;
    uint64_t bytes;
    uint64_t handle;
    uint64_t call_site;
};

#endif
