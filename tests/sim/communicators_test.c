/* SPDX-License-Identifier: Apache-2.0 */
#include "world.h"

#include <string.h>
#include <time.h>

/* How communicators are made, used and unmade. */

static int rank_in(ncclComm_t comm)
{
    int rank;

    OK(ncclCommUserRank(comm, &rank));
    return rank;
}

static int size_of(ncclComm_t comm)
{
    int size;

    OK(ncclCommCount(comm, &size));
    return size;
}

/* What an all-reduce of 1 gives: the number of ranks that take part. */
static int count_by_all_reduce(ncclComm_t comm)
{
    int one = 1;
    int *device = world_upload(&one, sizeof(one));
    int sum;

    OK(ncclAllReduce(device, device, 1, ncclInt32, ncclSum, comm, world.stream));
    world_finish();
    world_download(&sum, device, sizeof(sum));
    OK(cudaFree(device));
    return sum;
}

/* Polls as a program in nonblocking mode does. */
static void wait_until_ready(ncclComm_t comm)
{
    const struct timespec nap = {.tv_nsec = 1000000};
    ncclResult_t state;

    do {
        nanosleep(&nap, NULL);
        OK(ncclCommGetAsyncError(comm, &state));
    } while (state == ncclInProgress);
    assert_int_equal(state, ncclSuccess);
}

static void the_version_is_2_28_9(void **state)
{
    int version;

    (void)state;
    OK(ncclGetVersion(&version));
    assert_int_equal(version, 22809);
}

static void a_communicator_knows_its_place(void **state)
{
    int device;

    (void)state;
    assert_int_equal(rank_in(world.comm), world.rank);
    assert_int_equal(size_of(world.comm), world.ranks);
    OK(ncclCommCuDevice(world.comm, &device));
    assert_int_equal(device, world.rank);
}

static void split_orders_ranks_by_key(void **state)
{
    ncclComm_t child;

    (void)state;
    OK(ncclCommSplit(world.comm, 7, -world.rank, &child, NULL));
    assert_int_equal(rank_in(child), world.ranks - 1 - world.rank);
    assert_int_equal(count_by_all_reduce(child), world.ranks);
    OK(ncclCommDestroy(child));
}

static void split_orders_equal_keys_by_parent_rank(void **state)
{
    ncclComm_t child;

    (void)state;
    OK(ncclCommSplit(world.comm, world.rank % 2, 3, &child, NULL));
    assert_int_equal(rank_in(child), world.rank / 2);
    assert_int_equal(size_of(child), world.ranks / 2);
    assert_int_equal(count_by_all_reduce(child), world.ranks / 2);
    OK(ncclCommDestroy(child));
}

static void a_rank_without_color_gets_no_communicator(void **state)
{
    ncclComm_t child = world.comm;

    (void)state;
    OK(ncclCommSplit(world.comm, world.rank == 0 ? NCCL_SPLIT_NOCOLOR : 1, 0, &child, NULL));
    if (world.rank == 0) {
        assert_null(child);
        return;
    }
    assert_int_equal(count_by_all_reduce(child), world.ranks - 1);
    OK(ncclCommDestroy(child));
}

static void splits_in_a_group_are_there_at_its_end(void **state)
{
    ncclComm_t same = world.comm;
    ncclComm_t halves = world.comm;

    (void)state;
    OK(ncclGroupStart());
    OK(ncclCommSplit(world.comm, 0, world.rank, &same, NULL));
    OK(ncclCommSplit(world.comm, world.rank % 2, world.rank, &halves, NULL));
    assert_null(same);
    OK(ncclGroupEnd());
    assert_int_equal(count_by_all_reduce(same), world.ranks);
    assert_int_equal(count_by_all_reduce(halves), world.ranks / 2);
    OK(ncclCommDestroy(halves));
    OK(ncclCommDestroy(same));
}

static void shrink_leaves_out_the_excluded(void **state)
{
    int excluded[] = {0};
    ncclComm_t child;

    (void)state;
    if (world.rank == 0) /* who does not call */
        return;
    OK(ncclCommShrink(world.comm, excluded, 1, &child, NULL, NCCL_SHRINK_DEFAULT));
    assert_int_equal(rank_in(child), world.rank - 1);
    assert_int_equal(count_by_all_reduce(child), world.ranks - 1);
    OK(ncclCommDestroy(child));
}

