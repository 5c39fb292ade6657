/* SPDX-License-Identifier: Apache-2.0
 *
 * One thing that the engine found: plain values, owned by the engine.
 */
#ifndef LOCKSTEP_ENGINE_FINDING_H
#define LOCKSTEP_ENGINE_FINDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "names.h"

enum severity { SEVERITY_INFO, SEVERITY_WARNING, SEVERITY_ERROR };
enum confidence { CONFIDENCE_UNDECIDED, CONFIDENCE_LIKELY, CONFIDENCE_CERTAIN };

const char *severity_name(enum severity severity);       /* "error" */
const char *confidence_name(enum confidence confidence); /* "certain" */
/* The severity named `name`, or -1. */
int severity_find(const char *name);

/* Ranks, ascending, without repetition. World ranks everywhere in findings. A process whose world rank is not
 * known is numbered by the engine after the highest known one, in the order of appearance. */
struct ranks {
    int32_t *rank;
    size_t count;
};

/* One row of the small table "who called what around the divergence". */
struct observation {
    struct ranks ranks;
    int64_t index;         /* of the call on the communicator; -1 where it has none */
    const char *text;      /* "all_reduce sum float32 x 4096", "nothing", "did not call ncclCommSplit" */
    const char *call_site; /* "train+0x1234"; "" unknown */
    bool expected;         /* what the majority does */
    bool diverging;        /* at the divergence itself, not one of its neighbours */
};

#define FINDING_NO_CAUSE SIZE_MAX

struct finding {
    size_t id; /* 0, 1, … in the order in which they were found */
    enum finding_code code;
    enum severity severity;
    enum confidence confidence;
    int communicator;     /* index into engine_communicator(); -1 when it is about none */
    int64_t index;        /* of the call on the communicator; of the message for point-to-point; -1 none */
    struct ranks ranks;   /* the culprits; undecided: all who may be; empty when nobody can be told */
    const char *expected; /* one line each; "" where it does not apply */
    const char *observed;
    const struct observation *table;
    size_t table_rows;
    const char *call_site;     /* of a culprit's call, else of another member's; "" unknown */
    uint64_t time_realtime_ns; /* when the diverging call was made; 0 unknown */
    bool root_cause;
    size_t caused_by;        /* id of the finding that this one follows from, or FINDING_NO_CAUSE */
    const char *explanation; /* whole sentences */
    const char *hint;        /* what to look at; may be "" */
};

#endif
