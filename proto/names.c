/* SPDX-License-Identifier: Apache-2.0 */
#include "names.h"

#include <string.h>

struct operation_row {
    const char *symbol;
    const char *name;
    unsigned char class;
    unsigned char traits;
};

#define REDUCES TRAIT_REDUCES
#define BYTES   TRAIT_BYTES
#define ROOTED  TRAIT_ROOTED
#define PEER    TRAIT_PEER

/* OPERATION(SEND, 16, "ncclSend", "send", POINT_TO_POINT, BYTES | PEER) becomes
 * [16] = {"ncclSend", "send", CLASS_POINT_TO_POINT, TRAIT_BYTES | TRAIT_PEER}, */
static const struct operation_row operations[OPERATION_LIMIT] = {
#define OPERATION(identifier, number, symbol, name, class, traits)                                           \
    [number] = {symbol, name, CLASS_##class, traits},
#include "operations.def"
#undef OPERATION
};

#undef REDUCES
#undef BYTES
#undef ROOTED
#undef PEER

static const struct operation_row *operation_row(unsigned operation)
{
    static const struct operation_row unknown = {"unknown", "unknown", CLASS_UNKNOWN, 0};
    return operation < OPERATION_LIMIT && operations[operation].name ? &operations[operation] : &unknown;
}

const char *operation_symbol(unsigned operation)
{
    return operation_row(operation)->symbol;
}

const char *operation_name(unsigned operation)
{
    return operation_row(operation)->name;
}

enum operation_class operation_class(unsigned operation)
{
    return (enum operation_class)operation_row(operation)->class;
}

unsigned operation_traits(unsigned operation)
{
    return operation_row(operation)->traits;
}

const char *datatype_name(unsigned datatype)
{
    switch (datatype) {
#define DATATYPE(identifier, number, name, bytes)                                                            \
    case number:                                                                                             \
        return name;
#include "datatypes.def"
#undef DATATYPE
    default:
        return "unknown";
    }
}

size_t datatype_bytes(unsigned datatype)
{
    switch (datatype) {
#define DATATYPE(identifier, number, name, bytes)                                                            \
    case number:                                                                                             \
        return bytes;
#include "datatypes.def"
#undef DATATYPE
    default:
        return 0;
    }
}

const char *reduction_name(unsigned reduction)
{
    switch (reduction) {
#define REDUCTION(identifier, number, name)                                                                  \
    case number:                                                                                             \
        return name;
#include "reductions.def"
#undef REDUCTION
    default:
        return "unknown";
    }
}

const char *result_symbol(int result)
{
    switch (result) {
#define RESULT(number, symbol)                                                                               \
    case number:                                                                                             \
        return symbol;
#include "results.def"
#undef RESULT
    default:
        return "unknown result";
    }
}

static const struct {
    const char *name;
    const char *meaning;
} findings[FINDING_LIMIT] = {
#define FINDING(identifier, number, code, meaning) [number] = {code, meaning},
#include "findings.def"
#undef FINDING
};

const char *finding_code_name(unsigned code)
{
    return code < FINDING_LIMIT && findings[code].name ? findings[code].name : "unknown";
}

const char *finding_code_meaning(unsigned code)
{
    return code < FINDING_LIMIT && findings[code].meaning ? findings[code].meaning : "unknown";
}

enum finding_code finding_code_find(const char *name)
{
    for (unsigned code = 1; code < FINDING_LIMIT; code++) {
        if (findings[code].name && strcmp(findings[code].name, name) == 0)
            return (enum finding_code)code;
    }
    return FINDING_NONE;
}
