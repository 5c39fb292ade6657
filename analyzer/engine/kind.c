/* SPDX-License-Identifier: Apache-2.0 */
#include "kind.h"

#include <string.h>

#include "array.h"
#include "channel.h"

#define SIGNATURE_LIMIT (1u << 24) /* of one epoch; far beyond what a writer ever makes */

void kind_define(struct engine_process *process, uint32_t id, const struct signature *signature)
{
    if (id == 0 || id > SIGNATURE_LIMIT)
        return;

    struct kind *grown = array_reserve(process->kinds, &process->kind_capacity, id, sizeof *grown);

    if (!grown) {
        engine_out(process->engine);
        return;
    }
    process->kinds = grown;
    while (process->kind_count < id)
        grown[process->kind_count++] = (struct kind){.state = KIND_IGNORED};
    grown[id - 1] = (struct kind){.state = KIND_UNRESOLVED, .signature = *signature};
}

void kinds_forget(struct engine_process *process)
{
    process->kind_count = 0;
}

void kind_reduction(struct engine_process *process, const struct reduction_change *change)
{
    struct known_reduction *grown = array_reserve(process->reductions, &process->reduction_capacity,
                                                  process->reduction_count + 1, sizeof *grown);
    struct known_reduction known = {.identity = change->identity, .on_device = change->scalar_bytes == 0};

    if (!grown) {
        engine_out(process->engine);
        return;
    }
    process->reductions = grown;
    if (change->scalar_bytes <= sizeof known.scalar)
        memcpy(&known.scalar, change->scalar, change->scalar_bytes);
    grown[process->reduction_count++] = known;
}

static void add_scalar(const struct engine_process *process, uint64_t identity, struct call *call)
{
    call->scalar_state = SCALAR_UNKNOWN;
    for (size_t i = process->reduction_count; i-- > 0;) {
        const struct known_reduction *known = &process->reductions[i];

        if (known->identity != identity)
            continue;
        if (!known->on_device) {
            call->scalar_state = SCALAR_KNOWN;
            call->scalar = known->scalar;
        }
        return;
    }
}

static struct call call_of(const struct engine_process *process, const struct signature *signature)
{
    unsigned traits = operation_traits(signature->operation);
    struct call call = {
        .count = signature->count,
        .root = traits & (TRAIT_ROOTED | TRAIT_PEER) ? signature->root : -1,
        .operation = signature->operation,
        .datatype = signature->datatype,
        .reduction = traits & TRAIT_REDUCES ? signature->reduction : REDUCTION_NONE,
    };

    if (call.reduction == REDUCTION_PRE_MUL_SUM)
        add_scalar(process, signature->reduction_identity, &call);
    return call;
}

/* Streams are compared within a process only; what is cut off hardly ever makes two of them one. */
static uint32_t fold(uint64_t value)
{
    return (uint32_t)((value * 0x9e3779b97f4a7c15ull) >> 32);
}

/* A message's channel can be told once the process's own rank is known; until then the kind stays
 * unresolved. */
static void resolve_message(struct engine_process *process, struct kind *kind, const struct call *call)
{
    struct member *member = kind->member;
    bool sends = kind->signature.operation == OPERATION_SEND;

    if (member->rank < 0)
        return;
    kind->channel = sends ? channel_find(process->engine, member->communicator, member->rank, call->root)
                          : channel_find(process->engine, member->communicator, call->root, member->rank);
    kind->bytes = call_bytes(call);
    if (kind->channel)
        kind->state = sends ? KIND_SEND : KIND_RECV;
}

static void resolve(struct engine_process *process, struct kind *kind)
{
    const struct signature *signature = &kind->signature;
    enum operation_class class = operation_class(signature->operation);

    if (class == CLASS_GROUP) {
        kind->state = signature->operation == OPERATION_GROUP_START ? KIND_GROUP_START
                      : signature->operation == OPERATION_GROUP_END ? KIND_GROUP_END
                                                                    : KIND_IGNORED;
        return;
    }

    bool message = signature->operation == OPERATION_SEND || signature->operation == OPERATION_RECV;

    kind->member = process_member(process, signature->communicator);
    if (!kind->member || (class != CLASS_COLLECTIVE && !message)) {
        kind->state = KIND_IGNORED;
        return;
    }

    struct call call = call_of(process, signature);

    kind->call = call_number(process->engine->calls, &call);
    kind->comparable = call_comparable(process->engine->calls, kind->call);
    kind->site = site_number(process, signature->call_site);
    kind->stream = fold(signature->stream);
    kind->in_group = signature->flags & EVENT_FLAG_IN_GROUP;
    if (kind->call == CALL_UNKNOWN)
        engine_out(process->engine);
    if (message)
        resolve_message(process, kind, &call);
    else
        kind->state = KIND_COLLECTIVE;
}

struct kind *kind_get(struct engine_process *process, uint32_t id)
{
    if (__builtin_expect(id - 1 >= process->kind_count, 0))
        return NULL;

    struct kind *kind = &process->kinds[id - 1];

    if (__builtin_expect(kind->state == KIND_UNRESOLVED, 0))
        resolve(process, kind);
    return kind;
}
