/* SPDX-License-Identifier: Apache-2.0 */
#include "batch_writer.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "envelope.h"

static_assert(sizeof(struct signature_key) == 6 * 8 + 4 * 4 + 2 + 3 + 3, "hashed as bytes: no padding");

/* An epoch ends when its strings have grown past this, however few they are. */
#define TABLE_BYTE_LIMIT ((size_t)8 << 20)

struct batch_writer *batch_writer_create(const struct process_id *process)
{
    struct batch_writer *writer = calloc(1, sizeof *writer);
    if (!writer)
        return NULL;
    writer->process = *process;
    writer->epoch = 1;
    for (int table = 0; table < TABLE_COUNT; table++) {
        writer->tables[table] = intern_create();
        if (!writer->tables[table]) {
            batch_writer_destroy(writer);
            return NULL;
        }
    }
    return writer;
}

void batch_writer_destroy(struct batch_writer *writer)
{
    if (!writer)
        return;
    for (int table = 0; table < TABLE_COUNT; table++)
        intern_destroy(writer->tables[table]);
    free(writer->what);
    free(writer->time);
    free(writer->buffers);
    free(writer->others);
    arena_destroy(&writer->arena);
    arena_destroy(&writer->scratch);
    free(writer);
}

uint32_t batch_epoch(const struct batch_writer *writer)
{
    return writer->epoch;
}

uint64_t batch_number(const struct batch_writer *writer)
{
    return writer->number;
}

size_t batch_events(const struct batch_writer *writer)
{
    return writer->events;
}

size_t batch_bytes(const struct batch_writer *writer)
{
    return writer->event_bytes + writer->table_bytes - writer->defined_bytes;
}

/* ---- tables ---- */

/* About what one definition takes on the wire, its tags included. */
static size_t definition_bytes(enum batch_table table, size_t length)
{
    static const size_t typical[TABLE_COUNT] = {
        [TABLE_CALL_SITES] = 10, [TABLE_SIGNATURES] = 40, [TABLE_BUFFERS] = 16};
    return table == TABLE_STRINGS ? length + 4 : typical[table];
}

uint32_t batch_intern(struct batch_writer *writer, enum batch_table table, const void *key, size_t length)
{
    bool added;
    uint32_t id = intern_id(writer->tables[table], key, length, &added);
    if (added)
        writer->table_bytes += definition_bytes(table, length);
    return id;
}

bool batch_string(struct batch_writer *writer, const char *text, uint32_t *id)
{
    *id = 0;
    if (!text || !*text)
        return true;
    *id = batch_intern(writer, TABLE_STRINGS, text, strnlen(text, EVENT_STRING_BYTES));
    return *id != 0;
}

/* How far the tables have come, to take back what a failed call has added. */
struct mark {
    uint32_t counts[TABLE_COUNT];
    size_t bytes;
};

static struct mark mark_tables(const struct batch_writer *writer)
{
    struct mark mark = {.bytes = writer->table_bytes};
    for (int table = 0; table < TABLE_COUNT; table++)
        mark.counts[table] = intern_count(writer->tables[table]);
    return mark;
}

static void return_to(struct batch_writer *writer, const struct mark *mark)
{
    for (int table = 0; table < TABLE_COUNT; table++)
        intern_truncate(writer->tables[table], mark->counts[table]);
    writer->table_bytes = mark->bytes;
}

uint32_t batch_call_site(struct batch_writer *writer, const char *module, uint64_t offset)
{
    struct mark mark = mark_tables(writer);
    uint32_t string;
    uint32_t id = 0;
    if (batch_string(writer, module, &string)) {
        struct call_site_key key = {offset, string};
        id = batch_intern(writer, TABLE_CALL_SITES, &key, sizeof key);
    }
    if (id == 0)
        return_to(writer, &mark);
    return id;
}

/* ---- events ---- */

static int check_room(const struct batch_writer *writer, uint32_t call_site)
{
    if (call_site > intern_count(writer->tables[TABLE_CALL_SITES]))
        return -EINVAL;
    if (writer->events >= BATCH_EVENT_LIMIT ||
        (writer->events > 0 && batch_bytes(writer) >= BATCH_BYTE_LIMIT))
        return -ENOBUFS;
    return 0;
}

/* Makes room for one more entry in each column. */
static bool reserve_columns(struct batch_writer *writer)
{
#define RESERVE(column, count)                                                                               \
    void *column = array_reserve(writer->column, &writer->column##_capacity, writer->count + 1,              \
                                 sizeof *writer->column);                                                    \
    if (!column)                                                                                             \
        return false;                                                                                        \
    writer->column = column

    RESERVE(what, events);
    RESERVE(time, events);
    RESERVE(buffers, buffers_count);
    RESERVE(others, others_count);
#undef RESERVE
    return true;
}

static void push_event(struct batch_writer *writer, uint32_t what, uint64_t time_ns)
{
    int64_t step = (int64_t)(time_ns - writer->last_time);
    writer->what[writer->events] = what;
    writer->time[writer->events] = step;
    writer->events++;
    writer->last_time = time_ns;
    uint64_t zigzag = (uint64_t)step << 1 ^ (step < 0 ? UINT64_MAX : 0);
    writer->event_bytes += batch_varint_bytes(what) + batch_varint_bytes(zigzag);
}

