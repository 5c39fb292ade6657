/* SPDX-License-Identifier: Apache-2.0 */
#include "prose.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "evidence.h"
#include "headline.h"
#include "page.h"

#define FINDINGS_IN_FULL     20 /* causes; more are counted */
#define CONSEQUENCES_IN_FULL 8  /* of one cause; more are counted */

/* Words after it are indented below. */
#define INDENT 2

static enum ink severity_ink(enum severity severity)
{
    return severity == SEVERITY_ERROR ? INK_RED : severity == SEVERITY_WARNING ? INK_YELLOW : INK_BOLD;
}

static enum ink verdict_ink(enum verdict verdict)
{
    return verdict == VERDICT_CLEAN ? INK_GREEN : verdict == VERDICT_MISMATCH ? INK_RED : INK_YELLOW;
}

/* ---- what follows from what ---- */

static bool is_consequence(const struct report_model *model, const struct finding *finding)
{
    return finding->caused_by < model->finding_count && finding->caused_by != finding->id;
}

/* The finding at the beginning of the chain of causes. A chain has at most as many links as there are
 * findings: a circle, which no engine should make, ends too. */
static size_t first_cause(const struct report_model *model, const struct finding *finding)
{
    for (size_t links = 0; links < model->finding_count && is_consequence(model, finding); links++)
        finding = model->findings[finding->caused_by];
    return finding->id;
}

/* Causes before what else there is, the more severe first, then in the order in which they were found. */
static int compare_importance(const void *a, const void *b)
{
    const struct finding *one = *(const struct finding *const *)a;
    const struct finding *other = *(const struct finding *const *)b;

    if (one->severity != other->severity)
        return one->severity > other->severity ? -1 : 1;
    if (one->root_cause != other->root_cause)
        return one->root_cause ? -1 : 1;
    return one->id < other->id ? -1 : one->id > other->id;
}

/* The findings that follow from no other, the most important first; free() it. NULL when memory is out. */
static const struct finding **find_causes(const struct report_model *model, size_t *count)
{
    const struct finding **causes = calloc(model->finding_count + 1, sizeof(causes[0]));

    *count = 0;
    if (!causes)
        return NULL;
    for (size_t i = 0; i < model->finding_count; i++)
        if (!is_consequence(model, model->findings[i]))
            causes[(*count)++] = model->findings[i];
    qsort(causes, *count, sizeof(causes[0]), compare_importance);
    return causes;
}

/* ---- the parts of the report ---- */

/* "4 ranks, 9 communicators, 3456 events" and what is missing. */
static void print_totals(const struct page *page, const struct report_model *model)
{
    char line[160];
    const struct engine_totals *totals = &model->totals;
    int length = snprintf(line, sizeof(line), "%" PRId32 " %s, %zu %s, %" PRIu64 " %s", totals->ranks,
                          totals->ranks == 1 ? "rank" : "ranks", model->communicator_count,
                          model->communicator_count == 1 ? "communicator" : "communicators", totals->events,
                          totals->events == 1 ? "event" : "events");

    page_print(page, INK_PLAIN, line);
    if (totals->lost > 0) {
        snprintf(line, sizeof(line), ", %" PRIu64 " lost", totals->lost);
        page_print(page, INK_YELLOW, line);
    } else if (length > 0) {
        page_print(page, INK_PLAIN, ", none lost");
    }
}

/* What the finding says, with `before` before it; further lines begin `hang` columns to the right. */
static int print_sentence(const struct page *page, enum ink ink, size_t indent, size_t hang,
                          const char *before, const struct finding *finding)
{
    char *sentence = headline(finding);
    char *whole = NULL;
    int bytes = sentence ? asprintf(&whole, "%s%s.", before, sentence) : -1;

    if (bytes >= 0)
        page_paragraph(page, ink, indent, hang, whole);
    if (bytes >= 0)
        free(whole);
    free(sentence);
    return bytes < 0 ? -ENOMEM : 0;
}

