/* SPDX-License-Identifier: Apache-2.0
 *
 * Encodes the events that are not calls, one function a kind.
 */
#include "batch_writer.h"

static Lockstep__V1__Create *encode_create(struct batch_writer *writer, const struct create *create)
{
    size_t settings = create->settings_count;
    Lockstep__V1__Create *encoded = arena_alloc(&writer->arena, sizeof *encoded);
    Lockstep__V1__Setting **config = arena_alloc(&writer->arena, settings * sizeof *config);
    Lockstep__V1__Setting *values = arena_alloc(&writer->arena, settings * sizeof *values);
    int32_t *excluded = arena_alloc(&writer->arena, create->excluded_listed * sizeof *excluded);
    if (!encoded || !config || !values || !excluded)
        return NULL;

    lockstep__v1__create__init(encoded);
    encoded->communicator = create->communicator;
    encoded->parent = create->parent;
    encoded->cid = create->cid;
    encoded->nccl_hash = create->nccl_hash;
    encoded->unique_id_hash = create->unique_id_hash;
    encoded->sequence = create->sequence;
    encoded->ranks = create->ranks;
    encoded->rank = create->rank;
    encoded->color = create->color;
    encoded->key = create->key;
    encoded->device = create->device;
    for (size_t i = 0; i < create->excluded_listed; i++)
        excluded[i] = create->excluded[i];
    encoded->n_excluded = create->excluded_listed;
    encoded->excluded = excluded;
    if (create->excluded_count > create->excluded_listed)
        encoded->excluded_count = create->excluded_count;
    if (!batch_string(writer, create->name, &encoded->name))
        return NULL;
    for (size_t i = 0; i < settings; i++) {
        lockstep__v1__setting__init(&values[i]);
        values[i].value = create->settings[i].value;
        if (!batch_string(writer, create->settings[i].name, &values[i].name))
            return NULL;
        config[i] = &values[i];
    }
    encoded->n_config = settings;
    encoded->config = config;
    return encoded;
}

static Lockstep__V1__CommunicatorState *encode_communicator(struct batch_writer *writer,
                                                            const struct communicator_change *change)
{
    Lockstep__V1__CommunicatorState *encoded = arena_alloc(&writer->arena, sizeof *encoded);
    if (!encoded)
        return NULL;
    lockstep__v1__communicator_state__init(encoded);
    encoded->communicator = change->communicator;
    encoded->state = change->state;
    encoded->result = change->result;
    encoded->ranks = change->ranks;
    encoded->rank = change->rank;
    encoded->device = change->device;
    encoded->handle = change->handle;
    return batch_string(writer, change->pci_bus_id, &encoded->pci_bus_id) ? encoded : NULL;
}

static Lockstep__V1__Result *encode_result(struct batch_writer *writer, const struct call_result *result)
{
    Lockstep__V1__Result *encoded = arena_alloc(&writer->arena, sizeof *encoded);
    if (!encoded)
        return NULL;
    lockstep__v1__result__init(encoded);
    encoded->communicator = result->communicator;
    encoded->result = result->result;
    encoded->sequence = result->sequence;
    return encoded;
}

static Lockstep__V1__Reduction *encode_reduction(struct batch_writer *writer,
                                                 const struct reduction_change *reduction)
{
    size_t bytes = reduction->scalar_bytes;
    if (bytes > sizeof reduction->scalar)
        bytes = sizeof reduction->scalar;
    Lockstep__V1__Reduction *encoded = arena_alloc(&writer->arena, sizeof *encoded);
    uint8_t *scalar = arena_alloc(&writer->arena, bytes);
    if (!encoded || !scalar)
        return NULL;
    lockstep__v1__reduction__init(encoded);
    encoded->identity = reduction->identity;
    encoded->communicator = reduction->communicator;
    encoded->datatype = batch_number_or_none(reduction->datatype);
    for (size_t i = 0; i < bytes; i++)
        scalar[i] = reduction->scalar[i];
    encoded->scalar = (ProtobufCBinaryData){bytes, scalar};
    return encoded;
}