static void shrink_refuses_a_rank_that_excludes_itself(void **state)
{
    ncclComm_t child;

    (void)state;
    assert_int_equal(ncclCommShrink(world.comm, &world.rank, 1, &child, NULL, NCCL_SHRINK_DEFAULT),
                     ncclInvalidArgument);
}

static void nonblocking_initialisation_is_polled(void **state)
{
    ncclConfig_t config = NCCL_CONFIG_INITIALIZER;
    ncclUniqueId id = world_id();
    ncclComm_t comm;
    ncclComm_t child;
    ncclResult_t result;
    int unknown;

    (void)state;
    config.blocking = 0;
    if (world.rank == 0) { /* the others come once we have seen that it is in progress */
        result = ncclCommInitRankConfig(&comm, world.ranks, id, world.rank, &config);
        assert_int_equal(result, ncclInProgress);
        assert_int_equal(ncclCommCount(comm, &unknown), ncclInvalidArgument);
    }
    MPI_Barrier(MPI_COMM_WORLD);
    if (world.rank != 0) {
        result = ncclCommInitRankConfig(&comm, world.ranks, id, world.rank, &config);
        assert_true(result == ncclInProgress || result == ncclSuccess);
    }
    wait_until_ready(comm);
    assert_int_equal(count_by_all_reduce(comm), world.ranks);

    result = ncclCommSplit(comm, 0, world.rank, &child, NULL);
    assert_true(result == ncclInProgress || result == ncclSuccess);
    wait_until_ready(comm);
    assert_int_equal(count_by_all_reduce(child), world.ranks);
    OK(ncclCommFinalize(child));
    OK(ncclCommDestroy(child));
    OK(ncclCommDestroy(comm));
}

static void several_communicators_are_made_in_one_group(void **state)
{
    ncclUniqueId first_id = world_id();
    ncclUniqueId second_id = world_id();
    ncclComm_t first;
    ncclComm_t second;

    (void)state;
    OK(ncclGroupStart());
    if (world.rank % 2) { /* in another order than the others */
        OK(ncclCommInitRank(&second, world.ranks, second_id, world.rank));
        OK(ncclCommInitRank(&first, world.ranks, first_id, world.rank));
    } else {
        OK(ncclCommInitRank(&first, world.ranks, first_id, world.rank));
        OK(ncclCommInitRank(&second, world.ranks, second_id, world.rank));
    }
    OK(ncclGroupEnd());
    assert_int_equal(count_by_all_reduce(first), world.ranks);
    assert_int_equal(count_by_all_reduce(second), world.ranks);
    OK(ncclCommDestroy(first));
    OK(ncclCommDestroy(second));
}

static void the_first_of_several_ids_names_the_communicator(void **state)
{
    ncclUniqueId ids[2] = {world_id(), world_id()};
    ncclComm_t comm;

    (void)state;
    OK(ncclCommInitRankScalable(&comm, world.ranks, world.rank, 2, ids, NULL));
    assert_int_equal(count_by_all_reduce(comm), world.ranks);
    OK(ncclCommDestroy(comm));
}

/* On one stream the order of calls would matter; within a group NCCL puts communicators in its own order. */
static void a_group_may_name_communicators_in_any_order(void **state)
{
    ncclComm_t comms[2] = {world.comm, NULL};
    int *device = world_upload((int[]){1, 1}, 2 * sizeof(int));
    int got[2];

    (void)state;
    OK(ncclCommSplit(world.comm, 0, world.rank, &comms[1], NULL));
    OK(ncclGroupStart());
    for (int i = 0; i < 2; i++) {
        int c = i ^ (world.rank & 1);

        OK(ncclAllReduce(device + c, device + c, 1, ncclInt32, ncclSum, comms[c], world.stream));
    }
    OK(ncclGroupEnd());
    world_finish();
    world_download(got, device, sizeof(got));
    assert_int_equal(got[0], world.ranks);
    assert_int_equal(got[1], world.ranks);
    OK(ncclCommDestroy(comms[1]));
    OK(cudaFree(device));
}

