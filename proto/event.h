/* SPDX-License-Identifier: Apache-2.0
 *
 * What a process did, as plain values: the vocabulary that the encoder (batch.h), the decoder (stream.h) and
 * the engine share. lockstep.proto says what each field means; here is only what differs. Strings and arrays
 * are borrowed: they live as long as the call that hands them over, unless said otherwise. "No string" is "",
 * never NULL. Strings from a stream are well-formed UTF-8 without zero bytes, whatever was sent. Numbers of a
 * table or enumeration that this build does not know (a newer agent's) are passed on as they are.
 */
#ifndef LOCKSTEP_PROTO_EVENT_H
#define LOCKSTEP_PROTO_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "names.h"

#define PROCESS_ID_BYTES 16

/* The encoder cuts longer strings, the decoder refuses them. */
#define EVENT_STRING_BYTES (64u << 10)

/* Identifies one traced process, from its first communicator to its end. Random. */
struct process_id {
    uint8_t bytes[PROCESS_ID_BYTES];
};

/* Bits of Signature.flags and Event.flags. Never change or reuse one: traces hold them. */
enum event_flag {
    EVENT_FLAG_IN_GROUP = 1,   /* between ncclGroupStart and ncclGroupEnd on this thread */
    EVENT_FLAG_IN_PLACE = 2,   /* send and receive buffer are one, as NCCL defines it for the operation */
    EVENT_FLAG_MISALIGNED = 4, /* a buffer is not 16-byte aligned */
    EVENT_FLAG_CAPTURED = 8,   /* its stream was being captured into a graph */
    EVENT_FLAG_CAPTURE_UNKNOWN = 16, /* the capture state could not be asked */
    EVENT_FLAG_DEVICE_SCALAR = 32,   /* reductions: the scalar lives in device memory */
};

/* CommunicatorState.state. Stored in traces. */
enum communicator_state {
    COMMUNICATOR_READY = 1, /* creation completed: ranks, rank and device are NCCL's own answers */
    COMMUNICATOR_FAILED,    /* creation returned an error: result */
    COMMUNICATOR_FINALIZE,
    COMMUNICATOR_DESTROY,
    COMMUNICATOR_ABORT,
    COMMUNICATOR_REVOKE,
    COMMUNICATOR_SUSPEND,
    COMMUNICATOR_RESUME,
    COMMUNICATOR_ASYNC_ERROR, /* ncclCommGetAsyncError told a new error: result */
};

#define SPLIT_NO_COLOR (-1) /* NCCL_SPLIT_NOCOLOR */

struct call_site {
    const char *module; /* "" when in no file */
    uint64_t offset;
};

/* A call as the program makes it again and again. */
struct signature {
    uint8_t operation; /* enum operation */
    uint8_t datatype;  /* enum datatype, DATATYPE_NONE without one */
    uint8_t reduction; /* enum reduction, REDUCTION_NONE without one */
    uint16_t flags;    /* set of enum event_flag */
    uint32_t communicator;
    uint32_t thread;
    int32_t root;       /* root or peer */
    uint32_t call_site; /* stream_call_site() */
    uint64_t stream;
    uint64_t count;
    uint64_t reduction_identity;
    uint64_t capture;
    uint64_t argument;
    uint64_t object;
};

struct setting {
    const char *name;
    int32_t value;
};

struct create {
    uint32_t communicator;
    uint32_t parent;
    uint64_t cid;
    uint64_t nccl_hash;
    uint64_t unique_id_hash;
    uint32_t sequence;
    int32_t ranks;
    int32_t rank;
    int32_t color;
    int32_t key;
    int32_t device;
    const char *name;
    const int32_t *excluded; /* `excluded_listed` of them */
    size_t excluded_listed;
    uint32_t excluded_count;
    const struct setting *settings;
    size_t settings_count;
};