static Lockstep__V1__GraphCall *encode_graph(struct batch_writer *writer, const struct graph_call *graph)
{
    Lockstep__V1__GraphCall *encoded = arena_alloc(&writer->arena, sizeof *encoded);
    if (!encoded)
        return NULL;
    lockstep__v1__graph_call__init(encoded);
    encoded->result = graph->result;
    encoded->stream = graph->stream;
    encoded->graph = graph->graph;
    encoded->exec = graph->exec;
    encoded->child = graph->child;
    encoded->capture = graph->capture;
    return encoded;
}

static Lockstep__V1__Memory *encode_memory(struct batch_writer *writer, const struct memory_change *memory)
{
    Lockstep__V1__Memory *encoded = arena_alloc(&writer->arena, sizeof *encoded);
    if (!encoded)
        return NULL;
    lockstep__v1__memory__init(encoded);
    encoded->communicator = memory->communicator;
    encoded->result = memory->result;
    encoded->window_flags = memory->window_flags;
    encoded->address = memory->address;
    encoded->bytes = memory->bytes;
    encoded->handle = memory->handle;
    return encoded;
}

static Lockstep__V1__Gap *encode_gap(struct batch_writer *writer, const struct gap *gap)
{
    Lockstep__V1__Gap *encoded = arena_alloc(&writer->arena, sizeof *encoded);
    if (!encoded)
        return NULL;
    lockstep__v1__gap__init(encoded);
    encoded->communicator = gap->communicator;
    encoded->point_to_point = gap->point_to_point;
    encoded->calls = gap->calls;
    encoded->records = gap->records;
    return encoded;
}

/* Sets the body. All members of the union are pointers of one size, so one test tells a failure of any. */
static bool encode_body(struct batch_writer *writer, const struct event *event, Lockstep__V1__Event *encoded)
{
    switch (event->kind) {
    case EVENT_CREATE:
        encoded->body_case = LOCKSTEP__V1__EVENT__BODY_CREATE;
        encoded->create = encode_create(writer, &event->create);
        break;
    case EVENT_COMMUNICATOR:
        encoded->body_case = LOCKSTEP__V1__EVENT__BODY_COMMUNICATOR;
        encoded->communicator = encode_communicator(writer, &event->communicator);
        break;
    case EVENT_RESULT:
        encoded->body_case = LOCKSTEP__V1__EVENT__BODY_RESULT;
        encoded->result = encode_result(writer, &event->result);
        break;
    case EVENT_REDUCTION:
        encoded->body_case = LOCKSTEP__V1__EVENT__BODY_REDUCTION;
        encoded->reduction = encode_reduction(writer, &event->reduction);
        break;
    case EVENT_GRAPH:
        encoded->body_case = LOCKSTEP__V1__EVENT__BODY_GRAPH;
        encoded->graph = encode_graph(writer, &event->graph);
        break;
    case EVENT_MEMORY:
        encoded->body_case = LOCKSTEP__V1__EVENT__BODY_MEMORY;
        encoded->memory = encode_memory(writer, &event->memory);
        break;
    case EVENT_GAP:
        encoded->body_case = LOCKSTEP__V1__EVENT__BODY_GAP;
        encoded->gap = encode_gap(writer, &event->gap);
        break;
    case EVENT_CALL:
        break;
    }
    return encoded->create != NULL;
}

Lockstep__V1__Event *batch_encode_event(struct batch_writer *writer, const struct event *event)
{
    Lockstep__V1__Event *encoded = arena_alloc(&writer->arena, sizeof *encoded);
    if (!encoded)
        return NULL;
    lockstep__v1__event__init(encoded);
    encoded->thread = event->thread;
    encoded->operation = event->operation;
    encoded->call_site = event->call_site;
    encoded->flags = event->flags;
    return encode_body(writer, event, encoded) ? encoded : NULL;
}
