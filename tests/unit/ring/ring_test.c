/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "ring.h"

static char folder[64];
static char path[128];

static int setup(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/lockstep-ring-XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/ring", folder);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(folder);
}

/* A record of which the sequence is all that matters. */
static bool put(struct ring *ring, enum record_kind kind, size_t bytes, uint64_t value,
                enum ring_priority priority)
{
    struct record_header *record = ring_reserve(ring, kind, bytes, priority);
    if (!record)
        return false;
    record->time_ns = value;
    record->thread = 1;
    memset(record + 1, (int)(value & 0xff), bytes - sizeof *record);
    ring_commit(ring, record);
    return true;
}

static bool put_call(struct ring *ring, uint64_t value)
{
    return put(ring, RECORD_CALL, sizeof(struct record_call), value, RING_ORDINARY);
}

struct pair {
    struct ring writer;
    struct ring reader_side;
    struct ring_reader reader;
};

static void open_pair(struct pair *pair, size_t capacity)
{
    assert_int_equal(ring_create(&pair->writer, path, capacity), 0);
    assert_int_equal(ring_open(&pair->reader_side, path), 0);
    ring_reader_init(&pair->reader, &pair->reader_side);
}

static void close_pair(struct pair *pair)
{
    ring_close(&pair->writer);
    ring_close(&pair->reader_side);
    unlink(path);
}

static void what_is_written_is_read_in_order_over_many_laps(void **state)
{
    (void)state;
    static struct pair pair;
    open_pair(&pair, RING_MIN_BYTES);
    uint64_t written = 0, read = 0;
    for (unsigned round = 0; round < 5000; round++) {
        for (unsigned i = 0; i < 1 + round % 7; i++) {
            const size_t bytes = sizeof(struct record_header) + (round * 131 + i * 17) % 1500;
            assert_true(put(&pair.writer, RECORD_MEMORY, bytes, written++, RING_ORDINARY));
        }
        const struct record_header *record;
        while ((record = ring_next(&pair.reader, false))) {
            const unsigned char *body = (const unsigned char *)(record + 1);
            assert_int_equal(record->time_ns, read);
            assert_int_equal(record->kind, RECORD_MEMORY);
            assert_int_equal(record->flags, 0);
            assert_true(record->units == 1 || body[RECORD_UNIT - sizeof *record] == (read & 0xff));
            read++;
        }
        ring_release(&pair.reader);
    }
    assert_int_equal(read, written);
    assert_int_equal(pair.reader.skipped, 0);
    assert_int_equal(atomic_load(&pair.writer.header->dropped), 0);
    assert_int_equal(atomic_load(&pair.writer.header->head), atomic_load(&pair.writer.header->tail));
    close_pair(&pair);
}

static void the_largest_record_passes(void **state)
{
    (void)state;
    static struct pair pair;
    open_pair(&pair, RING_MIN_BYTES);
    for (unsigned i = 0; i < 20; i++) {
        assert_true(put(&pair.writer, RECORD_CREATE, RECORD_MAX_BYTES, i, RING_DEFINITION));
        const struct record_header *record = ring_next(&pair.reader, false);
        assert_non_null(record);
        assert_int_equal(record->units, RECORD_MAX_UNITS);
        assert_int_equal(((const unsigned char *)record)[RECORD_MAX_BYTES - 1], i);
        ring_release(&pair.reader);
    }
    close_pair(&pair);
}

