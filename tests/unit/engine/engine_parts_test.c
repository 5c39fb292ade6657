/* SPDX-License-Identifier: Apache-2.0
 *
 * The engine's pure parts: alignment, vote, prediction, sets of ranks, calls.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "align.h"
#include "call.h"
#include "history.h"
#include "ranks.h"
#include "vote.h"

/* Letters are calls; '?' agrees with everything, '.' is the end. */
static struct alignment align_text(const char *expected, const char *observed)
{
    uint64_t one[64];
    uint64_t other[64];
    size_t rows = strlen(expected);
    size_t columns = strlen(observed);

    for (size_t i = 0; i < rows; i++)
        one[i] = (uint64_t)expected[i];
    for (size_t i = 0; i < columns; i++)
        other[i] = (uint64_t)observed[i];
    return align(one, rows, other, columns, '?', '.');
}

static void expect_alignment(const char *expected, const char *observed, enum divergence_kind kind,
                             size_t rows, size_t columns)
{
    struct alignment alignment = align_text(expected, observed);

    assert_int_equal(alignment.kind, kind);
    assert_int_equal(alignment.expected, rows);
    assert_int_equal(alignment.observed, columns);
}

static void alignment_tells_the_ways_to_differ_apart(void **state)
{
    (void)state;
    expect_alignment("abcdef", "xbcdef", DIVERGENCE_DIFFERENT, 1, 1);
    expect_alignment("abcdef", "bcdef", DIVERGENCE_SKIPPED, 1, 0);
    expect_alignment("abcdef", "def", DIVERGENCE_SKIPPED, 3, 0);
    expect_alignment("abcdef", "xabcdef", DIVERGENCE_EXTRA, 0, 1);
    expect_alignment("abcdef", "xyabcdef", DIVERGENCE_EXTRA, 0, 2);
    expect_alignment("abcdef", "bacdef", DIVERGENCE_SWAPPED, 2, 2);
    expect_alignment("abcdef", "cbadef", DIVERGENCE_SWAPPED, 3, 3);
    expect_alignment("abcdef", "bcdaef", DIVERGENCE_SWAPPED, 4, 4);
    expect_alignment("abcdef", "dabcef", DIVERGENCE_SWAPPED, 4, 4);
}

static void a_single_call_that_differs_is_just_different(void **state)
{
    (void)state;
    expect_alignment("a", "x", DIVERGENCE_DIFFERENT, 1, 1);
    expect_alignment("abc", "x", DIVERGENCE_DIFFERENT, 1, 1);
    expect_alignment("a", "xyz", DIVERGENCE_DIFFERENT, 1, 1);
    assert_int_equal(align_text("a", "x").confirmed, 0);
}

static void a_single_call_that_comes_next_was_skipped_to(void **state)
{
    (void)state;
    expect_alignment("abc", "b", DIVERGENCE_SKIPPED, 1, 0);
}

static void the_end_stands_for_no_call(void **state)
{
    (void)state;
    expect_alignment("abc.", ".", DIVERGENCE_SKIPPED, 3, 0);
    expect_alignment(".", "abc.", DIVERGENCE_EXTRA, 0, 3);
    expect_alignment("ab.", "b.", DIVERGENCE_SKIPPED, 1, 0);
}

static void lost_calls_agree_in_the_alignment(void **state)
{
    (void)state;
    expect_alignment("abcdef", "b?def", DIVERGENCE_SKIPPED, 1, 0);
}

static void one_divergence_ends_where_two_calls_agree(void **state)
{
    (void)state;
    struct alignment alignment = align_text("abcdefgh", "xbcyefgh");

    assert_int_equal(alignment.expected, 1);
    assert_int_equal(alignment.confirmed, ALIGN_CONFIRMED);
    expect_alignment("abcdefgh", "xbydefgh", DIVERGENCE_DIFFERENT, 3, 3);
}

static void long_sequences_are_cut(void **state)
{
    uint64_t one[200];
    uint64_t other[200];

    (void)state;
    for (size_t i = 0; i < 200; i++) {
        one[i] = i + 2;
        other[i] = i + 3;
    }
    assert_int_equal(align(one, 200, other, 200, 0, 1).kind, DIVERGENCE_SKIPPED);
}

