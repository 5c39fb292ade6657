/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "identity.h"

#define VARIABLES(...) ((char *const[]){__VA_ARGS__, NULL})

static struct identity identify(char *const *variables)
{
    struct environment environment;
    struct identity identity;
    assert_int_equal(environment_copy(&environment, variables), 0);
    identity_from_environment(&identity, &environment);
    environment_clear(&environment);
    return identity;
}

static void is(const struct identity *identity, const char *source, int rank, int size, int local_rank,
               const char *job)
{
    assert_string_equal(identity->source, source);
    assert_int_equal(identity->rank, rank);
    assert_int_equal(identity->size, size);
    assert_int_equal(identity->local_rank, local_rank);
    assert_string_equal(identity->job, job);
}

static void open_mpi_tells_rank_and_job(void **state)
{
    (void)state;
    const struct identity identity = identify(VARIABLES(
        "OMPI_COMM_WORLD_RANK=3", "OMPI_COMM_WORLD_SIZE=8", "OMPI_COMM_WORLD_LOCAL_RANK=1", "PMIX_RANK=3",
        "PMIX_NAMESPACE=1234", "SLURM_PROCID=0", "SLURM_NTASKS=2", "SLURM_JOB_ID=9"));
    is(&identity, "openmpi", 3, 8, 1, "1234");
}

static void torchrun_under_mpirun_numbers_the_processes(void **state)
{
    (void)state;
    const struct identity identity = identify(VARIABLES(
        "OMPI_COMM_WORLD_RANK=1", "OMPI_COMM_WORLD_SIZE=2", "PMIX_NAMESPACE=1234", "RANK=9", "WORLD_SIZE=16",
        "LOCAL_RANK=1", "TORCHELASTIC_RUN_ID=none", "MASTER_ADDR=node0", "MASTER_PORT=29500"));
    is(&identity, "torchrun", 9, 16, 1, "none@node0:29500");
}

static void a_rank_variable_without_a_master_means_nothing(void **state)
{
    (void)state;
    const struct identity identity = identify(VARIABLES("RANK=4", "WORLD_SIZE=8"));
    is(&identity, "", -1, -1, -1, "default");
}

static void a_master_makes_it_torch(void **state)
{
    (void)state;
    const struct identity identity = identify(VARIABLES("RANK=4", "WORLD_SIZE=8", "MASTER_ADDR=n",
                                                        "MASTER_PORT=1", "SLURM_PROCID=0", "SLURM_JOB_ID=5"));
    is(&identity, "torchrun", 4, 8, -1, "n:1");
}

static void slurm_tells_rank_and_step(void **state)
{
    (void)state;
    const struct identity identity = identify(VARIABLES("SLURM_PROCID=5", "SLURM_NTASKS=6", "SLURM_LOCALID=2",
                                                        "SLURM_JOB_ID=77", "SLURM_STEP_ID=0"));
    is(&identity, "slurm", 5, 6, 2, "77.0");
}

static void pmix_tells_no_size(void **state)
{
    (void)state;
    const struct identity identity = identify(VARIABLES("PMIX_RANK=2", "PMIX_NAMESPACE=prterun-node-1@1"));
    is(&identity, "pmix", 2, -1, -1, "prterun-node-1@1");
}

static void what_the_user_says_comes_first(void **state)
{
    (void)state;
    const struct identity identity =
        identify(VARIABLES("LOCKSTEP_RANK=1", "LOCKSTEP_WORLD_SIZE=2", "LOCKSTEP_JOB=mine",
                           "OMPI_COMM_WORLD_RANK=0", "OMPI_COMM_WORLD_SIZE=4", "PMIX_NAMESPACE=1"));
    is(&identity, "lockstep", 1, 2, -1, "mine");
}

static void a_number_that_is_none_does_not_count(void **state)
{
    (void)state;
    const char *const bad[] = {"", "-1", "x", "3x", "99999999999999999999", "2147483648", " 1"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char rank[64] = "OMPI_COMM_WORLD_RANK=";
        for (size_t at = 21, j = 0; (rank[at] = bad[i][j]); at++, j++)
            continue;
        const struct identity identity = identify(VARIABLES(rank, "SLURM_PROCID=1", "SLURM_NTASKS=2"));
        assert_string_equal(identity.source, "slurm");
    }
}

static void a_world_that_is_too_small_for_the_rank_is_unknown(void **state)
{
    (void)state;
    const struct identity identity = identify(VARIABLES("SLURM_PROCID=4", "SLURM_NTASKS=4"));
    is(&identity, "slurm", 4, -1, -1, "default");
}

static void the_first_communicator_stands_in_for_a_launcher(void **state)
{
    (void)state;
    struct identity identity = identify(VARIABLES("HOME=/"));
    assert_false(identity_from_communicator(&identity, 4, 4));
    assert_false(identity_from_communicator(&identity, -1, -1));
    assert_true(identity_from_communicator(&identity, 4, 3));
    is(&identity, "communicator", 3, 4, -1, "default");
    assert_false(identity_from_communicator(&identity, 8, 1));
    is(&identity, "communicator", 3, 4, -1, "default");
}

static void a_communicator_tells_a_size_only_to_the_same_rank(void **state)
{
    (void)state;
    struct identity identity = identify(VARIABLES("PMIX_RANK=2", "PMIX_NAMESPACE=n"));
    assert_false(identity_from_communicator(&identity, 2, 0));
    assert_true(identity_from_communicator(&identity, 4, 2));
    is(&identity, "pmix", 2, 4, -1, "n");
}

static void a_long_job_name_is_cut(void **state)
{
    (void)state;
    char job[1024] = "LOCKSTEP_JOB=";
    for (size_t i = 13; i < sizeof job - 1; i++)
        job[i] = 'j';
    job[sizeof job - 1] = '\0';
    const struct identity identity = identify(VARIABLES(job));
    assert_int_equal(identity.job[IDENTITY_JOB_BYTES - 1], '\0');
    assert_int_equal(identity.job[IDENTITY_JOB_BYTES - 2], 'j');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(open_mpi_tells_rank_and_job),
        cmocka_unit_test(torchrun_under_mpirun_numbers_the_processes),
        cmocka_unit_test(a_rank_variable_without_a_master_means_nothing),
        cmocka_unit_test(a_master_makes_it_torch),
        cmocka_unit_test(slurm_tells_rank_and_step),
        cmocka_unit_test(pmix_tells_no_size),
        cmocka_unit_test(what_the_user_says_comes_first),
        cmocka_unit_test(a_number_that_is_none_does_not_count),
        cmocka_unit_test(a_world_that_is_too_small_for_the_rank_is_unknown),
        cmocka_unit_test(the_first_communicator_stands_in_for_a_launcher),
        cmocka_unit_test(a_communicator_tells_a_size_only_to_the_same_rank),
        cmocka_unit_test(a_long_job_name_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
