/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "queue.h"

#define MESSAGE_BYTES 1000 /* all of this happens at the time 1 */

static char directory[64];
static char spool[128];

static int make_directory(void **state)
{
    (void)state;
    snprintf(directory, sizeof directory, "/tmp/lockstep-queue-XXXXXX");
    if (!mkdtemp(directory))
        return -1;
    snprintf(spool, sizeof spool, "%s/a.spool", directory);
    return 0;
}

static int remove_directory(void **state)
{
    (void)state;
    unlink(spool);
    return rmdir(directory);
}

static struct queue *make(size_t memory_bytes, uint64_t spool_bytes)
{
    const struct queue_limits limits = {memory_bytes, spool_bytes};
    struct queue *queue = queue_create(spool, &limits);
    assert_non_null(queue);
    return queue;
}

/* Content that does not compress, and differs by number. */
static void fill(uint8_t *bytes, uint64_t number)
{
    uint32_t random = (uint32_t)number * 2654435761u + 1;
    for (size_t i = 0; i < MESSAGE_BYTES; i++) {
        random = random * 1664525u + 1013904223u;
        bytes[i] = (uint8_t)(random >> 24);
    }
}

static void push(struct queue *queue, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        struct message message = {malloc(MESSAGE_BYTES), MESSAGE_BYTES, queue_end(queue)};
        fill(message.data, message.number);
        assert_int_equal(queue_push(queue, &message, message.number * 10, 1), 0);
    }
}

static void holds(struct queue *queue, uint64_t first, uint64_t end)
{
    assert_int_equal(queue_first(queue), first);
    assert_int_equal(queue_end(queue), end);
    assert_int_equal(queue_bytes(queue), (end - first) * MESSAGE_BYTES);
    for (uint64_t number = first; number < end; number++) {
        const uint8_t *data;
        size_t length;
        uint8_t expected[MESSAGE_BYTES];
        fill(expected, number);
        assert_int_equal(queue_read(queue, number, &data, &length), 0);
        assert_int_equal(length, MESSAGE_BYTES);
        assert_memory_equal(data, expected, MESSAGE_BYTES);
    }
}

static void messages_stay_until_they_are_acknowledged(void **state)
{
    (void)state;
    struct queue *queue = make(1u << 20, 0);
    holds(queue, 1, 1);
    push(queue, 200); /* the circle grows */
    holds(queue, 1, 201);
    assert_int_equal(queue_acknowledge(queue, 101), 100);
    assert_int_equal(queue_acknowledge(queue, 50), 0);
    holds(queue, 101, 201);
    push(queue, 100);
    assert_int_equal(queue_acknowledge(queue, UINT64_MAX), 200);
    holds(queue, 301, 301);
    assert_int_not_equal(access(spool, F_OK), 0);
    queue_destroy(queue);
}

static void what_memory_cannot_hold_is_read_back_from_the_spool(void **state)
{
    (void)state;
    struct queue *queue = make(10 * MESSAGE_BYTES, 1u << 20);
    push(queue, 50);
    assert_true(queue_spooled(queue));
    holds(queue, 1, 51);
    queue_acknowledge(queue, 31); /* memory is free again: new ones go there, behind spooled ones */
    push(queue, 5);
    holds(queue, 31, 56);
    queue_acknowledge(queue, 56);
    assert_false(queue_spooled(queue));
    push(queue, 30);
    holds(queue, 56, 86);
    queue_remove_spool(queue);
    assert_int_not_equal(access(spool, F_OK), 0);
    queue_destroy(queue);
}

static void there_is_no_room_when_both_are_full(void **state)
{
    (void)state;
    struct queue *queue = make(5 * MESSAGE_BYTES, 5 * MESSAGE_BYTES);
    while (queue_has_room(queue, 1)) {
        push(queue, 1);
        assert_true(queue_end(queue) < 20);
    }
    assert_true(queue_end(queue) >= 9);
    const uint64_t end = queue_end(queue);
    holds(queue, 1, end);
    queue_acknowledge(queue, end);
    assert_true(queue_has_room(queue, 1));
    queue_destroy(queue);
}

