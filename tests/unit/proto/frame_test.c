/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "frame.h"

static const char text[] =
    "a message of some length; a message of some length; a message of some length; and so on";

struct written {
    uint8_t *bytes;
    size_t length;
};

static struct written write_frame(const void *payload, size_t length, uint64_t received_ns)
{
    uint8_t *bytes = malloc(frame_bound(length));
    assert_non_null(bytes);
    size_t written = frame_write(bytes, payload, length, received_ns);
    assert_in_range(written, FRAME_HEADER_BYTES + 1, frame_bound(length));
    /* Exactly as much memory as was written, so that a read too far is seen. */
    uint8_t *exact = malloc(written);
    assert_non_null(exact);
    memcpy(exact, bytes, written);
    free(bytes);
    return (struct written){exact, written};
}

static void assert_reads_as(struct written written, const void *payload, size_t length, uint64_t received_ns)
{
    struct frame frame;
    size_t size;
    assert_int_equal(frame_read(written.bytes, written.length, &frame, &size), FRAME_OK);
    assert_int_equal(size, written.length);
    assert_int_equal(frame.received_ns, received_ns);
    assert_int_equal(frame.received_bytes, length);
    uint8_t *received = malloc(length);
    assert_non_null(received);
    assert_int_equal(frame_payload(&frame, received), 0);
    assert_memory_equal(received, payload, length);
    free(received);
}

/* Bytes that do not compress. */
static void fill_with_noise(uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        bytes[i] = (uint8_t)(XXH3_64bits(&i, sizeof i) >> 24);
}

static void a_message_that_compresses_is_stored_smaller_and_comes_back(void **state)
{
    (void)state;
    static uint8_t payload[100000];
    for (size_t i = 0; i < sizeof payload; i++)
        payload[i] = (uint8_t)(i % 100);
    struct written written = write_frame(payload, sizeof payload, 7);
    assert_true(written.length < sizeof payload / 2);
    assert_int_equal(written.bytes[5], FRAME_ZSTD);
    assert_reads_as(written, payload, sizeof payload, 7);
    free(written.bytes);
}

static void a_message_that_does_not_compress_is_stored_as_it_is(void **state)
{
    (void)state;
    static uint8_t payload[100000];
    fill_with_noise(payload, sizeof payload);
    struct written written = write_frame(payload, sizeof payload, UINT64_MAX);
    assert_int_equal(written.length, FRAME_HEADER_BYTES + sizeof payload);
    assert_int_equal(written.bytes[5], 0);
    assert_memory_equal(written.bytes + FRAME_HEADER_BYTES, payload, sizeof payload);
    assert_reads_as(written, payload, sizeof payload, UINT64_MAX);
    free(written.bytes);
}

static void messages_of_every_small_length_come_back(void **state)
{
    (void)state;
    uint8_t payload[300];
    for (size_t length = 1; length <= sizeof payload; length++) {
        memset(payload, (int)length, sizeof payload);
        struct written written = write_frame(payload, length, length);
        assert_reads_as(written, payload, length, length);
        free(written.bytes);
    }
}

static void no_message_and_a_message_that_is_too_long_are_refused(void **state)
{
    (void)state;
    uint8_t frame[64];
    assert_int_equal(frame_write(frame, "x", 0, 0), 0);
    assert_int_equal(frame_write(frame, "x", FRAME_MAX_BYTES + 1, 0), 0);
}

/* The layout is what traces hold: this one was laid out by hand from the description in frame.h. */
static void the_layout_is_as_described(void **state)
{
    (void)state;
    uint8_t expected[FRAME_HEADER_BYTES + 3] = {'L',  'S',  'T',  'f',  1,    0,    0,    0,
                                                3,    0,    0,    0,    3,    0,    0,    0,
                                                0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11};
    memcpy(expected + FRAME_HEADER_BYTES, "abc", 3);
    uint64_t hash = XXH3_64bits_withSeed("abc", 3, XXH3_64bits(expected, 24));
    for (int i = 0; i < 8; i++)
        expected[24 + i] = (uint8_t)(hash >> 8 * i);
    struct written written = write_frame("abc", 3, 0x1122334455667788);
    assert_int_equal(written.length, sizeof expected);
    assert_memory_equal(written.bytes, expected, sizeof expected);
    free(written.bytes);
}

