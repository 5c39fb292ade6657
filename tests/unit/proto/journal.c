/* SPDX-License-Identifier: Apache-2.0 */
#include "journal.h"

#include <inttypes.h>
#include <stdlib.h>

void journal_open(struct journal *journal)
{
    journal->text = NULL;
    journal->file = open_memstream(&journal->text, &journal->length);
    if (!journal->file)
        abort();
}

void journal_close(struct journal *journal)
{
    fclose(journal->file);
    free(journal->text);
}

const char *journal_text(struct journal *journal)
{
    fflush(journal->file);
    return journal->text;
}

void journal_clear(struct journal *journal)
{
    journal_close(journal);
    journal_open(journal);
}

void journal_hello(void *context, const struct hello *hello)
{
    FILE *file = ((struct journal *)context)->file;
    fprintf(file, "hello job=%s rank=%d/%d local=%d source=%s host=%s pid=%u executable=%s device=%d pci=%s ",
            hello->job, hello->world_rank, hello->world_size, hello->local_rank, hello->rank_source,
            hello->host, hello->pid, hello->executable, hello->device, hello->pci_bus_id);
    fprintf(file, "nccl=%d runtime=%d driver=%d path=%s agent=%s monotonic=%" PRIu64 " realtime=%" PRIu64,
            hello->nccl_version, hello->cuda_runtime_version, hello->cuda_driver_version, hello->nccl_path,
            hello->agent_version, hello->start_monotonic_ns, hello->start_realtime_ns);
    for (size_t i = 0; i < hello->command_count; i++)
        fprintf(file, " [%s]", hello->command[i]);
    for (size_t i = 0; i < hello->environment_count; i++)
        fprintf(file, " %s=%s", hello->environment[i].name, hello->environment[i].value);
    fputc('\n', file);
}

void journal_signature(void *context, uint32_t id, const struct signature *signature)
{
    FILE *file = ((struct journal *)context)->file;
    fprintf(file, "signature %u operation=%u datatype=%u reduction=%u flags=%u communicator=%u thread=%u ",
            id, signature->operation, signature->datatype, signature->reduction, signature->flags,
            signature->communicator, signature->thread);
    fprintf(file,
            "root=%d site=%u stream=%" PRIx64 " count=%" PRIu64 " identity=%" PRIu64 " capture=%" PRIu64
            " argument=%" PRIx64 " object=%" PRIx64 "\n",
            signature->root, signature->call_site, signature->stream, signature->count,
            signature->reduction_identity, signature->capture, signature->argument, signature->object);
}

static void write_create(FILE *file, const struct create *create)
{
    fprintf(file,
            "create communicator=%u parent=%u cid=%" PRIx64 " hash=%" PRIx64 " id=%" PRIx64
            " sequence=%u ranks=%d rank=%d color=%d key=%d device=%d name=%s excluded(%u)=",
            create->communicator, create->parent, create->cid, create->nccl_hash, create->unique_id_hash,
            create->sequence, create->ranks, create->rank, create->color, create->key, create->device,
            create->name, create->excluded_count);
    for (size_t i = 0; i < create->excluded_listed; i++)
        fprintf(file, "%d,", create->excluded[i]);
    for (size_t i = 0; i < create->settings_count; i++)
        fprintf(file, " %s=%d", create->settings[i].name, create->settings[i].value);
}

static void write_communicator(FILE *file, const struct communicator_change *change)
{
    fprintf(file, "communicator=%u state=%u result=%d ranks=%d rank=%d device=%d handle=%" PRIx64 " pci=%s",
            change->communicator, change->state, change->result, change->ranks, change->rank, change->device,
            change->handle, change->pci_bus_id);
}

static void write_reduction(FILE *file, const struct reduction_change *reduction)
{
    fprintf(file, "reduction identity=%" PRIu64 " communicator=%u datatype=%u scalar=", reduction->identity,
            reduction->communicator, reduction->datatype);
    for (size_t i = 0; i < reduction->scalar_bytes; i++)
        fprintf(file, "%02x", reduction->scalar[i]);
}