static void only_what_is_in_the_spool_or_acknowledged_is_safe(void **state)
{
    (void)state;
    struct queue *queue = make(1u << 20, 1u << 20);
    assert_int_equal(queue_safe_position(queue), 0);
    push(queue, 10);
    assert_int_equal(queue_safe_position(queue), 0);
    queue_acknowledge(queue, 4);
    assert_int_equal(queue_safe_position(queue), 30);
    assert_int_equal(queue_spool_all(queue, 1), 0);
    assert_int_equal(queue_safe_position(queue), 100);
    holds(queue, 4, 11);
    push(queue, 1);
    assert_int_equal(queue_safe_position(queue), 100);
    queue_destroy(queue);
}

static void spooled_out_of_order_nothing_is_given_back_too_early(void **state)
{
    (void)state;
    struct queue *queue = make(10 * MESSAGE_BYTES, 1u << 20);
    push(queue, 30); /* 1..10 in memory, the rest in the spool */
    assert_int_equal(queue_spool_all(queue, 1), 0);
    holds(queue, 1, 31);
    queue_acknowledge(queue, 6); /* 6 lies behind 30 in the file */
    holds(queue, 6, 31);
    queue_acknowledge(queue, 20);
    holds(queue, 20, 31);
    queue_destroy(queue);
}

static void acknowledged_space_is_given_back(void **state)
{
    (void)state;
    struct queue *queue = make(0, 1u << 30);
    struct stat before;
    struct stat after;
    push(queue, 1000);
    assert_int_equal(stat(spool, &before), 0);
    queue_acknowledge(queue, 900);
    assert_int_equal(stat(spool, &after), 0);
    assert_true(after.st_blocks < before.st_blocks / 2);
    holds(queue, 900, 1001);
    queue_destroy(queue);
}

static void a_spool_that_cannot_be_made_leaves_everything_in_memory(void **state)
{
    (void)state;
    const struct queue_limits limits = {2 * MESSAGE_BYTES, 1u << 20};
    struct queue *queue = queue_create("/nonexistent/folder/a.spool", &limits);
    push(queue, 3);
    holds(queue, 1, 4);
    assert_false(queue_has_room(queue, 1));
    assert_true(queue_spool_all(queue, 1) < 0);
    assert_int_equal(queue_safe_position(queue), 0);
    queue_destroy(queue);
}

static void another_ones_file_is_not_touched(void **state)
{
    (void)state;
    FILE *file = fopen(spool, "w");
    fputs("precious", file);
    fclose(file);
    struct queue *queue = make(0, 1u << 20);
    push(queue, 1);
    holds(queue, 1, 2);
    queue_remove_spool(queue);
    queue_destroy(queue);
    char text[16] = "";
    file = fopen(spool, "r");
    assert_non_null(file);
    assert_non_null(fgets(text, sizeof text, file));
    fclose(file);
    assert_string_equal(text, "precious");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(messages_stay_until_they_are_acknowledged, make_directory,
                                        remove_directory),
        cmocka_unit_test_setup_teardown(what_memory_cannot_hold_is_read_back_from_the_spool, make_directory,
                                        remove_directory),
        cmocka_unit_test_setup_teardown(there_is_no_room_when_both_are_full, make_directory,
                                        remove_directory),
        cmocka_unit_test_setup_teardown(only_what_is_in_the_spool_or_acknowledged_is_safe, make_directory,
                                        remove_directory),
        cmocka_unit_test_setup_teardown(spooled_out_of_order_nothing_is_given_back_too_early, make_directory,
                                        remove_directory),
        cmocka_unit_test_setup_teardown(acknowledged_space_is_given_back, make_directory, remove_directory),
        cmocka_unit_test_setup_teardown(a_spool_that_cannot_be_made_leaves_everything_in_memory,
                                        make_directory, remove_directory),
        cmocka_unit_test_setup_teardown(another_ones_file_is_not_touched, make_directory, remove_directory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
