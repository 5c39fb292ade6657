/* SPDX-License-Identifier: Apache-2.0
 *
 * Every event exactly once, whatever happens to the collector.
 */
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "rank.h"
#include "router.h"

#define MANY 20000u

static const char *const plain[] = {NULL};

static void write_calls(struct ring *ring, uint32_t count)
{
    static uint32_t sequence;
    for (uint32_t i = 0; i < count; i++)
        rank_write_call(ring, sequence++);
}

/* A forwarder on a busy machine may be slow, and these tests are not about overflow. */
static void wait_for_room(const struct ring *ring)
{
    for (int i = 0; i < 3000; i++) {
        if (atomic_load(&ring->header->head) - atomic_load(&ring->header->tail) < ring->capacity / 2)
            return;
        usleep(10000);
    }
    _exit(96);
}

/* 'c' makes communicator 1; '1' calls once, 'k' a thousand times, 'm' MANY times, as fast as the forwarder
 * reads; 'x' exits as a program does that ends well; 'X' first waits for delivery, as the preload does. */
static void body(struct ring *ring, char order)
{
    switch (order) {
    case 'c':
        rank_write_create(ring, 1, 4, 2);
        break;
    case '1':
        write_calls(ring, 1);
        break;
    case 'k':
        write_calls(ring, 1000);
        break;
    case 'm':
        for (uint32_t done = 0; done < MANY; done += 1000) {
            wait_for_room(ring);
            write_calls(ring, 1000);
        }
        break;
    default:
        atomic_store(&ring->header->end, RING_CLOSED);
        for (int i = 0; order == 'X' && i < 200; i++) {
            if (atomic_load(&ring->header->delivered) >= atomic_load(&ring->header->head))
                _exit(0);
            usleep(10000);
        }
        _exit(order == 'x' ? 0 : 3);
    }
}

static void nothing_is_missing(const struct router *router, uint64_t calls)
{
    assert_int_equal(router->calls, calls);
    assert_int_equal(router->out_of_order, 0);
    assert_int_equal(router->gap_calls, 0);
    assert_int_equal(router->gap_records, 0);
    assert_int_equal(router->lost, 0);
}

static void nothing_is_left(const struct rank *rank)
{
    char path[PATH_MAX];
    assert_int_equal(rank_file(rank, ".ring", path), 0);
    assert_int_equal(rank_file(rank, ".spool", path), 0);
}

static void every_call_arrives_once_and_the_end_is_clean(void **state)
{
    (void)state;
    struct rank rank;
    struct router router;
    router_open(&router);
    rank_start(&rank, 1u << 20, body);
    rank_forward(&rank, router.endpoint, plain);
    rank_order(&rank, 'c');
    rank_order(&rank, 'm');
    rank_order_last(&rank, 'x');
    assert_true(router_until_end(&router, 20));
    nothing_is_missing(&router, MANY);
    assert_int_equal(router.created, 1);
    assert_int_equal(router.end_events, MANY + 1);
    assert_int_equal(router.how, END_CLEAN);
    assert_int_equal(router.status, 0);
    assert_int_equal(router.world_rank, 2);
    assert_int_equal(router.world_size, 4);
    assert_string_equal(router.rank_source, "communicator");
    assert_string_equal(router.job, "default");
    assert_true(router.named_call_site);
    rank_forwarder_ends(&rank, 5);
    nothing_is_left(&rank);
    rank_wait(&rank);
    rank_clean(&rank);
    router_close(&router);
}

static void a_collector_that_restarts_gets_every_call_once(void **state)
{
    (void)state;
    struct rank rank;
    struct router router;
    router_open(&router);
    rank_start(&rank, 1u << 20, body);
    rank_forward(&rank, router.endpoint, plain);
    rank_order(&rank, 'k');
    assert_true(router_until(&router, &router.calls, 500, 10));
    for (int round = 0; round < 3; round++) {
        router_stop(&router);
        rank_order(&rank, 'm');
        router_restart(&router);
        rank_order(&rank, 'k');
        assert_true(router_until(&router, &router.calls, 1000 + (uint64_t)round * (MANY + 1000), 10));
    }
    rank_order_last(&rank, 'x');
    assert_true(router_until_end(&router, 20));
    nothing_is_missing(&router, 1000 + 3 * (MANY + 1000));
    rank_forwarder_ends(&rank, 5);
    rank_wait(&rank);
    rank_clean(&rank);
    router_close(&router);
}

