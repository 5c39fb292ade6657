/* SPDX-License-Identifier: Apache-2.0
 *
 * A trace directory in good health: who may write and read it, and what is in it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "frame.h"
#include "place.h"

static void assert_healthy(const struct trace_damage *damage)
{
    static const struct trace_damage none = {0};
    assert_memory_equal(damage, &none, sizeof none);
}

/* An error is "what: path…: why"; the path is the test's, the rest must be as told. */
static void assert_error(const struct place *place, const char *error, const char *what, const char *rest)
{
    char expected[TRACE_ERROR_BYTES];
    snprintf(expected, sizeof expected, "%s: %s%s", what, place->trace, rest);
    assert_string_equal(error, expected);
}

/* ---- writing and reading ---- */

static void messages_come_back_in_order_with_their_times(void **state)
{
    const struct place *place = *state;
    char error[TRACE_ERROR_BYTES] = "";
    static char large[300000];
    memset(large, 'y', sizeof large);
    struct trace_writer *writer = place_writer(place);
    place_append(writer, "one", 111);
    assert_int_equal(trace_append(writer, large, sizeof large, 222, error), 0);
    place_append(writer, "three", 333);
    assert_int_equal(trace_sync(writer, error), 0);
    uint64_t written = trace_written_bytes(writer);
    trace_writer_close(writer);

    struct stat status;
    assert_int_equal(stat(place_file(place, "shard-000.lst"), &status), 0);
    assert_int_equal(status.st_size, written);

    struct trace_reader *reader = trace_reader_open(place->trace, error);
    struct trace_message message;
    assert_non_null(reader);
    assert_string_equal(trace_reader_job(reader), "job");
    assert_int_equal(trace_read(reader, &message, error), 1);
    assert_int_equal(message.length, 3);
    assert_memory_equal(message.payload, "one", 3);
    assert_int_equal(message.received_ns, 111);
    assert_int_equal(message.offset, 0);
    assert_string_equal(message.shard, "shard-000.lst");
    assert_int_equal(trace_read(reader, &message, error), 1);
    assert_int_equal(message.length, sizeof large);
    assert_memory_equal(message.payload, large, sizeof large);
    assert_int_equal(message.offset, FRAME_HEADER_BYTES + 3);
    assert_int_equal(trace_read(reader, &message, error), 1);
    assert_int_equal(message.received_ns, 333);
    assert_int_equal(trace_read(reader, &message, error), 0);
    assert_healthy(trace_reader_damage(reader));
    trace_reader_close(reader);
}

static void a_trace_without_messages_is_a_trace(void **state)
{
    const struct place *place = *state;
    struct trace_damage damage;
    assert_false(trace_is_trace(place->trace));
    trace_writer_close(place_writer(place));
    assert_true(trace_is_trace(place->trace));
    assert_string_equal(place_texts(place, &damage), "");
    assert_healthy(&damage);
}

static void a_reader_sees_what_is_appended_after_it_came_to_the_end(void **state)
{
    const struct place *place = *state;
    char error[TRACE_ERROR_BYTES];
    struct trace_writer *writer = place_writer(place);
    struct trace_reader *reader = trace_reader_open(place->trace, error);
    assert_non_null(reader);
    trace_writer_rotate_at(writer, 100);
    assert_string_equal(place_more(reader), "");
    place_append(writer, "a", 1);
    assert_string_equal(place_more(reader), "a ");
    assert_string_equal(place_more(reader), "");
    char name[16];
    for (int i = 0; i < 20; i++) {
        snprintf(name, sizeof name, "m%d", i);
        place_append(writer, name, 1);
        strcat(name, " ");
        assert_string_equal(place_more(reader), name);
    }
    assert_int_equal(access(place_file(place, "shard-004.lst"), F_OK), 0);
    assert_healthy(trace_reader_damage(reader));
    trace_reader_close(reader);
    trace_writer_close(writer);
}

static void shards_follow_one_another_across_writers(void **state)
{
    const struct place *place = *state;
    struct trace_damage damage;
    char expected[4000] = "";
    for (int round = 0; round < 5; round++) {
        struct trace_writer *writer = place_writer(place);
        assert_healthy(trace_writer_damage(writer));
        trace_writer_rotate_at(writer, 500);
        for (int i = 0; i < 20; i++) {
            char text[16];
            snprintf(text, sizeof text, "r%d.%d", round, i);
            place_append(writer, text, 1);
            strcat(strcat(expected, text), " ");
        }
        trace_writer_close(writer);
    }
    assert_string_equal(place_texts(place, &damage), expected);
    assert_healthy(&damage);
    struct stat status;
    assert_int_equal(stat(place_file(place, "shard-005.lst"), &status), 0);
    assert_int_equal(stat(place_file(place, "shard-000.lst"), &status), 0);
    assert_in_range(status.st_size, 500, 600);
}

