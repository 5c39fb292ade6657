/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of communicators, with an NCCL that answers every question with 4, and nothing pending.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "communicators.h"
#include "creation.h"
#include "device.h"

static ncclResult_t answer_four(const ncclComm_t comm, int *answer)
{
    (void)comm;
    *answer = 4;
    return ncclSuccess;
}

void *libraries_real(struct origin origin, enum function function, int known)
{
    (void)origin, (void)function, (void)known;
    return (void *)answer_four;
}

void device_pci_bus_id(int device, char *text, size_t size)
{
    snprintf(text, size, "%d", device);
}

struct communicator *creation_adopt(ncclComm_t handle)
{
    (void)handle;
    return NULL;
}

static ncclComm_t handle_of(uintptr_t number)
{
    return (ncclComm_t)(0x10000 + number * 64);
}

static struct ring ring;
static struct ring_reader reader;

static int setup(void **state)
{
    (void)state;
    char path[64];
    snprintf(path, sizeof path, "/tmp/lockstep-communicators-%d", (int)getpid());
    communicators_forget();
    if (ring_create(&ring, path, RING_MIN_BYTES) != 0)
        return -1;
    ring_reader_init(&reader, &ring);
    return unlink(path);
}

static int teardown(void **state)
{
    (void)state;
    ring_close(&ring);
    return 0;
}

static void an_address_starts_over_with_each_communicator(void **state)
{
    (void)state;
    assert_null(communicators_find(handle_of(1)));
    struct communicator *first = communicators_add(handle_of(1), communicators_number(), 3);
    assert_int_equal(atomic_load(&first->number), 1);
    assert_int_equal(atomic_load(&first->library), 3);
    atomic_store(&first->collectives, 100);
    atomic_store(&first->children, 5);
    atomic_store(&first->state, COMMUNICATOR_GONE);
    /* Calls on it now are still told its number. */
    assert_ptr_equal(communicators_used(&ring, (struct origin){NULL, LIBRARY_LINKED}, handle_of(1)), first);
    struct communicator *second = communicators_add(handle_of(1), communicators_number(), 0);
    assert_ptr_equal(communicators_find(handle_of(1)), second);
    assert_int_equal(atomic_load(&second->number), 2);
    assert_int_equal(atomic_load(&second->collectives), 0);
    assert_int_equal(atomic_load(&second->children), 0);
    assert_int_equal(atomic_load(&second->state), COMMUNICATOR_PENDING);
    assert_null(ring_next(&reader, false));
}

static void one_that_was_never_seen_is_announced_once(void **state)
{
    (void)state;
    const struct origin origin = {NULL, LIBRARY_LINKED};
    struct communicator *entry = communicators_used(&ring, origin, handle_of(9));
    assert_ptr_equal(communicators_used(&ring, origin, handle_of(9)), entry);
    assert_null(communicators_used(&ring, origin, NULL));
    const struct record_communicator *record = (const void *)ring_next(&reader, false);
    assert_non_null(record);
    assert_int_equal(record->state, RECORD_COMMUNICATOR_READY);
    assert_int_equal(record->communicator, atomic_load(&entry->number));
    assert_int_equal(record->ranks, 4);
    assert_string_equal(record->pci_bus_id, "4");
    assert_null(ring_next(&reader, false));
}

#define THREADS 4
#define HANDLES 3000

static void *add_and_find(void *number)
{
    const uintptr_t first = (uintptr_t)number * HANDLES;
    for (uintptr_t i = 0; i < HANDLES; i++) {
        const uint32_t mine = communicators_number();
        communicators_add(handle_of(first + i), mine, 0);
        const struct communicator *entry = communicators_find(handle_of(first + i));
        if (!entry || atomic_load(&entry->number) != mine)
            return (void *)1;
        /* Somebody else's, which may be there or not. */
        entry = communicators_find(handle_of((first + i + HANDLES) % (THREADS * HANDLES)));
        if (entry && atomic_load(&entry->number) == 0)
            return (void *)1;
    }
    return NULL;
}

static void many_threads_add_and_find_many(void **state)
{
    (void)state;
    pthread_t thread[THREADS];
    void *failed;
    for (uintptr_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, add_and_find, (void *)i), 0);
    for (unsigned i = 0; i < THREADS; i++) {
        pthread_join(thread[i], &failed);
        assert_null(failed);
    }
    for (uintptr_t i = 0; i < THREADS * HANDLES; i++)
        assert_non_null(communicators_find(handle_of(i)));
    assert_int_equal(communicators_number(), THREADS * HANDLES + 1);
}

/* communicators_forget() leaves what it forgets where it is: in the child of a fork, where it belongs, it may
 * be half changed. */
__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:communicators_add";
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_address_starts_over_with_each_communicator, setup, teardown),
        cmocka_unit_test_setup_teardown(one_that_was_never_seen_is_announced_once, setup, teardown),
        cmocka_unit_test_setup_teardown(many_threads_add_and_find_many, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
