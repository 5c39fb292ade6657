/* SPDX-License-Identifier: Apache-2.0 */
#include "load.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "stream.h"

#define SENTENCE_BYTES 256

/* Tells the engine in a sentence that `count` of something are wrong with the trace, if any are. */
__attribute__((format(printf, 3, 4))) static void say_damage(struct engine *engine, uint64_t count,
                                                             const char *format, ...)
{
    char sentence[SENTENCE_BYTES];
    va_list arguments;

    if (count == 0)
        return;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof(sentence), format, arguments);
    va_end(arguments);
    engine_incomplete(engine, sentence);
}

static void say_all_damage(struct engine *engine, const struct trace_damage *damage, uint64_t unreadable)
{
    say_damage(engine, damage->damaged_frames,
               "The trace is damaged: bytes passed over: %" PRIu64 ", places: %" PRIu64 ".",
               damage->damaged_bytes, damage->damaged_frames);
    say_damage(engine, damage->torn_bytes,
               "The trace ends in the middle of a message, of which %" PRIu64 " bytes are there.",
               damage->torn_bytes);
    say_damage(engine, damage->newer_frames,
               "Messages in the trace that a newer version wrote and this one cannot read: %" PRIu64 ".",
               damage->newer_frames);
    say_damage(engine, unreadable, "Messages in the trace that cannot be decoded: %" PRIu64 ".", unreadable);
}

/* 0, or a negative errno with `error`. */
static int feed_all(struct intake *intake, struct trace_reader *reader, char *error)
{
    struct trace_message message;
    char reason[STREAM_ERROR_BYTES];
    int result;

    while ((result = trace_read(reader, &message, error)) > 0) {
        int fed = intake_feed(intake, message.payload, message.length, message.received_ns, reason);

        /* Any other that it fails on is counted by the intake, and known to the engine. */
        if (fed == -ENOMEM)
            return fed;
    }
    return result;
}

struct intake *load_trace(const char *path, char *error)
{
    struct trace_reader *reader = trace_reader_open(path, error);
    struct intake *intake = NULL;
    int result;

    if (!reader)
        return NULL;
    intake = intake_create(&(struct engine_options){0});
    result = intake ? feed_all(intake, reader, error) : -ENOMEM;
    if (result == 0) {
        say_all_damage(intake_engine(intake), trace_reader_damage(reader), intake_unreadable(intake));
        engine_finish(intake_engine(intake));
        if (engine_out_of_memory(intake_engine(intake)))
            result = -ENOMEM;
    }
    if (result == -ENOMEM)
        snprintf(error, TRACE_ERROR_BYTES, "%s: memory is out", path);
    trace_reader_close(reader);
    if (result < 0) {
        intake_destroy(intake);
        errno = -result;
        return NULL;
    }
    return intake;
}