struct communicator_change {
    uint32_t communicator;
    enum communicator_state state;
    int32_t result;
    int32_t ranks;
    int32_t rank;
    int32_t device;
    uint64_t handle;
    const char *pci_bus_id;
};

struct call_result {
    uint32_t communicator;
    int32_t result;
    uint32_t sequence;
};

struct reduction_change {
    uint64_t identity;
    uint32_t communicator;
    uint8_t datatype;
    uint8_t scalar_bytes; /* 0: on the device */
    uint8_t scalar[8];
};

struct graph_call {
    int32_t result;
    uint64_t stream;
    uint64_t graph;
    uint64_t exec;
    uint64_t child;
    uint64_t capture;
};

struct memory_change {
    uint32_t communicator;
    int32_t result;
    uint32_t window_flags;
    uint64_t address;
    uint64_t bytes;
    uint64_t handle;
};

struct gap {
    uint32_t communicator; /* 0: `records` of unknown kind */
    bool point_to_point;
    uint32_t calls;
    uint64_t records;
};

enum event_kind {
    EVENT_CALL = 1, /* collective, point-to-point, one-sided, group and graph-launch calls */
    EVENT_CREATE,
    EVENT_COMMUNICATOR,
    EVENT_RESULT,
    EVENT_REDUCTION,
    EVENT_GRAPH,
    EVENT_MEMORY,
    EVENT_GAP,
};

struct event {
    enum event_kind kind;
    uint64_t time_ns;
    /* For EVENT_CALL these repeat the signature's. */
    uint32_t thread;
    uint8_t operation;
    uint16_t flags;
    uint32_t call_site;
    union {
        struct {
            uint32_t signature; /* id, stable within an epoch */
            uint64_t send;
            uint64_t recv;
        } call;
        struct create create;
        struct communicator_change communicator;
        struct call_result result;
        struct reduction_change reduction;
        struct graph_call graph;
        struct memory_change memory;
        struct gap gap;
    };
};

/* Does the encoder give a call of this operation an entry of the buffers column? */
static inline bool operation_has_buffers(unsigned operation)
{
    const enum operation_class class = operation_class(operation);
    return class == CLASS_COLLECTIVE || class == CLASS_POINT_TO_POINT || class == CLASS_ONE_SIDED;
}

struct variable {
    const char *name;
    const char *value;
};

struct hello {
    const char *job;
    int32_t world_rank; /* -1 unknown, like the next two */
    int32_t world_size;
    int32_t local_rank;
    const char *rank_source;
    const char *host;
    uint32_t pid;
    const char *executable;
    const char *const *command;
    size_t command_count;
    int32_t device;
    const char *pci_bus_id;
    int32_t nccl_version;
    int32_t cuda_runtime_version;
    int32_t cuda_driver_version;
    const char *nccl_path;
    const struct variable *environment;
    size_t environment_count;
    const char *agent_version;
    uint64_t start_monotonic_ns;
    uint64_t start_realtime_ns;
};

struct current_call {
    uint32_t thread;
    uint32_t operation;
    uint32_t communicator;
    uint32_t sequence;
    uint64_t since_ns;
    uint32_t last_operation;
    uint32_t calls;
};

struct heartbeat {
    uint64_t time_ns;
    uint64_t number;
    uint64_t events;
    uint64_t dropped;
    uint64_t lost_batches;
    uint64_t ring_bytes;
    uint64_t queued_bytes;
    int64_t clock_offset_ns;
    uint64_t clock_error_ns;
    const struct current_call *current;
    size_t current_count;
};

enum process_end_how {
    END_UNKNOWN = 0,
    END_CLEAN,
    END_SIGNAL,
    END_EXITED,
    END_VANISHED,
    END_EXECED,
};

struct process_end {
    enum process_end_how how;
    int32_t status;
    uint64_t time_ns;
    uint64_t events;
    uint64_t dropped;
    uint64_t lost_batches;
    const struct current_call *current;
    size_t current_count;
};

#endif