static struct signature_key signature_key(const struct signature *signature)
{
    return (struct signature_key){
        .stream = signature->stream,
        .count = signature->count,
        .reduction_identity = signature->reduction_identity,
        .capture = signature->capture,
        .argument = signature->argument,
        .object = signature->object,
        .communicator = signature->communicator,
        .thread = signature->thread,
        .root = signature->root,
        .call_site = signature->call_site,
        .flags = signature->flags,
        .operation = signature->operation,
        .datatype = signature->datatype,
        .reduction = signature->reduction,
    };
}

int batch_add_call(struct batch_writer *writer, uint64_t time_ns, const struct signature *signature,
                   uint64_t send, uint64_t recv)
{
    int result = check_room(writer, signature->call_site);
    if (result)
        return result;
    if (!reserve_columns(writer))
        return -ENOMEM;

    struct mark mark = mark_tables(writer);
    struct signature_key key = signature_key(signature);
    uint32_t what = batch_intern(writer, TABLE_SIGNATURES, &key, sizeof key);
    if (what == 0)
        return -ENOMEM;
    if (operation_has_buffers(signature->operation)) {
        struct buffers_key pair = {send, recv};
        uint32_t buffers = batch_intern(writer, TABLE_BUFFERS, &pair, sizeof pair);
        if (buffers == 0) {
            return_to(writer, &mark);
            return -ENOMEM;
        }
        writer->buffers[writer->buffers_count++] = buffers;
        writer->event_bytes += batch_varint_bytes(buffers);
    }
    push_event(writer, what, time_ns);
    return 0;
}

int batch_add_event(struct batch_writer *writer, const struct event *event)
{
    if (event->kind <= EVENT_CALL || event->kind > EVENT_GAP)
        return -EINVAL;
    int result = check_room(writer, event->call_site);
    if (result)
        return result;
    if (!reserve_columns(writer))
        return -ENOMEM;

    struct mark mark = mark_tables(writer);
    Lockstep__V1__Event *encoded = batch_encode_event(writer, event);
    if (!encoded) {
        return_to(writer, &mark);
        return -ENOMEM;
    }
    writer->others[writer->others_count++] = encoded;
    writer->event_bytes += lockstep__v1__event__get_packed_size(encoded) + 4;
    push_event(writer, 0, event->time_ns);
    return 0;
}

/* ---- epochs ---- */

/* The next batch defines the tables anew, from the first entry: what was added but not taken needs their ids.
 */
static void begin_epoch(struct batch_writer *writer)
{
    writer->epoch++;
    memset(writer->defined, 0, sizeof writer->defined);
    writer->defined_bytes = 0;
    if (writer->events > 0)
        return;
    for (int table = 0; table < TABLE_COUNT; table++)
        intern_clear(writer->tables[table]);
    writer->table_bytes = 0;
}

void batch_new_epoch(struct batch_writer *writer)
{
    begin_epoch(writer);
}

static bool tables_are_large(const struct batch_writer *writer)
{
    for (int table = 0; table < TABLE_COUNT; table++) {
        if (intern_count(writer->tables[table]) > BATCH_TABLE_LIMIT)
            return true;
    }
    return writer->table_bytes > TABLE_BYTE_LIMIT;
}

/* ---- taking ---- */

static void *key_of(const struct batch_writer *writer, enum batch_table table, uint32_t id, size_t *length)
{
    return (void *)(uintptr_t)intern_key(writer->tables[table], id, length);
}

static size_t undefined_count(const struct batch_writer *writer, enum batch_table table)
{
    return intern_count(writer->tables[table]) - writer->defined[table];
}

/* An array for the definitions of a table; never NULL for none of them unless memory is out. */
static void *definitions_alloc(struct batch_writer *writer, enum batch_table table, size_t element)
{
    return arena_alloc(&writer->scratch, undefined_count(writer, table) * element);
}

static bool define_strings(struct batch_writer *writer, Lockstep__V1__Batch *batch)
{
    size_t count = undefined_count(writer, TABLE_STRINGS);
    ProtobufCBinaryData *strings = definitions_alloc(writer, TABLE_STRINGS, sizeof *strings);
    if (!strings)
        return false;
    for (size_t i = 0; i < count; i++) {
        uint32_t id = writer->defined[TABLE_STRINGS] + (uint32_t)i + 1;
        strings[i].data = key_of(writer, TABLE_STRINGS, id, &strings[i].len);
    }
    batch->n_strings = count;
    batch->strings = strings;
    return true;
}

