/* SPDX-License-Identifier: Apache-2.0 */
#include "world.h"

#include <stdlib.h>
#include <string.h>

/* What moves data without changing it: element i of rank r's block b is a number made of the three. */

enum { LARGE = 100003 }; /* more than a pipe holds */

static const size_t counts[] = {1, 1000, LARGE};

static int number(int rank, int block, size_t i)
{
    return rank * 100000000 + block * 10000000 + (int)(i % 9999991);
}

static void fill(int *data, int rank, int block, size_t count)
{
    for (size_t i = 0; i < count; i++)
        data[i] = number(rank, block, i);
}

static void expect(const int *data, int rank, int block, size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_int_equal(data[i], number(rank, block, i));
}

/* Host arrays of a block a rank, and their device sides. */
struct buffers {
    size_t count;
    int *host;
    int *send;
    int *recv;
};

static struct buffers buffers_create(size_t count)
{
    size_t bytes = count * (size_t)world.ranks * sizeof(int);
    struct buffers b = {.count = count, .host = malloc(bytes)};

    for (int r = 0; r < world.ranks; r++)
        fill(b.host + (size_t)r * count, world.rank, r, count);
    b.send = world_upload(b.host, bytes);
    b.recv = world_upload(NULL, bytes);
    return b;
}

static void buffers_fetch(struct buffers *b)
{
    world_finish();
    world_download(b->host, b->recv, b->count * (size_t)world.ranks * sizeof(int));
}

static void buffers_destroy(struct buffers *b)
{
    OK(cudaFree(b->send));
    OK(cudaFree(b->recv));
    free(b->host);
}

static void for_all_counts(void (*test)(struct buffers *b))
{
    for (size_t c = 0; c < sizeof(counts) / sizeof(counts[0]); c++) {
        struct buffers b = buffers_create(counts[c]);

        test(&b);
        buffers_destroy(&b);
    }
}

static void check_broadcast(struct buffers *b)
{
    for (int root = 0; root < world.ranks; root++) {
        OK(ncclBroadcast(b->send, b->recv, b->count, ncclInt32, root, world.comm, world.stream));
        buffers_fetch(b);
        expect(b->host, root, 0, b->count);
    }
}

static void check_bcast(struct buffers *b)
{
    OK(cudaMemcpy(b->recv, b->send, b->count * sizeof(int), cudaMemcpyDeviceToDevice));
    OK(ncclBcast(b->recv, b->count, ncclInt32, world.ranks - 1, world.comm, world.stream));
    buffers_fetch(b);
    expect(b->host, world.ranks - 1, 0, b->count);
}

static void check_all_gather(struct buffers *b)
{
    OK(ncclAllGather(b->send, b->recv, b->count, ncclInt32, world.comm, world.stream));
    buffers_fetch(b);
    for (int r = 0; r < world.ranks; r++)
        expect(b->host + (size_t)r * b->count, r, 0, b->count);
}

static void check_all_gather_in_place(struct buffers *b)
{
    int *own = b->recv + (size_t)world.rank * b->count;

    OK(cudaMemcpy(own, b->send, b->count * sizeof(int), cudaMemcpyDeviceToDevice));
    OK(ncclAllGather(own, b->recv, b->count, ncclInt32, world.comm, world.stream));
    buffers_fetch(b);
    for (int r = 0; r < world.ranks; r++)
        expect(b->host + (size_t)r * b->count, r, 0, b->count);
}

static void check_all_to_all(struct buffers *b)
{
    OK(ncclAlltoAll(b->send, b->recv, b->count, ncclInt32, world.comm, world.stream));
    buffers_fetch(b);
    for (int r = 0; r < world.ranks; r++)
        expect(b->host + (size_t)r * b->count, r, world.rank, b->count);
}

static void check_gather(struct buffers *b)
{
    int root = world.ranks - 1;

    OK(ncclGather(b->send, world.rank == root ? b->recv : NULL, b->count, ncclInt32, root, world.comm,
                  world.stream));
    buffers_fetch(b);
    for (int r = 0; r < world.ranks && world.rank == root; r++)
        expect(b->host + (size_t)r * b->count, r, 0, b->count);
}

static void check_scatter(struct buffers *b)
{
    OK(ncclScatter(world.rank == 1 ? b->send : NULL, b->recv, b->count, ncclInt32, 1, world.comm,
                   world.stream));
    buffers_fetch(b);
    expect(b->host, 1, world.rank, b->count);
}

/* Everybody sends to the next rank first: only together can the calls of a group end. */
static void check_ring(struct buffers *b)
{
    int next = (world.rank + 1) % world.ranks;
    int previous = (world.rank + world.ranks - 1) % world.ranks;

    OK(ncclGroupStart());
    OK(ncclSend(b->send, b->count, ncclInt32, next, world.comm, world.stream));
    OK(ncclRecv(b->recv, b->count, ncclInt32, previous, world.comm, world.stream));
    OK(ncclGroupEnd());
    buffers_fetch(b);
    expect(b->host, previous, 0, b->count);
}

static void check_messages_keep_their_order(struct buffers *b)
{
    int peer = world.rank ^ 1;

    OK(ncclGroupStart());
    for (int m = 0; m < 2; m++)
        OK(ncclSend(b->send + (size_t)m * b->count, b->count, ncclInt32, peer, world.comm, world.stream));
    for (int m = 0; m < 2; m++)
        OK(ncclRecv(b->recv + (size_t)m * b->count, b->count, ncclInt32, peer, world.comm, world.stream));
    OK(ncclGroupEnd());
    buffers_fetch(b);
    for (int m = 0; m < 2; m++)
        expect(b->host + (size_t)m * b->count, peer, m, b->count);
}

