/* SPDX-License-Identifier: Apache-2.0
 *
 * However a process ends, what it did arrives, and so does the news of its end.
 */
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "names.h"
#include "rank.h"
#include "router.h"

static const char *const plain[] = {NULL};

static void write_calls(struct ring *ring, uint32_t count)
{
    static uint32_t sequence;
    for (uint32_t i = 0; i < count; i++)
        rank_write_call(ring, sequence++);
}

/* 'k' makes a thousand calls; 'h' enters one that never returns, 'e' becomes another program; 's' dies of a
 * signal right after a thousand calls, 'd' likewise in the middle of writing one, '_' exits without a
 * goodbye. */
static void body(struct ring *ring, char order)
{
    switch (order) {
    case 'h': {
        struct ring_slot *slot = ring_slot_claim(ring, (uint32_t)gettid());
        atomic_store(&slot->sequence, 1000);
        atomic_store(&slot->communicator, 1);
        atomic_store(&slot->since_ns, 5);
        atomic_store(&slot->operation, OPERATION_ALL_REDUCE);
        break;
    }
    case 'e':
        write_calls(ring, 1000);
        atomic_store(&ring->header->end, RING_EXECED);
        execl("/bin/sleep", "sleep", "60", (char *)NULL);
        break;
    case '_':
        write_calls(ring, 1000);
        _exit(42);
    case 'd':
        write_calls(ring, 500);
        ring_reserve(ring, RECORD_CALL, sizeof(struct record_call), RING_ORDINARY);
        for (uint32_t i = 501; i < 1000; i++) /* another thread's, behind the hole */
            rank_write_call(ring, i);
        kill(getpid(), SIGKILL);
        break;
    case 's':
        write_calls(ring, 1000);
        kill(getpid(), SIGKILL);
        break;
    default:
        write_calls(ring, 1000);
    }
}

static void all_of_a_killed_process_arrives(void **state)
{
    (void)state;
    struct rank rank;
    struct router router;
    router_open(&router);
    rank_start(&rank, 1u << 20, body);
    rank_forward(&rank, router.endpoint, plain);
    rank_order_last(&rank, 's');
    assert_true(router_until_end(&router, 10));
    assert_int_equal(router.calls, 1000);
    assert_int_equal(router.out_of_order, 0);
    assert_int_equal(router.gap_calls + router.gap_records, 0);
    assert_int_equal(router.how, END_SIGNAL);
    assert_int_equal(router.status, SIGKILL);
    rank_forwarder_ends(&rank, 5);
    rank_wait(&rank);
    rank_clean(&rank);
    router_close(&router);
}

static void a_process_that_is_waited_for_at_once_is_not_misjudged(void **state)
{
    (void)state;
    struct rank rank;
    struct router router;
    router_open(&router);
    rank_start(&rank, 1u << 20, body);
    rank_forward(&rank, router.endpoint, plain);
    rank_order(&rank, 'k');
    assert_true(router_until(&router, &router.calls, 1000, 5));
    rank_order_last(&rank, '_');
    rank_wait(&rank);
    assert_true(router_until_end(&router, 10));
    assert_int_equal(router.calls, 2000);
    /* Which of the two depends on the kernel and on who was quicker. */
    if (router.how == END_VANISHED) {
        assert_int_equal(router.status, -1);
    } else {
        assert_int_equal(router.how, END_EXITED);
        assert_int_equal(router.status, 42);
    }
    rank_forwarder_ends(&rank, 5);
    rank_clean(&rank);
    router_close(&router);
}

static void a_record_that_was_never_finished_is_a_gap(void **state)
{
    (void)state;
    struct rank rank;
    struct router router;
    router_open(&router);
    rank_start(&rank, 1u << 20, body);
    rank_forward(&rank, router.endpoint, plain);
    rank_order_last(&rank, 'd');
    assert_true(router_until_end(&router, 10));
    assert_int_equal(router.calls, 999);
    assert_int_equal(router.gap_calls, 1);
    assert_int_equal(router.out_of_order, 0);
    rank_forwarder_ends(&rank, 5);
    rank_wait(&rank);
    rank_clean(&rank);
    router_close(&router);
}

static void a_process_that_ended_before_is_read_to_the_end(void **state)
{
    (void)state;
    struct rank rank;
    struct router router;
    router_open(&router);
    rank_start(&rank, 1u << 20, body);
    const pid_t pid = rank.pid;
    rank_order_last(&rank, 's');
    rank_wait(&rank);
    rank.pid = pid;
    rank_forward(&rank, router.endpoint, plain);
    rank.pid = 0;
    assert_true(router_until_end(&router, 10));
    assert_int_equal(router.calls, 1000);
    assert_int_equal(router.how, END_VANISHED);
    assert_int_equal(router.status, -1);
    rank_forwarder_ends(&rank, 5);
    rank_clean(&rank);
    router_close(&router);
}

static void an_exit_without_goodbye_has_its_status(void **state)
{
    (void)state;
    struct rank rank;
    struct router router;
    router_open(&router);
    rank_start(&rank, 1u << 20, body);
    rank_forward(&rank, router.endpoint, plain);
    rank_order(&rank, 'k');
    assert_true(router_until(&router, &router.calls, 1000, 5));
    rank_order_last(&rank, '_');
    assert_true(router_until_end(&router, 10));
    assert_int_equal(router.calls, 2000);
    assert_int_equal(router.how, END_EXITED);
    assert_int_equal(router.status, 42);
    rank_forwarder_ends(&rank, 5);
    rank_wait(&rank);
    rank_clean(&rank);
    router_close(&router);
}

