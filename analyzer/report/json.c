/* SPDX-License-Identifier: Apache-2.0 */
#include "json.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "rankset.h"
#include "text.h"

/* json_object_set_new() and json_array_append_new() refuse a NULL value, so that a failed allocation is seen
 * by whoever puts it somewhere; `failed` remembers that it happened. */
struct writer {
    bool failed;
};

static void set(struct writer *writer, json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, value) < 0)
        writer->failed = true;
}

static void append(struct writer *writer, json_t *array, json_t *value)
{
    if (json_array_append_new(array, value) < 0)
        writer->failed = true;
}

/* Names in a trace are any bytes; JSON is UTF-8. */
static json_t *string(const char *text)
{
    char *clean = strdup(text);
    json_t *value;

    if (!clean)
        return NULL;
    text_clean(clean, strlen(clean));
    value = json_string(clean);
    free(clean);
    return value;
}

static json_t *number(uint64_t value)
{
    return json_integer((json_int_t)value);
}

/* All 64 bits, which JSON numbers do not hold everywhere; null when unknown. */
static json_t *hex(uint64_t value)
{
    return value ? json_sprintf("0x%016" PRIx64, value) : json_null();
}

static json_t *rank_numbers(struct writer *writer, const struct ranks *ranks)
{
    json_t *array = json_array();

    for (size_t i = 0; i < ranks->count; i++)
        append(writer, array, json_integer(ranks->rank[i]));
    return array;
}

static json_t *rank_ranges(const struct ranks *ranks)
{
    char *text = rankset_text(ranks);
    json_t *value = text ? json_string(text) : NULL;

    free(text);
    return value;
}

static json_t *communicator_object(struct writer *writer, const struct communicator_summary *communicator,
                                   size_t id)
{
    json_t *object = json_object();

    set(writer, object, "id", number(id));
    set(writer, object, "name", string(communicator->name));
    set(writer, object, "cid", hex(communicator->cid));
    set(writer, object, "nccl_hash", hex(communicator->nccl_hash));
    set(writer, object, "size", communicator->size < 0 ? json_null() : json_integer(communicator->size));
    set(writer, object, "members", rank_numbers(writer, &communicator->members));
    set(writer, object, "collectives", number(communicator->collectives));
    set(writer, object, "point_to_point", number(communicator->point_to_point));
    return object;
}

static json_t *side_object(struct writer *writer, const struct ranks *ranks, const char *call)
{
    json_t *object = json_object();

    set(writer, object, "ranks", rank_ranges(ranks));
    set(writer, object, "call", string(call));
    return object;
}

/* One side of the divergence, an entry per group of ranks: the table's rows at the divergence itself, or
 * where there are none, what the finding says of it in one line. */
static json_t *side(struct writer *writer, const struct finding *finding, bool expected)
{
    static const struct ranks nobody;
    const char *line = expected ? finding->expected : finding->observed;
    json_t *array = json_array();

    for (size_t i = 0; i < finding->table_rows; i++) {
        const struct observation *row = &finding->table[i];

        if (row->diverging && row->expected == expected)
            append(writer, array, side_object(writer, &row->ranks, row->text));
    }
    if (json_array_size(array) == 0 && line[0])
        append(writer, array, side_object(writer, expected ? &nobody : &finding->ranks, line));
    return array;
}

static json_t *row_object(struct writer *writer, const struct observation *row)
{
    json_t *object = side_object(writer, &row->ranks, row->text);

    set(writer, object, "index", row->index < 0 ? json_null() : json_integer(row->index));
    set(writer, object, "call_site", string(row->call_site));
    set(writer, object, "expected", json_boolean(row->expected));
    set(writer, object, "diverging", json_boolean(row->diverging));
    return object;
}

static json_t *table(struct writer *writer, const struct finding *finding)
{
    json_t *array = json_array();

    for (size_t i = 0; i < finding->table_rows; i++)
        append(writer, array, row_object(writer, &finding->table[i]));
    return array;
}

/* `communicator`: the name of the one that it is about; "" when it is about none. */
static json_t *finding_object(struct writer *writer, const struct finding *finding, const char *communicator)
{
    const bool about_one = communicator[0] != '\0';
    json_t *object = json_object();

    set(writer, object, "code", string(finding_code_name(finding->code)));
    set(writer, object, "severity", string(severity_name(finding->severity)));
    set(writer, object, "confidence", string(confidence_name(finding->confidence)));
    set(writer, object, "communicator", about_one ? string(communicator) : json_null());
    set(writer, object, "communicator_id", about_one ? json_integer(finding->communicator) : json_null());
    set(writer, object, "index", finding->index < 0 ? json_null() : json_integer(finding->index));
    set(writer, object, "ranks", rank_numbers(writer, &finding->ranks));
    set(writer, object, "expected", side(writer, finding, true));
    set(writer, object, "observed", side(writer, finding, false));
    set(writer, object, "call_site", string(finding->call_site));
    set(writer, object, "time", finding->time_realtime_ns ? number(finding->time_realtime_ns) : json_null());
    set(writer, object, "root_cause", json_boolean(finding->root_cause));
    set(writer, object, "caused_by",
        finding->caused_by == FINDING_NO_CAUSE ? json_null() : number(finding->caused_by));
    set(writer, object, "explanation", string(finding->explanation));
    set(writer, object, "hint", string(finding->hint));
    set(writer, object, "table", table(writer, finding));
    return object;
}

json_t *json_finding(const struct finding *finding, const char *communicator)
{
    struct writer writer = {.failed = false};
    json_t *object = finding_object(&writer, finding, communicator);

    if (writer.failed) {
        json_decref(object);
        return NULL;
    }
    return object;
}

json_t *json_report(const struct report_model *model)
{
    struct writer writer = {.failed = false};
    json_t *communicators = json_array();
    json_t *findings = json_array();
    json_t *report = json_object();

    for (size_t i = 0; i < model->communicator_count; i++)
        append(&writer, communicators, communicator_object(&writer, &model->communicators[i], i));
    for (size_t i = 0; i < model->finding_count; i++)
        append(&writer, findings,
               finding_object(&writer, model->findings[i],
                              report_model_communicator(model, model->findings[i])));

    set(&writer, report, "format", string("lockstep-report"));
    set(&writer, report, "version", number(1));
    set(&writer, report, "verdict", string(verdict_name(model->verdict)));
    set(&writer, report, "ranks", json_integer(model->totals.ranks));
    set(&writer, report, "events", number(model->totals.events));
    set(&writer, report, "lost", number(model->totals.lost));
    set(&writer, report, "communicators", communicators);
    set(&writer, report, "findings", findings);
    if (writer.failed) {
        json_decref(report);
        return NULL;
    }
    return report;
}
