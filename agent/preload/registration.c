/* SPDX-License-Identifier: Apache-2.0 */
#include "registration.h"

void registration_record(const struct call *call, const struct registration_fields *fields,
                         ncclResult_t result)
{
    const struct record_memory record = {
        .communicator = call->communicator,
        .operation = (uint8_t)call->operation,
        .result = (int32_t)result,
        .window_flags = (uint32_t)fields->window_flags,
        .address = (uint64_t)(uintptr_t)fields->address,
        .bytes = fields->bytes,
        .handle = (uint64_t)(uintptr_t)fields->handle,
        .call_site = (uint64_t)(uintptr_t)call->site,
    };
    records_write(call->ring, RECORD_MEMORY, &record, sizeof record, RING_ORDINARY);
}
