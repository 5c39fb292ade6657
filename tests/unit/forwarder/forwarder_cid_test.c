/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "communicators.h"
#include "names.h"
#include "nccl_hash.h"

#define NCCL 22809

static uint64_t make(struct communicators *process, struct record_create *record, size_t listed)
{
    return communicators_identify(process, record, listed, NCCL).cid;
}

static uint64_t init_rank(struct communicators *process, uint32_t number, const char *id, int rank)
{
    struct record_create record = {
        .communicator = number, .operation = OPERATION_COMM_INIT_RANK, .has_id = 1, .ranks = 4, .rank = rank};
    memcpy(record.unique_id, id, strlen(id));
    return make(process, &record, 0);
}

static uint64_t split(struct communicators *process, uint32_t number, uint32_t parent, uint32_t sequence,
                      int color)
{
    struct record_create record = {.communicator = number,
                                   .parent = parent,
                                   .sequence = sequence,
                                   .operation = OPERATION_COMM_SPLIT,
                                   .ranks = -1,
                                   .rank = -1,
                                   .color = color};
    return make(process, &record, 0);
}

static uint64_t shrink(struct communicators *process, uint32_t number, uint32_t parent, uint32_t sequence,
                       const int32_t *excluded, uint32_t count)
{
    struct record_create *record = calloc(1, sizeof *record + count * sizeof *excluded);
    record->communicator = number;
    record->parent = parent;
    record->sequence = sequence;
    record->operation = OPERATION_COMM_SHRINK;
    record->excluded_count = count;
    memcpy(record->excluded, excluded, count * sizeof *excluded);
    const uint64_t cid = make(process, record, count);
    free(record);
    return cid;
}

static void members_agree_whatever_numbers_they_give(void **state)
{
    (void)state;
    struct communicators *a = communicators_create();
    struct communicators *b = communicators_create();
    init_rank(b, 1, "another first", 0);
    const uint64_t world = init_rank(a, 1, "id", 0);
    assert_int_not_equal(world, 0);
    assert_int_equal(init_rank(b, 2, "id", 1), world);
    const uint64_t half = split(a, 2, 1, 0, 5);
    assert_int_not_equal(half, 0);
    assert_int_equal(split(b, 3, 2, 0, 5), half);
    assert_int_not_equal(half, world);
    communicators_destroy(a);
    communicators_destroy(b);
}

static void every_way_of_making_one_from_an_id_is_the_same(void **state)
{
    (void)state;
    uint64_t cids[4];
    const uint8_t ways[] = {OPERATION_COMM_INIT_RANK, OPERATION_COMM_INIT_RANK_CONFIG,
                            OPERATION_COMM_INIT_RANK_SCALABLE, OPERATION_COMM_INIT_ALL};
    for (int rank = 0; rank < 4; rank++) {
        struct communicators *process = communicators_create();
        struct record_create record = {
            .communicator = 1, .operation = ways[rank], .has_id = 1, .ranks = 4 + rank, .rank = rank};
        cids[rank] = make(process, &record, 0);
        assert_int_equal(cids[rank], cids[0]);
        communicators_destroy(process);
    }
}

static void all_ranks_of_one_process_are_members_of_one(void **state)
{
    (void)state;
    struct communicators *process = communicators_create();
    const uint64_t cid = init_rank(process, 1, "id", 0);
    assert_int_equal(init_rank(process, 2, "id", 1), cid);
    assert_int_equal(init_rank(process, 3, "id", 2), cid);
    assert_int_not_equal(init_rank(process, 4, "id", 0), cid); /* a second use of the id */
    communicators_destroy(process);
}

static void one_id_for_all_is_told_apart_by_use(void **state)
{
    (void)state;
    /* As NCCL_COMM_ID makes it. Ranks differ between the communicators that it stands for. */
    const char id[] = "\x80\x02\x80\x02\x80\x02\x80\x02 address";
    struct communicators *a = communicators_create();
    struct communicators *b = communicators_create();
    const uint64_t first = init_rank(a, 1, id, 0);
    const uint64_t second = init_rank(a, 2, id, 1);
    assert_int_not_equal(first, second);
    assert_int_equal(init_rank(b, 1, id, 1), first);
    assert_int_equal(init_rank(b, 2, id, 0), second);
    communicators_destroy(a);
    communicators_destroy(b);
}

