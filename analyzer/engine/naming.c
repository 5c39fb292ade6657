/* SPDX-License-Identifier: Apache-2.0
 *
 * What communicators are called in findings.
 */
#include "communicator.h"
#include "say.h"
#include "state.h"

/* Does it have all ranks of the job? Where nobody knows how many there are, the processes seen are all. */
static bool has_all_ranks(const struct engine *engine, const struct communicator *communicator)
{
    if (communicator->size < 0)
        return false;
    if (engine->world_size >= 0)
        return communicator->size == engine->world_size;
    return communicator->size >= (int32_t)engine->process_count;
}

static const char *child_name(struct engine *engine, struct communicator *communicator, const char *verb)
{
    const char *parent = communicator_name(engine, communicator->parent);

    if (communicator->operation == OPERATION_COMM_SPLIT)
        return say(&engine->arena, "%s %u of %s, color %d", verb, communicator->sequence, parent,
                   communicator->color);
    return say(&engine->arena, "%s %u of %s", verb, communicator->sequence, parent);
}

static const char *make_name(struct engine *engine, struct communicator *communicator)
{
    if (*communicator->config_name)
        return communicator->config_name;
    if (communicator->parent) {
        switch (communicator->operation) {
        case OPERATION_COMM_SPLIT:
            return child_name(engine, communicator, "split");
        case OPERATION_COMM_SHRINK:
            return child_name(engine, communicator, "shrink");
        default:
            return child_name(engine, communicator, "growth");
        }
    }
    if (has_all_ranks(engine, communicator)) {
        unsigned number = ++engine->worlds;

        return number == 1 ? "world" : say(&engine->arena, "world#%u", number);
    }
    return say(&engine->arena, "communicator %u", ++engine->unnamed);
}

const char *communicator_name(struct engine *engine, struct communicator *communicator)
{
    /* "world" is the first that has all ranks, whichever is asked for first. */
    for (size_t i = 0; i <= communicator->id && !communicator->name; i++) {
        struct communicator *before = engine->communicators[i];

        if (!before->name && (before == communicator || (!before->parent && before->size >= 0)))
            before->name = make_name(engine, before);
    }
    return communicator->name;
}