static void calls_on_several_streams_of_a_communicator_follow_each_other(void **state)
{
    int *device = world_upload((int[]){1}, sizeof(int));
    cudaStream_t streams[3];
    int got;
    int expected = 1;

    (void)state;
    for (int s = 0; s < 3; s++)
        OK(cudaStreamCreateWithFlags(&streams[s], cudaStreamNonBlocking));
    for (int i = 0; i < 9; i++) {
        OK(ncclAllReduce(device, device, 1, ncclInt32, ncclSum, world.comm, streams[i % 3]));
        expected *= world.ranks;
    }
    OK(cudaDeviceSynchronize());
    world_download(&got, device, sizeof(got));
    assert_int_equal(got, expected);
    for (int s = 0; s < 3; s++)
        OK(cudaStreamDestroy(streams[s]));
    OK(cudaFree(device));
}

/* Only rank 0 calls: a collective of nothing is nothing, and does not disturb what follows. */
static void a_collective_of_nothing_is_dropped(void **state)
{
    (void)state;
    if (world.rank == 0)
        OK(ncclAllReduce(NULL, NULL, 0, ncclInt32, ncclSum, world.comm, world.stream));
    assert_int_equal(count_by_all_reduce(world.comm), world.ranks);
}

static void wrong_arguments_are_refused_by_the_rank_alone(void **state)
{
    int *device = world_upload(NULL, 64);
    ncclComm_t none = NULL;
    ncclDataType_t no_type = ncclNumTypes;
    int n;

    (void)state;
    assert_int_equal(ncclAllReduce(device, device, 1, ncclInt32, ncclSum, none, world.stream),
                     ncclInvalidArgument);
    assert_int_equal(ncclAllReduce(device, device, 1, no_type, ncclSum, world.comm, world.stream),
                     ncclInvalidArgument);
    assert_int_equal(
        ncclAllReduce(device, device, 1, ncclInt32, (ncclRedOp_t)12345, world.comm, world.stream),
        ncclInvalidArgument);
    assert_int_equal(ncclBroadcast(device, device, 1, ncclInt32, world.ranks, world.comm, world.stream),
                     ncclInvalidArgument);
    assert_int_equal(ncclSend(device, 1, ncclInt32, -1, world.comm, world.stream), ncclInvalidArgument);
    assert_int_equal(ncclAllGather(NULL, device, 1, ncclInt32, world.comm, world.stream),
                     ncclInvalidArgument);
    assert_int_equal(ncclCommCount(none, &n), ncclInvalidArgument);
    assert_int_equal(ncclCommSplit(world.comm, -2, 0, &none, NULL), ncclInvalidArgument);
    assert_int_equal(ncclGroupEnd(), ncclInvalidUsage);
    assert_true(strlen(ncclGetLastError(NULL)) > 0);
    OK(cudaFree(device));
}

static void a_wrong_call_spoils_its_group(void **state)
{
    int *device = world_upload(NULL, 64);

    (void)state;
    OK(ncclGroupStart());
    OK(ncclAllReduce(device, device, 1, ncclInt32, ncclSum, world.comm, world.stream));
    assert_int_equal(ncclBroadcast(device, device, 1, ncclInt32, -1, world.comm, world.stream),
                     ncclInvalidArgument);
    assert_int_equal(ncclGroupEnd(), ncclInvalidArgument);
    assert_int_equal(count_by_all_reduce(world.comm), world.ranks);
    OK(cudaFree(device));
}

static void a_message_to_oneself_needs_both_ends(void **state)
{
    int *device = world_upload(NULL, 64);

    (void)state;
    assert_int_equal(ncclSend(device, 1, ncclInt32, world.rank, world.comm, world.stream), ncclInvalidUsage);
    assert_int_equal(ncclRecv(device, 1, ncclInt32, world.rank, world.comm, world.stream), ncclInvalidUsage);
    OK(cudaFree(device));
}

static void abort_ends_a_call_that_nobody_joins(void **state)
{
    int *device = world_upload(NULL, 64);
    ncclComm_t comm;

    (void)state;
    OK(ncclCommSplit(world.comm, 0, world.rank, &comm, NULL));
    if (world.rank == 0)
        OK(ncclAllReduce(device, device, 16, ncclInt32, ncclSum, comm, world.stream));
    OK(ncclCommAbort(comm));
    world_finish();
    assert_int_equal(count_by_all_reduce(world.comm), world.ranks);
    OK(cudaFree(device));
}