static void a_full_ring_counts_what_it_drops_and_keeps_room_for_definitions(void **state)
{
    (void)state;
    static struct pair pair;
    open_pair(&pair, RING_MIN_BYTES);
    unsigned written = 0;
    while (put_call(&pair.writer, written))
        written++;
    assert_int_equal(written * 128, RING_MIN_BYTES - RING_MIN_BYTES / 8);
    assert_false(put_call(&pair.writer, 0));
    assert_int_equal(atomic_load(&pair.writer.header->dropped), 2);
    assert_true(put(&pair.writer, RECORD_CREATE, sizeof(struct record_create), written, RING_DEFINITION));
    for (unsigned i = 0; i < written; i++)
        assert_int_equal(ring_next(&pair.reader, false)->time_ns, i);
    assert_int_equal(ring_next(&pair.reader, false)->kind, RECORD_CREATE);
    assert_null(ring_next(&pair.reader, false));
    assert_false(put_call(&pair.writer, 0)); /* read, but not yet given back */
    ring_release(&pair.reader);
    assert_true(put_call(&pair.writer, 7));
    assert_int_equal(ring_next(&pair.reader, false)->time_ns, 7);
    close_pair(&pair);
}

static void a_record_is_invisible_until_it_is_committed(void **state)
{
    (void)state;
    static struct pair pair;
    open_pair(&pair, RING_MIN_BYTES);
    struct record_header *first = ring_reserve(&pair.writer, RECORD_CALL, 128, RING_ORDINARY);
    assert_true(put_call(&pair.writer, 2));
    assert_null(ring_next(&pair.reader, false));
    first->time_ns = 1;
    ring_commit(&pair.writer, first);
    assert_int_equal(ring_next(&pair.reader, false)->time_ns, 1);
    assert_int_equal(ring_next(&pair.reader, false)->time_ns, 2);
    close_pair(&pair);
}

/* ---- threads ---- */

#define WRITERS 4
#define EACH    20000

static struct ring *shared;

static void *write_many(void *number)
{
    const uint64_t writer = (uint64_t)(uintptr_t)number;
    for (uint64_t i = 0; i < EACH; i++)
        put_call(shared, writer << 32 | i);
    return NULL;
}

static void concurrent_writers_lose_nothing_but_what_is_counted(void **state)
{
    (void)state;
    static struct pair pair;
    pthread_t thread[WRITERS];
    uint64_t next[WRITERS] = {0}, read = 0;
    open_pair(&pair, RING_MIN_BYTES);
    shared = &pair.writer;
    /* Through the writers' mapping: the thread sanitizer knows memory by its address. */
    ring_reader_init(&pair.reader, &pair.writer);
    for (uintptr_t i = 0; i < WRITERS; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, write_many, (void *)i), 0);
    for (;;) {
        const uint64_t dropped = atomic_load(&pair.writer.header->dropped);
        const struct record_header *record = ring_next(&pair.reader, false);
        if (!record) {
            ring_release(&pair.reader);
            if (read + dropped == WRITERS * EACH)
                break;
            continue;
        }
        const uint64_t writer = record->time_ns >> 32, index = record->time_ns & 0xffffffff;
        assert_true(writer < WRITERS);
        assert_true(index >= next[writer]); /* each writer's records in its order, none twice */
        next[writer] = index + 1;
        read++;
    }
    for (unsigned i = 0; i < WRITERS; i++)
        pthread_join(thread[i], NULL);
    assert_int_equal(pair.reader.skipped, 0);
    assert_null(ring_next(&pair.reader, true));
    close_pair(&pair);
}

/* ---- processes ---- */

static void what_a_killed_process_committed_is_read_and_its_hole_passed_over(void **state)
{
    (void)state;
    static struct pair pair;
    open_pair(&pair, RING_MIN_BYTES);
    const pid_t child = fork();
    if (child == 0) {
        for (unsigned i = 0; i < 10; i++)
            put_call(&pair.writer, i);
        ring_reserve(&pair.writer, RECORD_CREATE, sizeof(struct record_create), RING_DEFINITION);
        put_call(&pair.writer, 10); /* another thread's, behind the hole */
        kill(getpid(), SIGKILL);
    }
    assert_int_equal(waitpid(child, NULL, 0), child);
    for (unsigned i = 0; i < 10; i++)
        assert_int_equal(ring_next(&pair.reader, false)->time_ns, i);
    assert_null(ring_next(&pair.reader, false));
    assert_int_equal(ring_next(&pair.reader, true)->time_ns, 10);
    assert_null(ring_next(&pair.reader, true));
    assert_int_equal(pair.reader.skipped,
                     (sizeof(struct record_create) + RECORD_UNIT - 1) / RECORD_UNIT * RECORD_UNIT);
    close_pair(&pair);
}

