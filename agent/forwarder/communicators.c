/* SPDX-License-Identifier: Apache-2.0 */
#include "communicators.h"

#include "names.h"
#include "nccl_hash.h"

#include <endian.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

/* Numbers are given from 1 without gaps. One beyond this limit comes from a damaged ring; its communicator
 * stays unknown. */
#define KNOWN_LIMIT (1u << 20)
#define USES_LIMIT  (1u << 20)

/* nccl 2.28 bootstrap.cc: the first eight bytes of an id made from NCCL_COMM_ID; other ids begin at random.
 */
#define MAGIC_OF_COMM_ID UINT64_C(0x0280028002800280)

struct known {
    uint64_t cid;
    uint64_t nccl_hash;
    uint32_t splits; /* calls of ncclCommSplit on it, as NCCL counts them */
};

struct use {
    uint64_t id_hash;
    int32_t rank; /* RANK_ANY for an id from NCCL_COMM_ID */
    uint32_t count;
};

#define RANK_ANY (-2)

struct communicators {
    struct known *known; /* by number */
    size_t known_room;
    struct use *uses;
    size_t uses_count;
};

struct communicators *communicators_create(void)
{
    return calloc(1, sizeof(struct communicators));
}

void communicators_destroy(struct communicators *communicators)
{
    if (!communicators)
        return;
    free(communicators->known);
    free(communicators->uses);
    free(communicators);
}

static struct known *know(struct communicators *communicators, uint32_t number)
{
    if (number == 0 || number >= KNOWN_LIMIT)
        return NULL;
    if (number >= communicators->known_room) {
        size_t room = communicators->known_room ? communicators->known_room : 64;
        while (room <= number)
            room *= 2;
        struct known *grown = realloc(communicators->known, room * sizeof *grown);
        if (!grown)
            return NULL;
        memset(grown + communicators->known_room, 0, (room - communicators->known_room) * sizeof *grown);
        communicators->known = grown;
        communicators->known_room = room;
    }
    return &communicators->known[number];
}

/* How often this id was used before by this rank (or at all). */
static uint32_t count_use(struct communicators *communicators, uint64_t id_hash, int32_t rank)
{
    for (size_t i = communicators->uses_count; i-- > 0;) {
        struct use *use = &communicators->uses[i];
        if (use->id_hash == id_hash && use->rank == rank)
            return use->count++;
    }
    /* Grows by doubling, whenever the count is a power of two. */
    const size_t count = communicators->uses_count;
    if (count >= USES_LIMIT)
        return 0;
    if ((count & (count - 1)) == 0) {
        struct use *grown = realloc(communicators->uses, (count ? count * 2 : 1) * sizeof *grown);
        if (!grown)
            return 0;
        communicators->uses = grown;
    }
    communicators->uses[communicators->uses_count++] = (struct use){id_hash, rank, 1};
    return 0;
}

/* What is hashed: whole little-endian numbers, so that machines agree. */
struct ingredients {
    XXH3_state_t *state;
};

static void add_number(struct ingredients *ingredients, uint64_t number)
{
    const uint64_t bytes = htole64(number);
    XXH3_64bits_update(ingredients->state, &bytes, sizeof bytes);
}

static uint64_t not_zero(uint64_t hash)
{
    return hash ? hash : 1;
}

enum cid_kind { CID_INIT = 1, CID_SPLIT, CID_SHRINK, CID_GROW };

static uint64_t child_cid(enum cid_kind kind, uint64_t parent, const struct record_create *record,
                          size_t listed)
{
    struct ingredients ingredients = {XXH3_createState()};
    if (!ingredients.state)
        return 0;
    XXH3_64bits_reset(ingredients.state);
    add_number(&ingredients, kind);
    add_number(&ingredients, parent);
    add_number(&ingredients, record->sequence);
    if (kind == CID_SPLIT)
        add_number(&ingredients, (uint32_t)record->color);
    if (kind == CID_GROW)
        add_number(&ingredients, (uint32_t)record->ranks);
    if (kind == CID_SHRINK) {
        add_number(&ingredients, record->excluded_count);
        for (size_t i = 0; i < listed; i++)
            add_number(&ingredients, (uint32_t)record->excluded[i]);
    }
    const uint64_t hash = not_zero(XXH3_64bits_digest(ingredients.state));
    XXH3_freeState(ingredients.state);
    return hash;
}

static uint64_t init_cid(struct communicators *communicators, const struct record_create *record)
{
    struct {
        uint64_t kind;
        uint64_t use;
        uint8_t unique_id[RECORD_ID_BYTES];
    } input = {.kind = htole64(CID_INIT)};
    uint64_t magic;
    memcpy(&magic, record->unique_id, sizeof magic);
    const uint64_t id_hash = XXH3_64bits(record->unique_id, sizeof record->unique_id);
    const int32_t rank = magic == MAGIC_OF_COMM_ID ? RANK_ANY : record->rank;
    input.use = htole64(count_use(communicators, id_hash, rank));
    memcpy(input.unique_id, record->unique_id, sizeof input.unique_id);
    return not_zero(XXH3_64bits(&input, sizeof input));
}

static void identify_child(struct communicators *communicators, const struct record_create *record,
                           size_t listed, int32_t nccl_version, struct communicator_identity *identity)
{
    struct known *parent = know(communicators, record->parent);
    if (!parent)
        return;
    const bool split = record->operation == OPERATION_COMM_SPLIT;
    const enum cid_kind kind = split                                        ? CID_SPLIT
                               : record->operation == OPERATION_COMM_SHRINK ? CID_SHRINK
                                                                            : CID_GROW;
    parent->splits += split;
    if (record->communicator == 0)
        return;
    if (parent->cid)
        identity->cid = child_cid(kind, parent->cid, record, listed);
    if (kind == CID_SPLIT)
        identity->nccl_hash =
            nccl_hash_of_split(nccl_version, parent->nccl_hash, parent->splits, record->color);
    else if (kind == CID_SHRINK)
        identity->nccl_hash = nccl_hash_of_shrink(nccl_version, parent->nccl_hash);
}

struct communicator_identity communicators_identify(struct communicators *communicators,
                                                    const struct record_create *record, size_t listed,
                                                    int32_t nccl_version)
{
    struct communicator_identity identity = {0};
    if (record->has_id)
        identity.unique_id_hash = not_zero(XXH3_64bits(record->unique_id, sizeof record->unique_id));
    switch (record->operation) {
    case OPERATION_COMM_SPLIT:
    case OPERATION_COMM_SHRINK:
    case OPERATION_COMM_GROW:
        identify_child(communicators, record, listed, nccl_version, &identity);
        break;
    default:
        if (record->has_id) {
            identity.cid = init_cid(communicators, record);
            identity.nccl_hash = nccl_hash_of_id(nccl_version, record->unique_id, sizeof record->unique_id);
        }
    }
    struct known *known = know(communicators, record->communicator);
    if (known)
        *known = (struct known){.cid = identity.cid, .nccl_hash = identity.nccl_hash};
    return identity;
}
