/* SPDX-License-Identifier: Apache-2.0 */
#include "model.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int report_model_read(struct report_model *model, const struct engine *engine)
{
    memset(model, 0, sizeof(*model));
    model->verdict = engine_verdict(engine);
    engine_totals(engine, &model->totals);

    model->communicator_count = engine_communicator_count(engine);
    model->finding_count = engine_finding_count(engine);
    /* One more than needed, so that none is not mistaken for out of memory. */
    model->communicators = calloc(model->communicator_count + 1, sizeof(model->communicators[0]));
    model->findings = calloc(model->finding_count + 1, sizeof(model->findings[0]));
    if (!model->communicators || !model->findings) {
        report_model_release(model);
        return -ENOMEM;
    }
    for (size_t i = 0; i < model->communicator_count; i++)
        engine_communicator(engine, i, &model->communicators[i]);
    for (size_t i = 0; i < model->finding_count; i++)
        model->findings[i] = engine_finding(engine, i);
    return 0;
}

void report_model_release(struct report_model *model)
{
    free(model->communicators);
    free(model->findings);
    memset(model, 0, sizeof(*model));
}

const char *report_model_communicator(const struct report_model *model, const struct finding *finding)
{
    if (finding->communicator < 0 || (size_t)finding->communicator >= model->communicator_count)
        return "";
    return model->communicators[finding->communicator].name;
}
