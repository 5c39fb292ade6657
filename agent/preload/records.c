/* SPDX-License-Identifier: Apache-2.0 */
#include "records.h"

#include <string.h>

#include "threads.h"

void records_write(struct ring *ring, enum record_kind kind, const void *source, size_t bytes,
                   enum ring_priority priority)
{
    const struct record_header *from = source;
    struct record_header *record = ring_reserve(ring, kind, bytes, priority);
    if (!record)
        return;
    record->time_ns = from->time_ns ? from->time_ns : records_now();
    record->thread = threads_id();
    record->flags = from->flags;
    memcpy(record + 1, from + 1, bytes - sizeof *record);
    ring_commit(ring, record);
}

void records_result(struct ring *ring, enum operation operation, uint32_t communicator, uint32_t sequence,
                    int result, const void *site)
{
    if (result == ncclSuccess || result == ncclInProgress)
        return;
    const struct record_result record = {
        .communicator = communicator,
        .operation = (uint8_t)operation,
        .result = result,
        .sequence = sequence,
        .call_site = (uint64_t)(uintptr_t)site,
    };
    records_write(ring, RECORD_RESULT, &record, sizeof record, RING_DEFINITION);
}
