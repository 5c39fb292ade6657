/* SPDX-License-Identifier: Apache-2.0
 *
 * A batch: first everything in it is checked, then all memory is got, then it is delivered without a way to
 * fail in the middle.
 */
#include <errno.h>
#include <string.h>

#include "array.h"
#include "envelope.h"
#include "stream_state.h"
#include "text.h"

/* ---- checking ---- */

/* The tables' sizes that a batch of this epoch builds on. */
static struct sizes known_sizes(const struct stream *stream, const Lockstep__V1__Batch *batch)
{
    return batch->epoch == stream->epoch ? stream->tables.sizes : (struct sizes){0};
}

static struct sizes sizes_after(const struct sizes *known, const Lockstep__V1__Batch *batch)
{
    return (struct sizes){
        .strings = known->strings + batch->n_strings,
        .call_sites = known->call_sites + batch->n_call_sites,
        .signatures = known->signatures + batch->n_signatures,
        .buffers = known->buffers + batch->n_buffer_pairs / 2,
    };
}

static int check_place(const struct stream *stream, const Lockstep__V1__Batch *batch, bool gap,
                       enum batch_verdict *verdict, char *error)
{
    if (batch->epoch == 0 || batch->epoch < stream->epoch)
        return envelope_refuse(error, "Batch of epoch %u after one of epoch %u", batch->epoch, stream->epoch);

    const struct sizes known = known_sizes(stream, batch);
    const struct {
        const char *name;
        size_t known;
        size_t before;
    } tables[] = {
        {"strings", known.strings, batch->strings_before},
        {"call sites", known.call_sites, batch->call_sites_before},
        {"signatures", known.signatures, batch->signatures_before},
        {"buffers", known.buffers, batch->buffers_before},
    };
    *verdict = BATCH_GOOD;
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        if (tables[i].before == tables[i].known)
            continue;
        if (tables[i].before < tables[i].known || !(gap || stream->damaged))
            return envelope_refuse(error, "Batch builds on %zu %s; there are %zu", tables[i].before,
                                   tables[i].name, tables[i].known);
        *verdict = BATCH_BUILDS_ON_LOST;
    }
    return 0;
}

static int check_sizes(const struct sizes *sizes, const Lockstep__V1__Batch *batch, char *error)
{
    if (sizes->strings > STREAM_TABLE_LIMIT || sizes->call_sites > STREAM_TABLE_LIMIT ||
        sizes->signatures > STREAM_TABLE_LIMIT || sizes->buffers > STREAM_TABLE_LIMIT)
        return envelope_refuse(error, "Batch makes a table larger than %zu entries", STREAM_TABLE_LIMIT);
    if (batch->n_buffer_pairs % 2)
        return envelope_refuse(error, "Batch has half a buffer pair");
    if (batch->n_what > STREAM_EVENT_LIMIT)
        return envelope_refuse(error, "Batch has %zu events, more than %zu", batch->n_what,
                               STREAM_EVENT_LIMIT);
    if (batch->n_time != batch->n_what)
        return envelope_refuse(error, "Batch has %zu events and %zu times", batch->n_what, batch->n_time);
    return 0;
}

static int check_strings(const struct stream *stream, const Lockstep__V1__Batch *batch, char *error)
{
    size_t bytes = batch->epoch == stream->epoch ? stream->tables.string_bytes : 0;
    for (size_t i = 0; i < batch->n_strings; i++) {
        size_t length = batch->strings[i].len;
        if (length > EVENT_STRING_BYTES)
            return envelope_refuse(error, "string of %zu bytes, more than %u", length, EVENT_STRING_BYTES);
        bytes += length;
    }
    if (bytes > STREAM_STRING_LIMIT)
        return envelope_refuse(error, "Batch makes the strings longer than %zu bytes", STREAM_STRING_LIMIT);
    return 0;
}

static int check_signature(const Lockstep__V1__Signature *signature, const struct sizes *sizes, char *error)
{
    if (signature->operation > UINT8_MAX)
        return envelope_refuse(error, "operation %u does not fit a byte", signature->operation);
    if (signature->datatype > UINT8_MAX)
        return envelope_refuse(error, "data type %u does not fit a byte", signature->datatype);
    if (signature->reduction > UINT8_MAX)
        return envelope_refuse(error, "reduction %u does not fit a byte", signature->reduction);
    if (signature->flags > UINT16_MAX)
        return envelope_refuse(error, "flags 0x%x do not fit 16 bits", signature->flags);
    if (signature->call_site > sizes->call_sites)
        return envelope_refuse(error, "call site %u of %zu", signature->call_site, sizes->call_sites);
    return 0;
}

