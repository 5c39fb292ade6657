/* SPDX-License-Identifier: Apache-2.0
 *
 * What is recorded of real processes. Each test runs a program (traced.c and others) and compares the whole
 * list of records.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "play.h"

#define HEAD   "nccl 22800 runtime 13000 driver 13010 preload none\n"
#define OPENED "nccl 22801 runtime 0 driver 0 preload none\n"
#define MAKES_RANK_0                                                                                         \
    "ncclCommInitRank makes comm 1 #0 rank 0 of 2 device 3 id\n"                                             \
    "comm 1 ready rank 0 of 2 device 0 at 0000:3b:00.0\n"

static unsigned count_of(const char *text, const char *part)
{
    unsigned count = 0;
    for (; (text = strstr(text, part)); text += strlen(part))
        count++;
    return count;
}

static void collectives_p2p_and_groups_are_recorded_with_their_arguments(void **state)
{
    (void)state;
    assert_string_equal(play_records_of("", "./agent_traced collectives", 0),
                        HEAD "ncclCommInitRank makes comm 1 #0 rank 1 of 4 device 3 id\n"
                             "comm 1 ready rank 1 of 4 device 1 at 0000:3c:00.0\n"
                             "ncclAllReduce comm 1 #0 count 16 float32 sum in-place\n"
                             "ncclAllReduce comm 1 #1 count 16 float32 min misaligned\n"
                             "ncclAllGather comm 1 #2 count 16 float32 in-place\n"
                             "ncclReduceScatter comm 1 #3 count 16 float32 sum in-place\n"
                             "ncclBroadcast comm 1 #4 count 16 int8 root 2\n"
                             "ncclGroupStart depth 1\n"
                             "ncclSend comm 1 #0 count 5 float32 root 2 grouped\n"
                             "ncclRecv comm 1 #1 count 6 float32 root 0 grouped\n"
                             "ncclGroupEnd depth 1\n"
                             "comm 1 finalize\n"
                             "comm 1 destroy\n"
                             "closed with 0\n");
}

static void what_nccl_calls_itself_is_not_recorded_but_its_unique_id_is_kept(void **state)
{
    (void)state;
    assert_string_equal(play_records_of("", "./agent_traced nested", 0),
                        HEAD "ncclCommInitAll makes comm 1 #0 rank 0 of 2 device 1 id\n"
                             "ncclCommInitAll makes comm 2 #0 rank 1 of 2 device 0 id\n"
                             "comm 1 ready rank 0 of 2 device 1 at 0000:3c:00.0\n"
                             "comm 2 ready rank 1 of 2 device 0 at 0000:3b:00.0\n"
                             "ncclBcast comm 1 #0 count 8 float32 root 0 in-place\n"
                             "ncclCommRegister comm 1 bytes 64\n"
                             "ncclCommWindowRegister comm 2 bytes 128\n"
                             "closed with 0\n");
}

static void failures_are_recorded_once_and_functions_that_nccl_lacks_answer_invalid_usage(void **state)
{
    (void)state;
    assert_string_equal(play_records_of("", "./agent_traced failures", 0),
                        HEAD "ncclCommInitRank makes comm 1 #0 rank 1 of 4 device 3 id\n"
                             "comm 1 ready rank 1 of 4 device 1 at 0000:3c:00.0\n"
                             "ncclCommInitRank makes comm 2 #0 rank 5 of 8 device 3 id\n"
                             "comm 2 ready rank 5 of 8 device 5 at 0000:40:00.0\n"
                             "ncclCommInitRank makes comm 3 #0 rank 7 of 2 device 3 id\n"
                             "comm 3 failed ncclInvalidArgument\n"
                             "ncclAllReduce comm 1 #0 count 4444 float32 sum in-place\n"
                             "ncclAllReduce comm 1 #0 gave ncclInvalidArgument\n"
                             "comm 2 async-error ncclSystemError\n"
                             "comm 2 abort\n"
                             "ncclGroupEnd depth 0\n"
                             "ncclGroupEnd comm 0 #0 gave ncclInvalidUsage\n"
                             "closed with 0\n");
}

static void nonblocking_creations_are_ready_when_nccl_says_so_and_not_asked_before(void **state)
{
    (void)state;
    assert_string_equal(
        play_records_of("", "./agent_traced nonblocking", 0),
        HEAD "ncclCommInitRankConfig makes comm 1 #0 rank 2 of 4 blocking 0 named async device 3 id\n"
             "comm 1 ready rank 2 of 4 device 2 at 0000:3d:00.0\n"
             "ncclCommSplit makes comm 2 from 1 #0 color 1 key 0 device 3\n"
             "comm 2 ready rank 1 of 2 device 1 at 0000:3c:00.0\n"
             "ncclAllReduce comm 2 #0 count 2 float32 sum in-place\n"
             "closed with 0\n");
}

static void grouped_creations_get_their_handles_at_the_end_of_the_group(void **state)
{
    (void)state;
    assert_string_equal(play_records_of("", "./agent_traced grouped-creation", 0),
                        HEAD "ncclGroupStart depth 1\n"
                             "ncclCommInitRank makes comm 1 #0 rank 0 of 4 device 3 id\n"
                             "ncclCommInitRank makes comm 2 #0 rank 1 of 4 device 3 id\n"
                             "ncclGroupEnd depth 1\n"
                             "comm 1 ready rank 0 of 4 device 0 at 0000:3b:00.0\n"
                             "comm 2 ready rank 1 of 4 device 1 at 0000:3c:00.0\n"
                             "ncclGroupStart depth 1\n"
                             "ncclCommSplit makes comm 3 from 1 #0 color 0 key 5 device 3\n"
                             "ncclCommSplit makes comm 4 from 2 #0 color 0 key 4 device 3\n"
                             "ncclGroupEnd depth 1\n"
                             "comm 3 ready rank 0 of 2 device 0 at 0000:3b:00.0\n"
                             "comm 4 ready rank 0 of 2 device 0 at 0000:3b:00.0\n"
                             "ncclAllReduce comm 4 #0 count 2 float32 sum in-place\n"
                             "ncclCommSplit makes comm 0 from 1 #1 color -1 key 0 device 3\n"
                             "ncclCommShrink makes comm 5 from 1 #2 without 1 3 device 3\n"
                             "comm 5 ready rank 0 of 2 device 0 at 0000:3b:00.0\n"
                             "ncclAllReduce comm 5 #0 count 2 float32 sum in-place\n"
                             "closed with 0\n");
}

static void a_reused_address_is_a_new_communicator(void **state)
{
    (void)state;
    assert_string_equal(play_records_of("", "./agent_traced reuse", 0),
                        HEAD MAKES_RANK_0 "ncclAllReduce comm 1 #0 count 1 float32 sum in-place\n"
                                          "comm 1 destroy\n"
                                          "ncclCommInitRank makes comm 2 #1 rank 0 of 2 device 3 id\n"
                                          "comm 2 ready rank 0 of 2 device 0 at 0000:3b:00.0\n"
                                          "ncclAllReduce comm 2 #0 count 1 float32 sum in-place\n"
                                          "closed with 0\n");
}

static void a_communicator_that_was_not_seen_being_made_gets_a_number_all_the_same(void **state)
{
    (void)state;
    assert_string_equal(play_records_of("", "./agent_traced unseen", 0),
                        HEAD MAKES_RANK_0 "comm 2 ready rank 4 of 6 device 4 at 0000:3f:00.0\n"
                                          "ncclAllReduce comm 2 #0 count 1 float32 sum in-place\n"
                                          "closed with 0\n");
}

static void user_made_reductions_are_recorded_by_what_they_were_made_from(void **state)
{
    (void)state;
    assert_string_equal(play_records_of("", "./agent_traced reductions", 0),
                        HEAD MAKES_RANK_0 "ncclRedOpCreatePreMulSum comm 1 (1) 4 bytes 0.5\n"
                                          "ncclAllReduce comm 1 #0 count 1 float32 pre_mul_sum(1) in-place\n"
                                          "ncclRedOpDestroy comm 1 (1) 0 bytes 0\n"
                                          "ncclAllReduce comm 1 #1 count 1 float32 unknown in-place\n"
                                          "ncclRedOpCreatePreMulSum comm 1 (2) 0 bytes 0 device-scalar\n"
                                          "ncclAllReduce comm 1 #2 count 1 float32 pre_mul_sum(2) in-place\n"
                                          "closed with 0\n");
}

static void captured_calls_and_graph_launches_are_recorded(void **state)
{
    (void)state;
    assert_string_equal(play_records_of("", "./agent_traced graphs", 0), HEAD MAKES_RANK_0
                        "ncclAllReduce comm 1 #0 count 1 float32 sum in-place\n"
                        "cudaStreamBeginCapture stream 100 graph 0 exec 0 capture 1 result 0\n"
                        "ncclAllReduce comm 1 #1 count 2 float32 sum capture 1 in-place captured\n"
                        "ncclAllReduce comm 1 #2 count 3 float32 sum in-place\n"
                        "cudaStreamEndCapture stream 200 graph 0 exec 0 capture 0 result 401\n"
                        "cudaStreamEndCapture stream 100 graph 900 exec 0 capture 1 result 0\n"
                        "cudaGraphInstantiate stream 0 graph 900 exec e04 capture 0 result 0\n"
                        "cudaGraphLaunch stream 100 graph 0 exec e04 capture 0 result 0\n"
                        "cudaGraphLaunch stream 100 graph 0 exec e04 capture 0 result 0\n"
                        "cudaGraphExecDestroy stream 0 graph 0 exec e04 capture 0 result 0\n"
                        "ncclAllReduce comm 1 #3 count 1 float32 sum in-place\n"
                        "closed with 0\n");
}

static void many_threads_lose_nothing(void **state)
{
    (void)state;
    const char *records = play_records_of("LOCKSTEP_RING_BYTES=16777216", "./agent_traced threads", 0);
    for (unsigned i = 1; i <= 8; i++) {
        char call[64];
        snprintf(call, sizeof call, "ncclAllReduce comm %u #", i);
        assert_int_equal(count_of(records, call), 2000);
        snprintf(call, sizeof call, "ncclAllReduce comm %u #1999 ", i);
        assert_int_equal(count_of(records, call), 1);
    }
    assert_null(strstr(records, "lost"));
}

static void a_full_ring_drops_calls_and_counts_them_but_keeps_definitions(void **state)
{
    (void)state;
    const char *records =
        play_records_of("LOCKSTEP_RING_BYTES=65536 KEEP_RING_LATE=1", "./agent_traced overflows", 0);
    const char *lost = strstr(records, "lost ");
    assert_non_null(lost);
    assert_int_equal(count_of(records, "ncclAllReduce") + strtoul(lost + 5, NULL, 10), 4096);
    assert_non_null(strstr(records, "\ncomm 1 destroy\n"));
}

static void a_program_that_asks_dlsym_is_seen_and_its_copies_of_nccl_stay_apart(void **state)
{
    (void)state;
    struct play play;
    play_run(&play, "", "./agent_opener copy1/libnccl.so.2 copy2/libnccl.so.2");
    assert_string_equal(play.output, "22801\n22802\n");
    assert_string_equal(play_records(play.pid, PLAY_PATIENCE_MS),
                        OPENED "ncclCommInitRank makes comm 1 #0 rank 1 of 2 device -1 id\n"
                               "comm 1 ready rank 1 of 2 device 1 at \n"
                               "ncclCommInitRank makes comm 2 #1 rank 1 of 2 device -1 id\n"
                               "comm 2 ready rank 1 of 2 device 1 at \n"
                               "ncclAllReduce comm 1 #0 count 1 float32 sum in-place\n"
                               "ncclAllReduce comm 2 #0 count 2 float32 sum in-place\n"
                               "ncclAllReduce comm 1 #1 count 1 float32 sum in-place\n"
                               "ncclAllReduce comm 2 #1 count 2 float32 sum in-place\n"
                               "ncclAllReduce comm 1 #2 count 1 float32 sum in-place\n"
                               "ncclAllReduce comm 2 #2 count 2 float32 sum in-place\n"
                               "closed with 0\n");
}

static void dlsym_can_be_left_alone(void **state)
{
    (void)state;
    struct play play;
    play_run(&play, "LOCKSTEP_DLSYM=0", "./agent_opener copy1/libnccl.so.2 copy2/libnccl.so.2");
    assert_string_equal(play.output, "22801\n22802\n");
    assert_null(play_records(play.pid, 200));
}

static void a_library_that_keeps_its_nccl_to_itself_is_seen(void **state)
{
    (void)state;
    assert_string_equal(play_records_of("", "./agent_host plugin1/libagent_plugin_1.so plugin_run", 0),
                        OPENED "ncclCommInitRank makes comm 1 #0 rank 0 of 2 device -1 id\n"
                               "comm 1 ready rank 0 of 2 device 0 at \n"
                               "ncclAllReduce comm 1 #0 count 4 float32 sum in-place\n"
                               "comm 1 destroy\n"
                               "closed with 0\n");
}

static void another_tool_in_front_of_nccl_is_called_after_us_or_before(void **state)
{
    (void)state;
    assert_string_equal(play_records_of("LD_PRELOAD=" AGENT_LIBRARY ":" AGENT_FOLDER
                                        "/libagent_interposer.so",
                                        "./agent_traced reuse", 0),
                        HEAD MAKES_RANK_0 "ncclAllReduce comm 1 #0 count 1 float32 sum in-place\n"
                                          "comm 1 destroy\n"
                                          "ncclCommInitRank makes comm 2 #1 rank 0 of 2 device 3 id\n"
                                          "comm 2 ready rank 0 of 2 device 0 at 0000:3b:00.0\n"
                                          "ncclAllReduce comm 2 #0 count 1 float32 sum in-place\n"
                                          "closed with 0\n");
    const char *records = play_records_of("LD_PRELOAD=" AGENT_FOLDER "/libagent_interposer.so:" AGENT_LIBRARY,
                                          "./agent_traced is-interposed", 0);
    assert_non_null(strstr(records, "ncclAllReduce comm 1 #0 count 5 float32 sum in-place\n"));
    records = play_records_of("LD_PRELOAD=" AGENT_LIBRARY ":" AGENT_FOLDER "/libagent_interposer.so",
                              "./agent_traced is-interposed", 0);
    assert_non_null(strstr(records, "ncclAllReduce comm 1 #0 count 4 float32 sum in-place\n"));
}

static void more_threads_than_slots_one_after_another_all_get_one(void **state)
{
    (void)state;
    const char *records = play_records_of("", "./agent_traced many-threads", 0);
    assert_int_equal(count_of(records, "ncclAllReduce comm 1 #"), 600);
    assert_null(strstr(records, "untracked"));
}

static void the_capture_state_can_always_be_asked(void **state)
{
    (void)state;
    const char *records = play_records_of("LOCKSTEP_CAPTURE=always", "./agent_traced captures-unseen", 0);
    assert_non_null(
        strstr(records, "ncclAllReduce comm 1 #0 count 2 float32 sum capture 1 in-place captured\n"));
    records = play_records_of("", "./agent_traced captures-unseen", 0);
    assert_non_null(strstr(records, "ncclAllReduce comm 1 #0 count 2 float32 sum in-place\n"));
}

static void python_with_ctypes_is_seen(void **state)
{
    (void)state;
    assert_string_equal(play_records_of("", "python3 " AGENT_SOURCE "/with_ctypes.py copy1/libnccl.so.2", 0),
                        OPENED "ncclCommInitRank makes comm 1 #0 rank 1 of 2 device -1 id\n"
                               "comm 1 ready rank 1 of 2 device 1 at \n"
                               "ncclAllReduce comm 1 #0 count 3 float32 sum in-place\n"
                               "comm 1 destroy\n"
                               "closed with 0\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(collectives_p2p_and_groups_are_recorded_with_their_arguments),
        cmocka_unit_test(what_nccl_calls_itself_is_not_recorded_but_its_unique_id_is_kept),
        cmocka_unit_test(failures_are_recorded_once_and_functions_that_nccl_lacks_answer_invalid_usage),
        cmocka_unit_test(nonblocking_creations_are_ready_when_nccl_says_so_and_not_asked_before),
        cmocka_unit_test(grouped_creations_get_their_handles_at_the_end_of_the_group),
        cmocka_unit_test(a_reused_address_is_a_new_communicator),
        cmocka_unit_test(a_communicator_that_was_not_seen_being_made_gets_a_number_all_the_same),
        cmocka_unit_test(user_made_reductions_are_recorded_by_what_they_were_made_from),
        cmocka_unit_test(captured_calls_and_graph_launches_are_recorded),
        cmocka_unit_test(many_threads_lose_nothing),
        cmocka_unit_test(a_full_ring_drops_calls_and_counts_them_but_keeps_definitions),
        cmocka_unit_test(a_program_that_asks_dlsym_is_seen_and_its_copies_of_nccl_stay_apart),
        cmocka_unit_test(dlsym_can_be_left_alone),
        cmocka_unit_test(a_library_that_keeps_its_nccl_to_itself_is_seen),
        cmocka_unit_test(another_tool_in_front_of_nccl_is_called_after_us_or_before),
        cmocka_unit_test(more_threads_than_slots_one_after_another_all_get_one),
        cmocka_unit_test(the_capture_state_can_always_be_asked),
        cmocka_unit_test(python_with_ctypes_is_seen),
    };
    return cmocka_run_group_tests(tests, play_setup, play_teardown);
}