static void splits_differ_by_color_sequence_and_parent(void **state)
{
    (void)state;
    struct communicators *process = communicators_create();
    init_rank(process, 1, "id", 0);
    const uint64_t cids[] = {
        split(process, 2, 1, 0, 0), split(process, 3, 1, 0, 1), split(process, 4, 1, 1, 0),
        split(process, 5, 2, 0, 0), split(process, 6, 3, 0, 0),
    };
    for (size_t i = 0; i < 5; i++)
        for (size_t j = i + 1; j < 5; j++)
            assert_int_not_equal(cids[i], cids[j]);
    communicators_destroy(process);
}

static void what_has_no_known_parent_is_unknown(void **state)
{
    (void)state;
    struct communicators *process = communicators_create();
    assert_int_equal(split(process, 1, 7, 0, 0), 0);
    assert_int_equal(split(process, 2, 0, 0, 0), 0);
    assert_int_equal(split(process, 3, UINT32_MAX, 0, 0), 0);
    assert_int_equal(split(process, 4, 1, 0, 0), 0);
    communicators_destroy(process);
}

static void a_split_without_color_makes_nothing_but_counts(void **state)
{
    (void)state;
    struct communicators *process = communicators_create();
    struct record_create record = {
        .communicator = 1, .operation = OPERATION_COMM_INIT_RANK, .has_id = 1, .rank = 0};
    const uint64_t hash = communicators_identify(process, &record, 0, NCCL).nccl_hash;
    assert_int_equal(split(process, 0, 1, 0, -1), 0);
    struct record_create second = {
        .communicator = 2, .parent = 1, .sequence = 1, .operation = OPERATION_COMM_SPLIT, .color = 3};
    assert_int_equal(communicators_identify(process, &second, 0, NCCL).nccl_hash,
                     nccl_hash_of_split(NCCL, hash, 2, 3));
    communicators_destroy(process);
}

static void shrinks_differ_by_who_is_left_out(void **state)
{
    (void)state;
    struct communicators *a = communicators_create();
    struct communicators *b = communicators_create();
    init_rank(a, 1, "id", 0);
    init_rank(b, 9, "id", 3);
    const uint64_t without_2 = shrink(a, 2, 1, 0, (int32_t[]){2}, 1);
    assert_int_equal(shrink(b, 10, 9, 0, (int32_t[]){2}, 1), without_2);
    assert_int_not_equal(shrink(b, 11, 9, 0, (int32_t[]){1, 2}, 2), without_2);
    assert_int_not_equal(shrink(b, 12, 9, 1, (int32_t[]){2}, 1), without_2);
    communicators_destroy(a);
    communicators_destroy(b);
}

/* The numbers were worked out with NCCL 2.28.9's own functions. */
static void nccls_hash_is_the_one_that_nccl_prints(void **state)
{
    (void)state;
    unsigned char id[128];
    for (unsigned i = 0; i < sizeof id; i++)
        id[i] = (unsigned char)i;
    const uint64_t hash = nccl_hash_of_id(22809, id, sizeof id);
    assert_int_equal(hash, UINT64_C(0x6afe1cc17717e1f4));
    assert_int_equal(nccl_hash_of_split(22809, hash, 1, 0), UINT64_C(0x79030d073b3c579f));
    assert_int_equal(nccl_hash_of_split(22809, hash, 2, -7), UINT64_C(0x35c64e07d08b438f));
    assert_int_equal(nccl_hash_of_shrink(22809, hash), UINT64_C(0x3ab8d78e8fb6dbda));
}

static void nccls_hash_is_unknown_where_it_is_made_otherwise(void **state)
{
    (void)state;
    const unsigned char id[128] = {1};
    assert_int_equal(nccl_hash_of_id(0, id, sizeof id), 0);
    assert_int_equal(nccl_hash_of_id(22105, id, sizeof id), 0);
    assert_int_equal(nccl_hash_of_split(22505, 5, 1, 0), 0);
    assert_int_equal(nccl_hash_of_split(23003, 5, 1, 0), 0);
    assert_int_equal(nccl_hash_of_split(22809, 0, 1, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_agree_whatever_numbers_they_give),
        cmocka_unit_test(every_way_of_making_one_from_an_id_is_the_same),
        cmocka_unit_test(all_ranks_of_one_process_are_members_of_one),
        cmocka_unit_test(one_id_for_all_is_told_apart_by_use),
        cmocka_unit_test(splits_differ_by_color_sequence_and_parent),
        cmocka_unit_test(what_has_no_known_parent_is_unknown),
        cmocka_unit_test(a_split_without_color_makes_nothing_but_counts),
        cmocka_unit_test(shrinks_differ_by_who_is_left_out),
        cmocka_unit_test(nccls_hash_is_the_one_that_nccl_prints),
        cmocka_unit_test(nccls_hash_is_unknown_where_it_is_made_otherwise),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
