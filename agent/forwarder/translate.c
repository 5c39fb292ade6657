/* SPDX-License-Identifier: Apache-2.0 */
#include "translate.h"

#include "communicators.h"
#include "gaps.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

_Static_assert((int)RECORD_FLAG_IN_GROUP == (int)EVENT_FLAG_IN_GROUP &&
                   (int)RECORD_FLAG_IN_PLACE == (int)EVENT_FLAG_IN_PLACE &&
                   (int)RECORD_FLAG_MISALIGNED == (int)EVENT_FLAG_MISALIGNED &&
                   (int)RECORD_FLAG_CAPTURED == (int)EVENT_FLAG_CAPTURED &&
                   (int)RECORD_FLAG_CAPTURE_UNKNOWN == (int)EVENT_FLAG_CAPTURE_UNKNOWN &&
                   (int)RECORD_FLAG_DEVICE_SCALAR == (int)EVENT_FLAG_DEVICE_SCALAR,
               "flags pass from ring to stream unchanged");
_Static_assert((int)RECORD_COMMUNICATOR_READY == (int)COMMUNICATOR_READY &&
                   (int)RECORD_COMMUNICATOR_FAILED == (int)COMMUNICATOR_FAILED &&
                   (int)RECORD_COMMUNICATOR_FINALIZE == (int)COMMUNICATOR_FINALIZE &&
                   (int)RECORD_COMMUNICATOR_DESTROY == (int)COMMUNICATOR_DESTROY &&
                   (int)RECORD_COMMUNICATOR_ABORT == (int)COMMUNICATOR_ABORT &&
                   (int)RECORD_COMMUNICATOR_REVOKE == (int)COMMUNICATOR_REVOKE &&
                   (int)RECORD_COMMUNICATOR_SUSPEND == (int)COMMUNICATOR_SUSPEND &&
                   (int)RECORD_COMMUNICATOR_RESUME == (int)COMMUNICATOR_RESUME &&
                   (int)RECORD_COMMUNICATOR_ASYNC_ERROR == (int)COMMUNICATOR_ASYNC_ERROR,
               "states pass from ring to stream unchanged");

#define SITES    1024u /* a power of two */
#define SETTINGS 6

struct translator {
    struct batch_writer *writer;
    struct modules *modules;
    struct translate_observer observer;
    struct communicators *communicators;
    struct gaps *gaps;
    uint64_t events;
    uint64_t unreadable; /* records that could not be used */
    uint64_t now_ns;
    uint64_t last_time_ns; /* of the event before: a gap has no time of its own */
    /* Ids of call sites by address, so that the map is searched once per site and epoch. */
    struct site {
        uint64_t address;
        uint32_t id;
    } sites[SITES];
    uint32_t sites_epoch;
};

static void add_event(struct translator *translator, const struct event *event)
{
    if (batch_add_event(translator->writer, event) == 0)
        translator->events++;
    else
        translator->unreadable++;
}

static void put_gap(void *context, const struct gap *gap)
{
    struct translator *translator = context;
    const struct event event = {
        .kind = EVENT_GAP,
        .time_ns = translator->last_time_ns ? translator->last_time_ns : translator->now_ns,
        .gap = *gap,
    };
    add_event(translator, &event);
}

struct translator *translate_create(struct batch_writer *writer, struct modules *modules,
                                    const struct translate_observer *observer)
{
    struct translator *translator = calloc(1, sizeof *translator);
    if (!translator)
        return NULL;
    translator->writer = writer;
    translator->modules = modules;
    translator->observer = *observer;
    translator->communicators = communicators_create();
    translator->gaps = gaps_create(put_gap, translator);
    if (!translator->communicators || !translator->gaps) {
        translate_destroy(translator);
        return NULL;
    }
    return translator;
}

void translate_destroy(struct translator *translator)
{
    if (!translator)
        return;
    communicators_destroy(translator->communicators);
    gaps_destroy(translator->gaps);
    free(translator);
}

static uint32_t call_site(struct translator *translator, uint64_t address)
{
    if (address == 0)
        return 0;
    if (translator->sites_epoch != batch_epoch(translator->writer)) {
        memset(translator->sites, 0, sizeof translator->sites);
        translator->sites_epoch = batch_epoch(translator->writer);
    }
    struct site *site = &translator->sites[(address ^ address >> 10) & (SITES - 1)];
    if (site->address == address)
        return site->id;
    const char *path;
    uint64_t offset;
    modules_find(translator->modules, address, translator->now_ns, &path, &offset);
    const uint32_t id = batch_call_site(translator->writer, path, offset);
    /* A site that was not found may be found when the map is read again. */
    if (id && *path)
        *site = (struct site){address, id};
    return id;
}

/* What all events have in common. */
static struct event begin(struct translator *translator, enum event_kind kind,
                          const struct record_header *header, uint8_t operation, uint64_t address)
{
    return (struct event){
        .kind = kind,
        .time_ns = header->time_ns,
        .thread = header->thread,
        .operation = operation,
        .flags = header->flags,
        .call_site = call_site(translator, address),
    };
}

