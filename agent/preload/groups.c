/* SPDX-License-Identifier: Apache-2.0 */
#include "groups.h"

#include "calls.h"
#include "creation.h"
#include "hooks.h"
#include "threads.h"

static void record(struct ring *ring, enum operation operation, uint32_t depth, uint64_t time_ns,
                   const void *site)
{
    const struct record_group record = {
        .header.time_ns = time_ns,
        .operation = (uint8_t)operation,
        .depth = depth,
        .call_site = (uint64_t)(uintptr_t)site,
    };
    records_write(ring, RECORD_GROUP, &record, sizeof record, RING_ORDINARY);
}

void groups_tell_open(struct ring *ring)
{
    for (uint32_t depth = 1; depth <= thread_self.group_depth; depth++)
        record(ring, OPERATION_GROUP_START, depth, 0, NULL);
}

ncclResult_t groups_start(struct origin origin, enum function function)
{
    struct call call;
    ncclGroupStart_fn real =
        (ncclGroupStart_fn)calls_enter(&call, origin, function, OPERATION_GROUP_START, NULL);
    if (!real)
        return calls_missing(&call);
    const bool counted = call.ring || calls_recorded(origin);
    if (call.ring)
        record(call.ring, OPERATION_GROUP_START, thread_self.group_depth + 1, call.time_ns, origin.site);
    const ncclResult_t result = real();
    if (counted && result == ncclSuccess)
        thread_self.group_depth++;
    calls_leave(&call, result);
    return result;
}

/* The group is closed for NCCL whatever it returns. */
static void ended(const struct call *call, bool counted, ncclResult_t result)
{
    if (counted && thread_self.group_depth > 0)
        thread_self.group_depth--;
    calls_leave(call, result);
    if (call->ring && thread_self.group_depth == 0)
        creation_group_ended(call->ring, result, call->site);
}

ncclResult_t groups_end(struct origin origin, enum function function)
{
    struct call call;
    ncclGroupEnd_fn real = (ncclGroupEnd_fn)calls_enter(&call, origin, function, OPERATION_GROUP_END, NULL);
    if (!real)
        return calls_missing(&call);
    const bool counted = call.ring || calls_recorded(origin);
    if (call.ring)
        record(call.ring, OPERATION_GROUP_END, thread_self.group_depth, call.time_ns, origin.site);
    const ncclResult_t result = real();
    ended(&call, counted, result);
    return result;
}

ncclResult_t groups_simulate_end(struct origin origin, enum function function, ncclSimInfo_t *info)
{
    struct call call;
    ncclGroupSimulateEnd_fn real =
        (ncclGroupSimulateEnd_fn)calls_enter(&call, origin, function, OPERATION_GROUP_SIMULATE_END, NULL);
    if (!real)
        return calls_missing(&call);
    const bool counted = call.ring || calls_recorded(origin);
    if (call.ring)
        record(call.ring, OPERATION_GROUP_SIMULATE_END, thread_self.group_depth, call.time_ns, origin.site);
    const ncclResult_t result = real(info);
    ended(&call, counted, result);
    return result;
}
