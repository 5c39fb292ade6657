/* SPDX-License-Identifier: Apache-2.0 */
#include "state.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "say.h"

bool engine_out(struct engine *engine)
{
    engine->out_of_memory = true;
    return false;
}

int32_t process_rank(struct engine_process *process)
{
    struct engine *engine = process->engine;

    if (process->world_rank >= 0)
        return process->world_rank;
    if (process->assigned_rank < 0) {
        int32_t after = engine->highest_rank + 1;

        if (engine->world_size > after)
            after = engine->world_size;
        process->assigned_rank = after + engine->assigned_ranks++;
    }
    return process->assigned_rank;
}

uint64_t process_realtime(const struct engine_process *process, uint64_t time_ns)
{
    return time_ns ? time_ns + (uint64_t)process->realtime_offset_ns : 0;
}

/* END_EXITED without an error is a program that leaves without its exit handlers: in order, if abruptly. */
bool process_died(const struct engine_process *process)
{
    switch (process->end) {
    case END_SIGNAL:
    case END_VANISHED:
    case END_EXECED:
        return true;
    case END_EXITED:
        return process->end_status != 0;
    default:
        return false;
    }
}

uint64_t process_lost(const struct engine_process *process)
{
    uint64_t lost = process->lost_calls > process->lost_records ? process->lost_calls : process->lost_records;

    if (process->lost_told > lost)
        lost = process->lost_told;
    return lost + process->lost_batches;
}

bool process_lost_unknown(const struct engine_process *process)
{
    return process_lost(process) > process->lost_calls;
}

uint32_t site_number(struct engine_process *process, uint32_t call_site)
{
    char text[256];
    bool added;

    if (!process->stream || !call_site)
        return 0;

    struct call_site site = stream_call_site(process->stream, call_site);
    const char *slash = strrchr(site.module, '/');
    const char *base = slash ? slash + 1 : site.module;

    if (!*base && !site.offset)
        return 0;
    snprintf(text, sizeof text, "%.200s%s0x%" PRIx64, base, *base ? "+" : "", site.offset);
    return intern_id(process->engine->sites, text, strlen(text) + 1, &added);
}

const char *site_text(struct engine *engine, uint32_t site)
{
    size_t length;
    const char *text = intern_key(engine->sites, site, &length);

    return text ? say(&engine->arena, "%s", text) : "";
}
