/* SPDX-License-Identifier: Apache-2.0 */
#include "arena.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "error.h"
#include "process.h"

/* At the beginning of the file. */
struct lobby {
    atomic_int ranks; /* 0: nobody has come yet */
    atomic_uint arrived;
};

enum { PAGE = 4096, SEATS_AT = 128 };

/* ---- Layout ---- */

static size_t round_up(size_t bytes)
{
    return (bytes + PAGE - 1) / PAGE * PAGE;
}

/* Smaller pipes for many ranks: their number grows with the square. */
static size_t pipe_size(int ranks)
{
    return ranks <= 8 ? (size_t)128 << 10 : ranks <= 32 ? (size_t)32 << 10 : (size_t)8 << 10;
}

static size_t pipe_count(int ranks)
{
    return (size_t)ranks * (size_t)ranks * ARENA_USES;
}

static size_t ends_at(int ranks)
{
    return round_up(SEATS_AT + (size_t)ranks * sizeof(struct seat));
}

static size_t data_at(int ranks)
{
    return ends_at(ranks) + round_up(pipe_count(ranks) * sizeof(struct pipe_ends));
}

static void lay_out(struct arena *arena, int ranks, int rank)
{
    char *base = arena->memory;

    arena->ranks = ranks;
    arena->rank = rank;
    arena->pipe_bytes = pipe_size(ranks);
    arena->seats = (struct seat *)(base + SEATS_AT);
    arena->ends = (struct pipe_ends *)(base + ends_at(ranks));
    arena->data = base + data_at(ranks);
}

/* ---- Meeting ---- */

static void name_of(struct token token, char *path, size_t size)
{
    snprintf(path, size, "/dev/shm/lockstep-sim-%016llx%016llx", (unsigned long long)token.high,
             (unsigned long long)token.low);
}

/* Opens the file and holds a shared lock on it for as long as ranks are meeting: by that the sweep knows that
 * somebody still wants it. Returns the descriptor or a negative errno. */
static int open_shared(const char *path)
{
    for (;;) {
        int fd = open(path, O_CREAT | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0600);
        struct stat status;

        if (fd < 0)
            return -errno;
        if (flock(fd, LOCK_SH) == 0 && fstat(fd, &status) == 0 && status.st_nlink > 0)
            return fd;
        close(fd); /* swept away in between */
    }
}

/* Maps the file, making it as large as it needs to be. Writing the last byte, unlike ftruncate, never makes
 * it smaller under somebody who disagrees about the size. */
static int map(struct arena *arena, int fd, size_t bytes)
{
    if (pwrite(fd, "", 1, (off_t)bytes - 1) != 1)
        return -errno;
    arena->memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (arena->memory == MAP_FAILED) {
        arena->memory = NULL;
        return -errno;
    }
    arena->bytes = bytes;
    return 0;
}

static ncclResult_t take_seat(struct arena *arena)
{
    struct lobby *lobby = arena->memory;
    struct seat *seat = &arena->seats[arena->rank];
    int nobody = 0;

    if (!atomic_compare_exchange_strong(&lobby->ranks, &nobody, arena->ranks) && nobody != arena->ranks)
        return error_note(ncclInvalidUsage, "rank %d says %d ranks, others said %d", arena->rank,
                          arena->ranks, nobody);
    nobody = 0;
    if (!atomic_compare_exchange_strong(&seat->pid, &nobody, (int)getpid()))
        return error_note(ncclInvalidUsage, "rank %d is taken by process %d", arena->rank, nobody);
    atomic_store(&seat->started, process_start_time((int)getpid()));
    return ncclSuccess;
}

/* A rank that came and died will never be followed by the last one. */
static bool somebody_died(const struct arena *arena)
{
    for (int r = 0; r < arena->ranks; r++)
        if (arena_is_dead(arena, r))
            return true;
    return false;
}

static ncclResult_t wait_for_all(struct arena *arena, const char *path, struct patience *patience)
{
    struct lobby *lobby = arena->memory;
    unsigned int ranks = (unsigned int)arena->ranks;
    unsigned int arrived = atomic_fetch_add(&lobby->arrived, 1) + 1;

    if (arrived == ranks)
        unlink(path);
    patience_wake(&lobby->arrived);
    while ((arrived = atomic_load(&lobby->arrived)) < ranks) {
        switch (patience_sleep(patience, &lobby->arrived, arrived)) {
        case PATIENCE_HALT:
            return error_note(ncclInternalError, "aborted while waiting for other ranks");
        case PATIENCE_QUIET:
            if (somebody_died(arena))
                return error_note(ncclRemoteError, "a rank died during the initialisation");
            break;
        case PATIENCE_GO_ON:
            break;
        }
    }
    return ncclSuccess;
}

ncclResult_t arena_join(struct arena *arena, struct token token, int ranks, int rank,
                        struct patience *patience)
{
    char path[64];
    ncclResult_t result;
    int error;
    int fd;