static void check_message_to_oneself(struct buffers *b)
{
    OK(ncclGroupStart());
    OK(ncclSend(b->send, b->count, ncclInt32, world.rank, world.comm, world.stream));
    OK(ncclRecv(b->recv, b->count, ncclInt32, world.rank, world.comm, world.stream));
    OK(ncclGroupEnd());
    buffers_fetch(b);
    expect(b->host, world.rank, 0, b->count);
}

static void check_ungrouped_messages(struct buffers *b)
{
    if (world.rank == 0)
        OK(ncclSend(b->send, b->count, ncclInt32, 1, world.comm, world.stream));
    if (world.rank == 1)
        OK(ncclRecv(b->recv, b->count, ncclInt32, 0, world.comm, world.stream));
    buffers_fetch(b);
    if (world.rank == 1)
        expect(b->host, 0, 0, b->count);
}

#define FOR_ALL_COUNTS(sentence, check)                                                                      \
    static void sentence(void **state)                                                                       \
    {                                                                                                        \
        (void)state;                                                                                         \
        for_all_counts(check);                                                                               \
    }

FOR_ALL_COUNTS(broadcast_brings_the_roots_data_to_all, check_broadcast)
FOR_ALL_COUNTS(bcast_works_in_place, check_bcast)
FOR_ALL_COUNTS(all_gather_collects_the_blocks_of_all, check_all_gather)
FOR_ALL_COUNTS(all_gather_works_in_place, check_all_gather_in_place)
FOR_ALL_COUNTS(all_to_all_exchanges_blocks, check_all_to_all)
FOR_ALL_COUNTS(gather_collects_blocks_on_the_root, check_gather)
FOR_ALL_COUNTS(scatter_deals_out_the_roots_blocks, check_scatter)
FOR_ALL_COUNTS(a_ring_of_sends_does_not_block_in_a_group, check_ring)
FOR_ALL_COUNTS(messages_keep_their_order, check_messages_keep_their_order)
FOR_ALL_COUNTS(a_rank_sends_to_itself_in_a_group, check_message_to_oneself)
FOR_ALL_COUNTS(messages_need_no_group, check_ungrouped_messages)

/* As with the real NCCL: a receive that is too small ends, and spoils nothing that comes after. */
static void a_receive_shorter_than_its_message_ends(void **state)
{
    struct buffers b = buffers_create(LARGE);

    (void)state;
    if (world.rank == 0) {
        OK(ncclSend(b.send, LARGE, ncclInt32, 1, world.comm, world.stream));
        OK(ncclSend(b.send + LARGE, 5, ncclInt32, 1, world.comm, world.stream));
    }
    if (world.rank == 1) {
        OK(ncclRecv(b.recv, 100, ncclInt32, 0, world.comm, world.stream));
        OK(ncclRecv(b.recv + 100, 5, ncclInt32, 0, world.comm, world.stream));
    }
    buffers_fetch(&b);
    if (world.rank == 1) {
        expect(b.host, 0, 0, 100);
        expect(b.host + 100, 0, 1, 5);
    }
    buffers_destroy(&b);
}

static void collectives_and_messages_mix_in_a_group(void **state)
{
    struct buffers b = buffers_create(1000);
    int peer = world.rank ^ 1;
    int *sum = world_upload(&world.rank, sizeof(int));
    int got;

    (void)state;
    OK(ncclGroupStart());
    if (world.rank % 2) { /* in another order than the others */
        OK(ncclRecv(b.recv, 1000, ncclInt32, peer, world.comm, world.stream));
        OK(ncclAllReduce(sum, sum, 1, ncclInt32, ncclSum, world.comm, world.stream));
        OK(ncclSend(b.send, 1000, ncclInt32, peer, world.comm, world.stream));
    } else {
        OK(ncclAllReduce(sum, sum, 1, ncclInt32, ncclSum, world.comm, world.stream));
        OK(ncclSend(b.send, 1000, ncclInt32, peer, world.comm, world.stream));
        OK(ncclRecv(b.recv, 1000, ncclInt32, peer, world.comm, world.stream));
    }
    OK(ncclGroupEnd());
    buffers_fetch(&b);
    expect(b.host, peer, 0, 1000);
    world_download(&got, sum, sizeof(got));
    assert_int_equal(got, world.ranks * (world.ranks - 1) / 2);
    OK(cudaFree(sum));
    buffers_destroy(&b);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(broadcast_brings_the_roots_data_to_all),
        cmocka_unit_test(bcast_works_in_place),
        cmocka_unit_test(all_gather_collects_the_blocks_of_all),
        cmocka_unit_test(all_gather_works_in_place),
        cmocka_unit_test(all_to_all_exchanges_blocks),
        cmocka_unit_test(gather_collects_blocks_on_the_root),
        cmocka_unit_test(scatter_deals_out_the_roots_blocks),
        cmocka_unit_test(a_ring_of_sends_does_not_block_in_a_group),
        cmocka_unit_test(messages_keep_their_order),
        cmocka_unit_test(a_rank_sends_to_itself_in_a_group),
        cmocka_unit_test(messages_need_no_group),
        cmocka_unit_test(a_receive_shorter_than_its_message_ends),
        cmocka_unit_test(collectives_and_messages_mix_in_a_group),
    };

    return WORLD_RUN(argc, argv, tests);
}