static void another_program_in_the_process_is_an_end(void **state)
{
    (void)state;
    struct rank rank;
    struct router router;
    router_open(&router);
    rank_start(&rank, 1u << 20, body);
    rank_forward(&rank, router.endpoint, plain);
    rank_order_last(&rank, 'e');
    assert_true(router_until_end(&router, 10));
    assert_int_equal(router.calls, 1000);
    assert_int_equal(router.how, END_EXECED);
    rank_forwarder_ends(&rank, 5);
    assert_int_equal(waitpid(rank.pid, NULL, WNOHANG), 0); /* left in peace */
    rank_clean(&rank);
    router_close(&router);
}

static void a_hanging_call_is_in_the_heartbeat(void **state)
{
    (void)state;
    struct rank rank;
    struct router router;
    router_open(&router);
    rank_start(&rank, 1u << 20, body);
    rank_forward(&rank, router.endpoint, plain);
    rank_order(&rank, 'k');
    rank_order(&rank, 'h');
    assert_true(router_until(&router, &router.calls, 1000, 5));
    const uint64_t before = router.heartbeats;
    assert_true(router_until(&router, &router.heartbeats, before + 2, 5));
    assert_int_equal(router.hung_operation, OPERATION_ALL_REDUCE);
    assert_int_equal(router.hung_sequence, 1000);
    assert_true(router.clock_error_ns > 0);
    rank_clean(&rank);
    router_close(&router);
}

static void the_rank_is_not_ended_unless_allowed(void **state)
{
    (void)state;
    struct rank rank;
    struct router router;
    router_open(&router);
    rank_start(&rank, 1u << 20, body);
    rank_forward(&rank, router.endpoint, plain);
    rank_order(&rank, 'k');
    assert_true(router_until(&router, &router.calls, 1000, 5));
    router_command(&router, COMMAND_ABORT);
    router_for(&router, 500);
    assert_int_equal(waitpid(rank.pid, NULL, WNOHANG), 0);
    rank_clean(&rank);
    router_close(&router);
}

static void the_rank_is_ended_when_allowed(void **state)
{
    (void)state;
    const char *const allowed[] = {"LOCKSTEP_ON_MISMATCH=abort", "LOCKSTEP_ABORT_GRACE_S=1", NULL};
    struct rank rank;
    struct router router;
    router_open(&router);
    rank_start(&rank, 1u << 20, body);
    rank_forward(&rank, router.endpoint, allowed);
    rank_order(&rank, 'k');
    assert_true(router_until(&router, &router.calls, 1000, 5));
    router_command(&router, COMMAND_ABORT);
    assert_true(router_until_end(&router, 5));
    assert_int_equal(router.how, END_SIGNAL);
    assert_int_equal(router.status, SIGTERM);
    assert_int_equal(WTERMSIG(rank_wait(&rank)), SIGTERM);
    rank_clean(&rank);
    router_close(&router);
}

static void a_second_signal_makes_the_forwarder_leave_and_keep_everything(void **state)
{
    (void)state;
    struct rank rank;
    struct router router;
    char path[PATH_MAX];
    router_open(&router);
    router_stop(&router);
    rank_start(&rank, 1u << 20, body);
    rank_forward(&rank, router.endpoint, plain);
    rank_order(&rank, 'k');
    usleep(300000);
    kill(rank.forwarder, SIGTERM);
    usleep(100000);
    kill(rank.forwarder, SIGTERM);
    rank_forwarder_ends(&rank, 3);
    assert_int_equal(rank_file(&rank, ".ring", path), 1); /* the process still writes into it */
    assert_int_equal(rank_file(&rank, ".spool", path), 1);
    router_feed_file(&router, path);
    assert_int_equal(router.calls, 1000);
    assert_false(router.ended);
    rank_clean(&rank);
    router_close(&router);
}

static void launchers_variables_come_before_the_communicator(void **state)
{
    (void)state;
    const char *const launcher[] = {"OMPI_COMM_WORLD_RANK=7", "OMPI_COMM_WORLD_SIZE=9", "PMIX_NAMESPACE=4711",
                                    NULL};
    struct rank rank;
    struct router router;
    router_open(&router);
    rank_start(&rank, 1u << 20, body);
    rank_forward(&rank, router.endpoint, launcher);
    rank_order_last(&rank, 's');
    assert_true(router_until_end(&router, 10));
    assert_int_equal(router.world_rank, 7);
    assert_int_equal(router.world_size, 9);
    assert_string_equal(router.rank_source, "openmpi");
    assert_string_equal(router.job, "4711");
    rank_forwarder_ends(&rank, 5);
    rank_wait(&rank);
    rank_clean(&rank);
    router_close(&router);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_of_a_killed_process_arrives),
        cmocka_unit_test(a_process_that_is_waited_for_at_once_is_not_misjudged),
        cmocka_unit_test(a_record_that_was_never_finished_is_a_gap),
        cmocka_unit_test(a_process_that_ended_before_is_read_to_the_end),
        cmocka_unit_test(an_exit_without_goodbye_has_its_status),
        cmocka_unit_test(another_program_in_the_process_is_an_end),
        cmocka_unit_test(a_hanging_call_is_in_the_heartbeat),
        cmocka_unit_test(the_rank_is_not_ended_unless_allowed),
        cmocka_unit_test(the_rank_is_ended_when_allowed),
        cmocka_unit_test(a_second_signal_makes_the_forwarder_leave_and_keep_everything),
        cmocka_unit_test(launchers_variables_come_before_the_communicator),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