static void shards_beyond_a_thousand_stay_in_order(void **state)
{
    const struct place *place = *state;
    struct trace_damage damage;
    struct trace_writer *writer = place_writer(place);
    trace_writer_rotate_at(writer, 1);
    for (int i = 0; i < 1003; i++)
        place_append(writer, i < 1000 ? "x" : i == 1000 ? "a" : i == 1001 ? "b" : "c", 1);
    trace_writer_close(writer);
    assert_int_equal(access(place_file(place, "shard-1002.lst"), F_OK), 0);
    const char *texts = place_texts(place, &damage);
    assert_int_equal(strlen(texts), 2006);
    assert_string_equal(texts + 2000, "a b c ");
    assert_healthy(&damage);
    writer = place_writer(place);
    place_append(writer, "d", 1);
    trace_writer_close(writer);
    assert_string_equal(place_texts(place, &damage) + 2000, "a b c d ");
}

static void a_message_that_no_frame_can_hold_is_refused(void **state)
{
    const struct place *place = *state;
    char error[TRACE_ERROR_BYTES];
    struct trace_writer *writer = place_writer(place);
    assert_int_equal(trace_append(writer, "", 0, 1, error), -EMSGSIZE);
    assert_error(place, error, "trace_append", ": message of 0 bytes");
    assert_int_equal(trace_append(writer, "", FRAME_MAX_BYTES + 1, 1, error), -EMSGSIZE);
    place_append(writer, "x", 1);
    trace_writer_close(writer);
}

