/* SPDX-License-Identifier: Apache-2.0
 *
 * Encodes the messages that are not batches: Hello, Heartbeat, End.
 */
#include <errno.h>
#include <string.h>

#include "batch_writer.h"
#include "envelope.h"
#include "text.h"

/* A copy that is fit for a `string` field: cut and well-formed. NULL when memory is out. */
static char *text(struct batch_writer *writer, const char *from)
{
    size_t length = from ? strnlen(from, EVENT_STRING_BYTES) : 0;
    char *copy = arena_alloc(&writer->scratch, length + 1);
    if (!copy)
        return NULL;
    if (length)
        memcpy(copy, from, length);
    copy[length] = 0;
    text_clean(copy, length);
    return copy;
}

/* Packs, counts the number if it is one, and clears the scratch memory. */
static int finish(struct batch_writer *writer, Lockstep__V1__Envelope *envelope, uint64_t number,
                  struct message *message)
{
    int result = envelope_pack(envelope, &writer->process, number, message);
    if (result == 0 && number)
        writer->number = number;
    arena_reset(&writer->scratch);
    return result;
}

static int out_of_memory(struct batch_writer *writer)
{
    arena_reset(&writer->scratch);
    return -ENOMEM;
}

static bool fill_command(struct batch_writer *writer, const struct hello *hello, Lockstep__V1__Hello *encoded)
{
    encoded->n_command = hello->command_count;
    encoded->command = arena_alloc(&writer->scratch, hello->command_count * sizeof *encoded->command);
    if (!encoded->command)
        return false;
    for (size_t i = 0; i < hello->command_count; i++) {
        encoded->command[i] = text(writer, hello->command[i]);
        if (!encoded->command[i])
            return false;
    }
    return true;
}

static bool fill_environment(struct batch_writer *writer, const struct hello *hello,
                             Lockstep__V1__Hello *encoded)
{
    size_t count = hello->environment_count;
    Lockstep__V1__Variable *values = arena_alloc(&writer->scratch, count * sizeof *values);
    encoded->n_environment = count;
    encoded->environment = arena_alloc(&writer->scratch, count * sizeof *encoded->environment);
    if (!values || !encoded->environment)
        return false;
    for (size_t i = 0; i < count; i++) {
        lockstep__v1__variable__init(&values[i]);
        values[i].name = text(writer, hello->environment[i].name);
        values[i].value = text(writer, hello->environment[i].value);
        if (!values[i].name || !values[i].value)
            return false;
        encoded->environment[i] = &values[i];
    }
    return true;
}

static bool fill_texts(struct batch_writer *writer, const struct hello *hello, Lockstep__V1__Hello *encoded)
{
    encoded->job = text(writer, hello->job);
    encoded->rank_source = text(writer, hello->rank_source);
    encoded->host = text(writer, hello->host);
    encoded->executable = text(writer, hello->executable);
    encoded->pci_bus_id = text(writer, hello->pci_bus_id);
    encoded->nccl_path = text(writer, hello->nccl_path);
    encoded->agent_version = text(writer, hello->agent_version);
    return encoded->job && encoded->rank_source && encoded->host && encoded->executable &&
           encoded->pci_bus_id && encoded->nccl_path && encoded->agent_version;
}

int batch_hello(struct batch_writer *writer, const struct hello *hello, struct message *message)
{
    Lockstep__V1__Hello encoded = LOCKSTEP__V1__HELLO__INIT;
    encoded.world_rank = hello->world_rank;
    encoded.world_size = hello->world_size;
    encoded.local_rank = hello->local_rank;
    encoded.pid = hello->pid;
    encoded.device = hello->device;
    encoded.nccl_version = hello->nccl_version;
    encoded.cuda_runtime_version = hello->cuda_runtime_version;
    encoded.cuda_driver_version = hello->cuda_driver_version;
    encoded.start_monotonic_ns = hello->start_monotonic_ns;
    encoded.start_realtime_ns = hello->start_realtime_ns;
    if (!fill_texts(writer, hello, &encoded) || !fill_command(writer, hello, &encoded) ||
        !fill_environment(writer, hello, &encoded))
        return out_of_memory(writer);

    Lockstep__V1__Envelope envelope = LOCKSTEP__V1__ENVELOPE__INIT;
    envelope.body_case = LOCKSTEP__V1__ENVELOPE__BODY_HELLO;
    envelope.hello = &encoded;
    return finish(writer, &envelope, writer->number + 1, message);
}

/* NULL when memory is out. */
static Lockstep__V1__CurrentCall **encode_current(struct batch_writer *writer,
                                                  const struct current_call *current, size_t count)
{
    Lockstep__V1__CurrentCall **encoded = arena_alloc(&writer->scratch, count * sizeof *encoded);
    Lockstep__V1__CurrentCall *values = arena_alloc(&writer->scratch, count * sizeof *values);
    if (!encoded || !values)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        lockstep__v1__current_call__init(&values[i]);
        values[i].thread = current[i].thread;
        values[i].operation = current[i].operation;
        values[i].communicator = current[i].communicator;
        values[i].sequence = current[i].sequence;
        values[i].since_ns = current[i].since_ns;
        values[i].last_operation = current[i].last_operation;
        values[i].calls = current[i].calls;
        encoded[i] = &values[i];
    }
    return encoded;
}

int batch_heartbeat(struct batch_writer *writer, const struct heartbeat *heartbeat, struct message *message)
{
    Lockstep__V1__Heartbeat encoded = LOCKSTEP__V1__HEARTBEAT__INIT;
    encoded.time_ns = heartbeat->time_ns;
    encoded.number = heartbeat->number;
    encoded.events = heartbeat->events;
    encoded.dropped = heartbeat->dropped;
    encoded.lost_batches = heartbeat->lost_batches;
    encoded.ring_bytes = heartbeat->ring_bytes;
    encoded.queued_bytes = heartbeat->queued_bytes;
    encoded.clock_offset_ns = heartbeat->clock_offset_ns;
    encoded.clock_error_ns = heartbeat->clock_error_ns;
    encoded.n_current = heartbeat->current_count;
    encoded.current = encode_current(writer, heartbeat->current, heartbeat->current_count);
    if (!encoded.current)
        return out_of_memory(writer);

    Lockstep__V1__Envelope envelope = LOCKSTEP__V1__ENVELOPE__INIT;
    envelope.body_case = LOCKSTEP__V1__ENVELOPE__BODY_HEARTBEAT;
    envelope.heartbeat = &encoded;
    return finish(writer, &envelope, 0, message);
}

int batch_end(struct batch_writer *writer, const struct process_end *end, struct message *message)
{
    Lockstep__V1__End encoded = LOCKSTEP__V1__END__INIT;
    encoded.how = (Lockstep__V1__End__How)end->how;
    encoded.status = end->status;
    encoded.time_ns = end->time_ns;
    encoded.events = end->events;
    encoded.dropped = end->dropped;
    encoded.lost_batches = end->lost_batches;
    encoded.n_current = end->current_count;
    encoded.current = encode_current(writer, end->current, end->current_count);
    if (!encoded.current)
        return out_of_memory(writer);

    Lockstep__V1__Envelope envelope = LOCKSTEP__V1__ENVELOPE__INIT;
    envelope.body_case = LOCKSTEP__V1__ENVELOPE__BODY_END;
    envelope.end = &encoded;
    return finish(writer, &envelope, writer->number + 1, message);
}
