/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdint.h>
#include <string.h>

#include "arena.h"

static void allocations_do_not_overlap_and_are_aligned(void **state)
{
    (void)state;
    enum { COUNT = 2000 };
    static uint8_t *memory[COUNT];
    struct arena arena = {0};
    for (size_t i = 0; i < COUNT; i++) {
        memory[i] = arena_alloc(&arena, i);
        assert_non_null(memory[i]);
        assert_int_equal((uintptr_t)memory[i] % 16, 0);
        memset(memory[i], (int)(i & 0xff), i);
    }
    for (size_t i = 0; i < COUNT; i++) {
        for (size_t byte = 0; byte < i; byte++)
            assert_int_equal(memory[i][byte], i & 0xff);
    }
    arena_destroy(&arena);
}

static void the_limit_counts_until_the_reset(void **state)
{
    (void)state;
    struct arena arena = {.limit = 1000};
    assert_non_null(arena_alloc(&arena, 900));
    assert_false(arena.exceeded);
    assert_null(arena_alloc(&arena, 200));
    assert_true(arena.exceeded);
    arena_reset(&arena);
    assert_false(arena.exceeded);
    assert_non_null(arena_alloc(&arena, 900));
    arena_destroy(&arena);
}

static void absurd_sizes_are_refused(void **state)
{
    (void)state;
    struct arena arena = {0};
    assert_null(arena_alloc(&arena, SIZE_MAX));
    assert_null(arena_alloc(&arena, SIZE_MAX - 8));
    arena_destroy(&arena);
}

static void a_small_arena_is_used_again_without_new_memory(void **state)
{
    (void)state;
    struct arena arena = {0};
    void *first = arena_alloc(&arena, 100);
    for (int round = 0; round < 10; round++) {
        arena_reset(&arena);
        assert_ptr_equal(arena_alloc(&arena, 100), first);
    }
    arena_destroy(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(allocations_do_not_overlap_and_are_aligned),
        cmocka_unit_test(the_limit_counts_until_the_reset),
        cmocka_unit_test(absurd_sizes_are_refused),
        cmocka_unit_test(a_small_arena_is_used_again_without_new_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