static void messages_that_get_lost_are_sent_again(void **state)
{
    (void)state;
    struct rank rank;
    struct router router;
    router_open(&router);
    router.lose_one_in = 3;
    rank_start(&rank, 1u << 20, body);
    rank_forward(&rank, router.endpoint, plain);
    rank_order(&rank, 'm');
    rank_order_last(&rank, 'x');
    assert_true(router_until_end(&router, 60));
    nothing_is_missing(&router, MANY);
    router.lose_one_in = 0;
    router_for(&router, 200);
    rank_wait(&rank);
    rank_clean(&rank);
    router_close(&router);
}

static void a_refusal_keeps_the_data_until_there_is_room(void **state)
{
    (void)state;
    struct rank rank;
    struct router router;
    router_open(&router);
    router.refuse = "no space left on device";
    rank_start(&rank, 1u << 20, body);
    rank_forward(&rank, router.endpoint, plain);
    rank_order(&rank, 'm');
    router_for(&router, 1500);
    assert_int_equal(router.calls, 0);
    assert_true(router.messages < 200); /* tried again once a second, not in a loop */
    router.refuse = NULL;
    rank_order_last(&rank, 'x');
    assert_true(router_until_end(&router, 20));
    nothing_is_missing(&router, MANY);
    rank_forwarder_ends(&rank, 5);
    rank_wait(&rank);
    rank_clean(&rank);
    router_close(&router);
}

static void what_memory_has_no_room_for_waits_in_the_spool(void **state)
{
    (void)state;
    const char *const little_memory[] = {"LOCKSTEP_MEMORY_BYTES=20000", NULL};
    struct rank rank;
    struct router router;
    char path[PATH_MAX];
    struct stat status;
    router_open(&router);
    router_stop(&router);
    rank_start(&rank, 1u << 20, body);
    rank_forward(&rank, router.endpoint, little_memory);
    rank_order(&rank, 'm');
    rank_order(&rank, 'm');
    usleep(300000);
    assert_int_equal(rank_file(&rank, ".spool", path), 1);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_true(status.st_size > 0);
    router_restart(&router);
    router.ack_after = 3;
    assert_true(router_until(&router, &router.calls, 2 * MANY - 4096, 20));
    rank_order_last(&rank, 'x');
    assert_true(router_until_end(&router, 20));
    nothing_is_missing(&router, 2 * MANY);
    rank_forwarder_ends(&rank, 5);
    nothing_is_left(&rank);
    rank_wait(&rank);
    rank_clean(&rank);
    router_close(&router);
}

static void without_a_collector_the_spool_keeps_everything(void **state)
{
    (void)state;
    struct rank rank;
    struct router router;
    char path[PATH_MAX];
    router_open(&router);
    router_stop(&router);
    rank_start(&rank, 1u << 20, body);
    rank_forward(&rank, router.endpoint, plain);
    rank_order(&rank, 'c');
    rank_order(&rank, 'm');
    rank_order_last(&rank, 'X');
    assert_int_equal(rank_wait(&rank), 0); /* its data was safe before its patience was over */
    rank_forwarder_ends(&rank, 10);
    assert_int_equal(rank_file(&rank, ".ring", path), 0);
    assert_int_equal(rank_file(&rank, ".spool", path), 1);
    router_feed_file(&router, path);
    nothing_is_missing(&router, MANY);
    assert_int_equal(router.created, 1);
    assert_true(router.ended);
    assert_int_equal(router.how, END_CLEAN);
    rank_clean(&rank);
    router_close(&router);
}

