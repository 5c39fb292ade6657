/* SPDX-License-Identifier: Apache-2.0
 *
 * Where a thread is said to be that is inside a call of CUDA or MPI which is not recorded (blocked.c).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "play.h"

#define HEAD                                                                                                 \
    "nccl 22800 runtime 13000 driver 13010 preload none\n"                                                   \
    "ncclCommInitRank makes comm 1 #0 rank 0 of 2 device 3 id\n"                                             \
    "comm 1 ready rank 0 of 2 device 0 at 0000:3b:00.0\n"                                                    \
    "ncclAllReduce comm 1 #0 count 1 float32 sum in-place\n"

#define PROGRAM "./agent_blocked"
#define PLUGIN  "./agent_host ./libagent_blocked_plugin.so blocked_run"

/* The records of the command, which goes into `where` and is killed in there. */
static const char *killed(const char *where, const char *settings, const char *command)
{
    struct play play;
    char all[256];
    snprintf(all, sizeof all, "BLOCKED=%s %s", where, settings);
    play_run(&play, all, command);
    assert_string_equal(play.output, "");
    assert_true(WIFSIGNALED(play.status) || WEXITSTATUS(play.status) == 137);
    const char *records = play_records(play.pid, PLAY_PATIENCE_MS);
    assert_non_null(records);
    return records;
}

static void a_thread_inside_a_call_that_blocks_is_shown_there_and_nothing_is_recorded(void **state)
{
    (void)state;
    assert_string_equal(killed("stream", "", PROGRAM),
                        HEAD "inside cudaStreamSynchronize comm 0 #0\nvanished\n");
    assert_string_equal(killed("own-stream", "", PROGRAM),
                        HEAD "inside cudaStreamSynchronize comm 0 #0\nvanished\n");
    assert_string_equal(killed("event", "", PROGRAM),
                        HEAD "inside cudaEventSynchronize comm 0 #0\nvanished\n");
    assert_string_equal(killed("memcpy", "", PROGRAM), HEAD "inside cudaMemcpy comm 0 #0\nvanished\n");
    assert_string_equal(killed("memcpy-async", "", PROGRAM),
                        HEAD "inside cudaMemcpyAsync comm 0 #0\nvanished\n");
    assert_string_equal(killed("memcpy-2d", "", PROGRAM), HEAD "inside cudaMemcpy2D comm 0 #0\nvanished\n");
    assert_string_equal(killed("barrier", "", PROGRAM), HEAD "inside MPI_Barrier comm 0 #0\nvanished\n");
    assert_string_equal(killed("sendrecv", "", PROGRAM), HEAD "inside MPI_Sendrecv comm 0 #0\nvanished\n");
}

static void outside_of_them_it_is_nowhere(void **state)
{
    (void)state;
    assert_string_equal(play_records_of("", PROGRAM, 0), HEAD "closed with 0\n");
    assert_string_equal(play_records_of("", PLUGIN, 0), HEAD "closed with 0\n");
}

static void a_library_that_keeps_cuda_and_mpi_to_itself_is_seen(void **state)
{
    (void)state;
    assert_string_equal(killed("stream", "", PLUGIN),
                        HEAD "inside cudaStreamSynchronize comm 0 #0\nvanished\n");
    assert_string_equal(killed("sendrecv", "", PLUGIN), HEAD "inside MPI_Sendrecv comm 0 #0\nvanished\n");
}

static void what_nccl_is_asked_from_inside_is_recorded_and_the_call_around_it_shown_again(void **state)
{
    (void)state;
    assert_string_equal(killed("send", "", PROGRAM),
                        HEAD "ncclAllReduce comm 1 #1 count 1 float32 sum in-place\n"
                             "inside MPI_Send comm 0 #0\n"
                             "vanished\n");
}

static void what_cuda_calls_itself_is_not_shown(void **state)
{
    (void)state;
    assert_string_equal(killed("cuda-itself", "", PROGRAM), HEAD "vanished\n");
}

static void it_can_be_turned_off(void **state)
{
    (void)state;
    assert_string_equal(killed("stream", "LOCKSTEP_BLOCKING=0", PROGRAM), HEAD "vanished\n");
    assert_string_equal(killed("barrier", "LOCKSTEP_BLOCKING=0", PROGRAM), HEAD "vanished\n");
}

/* mock_mpi.c returns 4321. */
static void a_call_that_returns_to_another_library_still_reaches_the_real_function(void **state)
{
    (void)state;
    struct play play;
    play_run(&play, "", "./agent_host ./libagent_blocked_plugin.so blocked_barrier");
    assert_string_equal(play.output, "");
    assert_int_equal(WEXITSTATUS(play.status), 4321 & 0xff);
}

static void nobody_finds_an_mpi_that_is_not_there(void **state)
{
    (void)state;
    struct play play;
    play_run(&play, "", "./agent_mpi_asker copy0/libagent_mock_mpi.so");
    assert_string_equal(play.output, "");
    assert_int_equal(play.status, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_thread_inside_a_call_that_blocks_is_shown_there_and_nothing_is_recorded),
        cmocka_unit_test(outside_of_them_it_is_nowhere),
        cmocka_unit_test(a_library_that_keeps_cuda_and_mpi_to_itself_is_seen),
        cmocka_unit_test(what_nccl_is_asked_from_inside_is_recorded_and_the_call_around_it_shown_again),
        cmocka_unit_test(what_cuda_calls_itself_is_not_shown),
        cmocka_unit_test(it_can_be_turned_off),
        cmocka_unit_test(a_call_that_returns_to_another_library_still_reaches_the_real_function),
        cmocka_unit_test(nobody_finds_an_mpi_that_is_not_there),
    };
    return cmocka_run_group_tests(tests, play_setup, play_teardown);
}
