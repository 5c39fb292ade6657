/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <nccl.h>
#include <pthread.h>

/* All ranks in one process: from one thread by groups, and from a thread each. */

enum { RANKS = 4, COUNT = 5000 };

#define OK(call) assert_int_equal((call), 0)

static float *upload(float value)
{
    float host[COUNT];
    float *device;

    for (int i = 0; i < COUNT; i++)
        host[i] = value;
    OK(cudaMalloc((void **)&device, sizeof(host)));
    OK(cudaMemcpy(device, host, sizeof(host), cudaMemcpyHostToDevice));
    return device;
}

static void expect(const float *device, float value)
{
    float host[COUNT];

    OK(cudaMemcpy(host, device, sizeof(host), cudaMemcpyDeviceToHost));
    for (int i = 0; i < COUNT; i++)
        assert_true(host[i] == value);
}

static void one_thread_drives_all_ranks_by_groups(void **state)
{
    ncclComm_t comms[RANKS];
    cudaStream_t streams[RANKS];
    float *data[RANKS];

    (void)state;
    OK(ncclCommInitAll(comms, RANKS, NULL));
    for (int r = 0; r < RANKS; r++) {
        int device;

        OK(ncclCommCuDevice(comms[r], &device));
        assert_int_equal(device, r);
        OK(cudaSetDevice(r));
        OK(cudaStreamCreate(&streams[r]));
        data[r] = upload((float)r);
    }
    OK(ncclGroupStart());
    for (int r = 0; r < RANKS; r++)
        OK(ncclAllReduce(data[r], data[r], COUNT, ncclFloat32, ncclSum, comms[r], streams[r]));
    OK(ncclGroupEnd());
    for (int r = 0; r < RANKS; r++) {
        OK(cudaStreamSynchronize(streams[r]));
        expect(data[r], 0 + 1 + 2 + 3);
        OK(cudaFree(data[r]));
        OK(cudaStreamDestroy(streams[r]));
        OK(ncclCommDestroy(comms[r]));
    }
    OK(cudaSetDevice(0));
}

static void one_thread_splits_all_ranks_in_a_group(void **state)
{
    ncclComm_t comms[RANKS];
    ncclComm_t children[RANKS];

    (void)state;
    OK(ncclCommInitAll(comms, RANKS, NULL));
    OK(ncclGroupStart());
    for (int r = 0; r < RANKS; r++)
        OK(ncclCommSplit(comms[r], r % 2, -r, &children[r], NULL));
    OK(ncclGroupEnd());
    for (int r = 0; r < RANKS; r++) {
        int rank;

        OK(ncclCommUserRank(children[r], &rank));
        assert_int_equal(rank, 1 - r / 2);
        OK(ncclCommDestroy(children[r]));
        OK(ncclCommDestroy(comms[r]));
    }
}

static void a_device_cannot_be_named_twice(void **state)
{
    ncclComm_t comms[2];
    int devices[2] = {1, 1};

    (void)state;
    assert_int_equal(ncclCommInitAll(comms, 2, devices), ncclInvalidUsage);
    assert_int_equal(ncclCommInitAll(comms, 1000, NULL), ncclInvalidArgument);
}

struct member {
    pthread_t thread;
    int rank;
    ncclUniqueId id;
};

static void *member_main(void *argument)
{
    struct member *member = argument;
    ncclComm_t comm;
    cudaStream_t stream;
    float *data;

    OK(cudaSetDevice(member->rank));
    OK(ncclCommInitRank(&comm, RANKS, member->id, member->rank));
    OK(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
    data = upload((float)(member->rank + 1));
    for (int i = 0; i < 20; i++)
        OK(ncclAllReduce(data, data, COUNT, ncclFloat32, ncclMax, comm, stream));
    OK(cudaStreamSynchronize(stream));
    expect(data, RANKS);
    OK(cudaFree(data));
    OK(cudaStreamDestroy(stream));
    OK(ncclCommDestroy(comm));
    return NULL;
}

static void each_rank_may_be_a_thread(void **state)
{
    struct member members[RANKS];

    (void)state;
    OK(ncclGetUniqueId(&members[0].id));
    for (int r = 0; r < RANKS; r++) {
        members[r].id = members[0].id;
        members[r].rank = r;
        OK(pthread_create(&members[r].thread, NULL, member_main, &members[r]));
    }
    for (int r = 0; r < RANKS; r++)
        OK(pthread_join(members[r].thread, NULL));
}

static void a_communicator_of_one_rank_copies(void **state)
{
    ncclComm_t comm;
    float *from = upload(3);
    float *to = upload(0);

    (void)state;
    OK(ncclCommInitAll(&comm, 1, NULL));
    OK(ncclAllReduce(from, to, COUNT, ncclFloat32, ncclAvg, comm, NULL));
    OK(cudaStreamSynchronize(NULL));
    expect(to, 3);
    OK(ncclCommDestroy(comm));
    OK(cudaFree(from));
    OK(cudaFree(to));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_thread_drives_all_ranks_by_groups),
        cmocka_unit_test(one_thread_splits_all_ranks_in_a_group),
        cmocka_unit_test(a_device_cannot_be_named_twice),
        cmocka_unit_test(each_rank_may_be_a_thread),
        cmocka_unit_test(a_communicator_of_one_rank_copies),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
