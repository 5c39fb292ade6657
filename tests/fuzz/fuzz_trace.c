/* SPDX-License-Identifier: Apache-2.0
 *
 * A shard of any bytes. What can be read of it stays readable when a writer opens it and appends, and the
 * bytes that were not are all counted.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "frame.h"
#include "fuzz.h"
#include "trace.h"

static void require(bool condition)
{
    if (!condition)
        abort();
}

static char trace[64];

static void shard_path(char path[128])
{
    snprintf(path, 128, "%s/shard-000.lst", trace);
}

static void clean_up(void)
{
    char path[128];
    shard_path(path);
    unlink(path);
    snprintf(path, sizeof path, "%s/manifest.json", trace);
    unlink(path);
    rmdir(trace);
}

/* The trace is made once for the process. */
static void make_trace(void)
{
    char error[TRACE_ERROR_BYTES];
    snprintf(trace, sizeof trace, "%s/lockstep-fuzz-XXXXXX",
             access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    require(mkdtemp(trace) != NULL);
    atexit(clean_up);
    struct trace_writer *writer = trace_writer_open(trace, "job", error);
    require(writer != NULL);
    trace_writer_close(writer);
}

static void write_shard(const uint8_t *bytes, size_t length)
{
    char path[128];
    shard_path(path);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    require(fd >= 0);
    require(write(fd, bytes, length) == (ssize_t)length);
    close(fd);
}

struct reading {
    size_t messages;
    uint64_t last_length;
    struct trace_damage damage;
};

static struct reading read_all(void)
{
    char error[TRACE_ERROR_BYTES];
    struct reading reading = {0};
    struct trace_reader *reader = trace_reader_open(trace, error);
    struct trace_message message;
    require(reader != NULL);
    int result;
    while ((result = trace_read(reader, &message, error)) == 1) {
        uint8_t *copy = malloc(message.length); /* every byte can be read */
        require(copy != NULL);
        memcpy(copy, message.payload, message.length);
        free(copy);
        reading.messages++;
        reading.last_length = message.length;
    }
    require(result == 0);
    reading.damage = *trace_reader_damage(reader);
    trace_reader_close(reader);
    return reading;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    char error[TRACE_ERROR_BYTES] = "";
    if (!trace[0])
        make_trace();
    write_shard(bytes, length);
    struct reading before = read_all();
    require(before.damage.damaged_bytes + before.damage.torn_bytes <= length);
    require(before.messages || before.damage.newer_frames ||
            before.damage.damaged_bytes + before.damage.torn_bytes == length);

    struct trace_writer *writer = trace_writer_open(trace, "job", error);
    if (!writer) {
        require(errno == EPROTO && strstr(error, "too damaged"));
        return 0;
    }
    require(trace_writer_damage(writer)->torn_bytes == before.damage.torn_bytes);
    require(trace_append(writer, "last", 4, 1, error) == 0);
    trace_writer_close(writer);

    struct reading after = read_all();
    require(after.messages == before.messages + 1);
    require(after.last_length == 4);
    require(after.damage.torn_bytes == 0);
    require(after.damage.damaged_bytes == before.damage.damaged_bytes);
    return 0;
}