static void votes(void **state)
{
    const struct party clear[] = {{7, 1}, {8, 3}};
    const struct party tie[] = {{7, 2}, {8, 2}, {9, 1}};
    const struct party alone[] = {{7, 1}};

    (void)state;
    assert_int_equal(vote(clear, 2, 4).winner, 1);
    assert_false(vote(clear, 2, 4).tie);
    assert_true(vote(clear, 2, 4).absolute);
    assert_false(vote(clear, 2, 6).absolute);
    assert_int_equal(vote(tie, 3, 5).winner, 0);
    assert_true(vote(tie, 3, 5).tie);
    assert_true(vote(alone, 1, 1).absolute);
    assert_false(vote(alone, 1, 2).absolute);
}

static void the_past_predicts_what_follows(void **state)
{
    const uint64_t past[] = {1, 2, 3, 1, 2, 4, 1, 2, 3, 1, 2};
    uint64_t next[5];

    (void)state;
    /* "3 1 2" was followed by 4. */
    assert_int_equal(history_predict(past, 11, next, 1), 1);
    assert_int_equal(next[0], 4);
    assert_int_equal(history_predict(past, 3, next, 4), 0);
    assert_int_equal(history_predict(past, 5, next, 4), 4);
    assert_int_equal(next[0], 3);
    assert_int_equal(next[1], 1);
    assert_int_equal(next[2], 2);
    assert_int_equal(next[3], 3);
    assert_int_equal(history_predict(past, 0, next, 4), 0);
}