/* What follows from a cause, one line each. */
static int print_consequences(const struct page *page, const struct report_model *model,
                              const struct finding *cause)
{
    size_t count = 0;
    char line[64];
    int result = 0;

    for (size_t i = 0; i < model->finding_count && result == 0; i++) {
        const struct finding *finding = model->findings[i];

        if (finding == cause || first_cause(model, finding) != cause->id)
            continue;
        if (count++ == 0)
            fprintf(page->to, "\n%*sWhat follows from it:\n", INDENT, "");
        if (count <= CONSEQUENCES_IN_FULL)
            result = print_sentence(page, INK_PLAIN, 2 * INDENT, strlen("- "), "- ", finding);
    }
    if (count > CONSEQUENCES_IN_FULL) {
        snprintf(line, sizeof(line), "- and %zu more (--json lists them)", count - CONSEQUENCES_IN_FULL);
        page_paragraph(page, INK_PLAIN, 2 * INDENT, 0, line);
    }
    return result;
}

static void print_advice(const struct page *page, const struct finding *finding)
{
    char *advice = NULL;

    if (!finding->hint[0] || asprintf(&advice, "What to look at: %s", finding->hint) < 0)
        return;
    fputc('\n', page->to);
    page_paragraph(page, INK_PLAIN, INDENT, 0, advice);
    free(advice);
}

/* A cause: its sentence, unless that was the headline, the evidence, the explanation, consequences, advice.
 */
static int print_cause(const struct page *page, const struct report_model *model,
                       const struct finding *finding, bool in_headline)
{
    char about[96];
    int result = 0;

    fputc('\n', page->to);
    page_print(page, severity_ink(finding->severity), finding_code_name(finding->code));
    snprintf(about, sizeof(about), "  %s, %s", severity_name(finding->severity),
             confidence_name(finding->confidence));
    page_print(page, INK_FAINT, about);
    fputc('\n', page->to);
    if (!in_headline)
        result = print_sentence(page, INK_BOLD, INDENT, 0, "", finding);
    evidence_print(page, finding, INDENT);
    if (headline_rest(finding)[0]) {
        fputc('\n', page->to);
        page_paragraph(page, INK_PLAIN, INDENT, 0, headline_rest(finding));
    }
    if (result == 0)
        result = print_consequences(page, model, finding);
    print_advice(page, finding);
    return result;
}

/* The first line: the verdict, and what the most important finding says where there is one to be told. */
static int print_headline(const struct page *page, const struct report_model *model,
                          const struct finding *most_important)
{
    char before[32];

    if (model->verdict == VERDICT_CLEAN) {
        page_print(page, INK_GREEN, "lockstep: clean");
        page_print(page, INK_PLAIN, ": ");
        print_totals(page, model);
        fputc('\n', page->to);
        return 0;
    }
    snprintf(before, sizeof(before), "lockstep: %s: ", verdict_name(model->verdict));
    if (most_important)
        return print_sentence(page, verdict_ink(model->verdict), 0, 0, before, most_important);
    page_print(page, verdict_ink(model->verdict), before);
    page_print(page, INK_PLAIN, "the trace does not show everything that was called.\n");
    return 0;
}

static int print_all(const struct page *page, const struct report_model *model,
                     const struct finding *const *causes, size_t count)
{
    const bool clean = model->verdict == VERDICT_CLEAN;
    int result = print_headline(page, model, count > 0 ? causes[0] : NULL);
    char line[64];

    for (size_t i = 0; i < count && i < FINDINGS_IN_FULL && result == 0; i++)
        result = print_cause(page, model, causes[i], i == 0 && !clean);
    if (count > FINDINGS_IN_FULL) {
        snprintf(line, sizeof(line), "and %zu more findings (--json lists them)", count - FINDINGS_IN_FULL);
        fputc('\n', page->to);
        page_paragraph(page, INK_PLAIN, 0, 0, line);
    }
    if (!clean) {
        fputc('\n', page->to);
        print_totals(page, model);
        fputc('\n', page->to);
    }
    return result;
}

int prose_report(FILE *to, const struct report_model *model, const struct report_style *style)
{
    struct page page = page_begin(to, style);
    size_t count;
    const struct finding **causes = find_causes(model, &count);
    int result = causes ? print_all(&page, model, causes, count) : -ENOMEM;

    free(causes);
    if (result == 0 && (fflush(to) != 0 || ferror(to)))
        result = -EIO;
    return result;
}
