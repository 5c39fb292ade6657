/* SPDX-License-Identifier: Apache-2.0
 *
 * Decodes the messages that are not batches: Hello, Heartbeat, End.
 */
#include <errno.h>
#include <string.h>

#include "envelope.h"
#include "stream_state.h"
#include "text.h"

static int no_memory(char *error, const char *message)
{
    envelope_refuse(error, "no memory to decode a %s", message);
    return -ENOMEM;
}

/* Checks a string's length and makes it well-formed where it lies. */
static int take_text(char *encoded, const char **text, char *error)
{
    size_t length = strlen(encoded);
    if (length > EVENT_STRING_BYTES)
        return envelope_refuse(error, "string of %zu bytes, more than %u", length, EVENT_STRING_BYTES);
    if (length) /* the empty one is the library's own */
        text_clean(encoded, length);
    *text = encoded;
    return 0;
}

static int take_texts(const Lockstep__V1__Hello *encoded, struct hello *hello, char *error)
{
    const struct {
        char *from;
        const char **to;
    } texts[] = {
        {encoded->job, &hello->job},
        {encoded->rank_source, &hello->rank_source},
        {encoded->host, &hello->host},
        {encoded->executable, &hello->executable},
        {encoded->pci_bus_id, &hello->pci_bus_id},
        {encoded->nccl_path, &hello->nccl_path},
        {encoded->agent_version, &hello->agent_version},
    };
    int result = 0;
    for (size_t i = 0; result == 0 && i < sizeof texts / sizeof *texts; i++)
        result = take_text(texts[i].from, texts[i].to, error);
    return result;
}

static int take_command(struct stream *stream, const Lockstep__V1__Hello *encoded, struct hello *hello,
                        char *error)
{
    const char **command = arena_alloc(&stream->scratch, encoded->n_command * sizeof *command);
    if (!command)
        return no_memory(error, "Hello");
    int result = 0;
    for (size_t i = 0; result == 0 && i < encoded->n_command; i++)
        result = take_text(encoded->command[i], &command[i], error);
    hello->command = command;
    hello->command_count = encoded->n_command;
    return result;
}

static int take_environment(struct stream *stream, const Lockstep__V1__Hello *encoded, struct hello *hello,
                            char *error)
{
    struct variable *variables = arena_alloc(&stream->scratch, encoded->n_environment * sizeof *variables);
    if (!variables)
        return no_memory(error, "Hello");
    int result = 0;
    for (size_t i = 0; result == 0 && i < encoded->n_environment; i++) {
        result = take_text(encoded->environment[i]->name, &variables[i].name, error);
        if (result == 0)
            result = take_text(encoded->environment[i]->value, &variables[i].value, error);
    }
    hello->environment = variables;
    hello->environment_count = encoded->n_environment;
    return result;
}

int stream_read_hello(struct stream *stream, const Lockstep__V1__Hello *encoded, struct hello *hello,
                      char *error)
{
    *hello = (struct hello){
        .world_rank = encoded->world_rank,
        .world_size = encoded->world_size,
        .local_rank = encoded->local_rank,
        .pid = encoded->pid,
        .device = encoded->device,
        .nccl_version = encoded->nccl_version,
        .cuda_runtime_version = encoded->cuda_runtime_version,
        .cuda_driver_version = encoded->cuda_driver_version,
        .start_monotonic_ns = encoded->start_monotonic_ns,
        .start_realtime_ns = encoded->start_realtime_ns,
    };
    int result = take_texts(encoded, hello, error);
    if (result == 0)
        result = take_command(stream, encoded, hello, error);
    if (result == 0)
        result = take_environment(stream, encoded, hello, error);
    return result;
}

/* NULL when memory is out. */
static const struct current_call *read_current(struct stream *stream,
                                               Lockstep__V1__CurrentCall *const *encoded, size_t count)
{
    struct current_call *current = arena_alloc(&stream->scratch, count * sizeof *current);
    for (size_t i = 0; current && i < count; i++) {
        current[i] = (struct current_call){
            .thread = encoded[i]->thread,
            .operation = encoded[i]->operation,
            .communicator = encoded[i]->communicator,
            .sequence = encoded[i]->sequence,
            .since_ns = encoded[i]->since_ns,
            .last_operation = encoded[i]->last_operation,
            .calls = encoded[i]->calls,
        };
    }
    return current;
}

int stream_read_heartbeat(struct stream *stream, const Lockstep__V1__Heartbeat *encoded,
                          struct heartbeat *heartbeat, char *error)
{
    *heartbeat = (struct heartbeat){
        .time_ns = encoded->time_ns,
        .number = encoded->number,
        .events = encoded->events,
        .dropped = encoded->dropped,
        .lost_batches = encoded->lost_batches,
        .ring_bytes = encoded->ring_bytes,
        .queued_bytes = encoded->queued_bytes,
        .clock_offset_ns = encoded->clock_offset_ns,
        .clock_error_ns = encoded->clock_error_ns,
        .current = read_current(stream, encoded->current, encoded->n_current),
        .current_count = encoded->n_current,
    };
    return heartbeat->current ? 0 : no_memory(error, "Heartbeat");
}

int stream_read_end(struct stream *stream, const Lockstep__V1__End *encoded, struct process_end *end,
                    char *error)
{
    *end = (struct process_end){
        .how = encoded->how >= 0 && encoded->how <= (int)END_EXECED ? (enum process_end_how)encoded->how
                                                                    : END_UNKNOWN,
        .status = encoded->status,
        .time_ns = encoded->time_ns,
        .events = encoded->events,
        .dropped = encoded->dropped,
        .lost_batches = encoded->lost_batches,
        .current = read_current(stream, encoded->current, encoded->n_current),
        .current_count = encoded->n_current,
    };
    return end->current ? 0 : no_memory(error, "End");
}
