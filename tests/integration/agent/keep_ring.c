/* SPDX-License-Identifier: Apache-2.0
 *
 * Takes the forwarder's place in tests: reads the ring of the process that started it until that ends, and
 * leaves a readable list of the records in $KEEP_RING_INTO/PID. What differs from run to run (times,
 * addresses, threads) is left out. With KEEP_RING_LATE it begins to read only when the process has ended.
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <time.h>
#include <unistd.h>

#include "names.h"
#include "ring.h"

static void print_flags(FILE *out, unsigned flags)
{
    static const char *const words[] = {"grouped",  "in-place",        "misaligned",
                                        "captured", "capture-unknown", "device-scalar"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (flags & 1u << i)
            fprintf(out, " %s", words[i]);
    }
}

static void print_call(FILE *out, const struct record_call *call)
{
    fprintf(out, "%s comm %u #%u count %" PRIu64, operation_symbol(call->operation), call->communicator,
            call->sequence, call->count);
    if (call->datatype != DATATYPE_NONE)
        fprintf(out, " %s", datatype_name(call->datatype));
    if (call->reduction != REDUCTION_NONE)
        fprintf(out, " %s", reduction_name(call->reduction));
    if (call->reduction_identity)
        fprintf(out, "(%" PRIu64 ")", call->reduction_identity);
    if (call->root >= 0)
        fprintf(out, " root %d", call->root);
    if (call->capture)
        fprintf(out, " capture %" PRIu64, call->capture);
    print_flags(out, call->header.flags);
}

static void print_create(FILE *out, const struct record_create *create)
{
    fprintf(out, "%s makes comm %u", operation_symbol(create->operation), create->communicator);
    if (create->parent)
        fprintf(out, " from %u", create->parent);
    fprintf(out, " #%u", create->sequence);
    if (create->ranks >= 0)
        fprintf(out, " rank %d of %d", create->rank, create->ranks);
    if (create->color != RECORD_UNSET)
        fprintf(out, " color %d key %d", create->color, create->key);
    if (create->excluded_count)
        fprintf(out, " without");
    for (uint32_t i = 0; i < create->excluded_count; i++)
        fprintf(out, " %d", create->excluded[i]);
    if (create->config_blocking != RECORD_UNSET)
        fprintf(out, " blocking %d", create->config_blocking);
    if (create->name[0])
        fprintf(out, " named %s", create->name);
    fprintf(out, " device %d%s", create->device, create->has_id ? " id" : "");
}

static void print_communicator(FILE *out, const struct record_communicator *communicator)
{
    static const char *const states[] = {"?",     "ready",  "failed",  "finalize", "destroy",
                                         "abort", "revoke", "suspend", "resume",   "async-error"};
    fprintf(out, "comm %u %s", communicator->communicator, states[communicator->state % 10]);
    if (communicator->state == RECORD_COMMUNICATOR_READY)
        fprintf(out, " rank %d of %d device %d at %s", communicator->rank, communicator->ranks,
                communicator->device, communicator->pci_bus_id);
    if (communicator->result)
        fprintf(out, " %s", result_symbol(communicator->result));
}

static void print(FILE *out, const struct record_header *header)
{
    const void *record = header;
    switch (header->kind) {
    case RECORD_CALL:
        print_call(out, record);
        break;
    case RECORD_CREATE:
        print_create(out, record);
        break;
    case RECORD_COMMUNICATOR:
        print_communicator(out, record);
        break;
    case RECORD_GROUP: {
        const struct record_group *group = record;
        fprintf(out, "%s depth %u", operation_symbol(group->operation), group->depth);
        break;
    }
    case RECORD_RESULT: {
        const struct record_result *result = record;
        fprintf(out, "%s comm %u #%u gave %s", operation_symbol(result->operation), result->communicator,
                result->sequence, result_symbol(result->result));
        break;
    }
    case RECORD_REDUCTION: {
        const struct record_reduction *reduction = record;
        float scalar = 0;
        memcpy(&scalar, reduction->scalar, sizeof scalar);
        fprintf(out, "%s comm %u (%" PRIu64 ") %u bytes %g", operation_symbol(reduction->operation),
                reduction->communicator, reduction->identity, reduction->scalar_bytes, (double)scalar);
        print_flags(out, header->flags);
        break;
    }
    case RECORD_GRAPH: {
        const struct record_graph *graph = record;
        fprintf(out, "%s stream %" PRIx64 " graph %" PRIx64 " exec %" PRIx64 " capture %" PRIu64 " result %d",
                operation_symbol(graph->operation), graph->stream, graph->graph, graph->exec, graph->capture,
                graph->result);
        break;
    }
    case RECORD_MEMORY: {
        const struct record_memory *memory = record;
        fprintf(out, "%s comm %u bytes %" PRIu64, operation_symbol(memory->operation), memory->communicator,
                memory->bytes);
        break;
    }
    }
    fprintf(out, "\n");
}

static void drain(struct ring_reader *reader, FILE *out, bool writers_gone)
{
    const struct record_header *record;
    while ((record = ring_next(reader, writers_gone)))
        print(out, record);
    fflush(out);
    ring_release(reader);
    atomic_store(&reader->ring->header->delivered, reader->position);
}

static void print_end(FILE *out, const struct ring_reader *reader, uint32_t end)
{
    const struct ring_header *header = reader->ring->header;
    for (unsigned i = 0; i < RING_SLOTS; i++) {
        const unsigned operation = atomic_load(&header->slot[i].operation);
        if (operation)
            fprintf(out, "inside %s comm %u #%u\n", operation_symbol(operation),
                    atomic_load(&header->slot[i].communicator), atomic_load(&header->slot[i].sequence));
    }
    if (atomic_load(&header->untracked_threads))
        fprintf(out, "untracked %u\n", atomic_load(&header->untracked_threads));
    const uint64_t dropped = atomic_load(&header->dropped);
    if (dropped || reader->skipped)
        fprintf(out, "lost %" PRIu64 " records, %" PRIu64 " bytes\n", dropped, reader->skipped);
    if (end == RING_CLOSED)
        fprintf(out, "closed with %u\n", atomic_load(&header->exit_status));
    else
        fprintf(out, "vanished\n");
}

/* Until the process is gone, which it may be from the start, or has said goodbye. */
static void follow(struct ring_reader *reader, FILE *out, int process)
{
    struct pollfd gone = {.fd = process, .events = POLLIN};
    const bool late = getenv("KEEP_RING_LATE") != NULL;
    while (process >= 0 && poll(&gone, 1, 2) == 0 &&
           atomic_load(&reader->ring->header->end) == RING_RUNNING) {
        if (!late)
            drain(reader, out, false);
    }
}

