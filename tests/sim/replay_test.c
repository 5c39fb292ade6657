/* SPDX-License-Identifier: Apache-2.0 */
#include "world.h"

/* A graph with NCCL calls in it, launched again and again; and how often public functions are called
 * meanwhile. This program replaces two of them, as a preloaded tool would. */

static int all_reduces;
static int broadcasts;

ncclResult_t ncclAllReduce(const void *send, void *recv, size_t count, ncclDataType_t type, ncclRedOp_t op,
                           ncclComm_t comm, cudaStream_t stream)
{
    all_reduces++;
    return pncclAllReduce(send, recv, count, type, op, comm, stream);
}

ncclResult_t ncclBroadcast(const void *send, void *recv, size_t count, ncclDataType_t type, int root,
                           ncclComm_t comm, cudaStream_t stream)
{
    broadcasts++;
    return pncclBroadcast(send, recv, count, type, root, comm, stream);
}

static int value_of(const int *device)
{
    int value;

    world_finish();
    world_download(&value, device, sizeof(value));
    return value;
}

static cudaGraphExec_t capture(int *device)
{
    cudaGraphExec_t exec;
    cudaGraph_t graph;

    OK(cudaStreamBeginCapture(world.stream, cudaStreamCaptureModeThreadLocal));
    OK(ncclAllReduce(device, device, 1, ncclInt32, ncclSum, world.comm, world.stream));
    OK(ncclGroupStart());
    OK(ncclSend(device, 1, ncclInt32, world.rank ^ 1, world.comm, world.stream));
    OK(ncclRecv(device + 1, 1, ncclInt32, world.rank ^ 1, world.comm, world.stream));
    OK(ncclGroupEnd());
    OK(cudaStreamEndCapture(world.stream, &graph));
    OK(cudaGraphInstantiate(&exec, graph, 0));
    OK(cudaGraphDestroy(graph));
    return exec;
}

static void a_graph_launched_ten_times_communicates_ten_times(void **state)
{
    int *device = world_upload((int[]){1, 0}, 2 * sizeof(int));
    cudaGraphExec_t exec = capture(device);
    int expected = 1;

    (void)state;
    assert_int_equal(all_reduces, 1);
    assert_int_equal(value_of(device), 1); /* nothing was done yet */
    for (int i = 0; i < 10; i++) {
        OK(cudaGraphLaunch(exec, world.stream));
        expected *= world.ranks;
    }
    assert_int_equal(value_of(device), expected);
    assert_int_equal(value_of(device + 1), expected);
    assert_int_equal(all_reduces, 1);
    OK(cudaGraphExecDestroy(exec));
    OK(cudaFree(device));
}

static void eager_calls_and_launches_take_turns(void **state)
{
    int *device = world_upload((int[]){1, 0}, 2 * sizeof(int));
    cudaGraphExec_t exec = capture(device);
    int expected = 1;

    (void)state;
    for (int i = 0; i < 5; i++) {
        OK(cudaGraphLaunch(exec, world.stream));
        OK(ncclAllReduce(device, device, 1, ncclInt32, ncclSum, world.comm, world.stream));
        expected *= world.ranks * world.ranks;
    }
    assert_int_equal(value_of(device), expected);
    OK(cudaGraphExecDestroy(exec));
    OK(cudaFree(device));
}

/* The branches wait for different other calls of the peer: run one after the other, they would never end. */
static void branches_of_a_graph_run_at_the_same_time(void **state)
{
    int *device = world_upload((int[]){1, 1}, 2 * sizeof(int));
    ncclComm_t second;
    cudaStream_t fork;
    cudaEvent_t forked;
    cudaEvent_t joined;
    cudaGraph_t graph;
    cudaGraphExec_t exec;

    (void)state;
    OK(ncclCommSplit(world.comm, 0, world.rank, &second, NULL));
    OK(cudaStreamCreate(&fork));
    OK(cudaEventCreate(&forked));
    OK(cudaEventCreate(&joined));
    OK(cudaStreamBeginCapture(world.stream, cudaStreamCaptureModeThreadLocal));
    OK(cudaEventRecord(forked, world.stream));
    OK(cudaStreamWaitEvent(fork, forked, 0));
    for (int i = 0; i < 2; i++) { /* the two ranks capture the branches in different orders */
        int branch = i ^ (world.rank & 1);

        OK(pncclAllReduce(device + branch, device + branch, 1, ncclInt32, ncclSum,
                          branch ? second : world.comm, branch ? fork : world.stream));
    }
    OK(cudaEventRecord(joined, fork));
    OK(cudaStreamWaitEvent(world.stream, joined, 0));
    OK(cudaStreamEndCapture(world.stream, &graph));
    OK(cudaGraphInstantiate(&exec, graph, 0));
    OK(cudaGraphLaunch(exec, world.stream));
    assert_int_equal(value_of(device), world.ranks);
    assert_int_equal(value_of(device + 1), world.ranks);
    OK(cudaGraphExecDestroy(exec));
    OK(cudaGraphDestroy(graph));
    OK(cudaEventDestroy(forked));
    OK(cudaEventDestroy(joined));
    OK(cudaStreamDestroy(fork));
    OK(ncclCommDestroy(second));
    OK(cudaFree(device));
}

static void bcast_calls_the_public_broadcast(void **state)
{
    int *device = world_upload(&world.rank, sizeof(int));

    (void)state;
    broadcasts = 0;
    OK(ncclBcast(device, 1, ncclInt32, 1, world.comm, world.stream));
    assert_int_equal(broadcasts, 1);
    assert_int_equal(value_of(device), 1);
    OK(cudaFree(device));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_graph_launched_ten_times_communicates_ten_times),
        cmocka_unit_test(eager_calls_and_launches_take_turns),
        cmocka_unit_test(branches_of_a_graph_run_at_the_same_time),
        cmocka_unit_test(bcast_calls_the_public_broadcast),
    };

    return WORLD_RUN(argc, argv, tests);
}