static void killed_at_any_moment_every_whole_record_is_read(void **state)
{
    (void)state;
    static struct pair pair;
    for (unsigned round = 0; round < 30; round++) {
        open_pair(&pair, RING_MIN_BYTES);
        const pid_t child = fork();
        if (child == 0) {
            shared = &pair.writer;
            for (;;)
                write_many(0);
        }
        usleep(200 + round * 100);
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
        uint64_t read = 0;
        const struct record_header *record;
        while ((record = ring_next(&pair.reader, true))) {
            assert_int_equal(record->time_ns, read);
            assert_int_equal(((const unsigned char *)record)[sizeof(struct record_call) - 1], read & 0xff);
            read++;
        }
        const uint64_t head = atomic_load(&pair.writer.header->head);
        assert_int_equal(pair.reader.position, head);
        assert_true(pair.reader.skipped <= 128); /* one thread leaves one hole at most */
        assert_int_equal(read * 128 + pair.reader.skipped, head);
        close_pair(&pair);
    }
}

/* ---- the file ---- */

static void a_ring_is_private_and_never_an_existing_file(void **state)
{
    (void)state;
    struct ring ring, again;
    struct stat status;
    assert_int_equal(ring_create(&ring, path, 100000), 0);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_int_equal(ring.capacity, 131072);
    assert_int_equal(ring_create(&again, path, 100000), -EEXIST);
    char link[160];
    snprintf(link, sizeof link, "%s-link", path);
    assert_int_equal(symlink("/tmp/lockstep-no-such-target", link), 0);
    assert_int_equal(ring_create(&again, link, 100000), -EEXIST);
    assert_int_equal(ring_open(&again, link), -ELOOP);
    unlink(link);
    assert_int_equal(ring_create(&again, "/no/such/folder/ring", 100000), -ENOENT);
    ring_close(&ring);
    unlink(path);
}

/* Writes at an offset of the ring file. */
static void scribble(size_t offset, const void *bytes, size_t size)
{
    const int fd = open(path, O_WRONLY);
    assert_int_equal(pwrite(fd, bytes, size, (off_t)offset), (ssize_t)size);
    close(fd);
}

static void expect_refusal(size_t offset, const void *bytes, size_t size, int error)
{
    struct ring ring;
    assert_int_equal(ring_create(&ring, path, RING_MIN_BYTES), 0);
    ring_close(&ring);
    scribble(offset, bytes, size);
    assert_int_equal(ring_open(&ring, path), error);
    unlink(path);
}

static void files_that_are_no_ring_are_refused(void **state)
{
    (void)state;
    struct ring ring;
    const uint32_t version = RING_VERSION + 1, wrong = 4096;
    const uint64_t magic = RING_MAGIC + 1, huge = RING_MAX_BYTES, odd = RING_MIN_BYTES + 64, none = 0;
    expect_refusal(offsetof(struct ring_header, magic), &magic, sizeof magic, -EPROTO);
    expect_refusal(offsetof(struct ring_header, version), &version, sizeof version, -EPROTONOSUPPORT);
    expect_refusal(offsetof(struct ring_header, header_bytes), &wrong, sizeof wrong, -EPROTO);
    expect_refusal(offsetof(struct ring_header, slots), &wrong, sizeof wrong, -EPROTO);
    expect_refusal(offsetof(struct ring_header, capacity), &huge, sizeof huge, -EPROTO);
    expect_refusal(offsetof(struct ring_header, capacity), &odd, sizeof odd, -EPROTO);
    expect_refusal(offsetof(struct ring_header, capacity), &none, sizeof none, -EPROTO);
    assert_int_equal(ring_create(&ring, path, RING_MIN_BYTES), 0);
    ring_close(&ring);
    assert_int_equal(truncate(path, RING_HEADER_BYTES), 0);
    assert_int_equal(ring_open(&ring, path), -EPROTO);
    unlink(path);
    assert_int_equal(ring_open(&ring, path), -ENOENT);
    assert_true(ring_open(&ring, folder) < 0);
}

