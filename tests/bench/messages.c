/* SPDX-License-Identifier: Apache-2.0 */
#include "messages.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void keep(void *context, const struct message *message)
{
    struct messages_stream *stream = context;

    if (stream->count == stream->room) {
        const size_t room = stream->room > 0 ? 2 * stream->room : 16;
        struct message *all = realloc(stream->all, room * sizeof(*all));

        if (!all)
            abort(); /* a bench has no better use for a machine without memory */
        stream->all = all;
        stream->room = room;
    }

    struct message *copy = &stream->all[stream->count++];

    *copy = *message;
    copy->data = malloc(message->length);
    if (!copy->data)
        abort();
    memcpy(copy->data, message->data, message->length);
}

static int make_rank(struct messages *messages, const struct training_shape *shape, int rank, int steps)
{
    struct messages_stream *stream = &messages->ranks[rank];
    struct training *training = training_create(shape, rank, keep, stream);
    int status = training ? 0 : -ENOMEM;

    for (int i = 0; status == 0 && i < steps; i++)
        status = training_step(training);
    if (status == 0)
        status = training_end(training);
    if (status == 0)
        messages->events += training_events(training);
    for (size_t i = 0; i < stream->count; i++)
        messages->bytes += stream->all[i].length;
    training_destroy(training);
    return status;
}

struct messages *messages_create(const struct training_shape *shape, int steps)
{
    struct messages *messages = calloc(1, sizeof(*messages));
    const int ranks = training_ranks(shape);
    int status = 0;

    if (!messages)
        return NULL;
    messages->ranks = calloc((size_t)ranks, sizeof(*messages->ranks));
    messages->count = messages->ranks ? ranks : 0;
    for (int rank = 0; status == 0 && rank < messages->count; rank++)
        status = make_rank(messages, shape, rank, steps);
    if (status < 0 || messages->count == 0) {
        messages_destroy(messages);
        return NULL;
    }
    return messages;
}

void messages_destroy(struct messages *messages)
{
    if (!messages)
        return;
    for (int rank = 0; rank < messages->count; rank++) {
        for (size_t i = 0; i < messages->ranks[rank].count; i++)
            free(messages->ranks[rank].all[i].data);
        free(messages->ranks[rank].all);
    }
    free(messages->ranks);
    free(messages);
}

int messages_each(const struct messages *messages,
                  int (*each)(void *context, int rank, const struct message *message), void *context)
{
    bool more = true;
    int status = 0;

    for (size_t i = 0; more; i++) {
        more = false;
        for (int rank = 0; status == 0 && rank < messages->count; rank++) {
            const struct messages_stream *stream = &messages->ranks[rank];

            if (i >= stream->count)
                continue;
            more = true;
            status = each(context, rank, &stream->all[i]);
        }
        if (status != 0)
            break;
    }
    return status;
}
