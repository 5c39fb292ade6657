/* SPDX-License-Identifier: Apache-2.0 */
#include "intake.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "array.h"
#include "intern.h"
#include "stream.h"

struct intake {
    struct engine *engine;
    struct intern *ids;
    struct stream **streams; /* id - 1 */
    size_t stream_count;
    size_t stream_capacity;
    uint64_t unreadable;
};

struct intake *intake_create(const struct engine_options *options)
{
    struct intake *intake = calloc(1, sizeof *intake);

    if (!intake)
        return NULL;
    intake->engine = engine_create(options);
    intake->ids = intern_create();
    if (!intake->engine || !intake->ids) {
        intake_destroy(intake);
        return NULL;
    }
    return intake;
}

void intake_destroy(struct intake *intake)
{
    if (!intake)
        return;
    for (size_t i = 0; i < intake->stream_count; i++)
        stream_destroy(intake->streams[i]);
    free(intake->streams);
    intern_destroy(intake->ids);
    engine_destroy(intake->engine);
    free(intake);
}

/* The place of this process's stream; -1 when it has none. */
static long find_stream(const struct intake *intake, const struct process_id *process)
{
    bool added;
    uint32_t id = intern_id(intake->ids, process->bytes, sizeof process->bytes, &added);

    if (id && added) /* a question only */
        intern_truncate(intake->ids, id - 1);
    return id && !added ? (long)id - 1 : -1;
}

static struct stream *add_stream(struct intake *intake, const struct process_id *id)
{
    struct stream **grown =
        array_reserve(intake->streams, &intake->stream_capacity, intake->stream_count + 1, sizeof(*grown));
    struct engine_process *process = engine_process(intake->engine, id, NULL);
    bool added;

    if (grown)
        intake->streams = grown;
    if (!grown || !process)
        return NULL;

    struct stream *stream = stream_create(&engine_sink, process);

    if (!stream || !intern_id(intake->ids, id->bytes, sizeof id->bytes, &added)) {
        stream_destroy(stream);
        return NULL;
    }
    engine_process(intake->engine, id, stream);
    intake->streams[intake->stream_count++] = stream;
    return stream;
}

static bool from_a_process(enum envelope_kind kind)
{
    return kind == ENVELOPE_HELLO || kind == ENVELOPE_BATCH || kind == ENVELOPE_HEARTBEAT ||
           kind == ENVELOPE_END;
}

int intake_feed(struct intake *intake, const void *message, size_t length, uint64_t received_ns, char *error)
{
    struct envelope_info info;
    int result = envelope_peek(message, length, &info, error);

    engine_time(intake->engine, received_ns);
    if (result < 0) {
        intake->unreadable++;
        return result;
    }
    if (!from_a_process(info.kind))
        return 0;

    long place = find_stream(intake, &info.process);
    struct stream *stream = place >= 0 ? intake->streams[place] : add_stream(intake, &info.process);

    if (!stream) {
        snprintf(error, STREAM_ERROR_BYTES, "out of memory");
        return -ENOMEM;
    }
    result = stream_feed(stream, message, length, error);
    if (result < 0)
        intake->unreadable++;
    return result;
}

struct engine *intake_engine(struct intake *intake)
{
    return intake->engine;
}

uint64_t intake_number(const struct intake *intake, const struct process_id *process)
{
    long place = find_stream(intake, process);

    return place >= 0 ? stream_number(intake->streams[place]) : 0;
}

uint64_t intake_unreadable(const struct intake *intake)
{
    return intake->unreadable;
}
