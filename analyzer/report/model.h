/* SPDX-License-Identifier: Apache-2.0
 *
 * What there is to report, as plain values: read from an engine once, written in several forms, and made up
 * by tests. Not thread-safe.
 */
#ifndef LOCKSTEP_REPORT_MODEL_H
#define LOCKSTEP_REPORT_MODEL_H

#include "engine.h"

struct report_model {
    enum verdict verdict;
    struct engine_totals totals;
    struct communicator_summary *communicators;
    size_t communicator_count;
    const struct finding **findings; /* in the order of their ids */
    size_t finding_count;
};

/* Reads a finished engine; what strings and findings point at stays the engine's. 0 or -ENOMEM. */
int report_model_read(struct report_model *model, const struct engine *engine);
void report_model_release(struct report_model *model);

/* The name of the communicator that a finding is about; "" when it is about none. */
const char *report_model_communicator(const struct report_model *model, const struct finding *finding);

#endif