static void add_call(struct translator *translator, uint64_t time_ns, const struct signature *signature,
                     uint64_t send, uint64_t recv)
{
    if (batch_add_call(translator->writer, time_ns, signature, send, recv) == 0)
        translator->events++;
    else
        translator->unreadable++;
}

static void translate_call(struct translator *translator, const struct record_call *record)
{
    const enum operation_class class = operation_class(record->operation);
    if (class == CLASS_COLLECTIVE || class == CLASS_POINT_TO_POINT || class == CLASS_ONE_SIDED)
        gaps_call(translator->gaps, record->communicator, class != CLASS_COLLECTIVE, record->sequence,
                  translator->now_ns);
    const struct signature signature = {
        .operation = record->operation,
        .datatype = record->datatype,
        .reduction = record->reduction,
        .flags = record->header.flags,
        .communicator = record->communicator,
        .thread = record->header.thread,
        .root = record->root,
        .call_site = call_site(translator, record->call_site),
        .stream = record->stream,
        .count = record->count,
        .reduction_identity = record->reduction_identity,
        .capture = record->capture,
        .argument = record->argument,
    };
    add_call(translator, record->header.time_ns, &signature, record->send, record->recv);
}

static void translate_group(struct translator *translator, const struct record_group *record)
{
    const struct signature signature = {
        .operation = record->operation,
        .datatype = DATATYPE_NONE,
        .reduction = REDUCTION_NONE,
        .flags = record->header.flags,
        .thread = record->header.thread,
        .root = -1,
        .call_site = call_site(translator, record->call_site),
    };
    add_call(translator, record->header.time_ns, &signature, 0, 0);
}

static size_t collect_settings(const struct record_create *record, struct setting *settings)
{
    const struct setting all[SETTINGS] = {
        {"blocking", record->config_blocking},      {"cgaClusterSize", record->config_cga_cluster_size},
        {"minCTAs", record->config_min_ctas},       {"maxCTAs", record->config_max_ctas},
        {"splitShare", record->config_split_share}, {"trafficClass", record->config_traffic_class},
    };
    size_t count = 0;
    for (size_t i = 0; i < SETTINGS; i++)
        if (all[i].value != RECORD_UNSET)
            settings[count++] = all[i];
    return count;
}

/* How many entries of excluded[] the record really holds. */
static size_t listed_in(const struct record_create *record)
{
    const size_t bytes = (size_t)record->header.units * RECORD_UNIT;
    const size_t room = (bytes - sizeof *record) / sizeof *record->excluded;
    return record->excluded_count < room ? record->excluded_count : room;
}

static void clean_string(char *to, const char *from, size_t size)
{
    const size_t length = strnlen(from, size);
    memcpy(to, from, length);
    to[length] = '\0';
    text_clean(to, length);
}

static void translate_create_record(struct translator *translator, const struct record_create *record,
                                    int32_t nccl_version)
{
    const size_t listed = listed_in(record);
    const struct communicator_identity identity =
        communicators_identify(translator->communicators, record, listed, nccl_version);
    char name[RECORD_NAME_BYTES + 1];
    clean_string(name, record->name, sizeof record->name);
    struct setting settings[SETTINGS];
    const size_t settings_count = collect_settings(record, settings);
    struct event event =
        begin(translator, EVENT_CREATE, &record->header, record->operation, record->call_site);
    event.create = (struct create){
        .communicator = record->communicator,
        .parent = record->parent,
        .cid = identity.cid,
        .nccl_hash = identity.nccl_hash,
        .unique_id_hash = identity.unique_id_hash,
        .sequence = record->sequence,
        .ranks = record->ranks,
        .rank = record->rank,
        .color = record->color == RECORD_UNSET ? 0 : record->color,
        .key = record->key == RECORD_UNSET ? 0 : record->key,
        .device = record->device,
        .name = name,
        .excluded = record->excluded,
        .excluded_listed = listed,
        .excluded_count = record->excluded_count,
        .settings = settings,
        .settings_count = settings_count,
    };
    add_event(translator, &event);
    if (record->has_id && record->operation != OPERATION_COMM_INIT_ALL &&
        record->operation != OPERATION_COMM_GROW)
        translator->observer.world(translator->observer.context, record->ranks, record->rank);
}

static void translate_communicator(struct translator *translator, const struct record_communicator *record)
{
    char pci_bus_id[sizeof record->pci_bus_id + 1];
    clean_string(pci_bus_id, record->pci_bus_id, sizeof record->pci_bus_id);
    struct event event =
        begin(translator, EVENT_COMMUNICATOR, &record->header, record->operation, record->call_site);
    event.communicator = (struct communicator_change){
        .communicator = record->communicator,
        .state = (enum communicator_state)record->state,
        .result = record->result,
        .ranks = record->ranks,
        .rank = record->rank,
        .device = record->device,
        .handle = record->handle,
        .pci_bus_id = pci_bus_id,
    };
    add_event(translator, &event);
    if (record->state == RECORD_COMMUNICATOR_READY && record->device >= 0)
        translator->observer.device(translator->observer.context, record->device, pci_bus_id);
}