static void files_are_for_their_owner_only(void **state)
{
    const struct place *place = *state;
    struct stat status;
    mode_t old = umask(0);
    struct trace_writer *writer = place_writer(place);
    place_append(writer, "x", 1);
    trace_writer_close(writer);
    umask(old);
    assert_int_equal(stat(place->trace, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0700);
    static const char *const names[] = {"manifest.json", "shard-000.lst"};
    for (int i = 0; i < 2; i++) {
        assert_int_equal(stat(place_file(place, names[i]), &status), 0);
        assert_int_equal(status.st_mode & 0777, 0600);
    }
}

/* ---- who may write ---- */

static void refuses_to_write(const struct place *place, const char *job, int code, const char *rest)
{
    char error[TRACE_ERROR_BYTES] = "";
    errno = 0;
    assert_null(trace_writer_open(place->trace, job, error));
    assert_int_equal(errno, code);
    assert_error(place, error, "trace_writer_open", rest);
}

static void a_second_writer_is_refused_until_the_first_is_gone(void **state)
{
    const struct place *place = *state;
    struct trace_writer *writer = place_writer(place); /* that has created it */
    refuses_to_write(place, "job", EWOULDBLOCK, ": another process writes to it");
    trace_writer_close(writer);
    writer = place_writer(place); /* that has found it */
    refuses_to_write(place, "job", EWOULDBLOCK, ": another process writes to it");
    trace_writer_close(writer);
    trace_writer_close(place_writer(place));
}

static void the_trace_of_another_job_is_refused(void **state)
{
    const struct place *place = *state;
    trace_writer_close(place_writer(place));
    refuses_to_write(place, "other", EEXIST, ": is the trace of another job, \"job\"");
}

static void a_directory_with_other_things_in_it_is_refused(void **state)
{
    const struct place *place = *state;
    assert_int_equal(mkdir(place->trace, 0755), 0);
    place_write(place_file(place, "thesis.tex"), "x", 1);
    refuses_to_write(place, "job", EEXIST,
                     ": the directory is not empty and has no manifest.json: not a trace");
}

static void an_empty_directory_and_a_creation_cut_short_are_taken(void **state)
{
    const struct place *place = *state;
    assert_int_equal(mkdir(place->trace, 0755), 0);
    place_write(place_file(place, "manifest.json.12345"), "{", 1);
    struct trace_writer *writer = place_writer(place);
    place_append(writer, "x", 1);
    trace_writer_close(writer);
}

static void a_path_that_cannot_be_a_directory_is_refused(void **state)
{
    const struct place *place = *state;
    place_write(place->trace, "x", 1);
    refuses_to_write(place, "job", ENOTDIR, ": Not a directory");
    struct place deeper = *place;
    snprintf(deeper.trace, sizeof deeper.trace, "%s/no/such", place->root);
    refuses_to_write(&deeper, "job", ENOENT, ": No such file or directory");
}

static void a_link_in_the_place_of_a_file_is_not_followed(void **state)
{
    const struct place *place = *state;
    char victim[400];
    snprintf(victim, sizeof victim, "%s/victim", place->root);
    place_write(victim, "precious", 8);
    trace_writer_close(place_writer(place));
    assert_int_equal(symlink(victim, place_file(place, "shard-000.lst")), 0);
    refuses_to_write(place, "job", ELOOP, "/shard-000.lst: Too many levels of symbolic links");
    size_t length;
    uint8_t *bytes = place_read(victim, &length);
    assert_int_equal(length, 8);
    free(bytes);

    char error[TRACE_ERROR_BYTES];
    struct trace_message message;
    struct trace_reader *reader = trace_reader_open(place->trace, error);
    assert_non_null(reader);
    assert_int_equal(trace_read(reader, &message, error), -ELOOP);
    assert_error(place, error, "trace_read", "/shard-000.lst: Too many levels of symbolic links");
    trace_reader_close(reader);
}

static void a_pipe_in_the_place_of_a_shard_does_not_hang_anybody(void **state)
{
    const struct place *place = *state;
    char error[TRACE_ERROR_BYTES];
    struct trace_message message;
    trace_writer_close(place_writer(place));
    assert_int_equal(mkfifo(place_file(place, "shard-000.lst"), 0600), 0);
    refuses_to_write(place, "job", EPROTO, "/shard-000.lst: not a regular file");
    struct trace_reader *reader = trace_reader_open(place->trace, error);
    assert_int_equal(trace_read(reader, &message, error), -EPROTO);
    assert_error(place, error, "trace_read", "/shard-000.lst: not a regular file");
    trace_reader_close(reader);
}

/* ---- the manifest ---- */

static void refuses_to_read(const struct place *place, int code, const char *rest)
{
    char error[TRACE_ERROR_BYTES] = "";
    errno = 0;
    assert_null(trace_reader_open(place->trace, error));
    assert_int_equal(errno, code);
    assert_error(place, error, "trace_reader_open", rest);
}

static void what_is_not_a_trace_is_refused_with_a_reason(void **state)
{
    const struct place *place = *state;
    refuses_to_read(place, ENOENT, ": No such file or directory");
    assert_int_equal(mkdir(place->trace, 0755), 0);
    refuses_to_read(place, EPROTO, ": not a trace: no manifest.json");
    static const struct {
        const char *manifest;
        int code;
        const char *rest;
    } manifests[] = {
        {"", EPROTO, "/manifest.json: line 1, column 0: '[' or '{' expected near end of file"},
        {"{\n \"format\": }", EPROTO, "/manifest.json: line 2, column 12: unexpected token near '}'"},
        {"[]", EPROTO, "/manifest.json: not the manifest of a trace"},
        {"{\"format\":\"lockstep-trace\"}", EPROTO, "/manifest.json: not the manifest of a trace"},
        {"{\"format\":7,\"version\":1,\"job\":\"j\"}", EPROTO, "/manifest.json: not the manifest of a trace"},
        {"{\"format\":\"zip\",\"version\":1,\"job\":\"j\"}", EPROTO,
         "/manifest.json: not the manifest of a trace"},
        {"{\"format\":\"lockstep-trace\",\"version\":0,\"job\":\"j\"}", EPROTO,
         "/manifest.json: not the manifest of a trace"},
        {"{\"format\":\"lockstep-trace\",\"version\":1}", EPROTO, "/manifest.json: names no job"},
        {"{\"format\":\"lockstep-trace\",\"version\":2,\"job\":[]}", EPROTONOSUPPORT,
         "/manifest.json: trace version 2; this build reads up to 1: update Lockstep"},
    };
    for (size_t i = 0; i < sizeof manifests / sizeof *manifests; i++) {
        place_write(place_file(place, "manifest.json"), manifests[i].manifest, strlen(manifests[i].manifest));
        refuses_to_read(place, manifests[i].code, manifests[i].rest);
        refuses_to_write(place, "job", manifests[i].code, manifests[i].rest);
    }
}

static void a_manifest_with_more_in_it_is_read(void **state)
{
    const struct place *place = *state;
    static const char manifest[] =
        "{\"format\":\"lockstep-trace\",\"version\":1,\"job\":\"job\",\"color\":\"red\"}";
    struct trace_damage damage;
    assert_int_equal(mkdir(place->trace, 0755), 0);
    place_write(place_file(place, "manifest.json"), manifest, sizeof manifest - 1);
    struct trace_writer *writer = place_writer(place);
    place_append(writer, "x", 1);
    trace_writer_close(writer);
    assert_string_equal(place_texts(place, &damage), "x ");
}

static void a_job_whose_name_is_not_utf8_finds_its_trace_again(void **state)
{
    const struct place *place = *state;
    char error[TRACE_ERROR_BYTES] = "";
    for (int round = 0; round < 2; round++) {
        struct trace_writer *writer = trace_writer_open(place->trace, "j\xff\"\\", error);
        assert_string_equal(error, "");
        assert_non_null(writer);
        trace_writer_close(writer);
    }
    struct trace_reader *reader = trace_reader_open(place->trace, error);
    assert_string_equal(trace_reader_job(reader), "j?\"\\");
    trace_reader_close(reader);
}

/* ---- a full disk ---- */

/* Appends until it fails, then with room again. */
static void fill_and_go_on(const struct place *place)
{
    char error[TRACE_ERROR_BYTES] = "";
    struct rlimit limit;
    static char noise[1000];
    signal(SIGXFSZ, SIG_IGN);
    struct trace_writer *writer = place_writer(place);
    getrlimit(RLIMIT_FSIZE, &limit);
    struct rlimit small = {10000, limit.rlim_max};
    setrlimit(RLIMIT_FSIZE, &small);
    uint64_t appended = 0;
    int result;
    for (;; appended++) {
        for (size_t i = 0; i < sizeof noise; i++)
            noise[i] = (char)('a' + random() % 26);
        noise[0] = (char)('0' + appended % 10);
        result = trace_append(writer, noise, sizeof noise, appended, error);
        if (result)
            break;
    }
    assert_int_equal(result, -EFBIG);
    char expected[100];
    struct stat status;
    assert_int_equal(stat(place_file(place, "shard-000.lst"), &status), 0);
    assert_int_equal(status.st_size, trace_written_bytes(writer)); /* cut back to whole frames */
    snprintf(expected, sizeof expected, "/shard-000.lst: byte %lld: File too large",
             (long long)status.st_size);
    assert_error(place, error, "trace_append", expected);
    assert_int_equal(trace_append(writer, noise, sizeof noise, appended, error), -EFBIG);

    setrlimit(RLIMIT_FSIZE, &limit);
    assert_int_equal(trace_append(writer, noise, sizeof noise, appended, error), 0);
    trace_writer_close(writer);
}

static void a_full_disk_leaves_whole_frames_and_room_to_go_on(void **state)
{
    const struct place *place = *state;
    fill_and_go_on(place);
    char error[TRACE_ERROR_BYTES] = "";
    struct trace_reader *reader = trace_reader_open(place->trace, error);
    struct trace_message message;
    uint64_t count = 0;
    while (trace_read(reader, &message, error) == 1) {
        assert_int_equal(message.received_ns, count);
        assert_int_equal(message.payload[0], '0' + count % 10);
        assert_int_equal(message.length, 1000);
        count++;
    }
    assert_in_range(count, 10, 20);
    assert_healthy(trace_reader_damage(reader));
    trace_reader_close(reader);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, place_setup, place_teardown)
    const struct CMUnitTest tests[] = {
        TEST(messages_come_back_in_order_with_their_times),
        TEST(a_trace_without_messages_is_a_trace),
        TEST(a_reader_sees_what_is_appended_after_it_came_to_the_end),
        TEST(shards_follow_one_another_across_writers),
        TEST(shards_beyond_a_thousand_stay_in_order),
        TEST(a_message_that_no_frame_can_hold_is_refused),
        TEST(files_are_for_their_owner_only),
        TEST(a_second_writer_is_refused_until_the_first_is_gone),
        TEST(the_trace_of_another_job_is_refused),
        TEST(a_directory_with_other_things_in_it_is_refused),
        TEST(an_empty_directory_and_a_creation_cut_short_are_taken),
        TEST(a_path_that_cannot_be_a_directory_is_refused),
        TEST(a_link_in_the_place_of_a_file_is_not_followed),
        TEST(a_pipe_in_the_place_of_a_shard_does_not_hang_anybody),
        TEST(what_is_not_a_trace_is_refused_with_a_reason),
        TEST(a_manifest_with_more_in_it_is_read),
        TEST(a_job_whose_name_is_not_utf8_finds_its_trace_again),
        TEST(a_full_disk_leaves_whole_frames_and_room_to_go_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
