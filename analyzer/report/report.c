/* SPDX-License-Identifier: Apache-2.0 */
#include "report.h"

#include <errno.h>
#include <stdlib.h>

#include "headline.h"
#include "json.h"
#include "model.h"
#include "page.h"
#include "prose.h"

int report_text(FILE *to, const struct engine *engine, const struct report_style *style)
{
    struct report_model model;
    int result = report_model_read(&model, engine);

    if (result < 0)
        return result;
    result = prose_report(to, &model, style);
    report_model_release(&model);
    return result;
}

json_t *report_json(const struct engine *engine)
{
    struct report_model model;
    json_t *report;

    if (report_model_read(&model, engine) < 0)
        return NULL;
    report = json_report(&model);
    report_model_release(&model);
    return report;
}

json_t *report_finding_json(const struct engine *engine, const struct finding *finding)
{
    struct communicator_summary communicator = {.name = ""};

    if (finding->communicator >= 0 && (size_t)finding->communicator < engine_communicator_count(engine))
        engine_communicator(engine, (size_t)finding->communicator, &communicator);
    return json_finding(finding, communicator.name);
}

void report_line(FILE *to, const struct finding *finding, const struct report_style *style)
{
    static const enum ink inks[] = {INK_BOLD, INK_YELLOW, INK_RED}; /* by severity */
    struct page page = page_begin(to, style);
    char *sentence = headline(finding);

    page_print(&page, INK_PLAIN, "lockstep: ");
    page_print(&page, inks[finding->severity], finding_code_name(finding->code));
    page_print(&page, INK_PLAIN, ": ");
    page_print(&page, INK_PLAIN, sentence ? sentence : finding_code_meaning(finding->code));
    free(sentence);
}