static void translate_result(struct translator *translator, const struct record_result *record)
{
    struct event event =
        begin(translator, EVENT_RESULT, &record->header, record->operation, record->call_site);
    event.result = (struct call_result){record->communicator, record->result, record->sequence};
    add_event(translator, &event);
}

static void translate_reduction(struct translator *translator, const struct record_reduction *record)
{
    struct event event = begin(translator, EVENT_REDUCTION, &record->header, record->operation, 0);
    event.reduction = (struct reduction_change){
        .identity = record->identity,
        .communicator = record->communicator,
        .datatype = record->datatype,
        .scalar_bytes = record->scalar_bytes <= sizeof record->scalar ? record->scalar_bytes : 0,
    };
    memcpy(event.reduction.scalar, record->scalar, sizeof record->scalar);
    add_event(translator, &event);
}

static void translate_launch(struct translator *translator, const struct record_graph *record)
{
    const struct signature signature = {
        .operation = record->operation,
        .datatype = DATATYPE_NONE,
        .reduction = REDUCTION_NONE,
        .flags = record->header.flags,
        .thread = record->header.thread,
        .root = -1,
        .call_site = call_site(translator, record->call_site),
        .stream = record->stream,
        .capture = record->capture,
        .object = record->exec,
    };
    add_call(translator, record->header.time_ns, &signature, 0, 0);
}

static void translate_graph(struct translator *translator, const struct record_graph *record)
{
    if (record->operation == OPERATION_GRAPH_LAUNCH) {
        translate_launch(translator, record);
        return;
    }
    struct event event =
        begin(translator, EVENT_GRAPH, &record->header, record->operation, record->call_site);
    event.graph = (struct graph_call){
        .result = record->result,
        .stream = record->stream,
        .graph = record->graph,
        .exec = record->exec,
        .child = record->child,
        .capture = record->capture,
    };
    add_event(translator, &event);
}

static void translate_memory(struct translator *translator, const struct record_memory *record)
{
    struct event event =
        begin(translator, EVENT_MEMORY, &record->header, record->operation, record->call_site);
    event.memory = (struct memory_change){
        .communicator = record->communicator,
        .result = record->result,
        .window_flags = record->window_flags,
        .address = record->address,
        .bytes = record->bytes,
        .handle = record->handle,
    };
    add_event(translator, &event);
}

/* The least that a record of this kind is long; 0 for kinds that have no business here. */
static size_t least_bytes(enum record_kind kind)
{
    switch (kind) {
    case RECORD_CALL:
        return sizeof(struct record_call);
    case RECORD_GROUP:
        return sizeof(struct record_group);
    case RECORD_CREATE:
        return sizeof(struct record_create);
    case RECORD_COMMUNICATOR:
        return sizeof(struct record_communicator);
    case RECORD_RESULT:
        return sizeof(struct record_result);
    case RECORD_REDUCTION:
        return sizeof(struct record_reduction);
    case RECORD_GRAPH:
        return sizeof(struct record_graph);
    case RECORD_MEMORY:
        return sizeof(struct record_memory);
    case RECORD_PAD:
    case RECORD_KIND_LIMIT:
        break;
    }
    return 0;
}

void translate_record(struct translator *translator, const struct record_header *record, uint64_t lost,
                      int32_t nccl_version, uint64_t now_ns)
{
    translator->now_ns = now_ns;
    gaps_lost(translator->gaps, lost + translator->unreadable, now_ns);
    const size_t least = least_bytes((enum record_kind)record->kind);
    if (least == 0 || (size_t)record->units * RECORD_UNIT < least) {
        translator->unreadable++;
        return;
    }
    const void *body = record;
    switch (record->kind) {
    case RECORD_CALL:
        translate_call(translator, body);
        break;
    case RECORD_GROUP:
        translate_group(translator, body);
        break;
    case RECORD_CREATE:
        translate_create_record(translator, body, nccl_version);
        break;
    case RECORD_COMMUNICATOR:
        translate_communicator(translator, body);
        break;
    case RECORD_RESULT:
        translate_result(translator, body);
        break;
    case RECORD_REDUCTION:
        translate_reduction(translator, body);
        break;
    case RECORD_GRAPH:
        translate_graph(translator, body);
        break;
    case RECORD_MEMORY:
        translate_memory(translator, body);
        break;
    default:
        break;
    }
    translator->last_time_ns = record->time_ns;
}

void translate_settle(struct translator *translator, uint64_t lost, uint64_t now_ns, bool all)
{
    translator->now_ns = now_ns;
    gaps_lost(translator->gaps, lost + translator->unreadable, now_ns);
    gaps_settle(translator->gaps, now_ns, all);
}

uint64_t translate_events(const struct translator *translator)
{
    return translator->events;
}
