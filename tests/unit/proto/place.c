/* SPDX-License-Identifier: Apache-2.0 */
#include "place.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int place_setup(void **state)
{
    struct place *place = calloc(1, sizeof *place);
    if (!place)
        return -1;
    const char *base = getenv("TMPDIR");
    snprintf(place->root, sizeof place->root, "%s/lockstep-test-XXXXXX", base ? base : "/tmp");
    if (!mkdtemp(place->root))
        return -1;
    snprintf(place->trace, sizeof place->trace, "%s/run.lockstep", place->root);
    *state = place;
    return 0;
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
    (void)status;
    (void)kind;
    (void)walk;
    return remove(path);
}

int place_teardown(void **state)
{
    struct place *place = *state;
    int result = nftw(place->root, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    free(place);
    return result;
}

const char *place_file(const struct place *place, const char *name)
{
    static char path[400];
    snprintf(path, sizeof path, "%s/%s", place->trace, name);
    return path;
}

uint8_t *place_read(const char *path, size_t *length)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    struct stat status;
    assert_int_equal(fstat(fileno(file), &status), 0);
    *length = (size_t)status.st_size;
    uint8_t *bytes = malloc(*length + 1);
    assert_non_null(bytes);
    assert_int_equal(fread(bytes, 1, *length, file), *length);
    fclose(file);
    return bytes;
}

void place_write(const char *path, const void *bytes, size_t length)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
}

struct trace_writer *place_writer(const struct place *place)
{
    char error[TRACE_ERROR_BYTES] = "";
    struct trace_writer *writer = trace_writer_open(place->trace, "job", error);
    assert_string_equal(error, "");
    assert_non_null(writer);
    return writer;
}

void place_append(struct trace_writer *writer, const char *text, uint64_t received_ns)
{
    char error[TRACE_ERROR_BYTES] = "";
    int result = trace_append(writer, text, strlen(text), received_ns, error);
    assert_string_equal(error, "");
    assert_int_equal(result, 0);
}

const char *place_more(struct trace_reader *reader)
{
    static char texts[100000];
    char error[TRACE_ERROR_BYTES] = "";
    struct trace_message message;
    size_t used = 0;
    int result;
    texts[0] = 0;
    while ((result = trace_read(reader, &message, error)) == 1)
        used += (size_t)snprintf(texts + used, sizeof texts - used, "%.*s ", (int)message.length,
                                 (const char *)message.payload);
    assert_string_equal(error, "");
    assert_int_equal(result, 0);
    assert_true(used < sizeof texts);
    return texts;
}

const char *place_texts(const struct place *place, struct trace_damage *damage)
{
    char error[TRACE_ERROR_BYTES] = "";
    struct trace_reader *reader = trace_reader_open(place->trace, error);
    assert_string_equal(error, "");
    assert_non_null(reader);
    const char *texts = place_more(reader);
    *damage = *trace_reader_damage(reader);
    trace_reader_close(reader);
    return texts;
}
