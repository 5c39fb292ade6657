/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <nccl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Ranks that hang and ranks that die. Every rank is a forked process; this one never uses CUDA or NCCL but
 * for an id. */

enum { HUNG = 86, FINE = 0, WRONG = 1 };

struct rank {
    ncclComm_t comm;
    cudaStream_t stream;
    float *data;
};

static void die_unless(int condition)
{
    if (!condition)
        _exit(WRONG);
}

static struct rank rank_create(ncclUniqueId id, int rank)
{
    struct rank r;

    die_unless(ncclCommInitRank(&r.comm, 2, id, rank) == ncclSuccess);
    die_unless(cudaStreamCreate(&r.stream) == cudaSuccess);
    die_unless(cudaMalloc((void **)&r.data, sizeof(float)) == cudaSuccess);
    return r;
}

static ncclResult_t all_reduce(struct rank *r)
{
    return ncclAllReduce(r->data, r->data, 1, ncclFloat32, ncclSum, r->comm, r->stream);
}

/* Forks rank 0 and 1, which run the functions and leave by _exit(); waits for both. */
static void run_both(void (*first)(ncclUniqueId id), void (*second)(ncclUniqueId id), int statuses[2])
{
    void (*mains[2])(ncclUniqueId) = {first, second};
    ncclUniqueId id;
    pid_t pids[2];

    assert_int_equal(ncclGetUniqueId(&id), ncclSuccess);
    fflush(NULL);
    for (int r = 0; r < 2; r++) {
        pids[r] = fork();
        assert_true(pids[r] >= 0);
        if (pids[r] == 0) {
            alarm(30);
            mains[r](id);
            _exit(FINE);
        }
    }
    for (int r = 0; r < 2; r++)
        assert_int_equal(waitpid(pids[r], &statuses[r], 0), pids[r]);
}

static int files_left(void)
{
    DIR *folder = opendir(SHARED_MEMORY);
    struct dirent *entry;
    int count = 0;

    assert_non_null(folder);
    while ((entry = readdir(folder)))
        count += strncmp(entry->d_name, "lockstep-sim-", 13) == 0;
    closedir(folder);
    return count;
}

/* ---- Hanging ---- */

static void use_watchdog(void)
{
    setenv("LOCKSTEP_SIM_TIMEOUT_S", "0.5", 1);
}

static void call_alone(ncclUniqueId id)
{
    use_watchdog();
    struct rank r = rank_create(id, 0);

    die_unless(all_reduce(&r) == ncclSuccess);
    cudaStreamSynchronize(r.stream);
}

static void stay_away(ncclUniqueId id)
{
    rank_create(id, 1);
    sleep(2);
}

static void a_call_that_nobody_joins_ends_the_process_with_86(void **state)
{
    int statuses[2];

    (void)state;
    run_both(call_alone, stay_away, statuses);
    assert_true(WIFEXITED(statuses[0]));
    assert_int_equal(WEXITSTATUS(statuses[0]), HUNG);
    assert_true(WIFEXITED(statuses[1]));
    assert_int_equal(WEXITSTATUS(statuses[1]), FINE);
}

static void initialise_alone(ncclUniqueId id)
{
    use_watchdog();
    rank_create(id, 0);
}

static void do_nothing(ncclUniqueId id)
{
    (void)id;
}

static void an_initialisation_that_nobody_joins_ends_the_process_with_86(void **state)
{
    int statuses[2];

    (void)state;
    run_both(initialise_alone, do_nothing, statuses);
    assert_true(WIFEXITED(statuses[0]));
    assert_int_equal(WEXITSTATUS(statuses[0]), HUNG);
}

/* ---- Dying ---- */

static void see_the_other_die(ncclUniqueId id)
{
    const struct timespec nap = {.tv_nsec = 10000000};
    struct rank r = rank_create(id, 0);
    ncclResult_t error;

    die_unless(all_reduce(&r) == ncclSuccess);
    do {
        nanosleep(&nap, NULL);
        die_unless(ncclCommGetAsyncError(r.comm, &error) == ncclSuccess);
    } while (error == ncclSuccess);
    die_unless(error == ncclRemoteError);
    die_unless(cudaStreamQuery(r.stream) == cudaErrorNotReady); /* the operation still waits, as on a GPU */
    die_unless(ncclCommAbort(r.comm) == ncclSuccess);
    die_unless(cudaStreamSynchronize(r.stream) == cudaSuccess);
}

static void die_in_the_middle(ncclUniqueId id)
{
    rank_create(id, 1);
    raise(SIGKILL);
}

static void the_death_of_a_rank_is_an_asynchronous_error(void **state)
{
    int statuses[2];

    (void)state;
    run_both(see_the_other_die, die_in_the_middle, statuses);
    assert_true(WIFSIGNALED(statuses[1]));
    assert_true(WIFEXITED(statuses[0]));
    assert_int_equal(WEXITSTATUS(statuses[0]), FINE);
}

static void call_and_be_killed(ncclUniqueId id)
{
    struct rank r = rank_create(id, 0);

    die_unless(all_reduce(&r) == ncclSuccess);
    raise(SIGKILL);
}

static void killed_ranks_leave_no_files(void **state)
{
    int before = files_left();
    int statuses[2];

    (void)state;
    run_both(call_and_be_killed, die_in_the_middle, statuses);
    assert_true(WIFSIGNALED(statuses[0]) && WIFSIGNALED(statuses[1]));
    assert_true(files_left() <= before); /* another job may have removed some */
}

static void be_killed_while_meeting(ncclUniqueId id)
{
    alarm(1); /* whose signal ends the process */
    rank_create(id, 0);
}

static void files_of_ranks_killed_while_meeting_are_swept_by_the_next_job(void **state)
{
    ncclUniqueId id;
    int statuses[2];
    int before;

    (void)state;
    assert_int_equal(ncclGetUniqueId(&id), ncclSuccess);
    before = files_left();
    run_both(be_killed_while_meeting, do_nothing, statuses);
    assert_true(WIFSIGNALED(statuses[0]));
    assert_int_equal(files_left(), before + 1);
    assert_int_equal(ncclGetUniqueId(&id), ncclSuccess);
    assert_true(files_left() <= before);
}

static void leave_with_work_undone(ncclUniqueId id)
{
    struct rank r = rank_create(id, 0);

    die_unless(all_reduce(&r) == ncclSuccess);
    exit(FINE); /* with destructors */
}

static void a_process_may_exit_while_a_call_hangs(void **state)
{
    int statuses[2];

    (void)state;
    run_both(leave_with_work_undone, stay_away, statuses);
    assert_true(WIFEXITED(statuses[0]));
    assert_int_equal(WEXITSTATUS(statuses[0]), FINE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_that_nobody_joins_ends_the_process_with_86),
        cmocka_unit_test(an_initialisation_that_nobody_joins_ends_the_process_with_86),
        cmocka_unit_test(the_death_of_a_rank_is_an_asynchronous_error),
        cmocka_unit_test(killed_ranks_leave_no_files),
        cmocka_unit_test(files_of_ranks_killed_while_meeting_are_swept_by_the_next_job),
        cmocka_unit_test(a_process_may_exit_while_a_call_hangs),
    };

    unsetenv("LOCKSTEP_SIM_TIMEOUT_S");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