static void every_flipped_bit_is_noticed(void **state)
{
    (void)state;
    struct written written = write_frame(text, sizeof text, 123);
    for (size_t bit = 0; bit < written.length * 8; bit++) {
        struct frame frame;
        size_t size;
        written.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        enum frame_status status = frame_read(written.bytes, written.length, &frame, &size);
        /* A greater length looks like a frame that is not all there. */
        bool in_length = bit / 8 >= 8 && bit / 8 < 12;
        assert_true(status == FRAME_DAMAGED || (status == FRAME_SHORT && in_length));
        written.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    free(written.bytes);
}

static void every_beginning_of_a_frame_is_short(void **state)
{
    (void)state;
    struct written written = write_frame(text, sizeof text, 123);
    for (size_t length = 0; length < written.length; length++) {
        uint8_t *part = malloc(length + 1);
        assert_non_null(part);
        memcpy(part, written.bytes, length);
        struct frame frame;
        size_t size;
        assert_int_equal(frame_read(part, length, &frame, &size), FRAME_SHORT);
        assert_int_equal(size, length < FRAME_HEADER_BYTES ? FRAME_HEADER_BYTES : written.length);
        free(part);
    }
    free(written.bytes);
}

/* Writes the checksum that the header and payload should have. */
static void sign(struct written *written)
{
    uint64_t hash =
        XXH3_64bits_withSeed(written->bytes + FRAME_HEADER_BYTES, written->length - FRAME_HEADER_BYTES,
                             XXH3_64bits(written->bytes, 24));
    for (int i = 0; i < 8; i++)
        written->bytes[24 + i] = (uint8_t)(hash >> 8 * i);
}

static void a_frame_of_a_newer_version_is_told_from_a_damaged_one(void **state)
{
    (void)state;
    struct frame frame;
    size_t size;
    struct written written = write_frame("abc", 3, 1);
    written.bytes[4] = 2;
    assert_int_equal(frame_read(written.bytes, written.length, &frame, &size), FRAME_DAMAGED);
    sign(&written);
    assert_int_equal(frame_read(written.bytes, written.length, &frame, &size), FRAME_NEWER);
    assert_int_equal(size, written.length);
    written.bytes[4] = 1;
    written.bytes[5] = 2; /* a flag of a later version */
    sign(&written);
    assert_int_equal(frame_read(written.bytes, written.length, &frame, &size), FRAME_NEWER);
    free(written.bytes);
}

static void a_payload_that_lies_about_its_length_is_refused(void **state)
{
    (void)state;
    static uint8_t payload[1000];
    static uint8_t received[2000];
    struct frame frame;
    size_t size;
    struct written written = write_frame(payload, sizeof payload, 1);
    static const uint32_t lies[] = {999, 1001, 1};
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        memcpy(written.bytes + 12, &lies[i], 4);
        sign(&written);
        assert_int_equal(frame_read(written.bytes, written.length, &frame, &size), FRAME_OK);
        assert_int_equal(frame_payload(&frame, received), -EPROTO);
    }
    static const uint32_t absurd[] = {0, FRAME_MAX_BYTES + 1, UINT32_MAX};
    for (size_t i = 0; i < sizeof absurd / sizeof *absurd; i++) {
        memcpy(written.bytes + 12, &absurd[i], 4);
        sign(&written);
        assert_int_equal(frame_read(written.bytes, written.length, &frame, &size), FRAME_DAMAGED);
    }
    free(written.bytes);
}

static void the_next_frame_is_found_by_its_magic(void **state)
{
    (void)state;
    static const char bytes[] = "..LST..LSTf....LLSTfLST";
    size_t length = sizeof bytes - 1;
    assert_int_equal(frame_find(bytes, length, 0), 7);
    assert_int_equal(frame_find(bytes, length, 7), 7);
    assert_int_equal(frame_find(bytes, length, 8), 16);
    assert_int_equal(frame_find(bytes, length, 17), length);
    assert_int_equal(frame_find(bytes, length, length), length);
    assert_int_equal(frame_find(bytes, length, length + 5), length);
    assert_int_equal(frame_find(NULL, 0, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_that_compresses_is_stored_smaller_and_comes_back),
        cmocka_unit_test(a_message_that_does_not_compress_is_stored_as_it_is),
        cmocka_unit_test(messages_of_every_small_length_come_back),
        cmocka_unit_test(no_message_and_a_message_that_is_too_long_are_refused),
        cmocka_unit_test(the_layout_is_as_described),
        cmocka_unit_test(every_flipped_bit_is_noticed),
        cmocka_unit_test(every_beginning_of_a_frame_is_short),
        cmocka_unit_test(a_frame_of_a_newer_version_is_told_from_a_damaged_one),
        cmocka_unit_test(a_payload_that_lies_about_its_length_is_refused),
        cmocka_unit_test(the_next_frame_is_found_by_its_magic),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
