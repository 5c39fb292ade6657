/* SPDX-License-Identifier: Apache-2.0
 *
 * A trace after a crash, a bad disk or a liar: what is whole is read, what is not is counted.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "frame.h"
#include "place.h"

#define MESSAGES 6
#define FRAME    (FRAME_HEADER_BYTES + 5) /* of "msg-N" */

static const char *shard(const struct place *place)
{
    return place_file(place, "shard-000.lst");
}

/* A trace of "msg-0" to "msg-5", and its shard's bytes. */
static uint8_t *write_trace(const struct place *place, size_t *length)
{
    struct trace_writer *writer = place_writer(place);
    for (int i = 0; i < MESSAGES; i++) {
        char text[8];
        snprintf(text, sizeof text, "msg-%d", i);
        place_append(writer, text, 1);
    }
    trace_writer_close(writer);
    uint8_t *bytes = place_read(shard(place), length);
    assert_int_equal(*length, MESSAGES * FRAME);
    return bytes;
}

/* The texts of a trace without those from `first` up to before `last`. */
static const char *texts_without(size_t first, size_t last)
{
    static char texts[200];
    size_t used = 0;
    texts[0] = 0;
    for (size_t i = 0; i < MESSAGES; i++) {
        if (i < first || i >= last)
            used += (size_t)snprintf(texts + used, sizeof texts - used, "msg-%zu ", i);
    }
    return texts;
}

static void every_flipped_bit_costs_one_message_and_is_counted(void **state)
{
    const struct place *place = *state;
    size_t length;
    uint8_t *bytes = write_trace(place, &length);
    for (size_t bit = 0; bit < length * 8; bit++) {
        struct trace_damage damage;
        size_t hit = bit / 8 / FRAME;
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        place_write(shard(place), bytes, length);
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_string_equal(place_texts(place, &damage), texts_without(hit, hit + 1));
        /* At the very end, damage cannot be told from a frame that is not all there. */
        bool at_end = hit == MESSAGES - 1;
        assert_int_equal(damage.damaged_frames, at_end ? 0 : 1);
        assert_int_equal(damage.damaged_bytes, at_end ? 0 : FRAME);
        assert_int_equal(damage.torn_bytes, at_end ? FRAME : 0);
    }
    free(bytes);
}

static void a_tail_torn_at_any_byte_is_told_and_cut_by_the_next_writer(void **state)
{
    const struct place *place = *state;
    size_t length;
    uint8_t *bytes = write_trace(place, &length);
    for (size_t kept = 0; kept < length; kept++) {
        struct trace_damage damage;
        size_t whole = kept / FRAME;
        place_write(shard(place), bytes, kept);
        assert_string_equal(place_texts(place, &damage), texts_without(whole, MESSAGES));
        assert_int_equal(damage.torn_bytes, kept % FRAME);
        assert_int_equal(damage.damaged_frames, 0);

        struct trace_writer *writer = place_writer(place);
        assert_int_equal(trace_writer_damage(writer)->torn_bytes, kept % FRAME);
        assert_int_equal(trace_writer_damage(writer)->damaged_frames, 0);
        place_append(writer, "new", 1);
        trace_writer_close(writer);
        char expected[200];
        snprintf(expected, sizeof expected, "%snew ", texts_without(whole, MESSAGES));
        assert_string_equal(place_texts(place, &damage), expected);
        assert_int_equal(damage.torn_bytes, 0);
    }
    free(bytes);
}

static void a_writer_keeps_what_follows_damage(void **state)
{
    const struct place *place = *state;
    struct trace_damage damage;
    size_t length;
    uint8_t *bytes = write_trace(place, &length);
    memset(bytes + 2 * FRAME, 0, FRAME + 10); /* frame 2 and the head of frame 3 */
    place_write(shard(place), bytes, length);
    free(bytes);

    struct trace_writer *writer = place_writer(place);
    assert_int_equal(trace_writer_damage(writer)->damaged_frames, 1);
    assert_int_equal(trace_writer_damage(writer)->damaged_bytes, 2 * FRAME);
    assert_int_equal(trace_writer_damage(writer)->torn_bytes, 0);
    place_append(writer, "new", 1);
    trace_writer_close(writer);
    assert_string_equal(place_texts(place, &damage), "msg-0 msg-1 msg-4 msg-5 new ");
    assert_int_equal(damage.damaged_frames, 1);
    assert_int_equal(damage.damaged_bytes, 2 * FRAME);
}