static void a_ring_full_of_nonsense_is_read_to_its_end_without_harm(void **state)
{
    (void)state;
    static struct pair pair;
    unsigned seed = 1;
    for (unsigned round = 0; round < 300; round++) {
        open_pair(&pair, RING_MIN_BYTES);
        for (unsigned i = 0; i < 300; i++)
            put_call(&pair.writer, i);
        /* Whole records, each with its right stamp, but with kind and length from anywhere. */
        for (unsigned i = 0; i < 300; i++) {
            struct record_header *record = (void *)(pair.writer.data + i * 128);
            if (rand_r(&seed) % 4 == 0) {
                record->kind = (uint8_t)rand_r(&seed);
                record->units = (uint8_t)rand_r(&seed);
            }
        }
        const uint64_t position = (uint64_t)rand_r(&seed) << (rand_r(&seed) % 34);
        if (round % 3 == 1)
            atomic_store(&pair.writer.header->head, position);
        if (round % 3 == 2)
            atomic_store(&pair.writer.header->tail, position);
        ring_reader_init(&pair.reader, &pair.reader_side);
        const struct record_header *record;
        unsigned read = 0;
        while ((record = ring_next(&pair.reader, true))) {
            assert_true(record->kind > RECORD_PAD && record->kind < RECORD_KIND_LIMIT);
            assert_true(record->units > 0);
            read++;
        }
        assert_true(read <= RING_MIN_BYTES / RECORD_UNIT);
        put_call(&pair.writer, 1); /* a writer survives it too */
        close_pair(&pair);
    }
}

/* ---- slots ---- */

static void slots_run_out_and_come_back(void **state)
{
    (void)state;
    static struct pair pair;
    struct ring_slot *slot[RING_SLOTS];
    open_pair(&pair, RING_MIN_BYTES);
    for (uint32_t i = 0; i < RING_SLOTS; i++) {
        slot[i] = ring_slot_claim(&pair.writer, 100 + i);
        assert_non_null(slot[i]);
        assert_int_equal(atomic_load(&slot[i]->thread), 100 + i);
    }
    assert_null(ring_slot_claim(&pair.writer, 1));
    assert_int_equal(atomic_load(&pair.writer.header->untracked_threads), 1);
    atomic_store(&slot[7]->operation, 1);
    ring_slot_release(slot[7]);
    assert_ptr_equal(ring_slot_claim(&pair.writer, 2), slot[7]);
    assert_int_equal(atomic_load(&slot[7]->operation), 0);
    close_pair(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read_in_order_over_many_laps),
        cmocka_unit_test(the_largest_record_passes),
        cmocka_unit_test(a_full_ring_counts_what_it_drops_and_keeps_room_for_definitions),
        cmocka_unit_test(a_record_is_invisible_until_it_is_committed),
        cmocka_unit_test(concurrent_writers_lose_nothing_but_what_is_counted),
        cmocka_unit_test(what_a_killed_process_committed_is_read_and_its_hole_passed_over),
        cmocka_unit_test(killed_at_any_moment_every_whole_record_is_read),
        cmocka_unit_test(a_ring_is_private_and_never_an_existing_file),
        cmocka_unit_test(files_that_are_no_ring_are_refused),
        cmocka_unit_test(a_ring_full_of_nonsense_is_read_to_its_end_without_harm),
        cmocka_unit_test(slots_run_out_and_come_back),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