/* Leaves the ring overflowed: after one call that arrived, a thousand of which not half did. */
static void overflow(struct rank *rank, struct router *router)
{
    router_open(router);
    rank_start(rank, 64u << 10, body);
    rank_forward(rank, router->endpoint, plain);
    rank_order(rank, '1');
    assert_true(router_until(router, &router->calls, 1, 5));
    kill(rank->forwarder, SIGSTOP);
    rank_order(rank, 'k');
    kill(rank->forwarder, SIGCONT);
}

static void an_overflow_is_a_gap_of_exact_length_in_its_place(void **state)
{
    (void)state;
    struct rank rank;
    struct router router;
    overflow(&rank, &router);
    usleep(50000);
    rank_order(&rank, '1');
    rank_order_last(&rank, 'x');
    assert_true(router_until_end(&router, 20));
    assert_true(router.calls < 1002);
    assert_int_equal(router.calls + router.gap_calls, 1002);
    assert_int_equal(router.gap_records, 0);
    assert_int_equal(router.out_of_order, 0); /* each gap stands where the calls are missing */
    assert_int_equal(router.expected, 1002);
    rank_forwarder_ends(&rank, 5);
    rank_wait(&rank);
    rank_clean(&rank);
    router_close(&router);
}

static void a_loss_that_no_call_follows_is_told_too(void **state)
{
    (void)state;
    struct rank rank;
    struct router router;
    overflow(&rank, &router);
    assert_true(router_until(&router, &router.gap_records, 1, 5));
    assert_int_equal(router.calls + router.gap_records, 1001);
    rank_order(&rank, '1'); /* a call follows after all */
    assert_true(router_until(&router, &router.gap_calls, 1, 5));
    rank_order_last(&rank, 'x');
    assert_true(router_until_end(&router, 20));
    assert_int_equal(router.calls + router.gap_calls, 1002);
    assert_int_equal(router.out_of_order, 0);
    rank_forwarder_ends(&rank, 5);
    rank_wait(&rank);
    rank_clean(&rank);
    router_close(&router);
}

static void with_memory_and_spool_full_the_ring_counts_what_is_lost(void **state)
{
    (void)state;
    const char *const no_room[] = {"LOCKSTEP_MEMORY_BYTES=8000", "LOCKSTEP_SPOOL_BYTES=8000", NULL};
    struct rank rank;
    struct router router;
    router_open(&router);
    router_stop(&router);
    rank_start(&rank, 64u << 10, body);
    rank_forward(&rank, router.endpoint, no_room);
    for (unsigned done = 0; done < MANY; done += 1000)
        rank_order(&rank, 'k');
    router_restart(&router);
    assert_true(router_until(&router, &router.calls, 400, 20));
    router_for(&router, 500);
    rank_order(&rank, '1');
    rank_order_last(&rank, 'x');
    assert_true(router_until_end(&router, 20));
    assert_true(router.calls < MANY);
    assert_int_equal(router.calls + router.gap_calls, MANY + 1);
    assert_int_equal(router.out_of_order, 0);
    assert_int_equal(router.lost, 0);
    rank_forwarder_ends(&rank, 5);
    rank_wait(&rank);
    rank_clean(&rank);
    router_close(&router);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_call_arrives_once_and_the_end_is_clean),
        cmocka_unit_test(a_collector_that_restarts_gets_every_call_once),
        cmocka_unit_test(messages_that_get_lost_are_sent_again),
        cmocka_unit_test(a_refusal_keeps_the_data_until_there_is_room),
        cmocka_unit_test(what_memory_has_no_room_for_waits_in_the_spool),
        cmocka_unit_test(without_a_collector_the_spool_keeps_everything),
        cmocka_unit_test(an_overflow_is_a_gap_of_exact_length_in_its_place),
        cmocka_unit_test(a_loss_that_no_call_follows_is_told_too),
        cmocka_unit_test(with_memory_and_spool_full_the_ring_counts_what_is_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