static void zeros_that_a_crash_left_at_the_end_are_cut(void **state)
{
    const struct place *place = *state;
    size_t length;
    free(write_trace(place, &length));
    assert_int_equal(truncate(shard(place), (off_t)length + 4096), 0);
    struct trace_writer *writer = place_writer(place);
    assert_int_equal(trace_writer_damage(writer)->torn_bytes, 4096);
    trace_writer_close(writer);
    struct stat status;
    assert_int_equal(stat(shard(place), &status), 0);
    assert_int_equal(status.st_size, length);
}

static void a_frame_that_is_being_written_is_read_when_it_is_whole(void **state)
{
    const struct place *place = *state;
    char error[TRACE_ERROR_BYTES];
    size_t length;
    uint8_t *bytes = write_trace(place, &length);
    place_write(shard(place), bytes, 0);
    struct trace_reader *reader = trace_reader_open(place->trace, error);
    assert_non_null(reader);
    for (size_t there = 1; there <= length; there++) {
        place_write(shard(place), bytes, there);
        char expected[16] = "";
        if (there % FRAME == 0)
            snprintf(expected, sizeof expected, "msg-%zu ", there / FRAME - 1);
        assert_string_equal(place_more(reader), expected);
        assert_int_equal(trace_reader_damage(reader)->torn_bytes, there % FRAME);
    }
    assert_int_equal(trace_reader_damage(reader)->damaged_frames, 0);
    trace_reader_close(reader);
    free(bytes);
}

static void a_torn_shard_before_the_last_is_damage(void **state)
{
    const struct place *place = *state;
    struct trace_damage damage;
    size_t length;
    uint8_t *bytes = write_trace(place, &length);
    place_write(shard(place), bytes, length - 1);
    place_write(place_file(place, "shard-001.lst"), bytes, 2 * FRAME);
    free(bytes);
    assert_string_equal(place_texts(place, &damage), "msg-0 msg-1 msg-2 msg-3 msg-4 msg-0 msg-1 ");
    assert_int_equal(damage.damaged_frames, 1);
    assert_int_equal(damage.damaged_bytes, FRAME - 1);
    assert_int_equal(damage.torn_bytes, 0);
}

static void a_missing_shard_is_counted(void **state)
{
    const struct place *place = *state;
    struct trace_damage damage;
    size_t length;
    uint8_t *bytes = write_trace(place, &length);
    place_write(place_file(place, "shard-003.lst"), bytes, FRAME);
    free(bytes);
    assert_string_equal(place_texts(place, &damage), "msg-0 msg-1 msg-2 msg-3 msg-4 msg-5 msg-0 ");
    assert_int_equal(damage.damaged_frames, 1);
    assert_int_equal(damage.damaged_bytes, 0);
}