static int check_definitions(const Lockstep__V1__Batch *batch, const struct sizes *sizes, char *error)
{
    for (size_t i = 0; i < batch->n_call_sites; i++) {
        if (batch->call_sites[i]->module > sizes->strings)
            return envelope_refuse(error, "string %u of %zu", batch->call_sites[i]->module, sizes->strings);
    }
    for (size_t i = 0; i < batch->n_signatures; i++) {
        int result = check_signature(batch->signatures[i], sizes, error);
        if (result)
            return result;
    }
    return 0;
}

static bool signature_has_buffers(const struct stream *stream, const Lockstep__V1__Batch *batch,
                                  const struct sizes *known, size_t id)
{
    return id <= known->signatures ? stream->tables.has_buffers[id - 1]
                                   : batch->signatures[id - known->signatures - 1]->buffers != 0;
}

static int check_columns(const struct stream *stream, const Lockstep__V1__Batch *batch,
                         const struct sizes *known, const struct sizes *sizes, char *error)
{
    size_t others = 0;
    size_t buffers = 0;
    for (size_t i = 0; i < batch->n_what; i++) {
        uint32_t what = batch->what[i];
        if (what > sizes->signatures)
            return envelope_refuse(error, "signature %u of %zu", what, sizes->signatures);
        if (what == 0)
            others++;
        else
            buffers += signature_has_buffers(stream, batch, known, what);
    }
    if (others != batch->n_others)
        return envelope_refuse(error, "Batch has %zu events that are not calls and %zu bodies of such",
                               others, batch->n_others);
    if (buffers != batch->n_buffers)
        return envelope_refuse(error, "Batch has %zu calls with buffers and %zu buffers", buffers,
                               batch->n_buffers);
    for (size_t i = 0; i < batch->n_buffers; i++) {
        if (batch->buffers[i] > sizes->buffers)
            return envelope_refuse(error, "buffer pair %u of %zu", batch->buffers[i], sizes->buffers);
    }
    return 0;
}

int stream_batch_check(const struct stream *stream, const Lockstep__V1__Batch *batch, bool gap,
                       enum batch_verdict *verdict, char *error)
{
    int result = check_place(stream, batch, gap, verdict, error);
    if (result || *verdict == BATCH_BUILDS_ON_LOST)
        return result;

    const struct sizes known = known_sizes(stream, batch);
    const struct sizes sizes = sizes_after(&known, batch);
    result = check_sizes(&sizes, batch, error);
    if (result == 0)
        result = check_strings(stream, batch, error);
    if (result == 0)
        result = check_definitions(batch, &sizes, error);
    if (result == 0)
        result = check_columns(stream, batch, &known, &sizes, error);
    for (size_t i = 0; result == 0 && i < batch->n_others; i++)
        result = stream_event_check(batch->others[i], &sizes, error);
    return result;
}

/* ---- getting memory ---- */

static bool reserve_tables(struct tables *tables, const struct sizes *sizes)
{
#define RESERVE(table, capacity_of, count)                                                                   \
    void *table = array_reserve(tables->table, &tables->capacity_of, sizes->count, sizeof *tables->table);   \
    if (!table)                                                                                              \
        return false;                                                                                        \
    tables->table = table

    RESERVE(strings, capacity.strings, strings);
    RESERVE(call_sites, capacity.call_sites, call_sites);
    RESERVE(signatures, capacity.signatures, signatures);
    RESERVE(has_buffers, has_buffers_capacity, signatures);
    RESERVE(buffers, capacity.buffers, buffers);
#undef RESERVE
    return true;
}

static bool prepare_strings(struct stream *stream, const Lockstep__V1__Batch *batch)
{
    struct arena *arena = batch->epoch == stream->epoch ? &stream->tables.arena : &stream->next;
    stream->prepared = arena_alloc(&stream->scratch, batch->n_strings * sizeof *stream->prepared);
    if (!stream->prepared)
        return false;
    for (size_t i = 0; i < batch->n_strings; i++) {
        size_t length = batch->strings[i].len;
        char *string = arena_alloc(arena, length + 1);
        if (!string)
            return false;
        if (length)
            memcpy(string, batch->strings[i].data, length);
        string[length] = 0;
        text_clean(string, length);
        stream->prepared[i] = string;
    }
    return true;
}