static void a_revoked_communicator_can_only_be_shrunk_or_destroyed(void **state)
{
    int *device = world_upload(NULL, 64);
    ncclComm_t comm;
    ncclComm_t child;

    (void)state;
    OK(ncclCommSplit(world.comm, 0, world.rank, &comm, NULL));
    if (world.rank == 0)
        OK(ncclRecv(device, 16, ncclInt32, 1, comm, world.stream));
    OK(ncclCommRevoke(comm, NCCL_REVOKE_DEFAULT));
    world_finish();
    assert_int_equal(ncclSend(device, 1, ncclInt32, 0, comm, world.stream), ncclInvalidUsage);
    assert_int_equal(ncclCommFinalize(comm), ncclInvalidUsage);
    OK(ncclCommSplit(comm, 0, world.rank, &child, NULL));
    assert_int_equal(count_by_all_reduce(child), world.ranks);
    OK(ncclCommDestroy(child));
    OK(ncclCommDestroy(comm));
    OK(cudaFree(device));
}

static void shrinking_may_end_what_goes_on(void **state)
{
    int last = world.ranks - 1;
    int *device = world_upload(NULL, 64);
    ncclComm_t comm;
    ncclComm_t child;

    (void)state;
    OK(ncclCommSplit(world.comm, 0, world.rank, &comm, NULL));
    if (world.rank != last) { /* the last one "fails" and does not join */
        OK(ncclAllReduce(device, device, 16, ncclInt32, ncclSum, comm, world.stream));
        OK(ncclCommShrink(comm, &last, 1, &child, NULL, NCCL_SHRINK_ABORT));
        world_finish();
        assert_int_equal(count_by_all_reduce(child), world.ranks - 1);
        OK(ncclCommDestroy(child));
    }
    OK(ncclCommAbort(comm));
    OK(cudaFree(device));
}

static void buffers_are_registered_and_deregistered(void **state)
{
    void *memory;
    void *handle;
    ncclWindow_t window;

    (void)state;
    OK(ncclMemAlloc(&memory, 4096));
    OK(ncclCommRegister(world.comm, memory, 4096, &handle));
    OK(ncclCommDeregister(world.comm, handle));
    assert_int_equal(ncclCommDeregister(world.comm, &handle), ncclInvalidArgument);
    OK(ncclCommWindowRegister(world.comm, memory, 4096, &window, NCCL_WIN_COLL_SYMMETRIC));
    assert_non_null(window);
    OK(ncclCommWindowDeregister(world.comm, window));
    OK(ncclMemFree(memory));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_version_is_2_28_9),
        cmocka_unit_test(a_communicator_knows_its_place),
        cmocka_unit_test(split_orders_ranks_by_key),
        cmocka_unit_test(split_orders_equal_keys_by_parent_rank),
        cmocka_unit_test(a_rank_without_color_gets_no_communicator),
        cmocka_unit_test(splits_in_a_group_are_there_at_its_end),
        cmocka_unit_test(shrink_leaves_out_the_excluded),
        cmocka_unit_test(shrink_refuses_a_rank_that_excludes_itself),
        cmocka_unit_test(nonblocking_initialisation_is_polled),
        cmocka_unit_test(several_communicators_are_made_in_one_group),
        cmocka_unit_test(the_first_of_several_ids_names_the_communicator),
        cmocka_unit_test(a_group_may_name_communicators_in_any_order),
        cmocka_unit_test(calls_on_several_streams_of_a_communicator_follow_each_other),
        cmocka_unit_test(a_collective_of_nothing_is_dropped),
        cmocka_unit_test(wrong_arguments_are_refused_by_the_rank_alone),
        cmocka_unit_test(a_wrong_call_spoils_its_group),
        cmocka_unit_test(a_message_to_oneself_needs_both_ends),
        cmocka_unit_test(abort_ends_a_call_that_nobody_joins),
        cmocka_unit_test(a_revoked_communicator_can_only_be_shrunk_or_destroyed),
        cmocka_unit_test(shrinking_may_end_what_goes_on),
        cmocka_unit_test(buffers_are_registered_and_deregistered),
    };

    return WORLD_RUN(argc, argv, tests);
}
