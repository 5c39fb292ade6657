/* SPDX-License-Identifier: Apache-2.0
 *
 * The names of operations, data types, reductions, results and finding codes, from the tables in *.def. Libc
 * only: the preload uses it too. All functions are pure, any thread may call them; returned strings are
 * static. A number that no table knows (a newer agent's, say) is named "unknown" and has no traits: never
 * misread as another.
 */
#ifndef LOCKSTEP_PROTO_NAMES_H
#define LOCKSTEP_PROTO_NAMES_H

#include <stddef.h>
#include <stdint.h>

enum operation_class {
    CLASS_UNKNOWN,
    CLASS_COLLECTIVE,
    CLASS_POINT_TO_POINT,
    CLASS_ONE_SIDED,
    CLASS_GROUP,
    CLASS_CREATION,
    CLASS_LIFECYCLE,
    CLASS_MEMORY,
    CLASS_REDUCTION_HANDLE,
    CLASS_GRAPH,
    CLASS_BLOCKING, /* never recorded: where a thread is while it makes no other call */
};

enum operation_trait {
    TRAIT_REDUCES = 1,
    TRAIT_BYTES = 2,
    TRAIT_ROOTED = 4,
    TRAIT_PEER = 8,
};

/* OPERATION(ALL_REDUCE, 1, …) becomes OPERATION_ALL_REDUCE = 1. 0 is no operation. */
enum operation {
    OPERATION_NONE = 0,
#define OPERATION(identifier, number, symbol, name, class, traits) OPERATION_##identifier = number,
#include "operations.def"
#undef OPERATION
    OPERATION_LIMIT = 256 /* numbers fit one byte */
};

enum datatype {
#define DATATYPE(identifier, number, name, bytes) DATATYPE_##identifier = number,
#include "datatypes.def"
#undef DATATYPE
    DATATYPE_NONE = 255
};

enum reduction {
#define REDUCTION(identifier, number, name) REDUCTION_##identifier = number,
#include "reductions.def"
#undef REDUCTION
};

enum finding_code {
    FINDING_NONE = 0,
#define FINDING(identifier, number, code, meaning) FINDING_##identifier = number,
#include "findings.def"
#undef FINDING
    FINDING_LIMIT
};

const char *operation_symbol(unsigned operation); /* "ncclAllReduce" */
const char *operation_name(unsigned operation);   /* "all_reduce" */
enum operation_class operation_class(unsigned operation);
unsigned operation_traits(unsigned operation); /* set of enum operation_trait */

const char *datatype_name(unsigned datatype);   /* "float32" */
size_t datatype_bytes(unsigned datatype);       /* bytes per element; 0 when unknown */
const char *reduction_name(unsigned reduction); /* "sum" */
const char *result_symbol(int result);          /* "ncclSystemError" */

const char *finding_code_name(unsigned code);    /* "op-mismatch" */
const char *finding_code_meaning(unsigned code); /* a sentence without its full stop */
/* The code named `name`, or FINDING_NONE. */
enum finding_code finding_code_find(const char *name);

#endif