    name_of(token, path, sizeof(path));
    fd = open_shared(path);
    error = fd < 0 ? fd : map(arena, fd, data_at(ranks) + pipe_count(ranks) * pipe_size(ranks));
    if (error) {
        result = error_note(ncclSystemError, "%s: %s", path, strerror(-error));
    } else {
        lay_out(arena, ranks, rank);
        result = take_seat(arena);
    }
    if (result == ncclSuccess)
        result = wait_for_all(arena, path, patience);
    if (result != ncclSuccess)
        arena_leave(arena);
    if (fd >= 0)
        close(fd);
    return result;
}

void arena_leave(struct arena *arena)
{
    if (arena->memory)
        munmap(arena->memory, arena->bytes);
    arena->memory = NULL;
}

bool arena_is_dead(const struct arena *arena, int rank)
{
    const struct seat *seat = &arena->seats[rank];
    int pid = atomic_load(&seat->pid);
    unsigned long long started = atomic_load(&seat->started);

    return pid != 0 && started != 0 && process_is_dead(pid, started);
}

/* ---- Bells ---- */

unsigned int arena_bell(struct arena *arena)
{
    return atomic_load(&arena->seats[arena->rank].bell);
}

/* The order matters on both sides: we say that we sleep before the futex compares the bell, and who rings
 * changes the bell before looking whether somebody sleeps. */
enum patience_answer arena_sleep(struct arena *arena, unsigned int bell, struct patience *patience)
{
    struct seat *seat = &arena->seats[arena->rank];
    enum patience_answer answer;

    atomic_fetch_add(&seat->sleepers, 1);
    answer = patience_sleep(patience, &seat->bell, bell);
    atomic_fetch_sub(&seat->sleepers, 1);
    return answer;
}

void arena_ring(struct arena *arena, int rank)
{
    struct seat *seat = &arena->seats[rank];

    atomic_fetch_add(&seat->bell, 1);
    if (atomic_load(&seat->sleepers) > 0)
        patience_wake(&seat->bell);
}

/* ---- Pipes ---- */

static size_t pipe_index(const struct arena *arena, enum arena_use use, int from, int to)
{
    return ((size_t)from * (size_t)arena->ranks + (size_t)to) * ARENA_USES + (size_t)use;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t arena_send(struct arena *arena, enum arena_use use, int peer, const void *data, size_t bytes)
{
    size_t index = pipe_index(arena, use, arena->rank, peer);
    struct pipe_ends *ends = &arena->ends[index];
    char *ring = arena->data + index * arena->pipe_bytes;
    uint64_t written = atomic_load_explicit(&ends->written, memory_order_relaxed);
    uint64_t read = atomic_load_explicit(&ends->read, memory_order_acquire);
    size_t count = smaller(bytes, arena->pipe_bytes - (size_t)(written - read));
    size_t at = (size_t)(written % arena->pipe_bytes);
    size_t first = smaller(count, arena->pipe_bytes - at);

    if (!count)
        return 0;
    memcpy(ring + at, data, first);
    memcpy(ring, (const char *)data + first, count - first);
    atomic_store_explicit(&ends->written, written + count, memory_order_release);
    arena_ring(arena, peer);
    return count;
}

size_t arena_receive(struct arena *arena, enum arena_use use, int peer, void *data, size_t bytes)
{
    size_t index = pipe_index(arena, use, peer, arena->rank);
    struct pipe_ends *ends = &arena->ends[index];
    const char *ring = arena->data + index * arena->pipe_bytes;
    uint64_t read = atomic_load_explicit(&ends->read, memory_order_relaxed);
    uint64_t written = atomic_load_explicit(&ends->written, memory_order_acquire);
    size_t count = smaller(bytes, (size_t)(written - read));
    size_t at = (size_t)(read % arena->pipe_bytes);
    size_t first = smaller(count, arena->pipe_bytes - at);

    if (!count)
        return 0;
    memcpy(data, ring + at, first);
    memcpy((char *)data + first, ring, count - first);
    atomic_store_explicit(&ends->read, read + count, memory_order_release);
    arena_ring(arena, peer);
    return count;
}

/* ---- Exchange ---- */

static bool all_have_voted(const struct arena *arena, unsigned int number)
{
    for (int r = 0; r < arena->ranks; r++)
        if (atomic_load(&arena->seats[r].ballots[number % 2].number) != number)
            return false;
    return true;
}

ncclResult_t arena_exchange(struct arena *arena, unsigned int number, int color, int key, int *colors,
                            int *keys, struct patience *patience)
{
    struct ballot *own = &arena->seats[arena->rank].ballots[number % 2];
    unsigned int bell = arena_bell(arena);

    own->color = color;
    own->key = key;
    atomic_store(&own->number, number);
    for (int r = 0; r < arena->ranks; r++)
        arena_ring(arena, r);
    while (!all_have_voted(arena, number)) {
        switch (arena_sleep(arena, bell, patience)) {
        case PATIENCE_HALT:
            return error_note(ncclInternalError, "aborted while waiting for other ranks");
        case PATIENCE_QUIET:
            if (somebody_died(arena))
                return error_note(ncclRemoteError, "a rank of the parent communicator died");
            break;
        case PATIENCE_GO_ON:
            break;
        }
        bell = arena_bell(arena);
    }
    for (int r = 0; r < arena->ranks; r++) {
        colors[r] = arena->seats[r].ballots[number % 2].color;
        keys[r] = arena->seats[r].ballots[number % 2].key;
    }
    return ncclSuccess;
}
