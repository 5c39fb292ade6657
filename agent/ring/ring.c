/* SPDX-License-Identifier: Apache-2.0 */
#include "ring.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* The shares of the ring that calls may not use, see enum ring_priority. */
#define DEFINITION_SHARE 8

/* The smallest there are. */
#define PAGE_BYTES 4096u

static uint64_t round_up_to_power_of_two(uint64_t bytes)
{
    uint64_t power = RING_MIN_BYTES;
    while (power < bytes && power < RING_MAX_BYTES)
        power <<= 1;
    return power;
}

static uint64_t clock_ns(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static int map(struct ring *ring, int fd, uint64_t capacity)
{
    void *base = mmap(NULL, RING_HEADER_BYTES + capacity, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (base == MAP_FAILED)
        return -errno;
    ring->header = base;
    ring->data = (unsigned char *)base + RING_HEADER_BYTES;
    ring->capacity = capacity;
    ring->fd = fd;
    return 0;
}

/* Else the traced program's calls pay a page fault every few records of the first lap, which costs several
 * times what a record does. Writing is what counts: populating the mapping only prepares for reading it. */
static void touch_pages(struct ring *ring)
{
    volatile unsigned char *data = ring->data;
    for (uint64_t place = 0; place < ring->capacity; place += PAGE_BYTES)
        data[place] = 0;
}

int ring_create(struct ring *ring, const char *path, size_t capacity)
{
    const uint64_t bytes = round_up_to_power_of_two(capacity);
    const int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return -errno;
    int result = -posix_fallocate(fd, 0, (off_t)(RING_HEADER_BYTES + bytes));
    if (result == 0)
        result = map(ring, fd, bytes);
    if (result != 0) {
        close(fd);
        unlink(path);
        return result;
    }
    touch_pages(ring);
    struct ring_header *header = ring->header;
    header->version = RING_VERSION;
    header->header_bytes = RING_HEADER_BYTES;
    header->capacity = bytes;
    header->pid = (uint32_t)getpid();
    header->slots = RING_SLOTS;
    header->start_monotonic_ns = clock_ns(CLOCK_MONOTONIC);
    header->start_realtime_ns = clock_ns(CLOCK_REALTIME);
    strncpy(header->agent_version, LOCKSTEP_VERSION, sizeof header->agent_version - 1);
    header->magic = RING_MAGIC;
    return 0;
}

static int check_header(const struct ring_header *header, uint64_t file_bytes)
{
    if (header->magic != RING_MAGIC)
        return -EPROTO;
    if (header->version != RING_VERSION)
        return -EPROTONOSUPPORT;
    const uint64_t capacity = header->capacity;
    const bool power_of_two =
        capacity >= RING_MIN_BYTES && capacity <= RING_MAX_BYTES && !(capacity & (capacity - 1));
    if (header->header_bytes != RING_HEADER_BYTES || header->slots != RING_SLOTS || !power_of_two ||
        file_bytes < RING_HEADER_BYTES + capacity)
        return -EPROTO;
    return 0;
}

int ring_open(struct ring *ring, const char *path)
{
    const int fd = open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    int result = 0;
    struct stat status;
    if (fstat(fd, &status) != 0)
        result = -errno;
    else if (!S_ISREG(status.st_mode) || (uint64_t)status.st_size < RING_HEADER_BYTES + RING_MIN_BYTES)
        result = -EPROTO;
    if (result == 0) {
        const uint64_t file_bytes = (uint64_t)status.st_size;
        void *peek = mmap(NULL, RING_HEADER_BYTES, PROT_READ, MAP_SHARED, fd, 0);
        if (peek == MAP_FAILED) {
            result = -errno;
        } else {
            /* The capacity is taken once: the writer could change it after the check. */
            struct ring_header header;
            memcpy(&header, peek, sizeof header);
            munmap(peek, RING_HEADER_BYTES);
            result = check_header(&header, file_bytes);
            if (result == 0)
                result = map(ring, fd, header.capacity);
        }
    }
    if (result != 0)
        close(fd);
    return result;
}

void ring_close(struct ring *ring)
{
    if (!ring->header)
        return;
    munmap(ring->header, RING_HEADER_BYTES + ring->capacity);
    close(ring->fd);
    memset(ring, 0, sizeof *ring);
    ring->fd = -1;
}

/* Distinct for every position, never 0, and improbable as payload (the odd constant is 2^64 / golden ratio).
 */
static uint64_t stamp_of(uint64_t position)
{
    return (position / RECORD_UNIT + 1) * UINT64_C(0x9E3779B97F4A7C15);
}

static _Atomic uint64_t *stamp_at(const struct ring *ring, uint64_t position)
{
    return (_Atomic uint64_t *)(void *)(ring->data + (position & (ring->capacity - 1)));
}

/* Takes `size` bytes that do not straddle the end, preceded by `*pad` bytes that fill it. False when there is
 * no room. */
static bool claim(struct ring *ring, uint64_t size, uint64_t usable, uint64_t *start, uint64_t *pad)
{
    struct ring_header *shared = ring->header;
    uint64_t head = atomic_load_explicit(&shared->head, memory_order_relaxed);
    for (;;) {
        const uint64_t to_end = ring->capacity - (head & (ring->capacity - 1));
        *start = head;
        *pad = size > to_end ? to_end : 0;
        const uint64_t tail = atomic_load_explicit(&shared->tail, memory_order_acquire);
        if (head + *pad + size - tail > usable) {
            /* A stale head, overtaken by others and perhaps by the reader, looks full too. */
            const uint64_t now = atomic_load_explicit(&shared->head, memory_order_relaxed);
            if (now == head)
                return false;
            head = now;
        } else if (atomic_compare_exchange_weak_explicit(&shared->head, &head, head + *pad + size,
                                                         memory_order_relaxed, memory_order_relaxed)) {
            return true;
        }
    }
}

static void fill_with_pads(struct ring *ring, uint64_t start, uint64_t bytes)
{
    while (bytes > 0) {
        struct record_header *filler = (void *)stamp_at(ring, start);
        filler->kind = RECORD_PAD;
        filler->units = (uint8_t)((bytes < RECORD_MAX_BYTES ? bytes : RECORD_MAX_BYTES) / RECORD_UNIT);
        start += (uint64_t)filler->units * RECORD_UNIT;
        bytes -= (uint64_t)filler->units * RECORD_UNIT;
        ring_commit(ring, filler);
    }
}

struct record_header *ring_reserve(struct ring *ring, enum record_kind kind, size_t bytes,
                                   enum ring_priority priority)
{
    const uint64_t capacity = ring->capacity;
    const uint64_t size = (bytes + RECORD_UNIT - 1) & ~(uint64_t)(RECORD_UNIT - 1);
    const uint64_t usable = priority == RING_DEFINITION ? capacity : capacity - capacity / DEFINITION_SHARE;
    uint64_t start;
    uint64_t pad;
    if (!claim(ring, size, usable, &start, &pad)) {
        atomic_fetch_add_explicit(&ring->header->dropped, 1, memory_order_relaxed);
        return NULL;
    }
    fill_with_pads(ring, start, pad);
    struct record_header *record = (void *)stamp_at(ring, start + pad);
    record->kind = (uint8_t)kind;
    record->units = (uint8_t)(size / RECORD_UNIT);
    record->flags = 0;
    return record;
}

void ring_commit(struct ring *ring, struct record_header *record)
{
    /* The lap is the one that contains this place just below head: a reserved record is never a whole lap
     * behind. */
    const uint64_t place = (uint64_t)((unsigned char *)record - ring->data);
    const uint64_t head = atomic_load_explicit(&ring->header->head, memory_order_relaxed);
    const uint64_t behind = (head - 1 - place) & (ring->capacity - 1);
    atomic_store_explicit((_Atomic uint64_t *)(void *)&record->stamp, stamp_of(head - 1 - behind),
                          memory_order_release);
}

struct ring_slot *ring_slot_claim(struct ring *ring, uint32_t thread)
{
    for (unsigned i = 0; i < RING_SLOTS; i++) {
        struct ring_slot *slot = &ring->header->slot[i];
        uint32_t free = 0;
        if (atomic_load_explicit(&slot->thread, memory_order_relaxed) == 0 &&
            atomic_compare_exchange_strong(&slot->thread, &free, thread))
            return slot;
    }
    atomic_fetch_add_explicit(&ring->header->untracked_threads, 1, memory_order_relaxed);
    return NULL;
}

void ring_slot_release(struct ring_slot *slot)
{
    atomic_store_explicit(&slot->operation, 0, memory_order_relaxed);
    atomic_store_explicit(&slot->calls, 0, memory_order_relaxed);
    atomic_store_explicit(&slot->last_operation, 0, memory_order_relaxed);
    atomic_store_explicit(&slot->thread, 0, memory_order_release);
}

void ring_reader_init(struct ring_reader *reader, struct ring *ring)
{
    reader->ring = ring;
    reader->position = atomic_load_explicit(&ring->header->tail, memory_order_relaxed);
    reader->position &= ~(uint64_t)(RECORD_UNIT - 1);
    reader->skipped = 0;
}

static bool committed(const struct ring *ring, uint64_t position)
{
    return atomic_load_explicit(stamp_at(ring, position), memory_order_acquire) == stamp_of(position);
}

/* Copies the record at the reader's position; false when its length is impossible (a corrupted ring). */
static bool copy_record(struct ring_reader *reader, uint64_t head)
{
    const struct ring *ring = reader->ring;
    const uint64_t place = reader->position & (ring->capacity - 1);
    memcpy(reader->record, ring->data + place, RECORD_UNIT);
    const struct record_header *header = (const void *)reader->record;
    const uint64_t size = (uint64_t)header->units * RECORD_UNIT;
    if (size == 0 || size > head - reader->position || size > ring->capacity - place || header->kind == 0 ||
        header->kind >= RECORD_KIND_LIMIT)
        return false;
    memcpy(reader->record + RECORD_UNIT, ring->data + place + RECORD_UNIT, size - RECORD_UNIT);
    return true;
}

const struct record_header *ring_next(struct ring_reader *reader, bool writers_gone)
{
    const struct ring *ring = reader->ring;
    const uint64_t head =
        atomic_load_explicit(&ring->header->head, memory_order_acquire) & ~(uint64_t)(RECORD_UNIT - 1);
    if (head - reader->position > ring->capacity) { /* a corrupted head: nothing between can be trusted */
        reader->skipped += head - reader->position;
        reader->position = head;
        return NULL;
    }
    while (reader->position != head) {
        const bool whole = committed(ring, reader->position);
        if (!whole && !writers_gone)
            return NULL;
        if (!whole || !copy_record(reader, head)) {
            reader->skipped += RECORD_UNIT;
            reader->position += RECORD_UNIT;
            continue;
        }
        struct record_header *record = (void *)reader->record;
        reader->position += (uint64_t)record->units * RECORD_UNIT;
        if (record->kind != RECORD_PAD)
            return record;
    }
    return NULL;
}

void ring_release(struct ring_reader *reader)
{
    atomic_store_explicit(&reader->ring->header->tail, reader->position, memory_order_release);
}
