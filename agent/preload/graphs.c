/* SPDX-License-Identifier: Apache-2.0 */
#include "graphs.h"

#include <string.h>

#include "calls.h"
#include "capture.h"
#include "process.h"
#include "records.h"
#include "threads.h"

static void record(const struct graph_call *call, int result, enum ring_priority priority)
{
    const struct record_graph record = {
        .operation = (uint8_t)call->operation,
        .result = result,
        .stream = (uint64_t)(uintptr_t)call->fields.stream,
        .graph = (uint64_t)(uintptr_t)call->fields.graph,
        .exec = (uint64_t)(uintptr_t)call->fields.exec,
        .child = (uint64_t)(uintptr_t)call->fields.child,
        .capture = call->fields.capture,
        .call_site = (uint64_t)(uintptr_t)call->site,
    };
    records_write(call->ring, RECORD_GRAPH, &record, sizeof record, priority);
}

void *graphs_enter(struct graph_call *call, struct origin origin, enum function function,
                   enum operation operation)
{
    void *real = libraries_real(origin, function, LIBRARY_LINKED);
    call->ring = real && calls_recorded(origin) ? process_ring() : NULL;
    if (!call->ring)
        return real;
    call->site = origin.site;
    call->operation = operation;
    memset(&call->fields, 0, sizeof call->fields);
    threads_enter(call->ring, operation, 0, 0, records_now());
    return real;
}

void graphs_leave(const struct graph_call *call, cudaError_t result)
{
    if (!call->ring)
        return;
    threads_leave();
    record(call, (int)result, RING_DEFINITION);
}

void *graphs_enter_launch(struct graph_call *call, struct origin origin, enum function function,
                          cudaStream_t stream, cudaGraphExec_t exec)
{
    void *real = graphs_enter(call, origin, function, OPERATION_GRAPH_LAUNCH);
    if (!call->ring)
        return real;
    call->fields.stream = stream;
    call->fields.exec = exec;
    if (capture_to_be_asked()) {
        uint16_t flags = 0;
        call->fields.capture = capture_of(stream, &flags);
    }
    record(call, 0, RING_ORDINARY);
    return real;
}

void graphs_leave_launch(const struct graph_call *call)
{
    if (call->ring)
        threads_leave();
}