static bool reserve_settings(struct stream *stream, const Lockstep__V1__Batch *batch)
{
    size_t most = 0;
    for (size_t i = 0; i < batch->n_others; i++) {
        const Lockstep__V1__Event *event = batch->others[i];
        if (event->body_case == LOCKSTEP__V1__EVENT__BODY_CREATE && event->create->n_config > most)
            most = event->create->n_config;
    }
    struct setting *settings =
        array_reserve(stream->settings, &stream->settings_capacity, most, sizeof *settings);
    if (settings)
        stream->settings = settings;
    return settings != NULL;
}

int stream_batch_prepare(struct stream *stream, const Lockstep__V1__Batch *batch, char *error)
{
    const struct sizes known = known_sizes(stream, batch);
    const struct sizes sizes = sizes_after(&known, batch);
    if (reserve_tables(&stream->tables, &sizes) && reserve_settings(stream, batch) &&
        prepare_strings(stream, batch))
        return 0;
    arena_reset(&stream->next);
    envelope_refuse(error, "no memory for the definitions of a Batch");
    return -ENOMEM;
}

/* ---- delivering ---- */

static struct signature read_signature(const Lockstep__V1__Signature *encoded)
{
    return (struct signature){
        .operation = (uint8_t)encoded->operation,
        .datatype = stream_number_or_none(encoded->datatype),
        .reduction = stream_number_or_none(encoded->reduction),
        .flags = (uint16_t)encoded->flags,
        .communicator = encoded->communicator,
        .thread = encoded->thread,
        .root = encoded->root,
        .call_site = encoded->call_site,
        .stream = encoded->stream,
        .count = encoded->count,
        .reduction_identity = encoded->reduction_identity,
        .capture = encoded->capture,
        .argument = encoded->argument,
        .object = encoded->object,
    };
}

static void define(struct stream *stream, const Lockstep__V1__Batch *batch)
{
    struct tables *tables = &stream->tables;
    struct sizes *sizes = &tables->sizes;
    for (size_t i = 0; i < batch->n_strings; i++) {
        tables->strings[sizes->strings++] = stream->prepared[i];
        tables->string_bytes += batch->strings[i].len;
    }
    for (size_t i = 0; i < batch->n_call_sites; i++) {
        const Lockstep__V1__CallSite *site = batch->call_sites[i];
        tables->call_sites[sizes->call_sites++] = (struct site){site->module, site->offset};
    }
    for (size_t i = 0; i < batch->n_signatures; i++) {
        tables->has_buffers[sizes->signatures] = batch->signatures[i]->buffers;
        tables->signatures[sizes->signatures++] = read_signature(batch->signatures[i]);
    }
    for (size_t i = 0; i + 1 < batch->n_buffer_pairs; i += 2)
        tables->buffers[sizes->buffers++] =
            (struct buffers){batch->buffer_pairs[i], batch->buffer_pairs[i + 1]};
}

static void deliver_signatures(const struct stream *stream, const Lockstep__V1__Batch *batch)
{
    if (!stream->sink.signature)
        return;
    size_t first = stream->tables.sizes.signatures - batch->n_signatures;
    for (size_t i = first; i < stream->tables.sizes.signatures; i++)
        stream->sink.signature(stream->context, (uint32_t)i + 1, &stream->tables.signatures[i]);
}

static void read_call(const struct stream *stream, uint32_t what, uint32_t pair, struct event *event)
{
    const struct signature *signature = &stream->tables.signatures[what - 1];
    event->kind = EVENT_CALL;
    event->thread = signature->thread;
    event->operation = signature->operation;
    event->flags = signature->flags;
    event->call_site = signature->call_site;
    event->call.signature = what;
    event->call.send = pair ? stream->tables.buffers[pair - 1].send : 0;
    event->call.recv = pair ? stream->tables.buffers[pair - 1].recv : 0;
}

static void deliver_events(const struct stream *stream, const Lockstep__V1__Batch *batch)
{
    if (!stream->sink.event)
        return;
    Lockstep__V1__Event *const *other = batch->others;
    const uint32_t *buffers = batch->buffers;
    struct event event = {.kind = EVENT_CALL};
    uint64_t time_ns = 0;
    for (size_t i = 0; i < batch->n_what; i++) {
        uint32_t what = batch->what[i];
        time_ns += (uint64_t)batch->time[i];
        event.time_ns = time_ns;
        if (what == 0) {
            if (!stream_event_read(stream, *other++, &event))
                continue;
        } else {
            read_call(stream, what, stream->tables.has_buffers[what - 1] ? *buffers++ : 0, &event);
        }
        stream->sink.event(stream->context, &event);
    }
}

void stream_batch_deliver(struct stream *stream, const Lockstep__V1__Batch *batch)
{
    define(stream, batch);
    deliver_signatures(stream, batch);
    deliver_events(stream, batch);
}