static void ranks_are_written_as_ranges(void **state)
{
    static const struct {
        int32_t rank[8];
        size_t count;
        const char *text;
    } cases[] = {
        {{0}, 0, "none"},
        {{3}, 1, "3"},
        {{2, 1, 0}, 3, "0-2"},
        {{5, 0, 1, 2, 5}, 5, "0-2,5"},
        {{9, 7, 8, 3, 1, 2}, 6, "1-3,7-9"},
        {{0, 2, 4}, 3, "0,2,4"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct arena arena = {0};
        struct rank_list list = {0};

        for (size_t r = 0; r < cases[i].count; r++)
            assert_true(rank_list_add(&list, cases[i].rank[r]));
        assert_string_equal(ranks_text(rank_list_take(&list, &arena), &arena), cases[i].text);
        arena_destroy(&arena);
    }
}

static void sets_of_ranks_are_compared(void **state)
{
    int32_t some[] = {1, 3, 5};
    int32_t fewer[] = {1, 5};
    int32_t others[] = {0, 2};
    struct ranks a = {some, 3};
    struct ranks b = {fewer, 2};
    struct ranks c = {others, 2};

    (void)state;
    assert_true(ranks_have(a, 3));
    assert_false(ranks_have(a, 2));
    assert_true(ranks_within(b, a));
    assert_false(ranks_within(a, b));
    assert_true(ranks_overlap(a, b));
    assert_false(ranks_overlap(a, c));
    assert_false(ranks_overlap(a, (struct ranks){0}));
}

static struct call call(enum operation operation, uint64_t count, enum datatype datatype, int reduction,
                        int root)
{
    return (struct call){.operation = (uint8_t)operation,
                         .count = count,
                         .datatype = (uint8_t)datatype,
                         .reduction = (uint8_t)reduction,
                         .root = root};
}

static void calls_are_written_out(void **state)
{
    struct arena arena = {0};
    struct call premultiplied = call(OPERATION_ALL_REDUCE, 8, DATATYPE_FLOAT32, REDUCTION_PRE_MUL_SUM, -1);
    struct call half = call(OPERATION_ALL_REDUCE, 8, DATATYPE_FLOAT16, REDUCTION_PRE_MUL_SUM, -1);
    float value = 0.5f;

    (void)state;
    memcpy(&premultiplied.scalar, &value, sizeof value);
    premultiplied.scalar_state = SCALAR_KNOWN;
    half.scalar = 0xc000; /* -2 */
    half.scalar_state = SCALAR_KNOWN;

    const struct {
        struct call call;
        const char *text;
    } cases[] = {
        {call(OPERATION_ALL_REDUCE, 4096, DATATYPE_FLOAT32, REDUCTION_SUM, -1),
         "all_reduce sum float32 x 4096"},
        {call(OPERATION_BCAST, 64, DATATYPE_UINT8, REDUCTION_NONE, 3), "broadcast root 3 uint8 x 64"},
        {call(OPERATION_REDUCE, 1, DATATYPE_INT64, REDUCTION_MAX, 0), "reduce max root 0 int64 x 1"},
        {call(OPERATION_ALL_GATHER, 7, DATATYPE_BFLOAT16, REDUCTION_NONE, -1), "all_gather bfloat16 x 7"},
        {call(OPERATION_SEND, 64, DATATYPE_FLOAT32, REDUCTION_NONE, 3), "send to 3 float32 x 64"},
        {call(OPERATION_RECV, 64, DATATYPE_FLOAT32, REDUCTION_NONE, 1), "recv from 1 float32 x 64"},
        {premultiplied, "all_reduce pre_mul_sum(0.5) float32 x 8"},
        {half, "all_reduce pre_mul_sum(-2) float16 x 8"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(call_text(&cases[i].call, &arena), cases[i].text);
    assert_string_equal(call_text(NULL, &arena), "an unknown call");
    arena_destroy(&arena);
}

static void calls_that_are_one_to_nccl_have_one_comparable(void **state)
{
    struct call_table *table = call_table_create();
    const struct call same[][2] = {
        {call(OPERATION_BCAST, 4, DATATYPE_FLOAT32, REDUCTION_NONE, 1),
         call(OPERATION_BROADCAST, 16, DATATYPE_UINT8, REDUCTION_NONE, 1)},
        {call(OPERATION_ALL_REDUCE, 0, DATATYPE_FLOAT32, REDUCTION_SUM, -1),
         call(OPERATION_BROADCAST, 0, DATATYPE_UINT8, REDUCTION_NONE, 1)},
    };
    const struct call apart[][2] = {
        {call(OPERATION_ALL_REDUCE, 4, DATATYPE_FLOAT32, REDUCTION_SUM, -1),
         call(OPERATION_ALL_REDUCE, 4, DATATYPE_INT32, REDUCTION_SUM, -1)},
        {call(OPERATION_ALL_REDUCE, 4, DATATYPE_FLOAT32, REDUCTION_SUM, -1),
         call(OPERATION_ALL_REDUCE, 0, DATATYPE_FLOAT32, REDUCTION_SUM, -1)},
        {call(OPERATION_BROADCAST, 4, DATATYPE_FLOAT32, REDUCTION_NONE, 1),
         call(OPERATION_BROADCAST, 4, DATATYPE_FLOAT32, REDUCTION_NONE, 2)},
    };

    (void)state;
    assert_non_null(table);
    for (size_t i = 0; i < 2; i++) {
        uint32_t one = call_comparable(table, call_number(table, &same[i][0]));

        assert_int_equal(one, call_comparable(table, call_number(table, &same[i][1])));
    }
    for (size_t i = 0; i < 3; i++) {
        uint32_t one = call_comparable(table, call_number(table, &apart[i][0]));
        uint32_t other = call_comparable(table, call_number(table, &apart[i][1]));

        assert_false(comparable_agrees(table, one, other));
    }
    call_table_destroy(table);
}

static void sizes_that_overflow_are_unknown(void **state)
{
    struct call huge = call(OPERATION_ALL_GATHER, UINT64_MAX, DATATYPE_FLOAT64, REDUCTION_NONE, -1);
    struct call strange = call(OPERATION_ALL_GATHER, 4, (enum datatype)77, REDUCTION_NONE, -1);

    (void)state;
    assert_true(call_bytes(&huge) == UINT64_MAX);
    assert_true(call_bytes(&strange) == UINT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(alignment_tells_the_ways_to_differ_apart),
        cmocka_unit_test(a_single_call_that_differs_is_just_different),
        cmocka_unit_test(a_single_call_that_comes_next_was_skipped_to),
        cmocka_unit_test(the_end_stands_for_no_call),
        cmocka_unit_test(lost_calls_agree_in_the_alignment),
        cmocka_unit_test(one_divergence_ends_where_two_calls_agree),
        cmocka_unit_test(long_sequences_are_cut),
        cmocka_unit_test(votes),
        cmocka_unit_test(the_past_predicts_what_follows),
        cmocka_unit_test(ranks_are_written_as_ranges),
        cmocka_unit_test(sets_of_ranks_are_compared),
        cmocka_unit_test(calls_are_written_out),
        cmocka_unit_test(calls_that_are_one_to_nccl_have_one_comparable),
        cmocka_unit_test(sizes_that_overflow_are_unknown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
