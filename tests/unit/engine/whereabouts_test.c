/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "schedule.h"

/* The explanation of the only finding contains `said`; for "", nothing of anyone's whereabouts. */
static void expect_said(const char *said, int ranks, const char *const *programs)
{
    static const char *const ways[] = {" inside ", "Lockstep sees"};
    struct schedule *schedule = schedule_create(ranks);

    for (int rank = 0; rank < ranks; rank++)
        schedule_add(schedule, rank, programs[rank]);
    schedule_play(schedule, ORDER_TURNS, 0);
    schedule_wait(schedule, 2000);
    schedule_finish(schedule);
    assert_int_equal(engine_finding_count(schedule_engine(schedule)), 1);

    const char *explanation = engine_finding(schedule_engine(schedule), 0)->explanation;

    if (!strstr(explanation, said))
        fail_msg("\"%s\" is not in \"%s\"", said, explanation);
    for (size_t i = 0; !*said && i < sizeof ways / sizeof ways[0]; i++)
        if (strstr(explanation, ways[i]))
            fail_msg("\"%s\" tells where somebody is", explanation);
    schedule_destroy(schedule);
}

#define WAITS "AR:4 AR:8 run"

static void a_rank_that_is_waited_for_is_said_to_be_where_it_told_last(void **state)
{
    (void)state;
    expect_said("Rank 1 has been inside cudaStreamSynchronize for 40 ms.", 2,
                (const char *[]){WAITS, "AR:4 sleep:100 where:cudaStreamSynchronize,40 run"});
    expect_said("Rank 1 has been inside MPI_Barrier for 1.9 s.", 2,
                (const char *[]){WAITS, "AR:4 sleep:100 where:MPI_Bcast,90 where:MPI_Barrier,1900 run"});
    expect_said("Rank 1 is in no call of NCCL, CUDA or MPI that Lockstep sees.", 2,
                (const char *[]){WAITS, "AR:4 sleep:100 where:outside run"});
}

static void ranks_in_one_place_are_one_sentence(void **state)
{
    (void)state;
    expect_said(
        "Ranks 1,3 have been inside MPI_Barrier for 30 ms. Rank 2 is in no call of NCCL, CUDA or MPI that "
        "Lockstep sees.",
        4,
        (const char *[]){WAITS, "AR:4 sleep:100 where:MPI_Barrier,30 run", "AR:4 sleep:100 where:outside run",
                         "AR:4 sleep:100 where:MPI_Barrier,40 run"});
}

static void what_was_told_before_the_last_call_is_not_said(void **state)
{
    (void)state;
    expect_said("", 2, (const char *[]){WAITS, "where:MPI_Barrier,2 AR:4 run"});
    expect_said("", 2, (const char *[]){WAITS, "AR:4 run"});
}

static void a_rank_that_was_killed_is_said_to_have_been_there(void **state)
{
    (void)state;
    expect_said("Rank 1 was inside MPI_Barrier for 20 ms.", 2,
                (const char *[]){"AR:4 AR:8 sleep:100 kill:15", "AR:4 sleep:30 where:MPI_Barrier,20 kill:9"});
}

static void missing_messages_and_creations_tell_it_too(void **state)
{
    (void)state;
    expect_said("Rank 1 has been inside cudaMemcpyAsync for 20 ms.", 2,
                (const char *[]){"AR:4 R<1:8 run", "AR:4 sleep:100 where:cudaMemcpyAsync,20 run"});
    expect_said(
        "Rank 1 has been inside cudaEventSynchronize for 20 ms.", 2,
        (const char *[]){"AR:4 splitting:t=0,0 run", "AR:4 sleep:100 where:cudaEventSynchronize,20 run"});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rank_that_is_waited_for_is_said_to_be_where_it_told_last),
        cmocka_unit_test(ranks_in_one_place_are_one_sentence),
        cmocka_unit_test(what_was_told_before_the_last_call_is_not_said),
        cmocka_unit_test(a_rank_that_was_killed_is_said_to_have_been_there),
        cmocka_unit_test(missing_messages_and_creations_tell_it_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