static void other_files_are_not_shards(void **state)
{
    const struct place *place = *state;
    struct trace_damage damage;
    size_t length;
    uint8_t *bytes = write_trace(place, &length);
    static const char *const names[] = {"shard-1.lst",    "shard-001.lst~",    "shard-0001.lst",
                                        "shard--01.lst",  "shard-1000000.lst", "shard-001",
                                        "xshard-001.lst", "shard-+01.lst"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        place_write(place_file(place, names[i]), bytes, length);
    free(bytes);
    assert_string_equal(place_texts(place, &damage), texts_without(0, 0));
    assert_int_equal(damage.damaged_frames, 0);
}

/* Makes the checksum of the frame fit its header. */
static void sign(uint8_t *frame)
{
    uint64_t hash =
        XXH3_64bits_withSeed(frame + FRAME_HEADER_BYTES, FRAME - FRAME_HEADER_BYTES, XXH3_64bits(frame, 24));
    memcpy(frame + 24, &hash, sizeof hash);
}

static void a_frame_of_a_newer_version_is_passed_over_and_counted_apart(void **state)
{
    const struct place *place = *state;
    struct trace_damage damage;
    size_t length;
    uint8_t *bytes = write_trace(place, &length);
    bytes[2 * FRAME + 4] = 2;
    sign(bytes + 2 * FRAME);
    bytes[5 * FRAME + 4] = 2;
    sign(bytes + 5 * FRAME);
    place_write(shard(place), bytes, length);
    free(bytes);
    assert_string_equal(place_texts(place, &damage), "msg-0 msg-1 msg-3 msg-4 ");
    assert_int_equal(damage.newer_frames, 2);
    assert_int_equal(damage.damaged_frames, 0);
    assert_int_equal(damage.torn_bytes, 0);

    /* A writer that does not understand it leaves it where it is. */
    struct trace_writer *writer = place_writer(place);
    assert_int_equal(trace_writer_damage(writer)->torn_bytes, 0);
    trace_writer_close(writer);
}

static void a_payload_that_does_not_decompress_is_damage(void **state)
{
    const struct place *place = *state;
    struct trace_damage damage;
    size_t length;
    uint8_t *bytes = write_trace(place, &length);
    bytes[FRAME + 5] = FRAME_ZSTD;
    sign(bytes + FRAME);
    place_write(shard(place), bytes, length);
    free(bytes);
    assert_string_equal(place_texts(place, &damage), texts_without(1, 2));
    assert_int_equal(damage.damaged_frames, 1);
    assert_int_equal(damage.damaged_bytes, FRAME);
}

/* Each of these claims to begin a frame as long as the rest of the file. */
static void a_file_of_false_beginnings_does_not_take_for_ever(void **state)
{
    const struct place *place = *state;
    struct trace_damage damage;
    enum { BYTES = 8 << 20 };
    trace_writer_close(place_writer(place));
    uint8_t *bytes = calloc(1, BYTES);
    assert_non_null(bytes);
    for (uint32_t at = 0; at < BYTES; at += FRAME_HEADER_BYTES) {
        uint32_t stored = BYTES - at - FRAME_HEADER_BYTES;
        memcpy(bytes + at, "LSTf\1", 5);
        memcpy(bytes + at + 8, &stored, 4);
        memcpy(bytes + at + 12, &stored, 4);
    }
    place_write(shard(place), bytes, BYTES);
    free(bytes);
    assert_string_equal(place_texts(place, &damage), "");
    assert_int_equal(damage.torn_bytes, BYTES);

    char error[TRACE_ERROR_BYTES];
    assert_null(trace_writer_open(place->trace, "job", error));
    assert_int_equal(errno, EPROTO);
    assert_non_null(strstr(error, "shard-000.lst: too damaged to append to"));
}

static void a_frame_is_found_wherever_damage_ends(void **state)
{
    const struct place *place = *state;
    struct trace_damage damage;
    size_t length;
    uint8_t *bytes = write_trace(place, &length);
    /* The reader's buffer is 256 KiB: let the frame begin at every place around its end. */
    for (size_t shift = 0; shift < 80; shift++) {
        size_t junk = ((size_t)256 << 10) - 40 + shift;
        uint8_t *file = malloc(junk + length);
        assert_non_null(file);
        memset(file, 'L', junk);
        memcpy(file + junk, bytes, length);
        place_write(shard(place), file, junk + length);
        free(file);
        assert_string_equal(place_texts(place, &damage), texts_without(0, 0));
        assert_int_equal(damage.damaged_frames, 1);
        assert_int_equal(damage.damaged_bytes, junk);
    }
    free(bytes);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, place_setup, place_teardown)
    const struct CMUnitTest tests[] = {
        TEST(every_flipped_bit_costs_one_message_and_is_counted),
        TEST(a_tail_torn_at_any_byte_is_told_and_cut_by_the_next_writer),
        TEST(a_writer_keeps_what_follows_damage),
        TEST(zeros_that_a_crash_left_at_the_end_are_cut),
        TEST(a_frame_that_is_being_written_is_read_when_it_is_whole),
        TEST(a_torn_shard_before_the_last_is_damage),
        TEST(a_missing_shard_is_counted),
        TEST(other_files_are_not_shards),
        TEST(a_frame_of_a_newer_version_is_passed_over_and_counted_apart),
        TEST(a_payload_that_does_not_decompress_is_damage),
        TEST(a_file_of_false_beginnings_does_not_take_for_ever),
        TEST(a_frame_is_found_wherever_damage_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