static void write_body(FILE *file, const struct event *event)
{
    switch (event->kind) {
    case EVENT_CALL:
        fprintf(file, "call signature=%u send=%" PRIx64 " recv=%" PRIx64, event->call.signature,
                event->call.send, event->call.recv);
        break;
    case EVENT_CREATE:
        write_create(file, &event->create);
        break;
    case EVENT_COMMUNICATOR:
        write_communicator(file, &event->communicator);
        break;
    case EVENT_RESULT:
        fprintf(file, "result communicator=%u result=%d sequence=%u", event->result.communicator,
                event->result.result, event->result.sequence);
        break;
    case EVENT_REDUCTION:
        write_reduction(file, &event->reduction);
        break;
    case EVENT_GRAPH:
        fprintf(file,
                "graph result=%d stream=%" PRIx64 " graph=%" PRIx64 " exec=%" PRIx64 " child=%" PRIx64
                " capture=%" PRIx64,
                event->graph.result, event->graph.stream, event->graph.graph, event->graph.exec,
                event->graph.child, event->graph.capture);
        break;
    case EVENT_MEMORY:
        fprintf(file,
                "memory communicator=%u result=%d flags=%u address=%" PRIx64 " bytes=%" PRIu64
                " handle=%" PRIx64,
                event->memory.communicator, event->memory.result, event->memory.window_flags,
                event->memory.address, event->memory.bytes, event->memory.handle);
        break;
    case EVENT_GAP:
        fprintf(file, "gap communicator=%u p2p=%d calls=%u records=%" PRIu64, event->gap.communicator,
                event->gap.point_to_point, event->gap.calls, event->gap.records);
        break;
    }
}

void journal_event(void *context, const struct event *event)
{
    FILE *file = ((struct journal *)context)->file;
    fprintf(file, "%" PRIu64 " thread=%u operation=%u flags=%u site=%u ", event->time_ns, event->thread,
            event->operation, event->flags, event->call_site);
    write_body(file, event);
    fputc('\n', file);
}

static void write_current(FILE *file, const struct current_call *current, size_t count)
{
    for (size_t i = 0; i < count; i++)
        fprintf(file, " (thread=%u in=%u communicator=%u sequence=%u since=%" PRIu64 " last=%u calls=%u)",
                current[i].thread, current[i].operation, current[i].communicator, current[i].sequence,
                current[i].since_ns, current[i].last_operation, current[i].calls);
    fputc('\n', file);
}

void journal_heartbeat(void *context, const struct heartbeat *heartbeat)
{
    FILE *file = ((struct journal *)context)->file;
    fprintf(file,
            "heartbeat time=%" PRIu64 " number=%" PRIu64 " events=%" PRIu64 " dropped=%" PRIu64
            " lost=%" PRIu64 " ring=%" PRIu64 " queued=%" PRIu64 " offset=%" PRId64 " error=%" PRIu64,
            heartbeat->time_ns, heartbeat->number, heartbeat->events, heartbeat->dropped,
            heartbeat->lost_batches, heartbeat->ring_bytes, heartbeat->queued_bytes,
            heartbeat->clock_offset_ns, heartbeat->clock_error_ns);
    write_current(file, heartbeat->current, heartbeat->current_count);
}

void journal_end(void *context, const struct process_end *end)
{
    FILE *file = ((struct journal *)context)->file;
    fprintf(file,
            "end how=%d status=%d time=%" PRIu64 " events=%" PRIu64 " dropped=%" PRIu64 " lost=%" PRIu64,
            (int)end->how, end->status, end->time_ns, end->events, end->dropped, end->lost_batches);
    write_current(file, end->current, end->current_count);
}

static void write_epoch(void *context)
{
    fputs("epoch\n", ((struct journal *)context)->file);
}

static void write_lost(void *context, uint64_t batches)
{
    fprintf(((struct journal *)context)->file, "lost %" PRIu64 "\n", batches);
}

const struct stream_sink journal_sink = {
    .hello = journal_hello,
    .signature = journal_signature,
    .event = journal_event,
    .heartbeat = journal_heartbeat,
    .end = journal_end,
    .epoch = write_epoch,
    .lost = write_lost,
};
