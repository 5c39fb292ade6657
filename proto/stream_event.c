/* SPDX-License-Identifier: Apache-2.0
 *
 * Decodes the events that are not calls.
 */
#include <string.h>

#include "envelope.h"
#include "stream_state.h"

/* ---- checking ---- */

static int check_string(uint32_t id, const struct sizes *sizes, char *error)
{
    return id <= sizes->strings ? 0 : envelope_refuse(error, "string %u of %zu", id, sizes->strings);
}

static int check_create(const Lockstep__V1__Create *create, const struct sizes *sizes, char *error)
{
    int result = check_string(create->name, sizes, error);
    for (size_t i = 0; result == 0 && i < create->n_config; i++)
        result = check_string(create->config[i]->name, sizes, error);
    if (result == 0 && create->excluded_count && create->excluded_count < create->n_excluded)
        result = envelope_refuse(error, "%zu ranks excluded, said to be %u", create->n_excluded,
                                 create->excluded_count);
    return result;
}

static int check_reduction(const Lockstep__V1__Reduction *reduction, char *error)
{
    if (reduction->datatype > UINT8_MAX)
        return envelope_refuse(error, "data type %u does not fit a byte", reduction->datatype);
    if (reduction->scalar.len > sizeof((struct reduction_change *)0)->scalar)
        return envelope_refuse(error, "scalar of %zu bytes", reduction->scalar.len);
    return 0;
}

int stream_event_check(const Lockstep__V1__Event *encoded, const struct sizes *sizes, char *error)
{
    if (encoded->operation > UINT8_MAX)
        return envelope_refuse(error, "operation %u does not fit a byte", encoded->operation);
    if (encoded->flags > UINT16_MAX)
        return envelope_refuse(error, "flags 0x%x do not fit 16 bits", encoded->flags);
    if (encoded->call_site > sizes->call_sites)
        return envelope_refuse(error, "call site %u of %zu", encoded->call_site, sizes->call_sites);
    switch (encoded->body_case) {
    case LOCKSTEP__V1__EVENT__BODY_CREATE:
        return check_create(encoded->create, sizes, error);
    case LOCKSTEP__V1__EVENT__BODY_COMMUNICATOR:
        return check_string(encoded->communicator->pci_bus_id, sizes, error);
    case LOCKSTEP__V1__EVENT__BODY_REDUCTION:
        return check_reduction(encoded->reduction, error);
    case LOCKSTEP__V1__EVENT__BODY_GAP:
        if (encoded->gap->point_to_point > 1)
            return envelope_refuse(error, "gap in calls of class %u", encoded->gap->point_to_point);
        return 0;
    default:
        return 0;
    }
}

/* ---- reading ---- */

static void read_create(const struct stream *stream, const Lockstep__V1__Create *encoded,
                        struct create *create)
{
    for (size_t i = 0; i < encoded->n_config; i++) {
        stream->settings[i].name = stream_string(stream, encoded->config[i]->name);
        stream->settings[i].value = encoded->config[i]->value;
    }
    *create = (struct create){
        .communicator = encoded->communicator,
        .parent = encoded->parent,
        .cid = encoded->cid,
        .nccl_hash = encoded->nccl_hash,
        .unique_id_hash = encoded->unique_id_hash,
        .sequence = encoded->sequence,
        .ranks = encoded->ranks,
        .rank = encoded->rank,
        .color = encoded->color,
        .key = encoded->key,
        .device = encoded->device,
        .name = stream_string(stream, encoded->name),
        .excluded = encoded->excluded,
        .excluded_listed = encoded->n_excluded,
        .excluded_count = encoded->excluded_count ? encoded->excluded_count : (uint32_t)encoded->n_excluded,
        .settings = stream->settings,
        .settings_count = encoded->n_config,
    };
}

static void read_communicator(const struct stream *stream, const Lockstep__V1__CommunicatorState *encoded,
                              struct communicator_change *change)
{
    *change = (struct communicator_change){
        .communicator = encoded->communicator,
        .state = (enum communicator_state)encoded->state,
        .result = encoded->result,
        .ranks = encoded->ranks,
        .rank = encoded->rank,
        .device = encoded->device,
        .handle = encoded->handle,
        .pci_bus_id = stream_string(stream, encoded->pci_bus_id),
    };
}

static void read_reduction(const Lockstep__V1__Reduction *encoded, struct reduction_change *reduction)
{
    *reduction = (struct reduction_change){
        .identity = encoded->identity,
        .communicator = encoded->communicator,
        .datatype = stream_number_or_none(encoded->datatype),
        .scalar_bytes = (uint8_t)encoded->scalar.len,
    };
    if (encoded->scalar.len)
        memcpy(reduction->scalar, encoded->scalar.data, encoded->scalar.len);
}

static void read_graph(const Lockstep__V1__GraphCall *encoded, struct graph_call *graph)
{
    *graph = (struct graph_call){
        .result = encoded->result,
        .stream = encoded->stream,
        .graph = encoded->graph,
        .exec = encoded->exec,
        .child = encoded->child,
        .capture = encoded->capture,
    };
}

static void read_memory(const Lockstep__V1__Memory *encoded, struct memory_change *memory)
{
    *memory = (struct memory_change){
        .communicator = encoded->communicator,
        .result = encoded->result,
        .window_flags = encoded->window_flags,
        .address = encoded->address,
        .bytes = encoded->bytes,
        .handle = encoded->handle,
    };
}

static bool read_body(const struct stream *stream, const Lockstep__V1__Event *encoded, struct event *event)
{
    switch (encoded->body_case) {
    case LOCKSTEP__V1__EVENT__BODY_CREATE:
        event->kind = EVENT_CREATE;
        read_create(stream, encoded->create, &event->create);
        return true;
    case LOCKSTEP__V1__EVENT__BODY_COMMUNICATOR:
        event->kind = EVENT_COMMUNICATOR;
        read_communicator(stream, encoded->communicator, &event->communicator);
        return true;
    case LOCKSTEP__V1__EVENT__BODY_RESULT:
        event->kind = EVENT_RESULT;
        event->result = (struct call_result){encoded->result->communicator, encoded->result->result,
                                             encoded->result->sequence};
        return true;
    case LOCKSTEP__V1__EVENT__BODY_REDUCTION:
        event->kind = EVENT_REDUCTION;
        read_reduction(encoded->reduction, &event->reduction);
        return true;
    case LOCKSTEP__V1__EVENT__BODY_GRAPH:
        event->kind = EVENT_GRAPH;
        read_graph(encoded->graph, &event->graph);
        return true;
    case LOCKSTEP__V1__EVENT__BODY_MEMORY:
        event->kind = EVENT_MEMORY;
        read_memory(encoded->memory, &event->memory);
        return true;
    case LOCKSTEP__V1__EVENT__BODY_GAP:
        event->kind = EVENT_GAP;
        event->gap = (struct gap){encoded->gap->communicator, encoded->gap->point_to_point != 0,
                                  encoded->gap->calls, encoded->gap->records};
        return true;
    default:
        return false; /* a kind that a newer agent sends */
    }
}

bool stream_event_read(const struct stream *stream, const Lockstep__V1__Event *encoded, struct event *event)
{
    event->thread = encoded->thread;
    event->operation = (uint8_t)encoded->operation;
    event->flags = (uint16_t)encoded->flags;
    event->call_site = encoded->call_site;
    return read_body(stream, encoded, event);
}