static bool define_call_sites(struct batch_writer *writer, Lockstep__V1__Batch *batch)
{
    size_t count = undefined_count(writer, TABLE_CALL_SITES);
    Lockstep__V1__CallSite **sites = definitions_alloc(writer, TABLE_CALL_SITES, sizeof *sites);
    Lockstep__V1__CallSite *values = definitions_alloc(writer, TABLE_CALL_SITES, sizeof *values);
    if (!sites || !values)
        return false;
    for (size_t i = 0; i < count; i++) {
        size_t length;
        uint32_t id = writer->defined[TABLE_CALL_SITES] + (uint32_t)i + 1;
        const struct call_site_key *key = key_of(writer, TABLE_CALL_SITES, id, &length);
        lockstep__v1__call_site__init(&values[i]);
        values[i].module = (uint32_t)key->module;
        values[i].offset = key->offset;
        sites[i] = &values[i];
    }
    batch->n_call_sites = count;
    batch->call_sites = sites;
    return true;
}

static void define_signature(Lockstep__V1__Signature *signature, const struct signature_key *key)
{
    lockstep__v1__signature__init(signature);
    signature->operation = key->operation;
    signature->communicator = key->communicator;
    signature->thread = key->thread;
    signature->stream = key->stream;
    signature->count = key->count;
    signature->datatype = batch_number_or_none(key->datatype);
    signature->reduction = batch_number_or_none(key->reduction);
    signature->reduction_identity = key->reduction_identity;
    signature->root = key->root;
    signature->flags = key->flags;
    signature->call_site = key->call_site;
    signature->capture = key->capture;
    signature->argument = key->argument;
    signature->object = key->object;
    signature->buffers = operation_has_buffers(key->operation);
}

static bool define_signatures(struct batch_writer *writer, Lockstep__V1__Batch *batch)
{
    size_t count = undefined_count(writer, TABLE_SIGNATURES);
    Lockstep__V1__Signature **signatures = definitions_alloc(writer, TABLE_SIGNATURES, sizeof *signatures);
    Lockstep__V1__Signature *values = definitions_alloc(writer, TABLE_SIGNATURES, sizeof *values);
    if (!signatures || !values)
        return false;
    for (size_t i = 0; i < count; i++) {
        size_t length;
        uint32_t id = writer->defined[TABLE_SIGNATURES] + (uint32_t)i + 1;
        define_signature(&values[i], key_of(writer, TABLE_SIGNATURES, id, &length));
        signatures[i] = &values[i];
    }
    batch->n_signatures = count;
    batch->signatures = signatures;
    return true;
}

static bool define_buffers(struct batch_writer *writer, Lockstep__V1__Batch *batch)
{
    size_t count = undefined_count(writer, TABLE_BUFFERS);
    uint64_t *pairs = definitions_alloc(writer, TABLE_BUFFERS, 2 * sizeof *pairs);
    if (!pairs)
        return false;
    for (size_t i = 0; i < count; i++) {
        size_t length;
        uint32_t id = writer->defined[TABLE_BUFFERS] + (uint32_t)i + 1;
        const struct buffers_key *key = key_of(writer, TABLE_BUFFERS, id, &length);
        pairs[2 * i] = key->send;
        pairs[2 * i + 1] = key->recv;
    }
    batch->n_buffer_pairs = 2 * count;
    batch->buffer_pairs = pairs;
    return true;
}

static bool fill_batch(struct batch_writer *writer, uint64_t dropped, Lockstep__V1__Batch *batch)
{
    batch->epoch = writer->epoch;
    batch->dropped = dropped;
    batch->strings_before = writer->defined[TABLE_STRINGS];
    batch->call_sites_before = writer->defined[TABLE_CALL_SITES];
    batch->signatures_before = writer->defined[TABLE_SIGNATURES];
    batch->buffers_before = writer->defined[TABLE_BUFFERS];
    batch->n_what = writer->events;
    batch->what = writer->what;
    batch->n_time = writer->events;
    batch->time = writer->time;
    batch->n_buffers = writer->buffers_count;
    batch->buffers = writer->buffers;
    batch->n_others = writer->others_count;
    batch->others = writer->others;
    return define_strings(writer, batch) && define_call_sites(writer, batch) &&
           define_signatures(writer, batch) && define_buffers(writer, batch);
}

static void begin_batch(struct batch_writer *writer)
{
    for (int table = 0; table < TABLE_COUNT; table++)
        writer->defined[table] = intern_count(writer->tables[table]);
    writer->defined_bytes = writer->table_bytes;
    writer->events = 0;
    writer->buffers_count = 0;
    writer->others_count = 0;
    writer->last_time = 0;
    writer->event_bytes = 0;
    arena_reset(&writer->arena);
    if (tables_are_large(writer))
        begin_epoch(writer);
}

int batch_take(struct batch_writer *writer, uint64_t dropped, struct message *message)
{
    if (writer->events == 0)
        return -ENODATA;
    Lockstep__V1__Batch batch = LOCKSTEP__V1__BATCH__INIT;
    Lockstep__V1__Envelope envelope = LOCKSTEP__V1__ENVELOPE__INIT;
    envelope.body_case = LOCKSTEP__V1__ENVELOPE__BODY_BATCH;
    envelope.batch = &batch;

    int result = -ENOMEM;
    if (fill_batch(writer, dropped, &batch))
        result = envelope_pack(&envelope, &writer->process, writer->number + 1, message);
    arena_reset(&writer->scratch);
    if (result)
        return result;
    writer->number++;
    begin_batch(writer);
    return 0;
}
