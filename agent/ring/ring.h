/* SPDX-License-Identifier: Apache-2.0
 *
 * The shared-memory ring between a traced process (many writing threads) and its forwarder (one reader). A
 * file, so that it outlives the process: what was committed before a SIGKILL is still read. Libc only.
 *
 * Positions count bytes ever reserved and never wrap (64 bits); the place of position p is p modulo the
 * capacity, a power of two. A record never straddles the end: the rest is filled with a RECORD_PAD.
 *
 * Concurrency. `head` is advanced by writers with one compare-and-swap per record (relaxed: it orders
 * nothing, the stamp does). A record's stamp is a function of its position, stored with release order after
 * the body; the reader loads it with acquire order, so a matching stamp means a whole record. Stamps of
 * earlier laps never match, so nothing has to be cleared. `tail` is stored by the reader (release) and read
 * by writers (acquire) before reuse.
 */
#ifndef LOCKSTEP_RING_H
#define LOCKSTEP_RING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "record.h"

#define RING_MAGIC   UINT64_C(0x676e697270736b4c) /* "Lkspring", little endian */
#define RING_VERSION 1u

#define RING_SLOTS         256
#define RING_HEADER_BYTES  20480 /* struct ring_header, rounded up to pages */
#define RING_MIN_BYTES     (64u << 10)
#define RING_DEFAULT_BYTES (8u << 20)
#define RING_MAX_BYTES     (1u << 30)

/* What a thread is doing right now. Written only by its thread, with relaxed stores except `operation`, which
 * is stored last (release) when a call begins, and first when it ends. */
struct ring_slot {
    _Alignas(64) _Atomic uint32_t thread; /* kernel thread id; 0: free */
    _Atomic uint32_t operation;           /* the call it is inside; 0: in none of ours */
    _Atomic uint64_t since_ns;            /* when that call, or after it the last one, began */
    _Atomic uint32_t communicator;
    _Atomic uint32_t sequence; /* of the record_call, where there is one */
    _Atomic uint32_t last_operation;
    _Atomic uint32_t calls; /* calls begun by this thread so far, modulo 2^32 */
};

enum ring_end {
    RING_RUNNING = 0,
    RING_CLOSED = 1, /* the process left through exit(): all is committed */
    RING_EXECED = 2, /* the process is about to replace itself by exec */
};

struct ring_header {
    uint64_t magic;
    uint32_t version;
    uint32_t header_bytes;
    uint64_t capacity; /* bytes of data, a power of two */
    uint32_t pid;
    uint32_t slots;
    uint64_t start_monotonic_ns; /* when the ring was made */
    uint64_t start_realtime_ns;  /* the same moment on CLOCK_REALTIME */
    int32_t nccl_version;        /* ncclGetVersion, 0 unknown */
    int32_t cuda_runtime_version;
    int32_t cuda_driver_version;
    char agent_version[20];
    char nccl_path[256]; /* file that the NCCL in use was loaded from; empty unknown */

    _Alignas(64) _Atomic uint64_t head;
    _Alignas(64) _Atomic uint64_t tail;
    _Alignas(64) _Atomic uint64_t dropped; /* records not written because the ring was full */
    _Atomic uint64_t delivered;            /* position up to which the forwarder has made the data safe */
    _Atomic uint32_t end;                  /* enum ring_end */
    _Atomic uint32_t exit_status;          /* with RING_CLOSED, where known */
    _Atomic uint32_t attached;             /* 1 once the forwarder reads */
    _Atomic uint32_t untracked_threads;    /* threads that found no free slot */

    _Alignas(64) struct ring_slot slot[RING_SLOTS];
};

_Static_assert(sizeof(struct ring_header) <= RING_HEADER_BYTES, "ring header outgrew its pages");

struct ring {
    struct ring_header *header;
    unsigned char *data;
    uint64_t capacity;
    int fd;
};

/* Who may use the last part of a nearly full ring. Calls repeat and their loss is counted; a lost
 * communicator definition would make all its calls unreadable, so an eighth of the ring is kept for those. */
enum ring_priority { RING_ORDINARY, RING_DEFINITION };

/* Creates the file `path` (which must not exist; mode 0600, links not followed), with room for `capacity`
 * bytes of records (rounded up to a power of two within RING_MIN_BYTES..RING_MAX_BYTES), all of it allocated
 * so that a full file system shows here and not as a SIGBUS later. Returns 0 or a negative errno, and leaves
 * nothing behind on failure. */
int ring_create(struct ring *ring, const char *path, size_t capacity);

/* Maps an existing ring file read-write and checks everything that is read later against the file's real
 * size. Returns 0 or a negative errno: -EPROTO for a file that is no ring, -EPROTONOSUPPORT for another
 * version's. */
int ring_open(struct ring *ring, const char *path);

/* Unmaps and closes; the file stays. */
void ring_close(struct ring *ring);

/* Reserves `bytes` (header included, at most RECORD_MAX_BYTES) and returns the record with kind, units and no
 * flags set, or NULL when the ring is full (the drop is counted). Any thread; lock-free; never blocks. The
 * record becomes visible to the reader at ring_commit(); the caller fills time, thread, flags and body in
 * between. */
struct record_header *ring_reserve(struct ring *ring, enum record_kind kind, size_t bytes,
                                   enum ring_priority priority);
void ring_commit(struct ring *ring, struct record_header *record);

/* Claims a slot for the thread `thread`, or returns NULL when all are taken (counted). Any thread. */
struct ring_slot *ring_slot_claim(struct ring *ring, uint32_t thread);
/* Frees it; only the owning thread, at its end. */
void ring_slot_release(struct ring_slot *slot);

/* ---- the reader: one thread of one process ---- */

struct ring_reader {
    struct ring *ring; /* borrowed */
    uint64_t position; /* next record */
    uint64_t skipped;  /* bytes reserved but never committed, passed over once the writers were gone */
    _Alignas(64) unsigned char record[RECORD_MAX_BYTES];
};

void ring_reader_init(struct ring_reader *reader, struct ring *ring);

/* Returns the next committed record, copied out of the reach of the writers, or NULL when there is none yet.
 * Its kind and units are within bounds, nothing else is checked. With `writers_gone`, holes left by threads
 * that died between reserve and commit are passed over, and NULL means that the ring is empty for good. Valid
 * until the next call. */
const struct record_header *ring_next(struct ring_reader *reader, bool writers_gone);

/* Gives the space of everything returned so far back to the writers. */
void ring_release(struct ring_reader *reader);

#endif
