/* SPDX-License-Identifier: Apache-2.0 */
#include "publish.h"

#include <string.h>

#include "array.h"
#include "cause.h"
#include "check.h"

static const char *const severities[] = {
    [SEVERITY_INFO] = "info", [SEVERITY_WARNING] = "warning", [SEVERITY_ERROR] = "error"};
static const char *const confidences[] = {
    [CONFIDENCE_UNDECIDED] = "undecided", [CONFIDENCE_LIKELY] = "likely", [CONFIDENCE_CERTAIN] = "certain"};

const char *severity_name(enum severity severity)
{
    return severities[severity];
}

const char *confidence_name(enum confidence confidence)
{
    return confidences[confidence];
}

int severity_find(const char *name)
{
    for (int i = SEVERITY_INFO; i <= SEVERITY_ERROR; i++)
        if (strcmp(severities[i], name) == 0)
            return i;
    return -1;
}

/* Is somebody waited for, or dead? Then it matters where the culprits are. */
static bool is_of_absence(const struct fact *fact)
{
    return fact->kind == FACT_WAIT || fact->kind == FACT_DEATH ||
           (fact->kind == FACT_MESSAGE && fact->message.missing) ||
           (fact->kind == FACT_CREATION && !fact->creation.differing);
}

const struct finding *publish(struct engine *engine, struct fact *fact)
{
    struct finding *finding = arena_alloc(&engine->arena, sizeof *finding);
    struct finding **grown =
        array_reserve(engine->findings, &engine->finding_capacity, engine->finding_count + 1, sizeof *grown);

    if (grown)
        engine->findings = grown;
    if (!finding || !grown) {
        engine_out(engine);
        return NULL;
    }
    *finding = (struct finding){
        .id = engine->finding_count,
        .severity = SEVERITY_ERROR,
        .confidence = fact->confidence,
        .communicator = fact->communicator,
        .index = fact->index,
        .ranks = fact->ranks,
        .expected = "",
        .observed = "",
        .table = fact->table,
        .table_rows = fact->table_rows,
        .call_site = fact->call_site ? fact->call_site : "",
        .time_realtime_ns = fact->time_ns,
        .root_cause = true,
        .caused_by = FINDING_NO_CAUSE,
        .explanation = "",
        .hint = "",
    };
    fact->arena = &engine->arena;
    if (!fact->reason)
        fact->reason = "";
    if (!fact->communicator_name)
        fact->communicator_name = "";
    fact->whereabouts = is_of_absence(fact) ? whereabouts_say(engine, fact->ranks) : "";
    if (!checks_name(fact, finding))
        return NULL;
    engine->findings[engine->finding_count++] = finding;
    cause_link(engine, fact, finding);
    if (engine->options.found)
        engine->options.found(engine->options.context, finding);
    return finding;
}