int main(int count, char **arguments)
{
    static struct ring_reader reader;
    struct ring ring;
    char name[4096], done[4096];
    const char *into = getenv("KEEP_RING_INTO");
    if (count != 5 || strcmp(arguments[1], "--ring") != 0 || strcmp(arguments[3], "--pid") != 0 || !into)
        return 2;
    snprintf(name, sizeof name, "%s/%s.part", into, arguments[4]);
    snprintf(done, sizeof done, "%s/%s", into, arguments[4]);
    FILE *out = fopen(name, "w");
    const int process = pidfd_open(atoi(arguments[4]), 0);
    if (!out || (process < 0 && errno != ESRCH) || ring_open(&ring, arguments[2]) != 0)
        return 1;
    unlink(arguments[2]);
    ring_reader_init(&reader, &ring);
    atomic_store(&ring.header->attached, 1);
    fprintf(out, "nccl %d runtime %d driver %d preload %s\n", ring.header->nccl_version,
            ring.header->cuda_runtime_version, ring.header->cuda_driver_version,
            getenv("LD_PRELOAD") ? "inherited" : "none");
    follow(&reader, out, process);
    const uint32_t end = atomic_load(&ring.header->end);
    drain(&reader, out, true);
    print_end(out, &reader, end);
    fclose(out);
    return rename(name, done) != 0;
}
