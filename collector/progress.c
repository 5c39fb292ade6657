/* SPDX-License-Identifier: Apache-2.0 */
#include "progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "moment.h"

const char *progress_short(char text[PROGRESS_SHORT_BYTES], double value)
{
    static const char letters[] = {'\0', 'k', 'M', 'G', 'T'};
    size_t thousands = 0;

    /* 999.5 would be written as 1000. */
    while (value >= 999.5 && thousands + 1 < sizeof(letters)) {
        value /= 1000;
        thousands++;
    }

    const int decimals = thousands == 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;

    snprintf(text, PROGRESS_SHORT_BYTES, "%.*f%.1s", decimals, value, &letters[thousands]);
    return text;
}

struct progress_sums progress_sum(const struct jobs *jobs, const struct collector_counts *counts)
{
    struct progress_sums sums = {.bytes = counts->bytes};

    for (size_t i = 0; i < jobs_count(jobs); i++) {
        const struct engine *engine = live_engine(jobs_at(jobs, i)->live);
        struct engine_totals totals;

        engine_totals(engine, &totals);
        sums.processes += totals.processes;
        sums.ranks += totals.ranks > 0 ? (uint64_t)totals.ranks : totals.processes;
        sums.events += totals.events;
        sums.lost += totals.lost;
        sums.findings += engine_finding_count(engine);
    }
    return sums;
}

void progress_text(char text[PROGRESS_TEXT_BYTES], const struct progress_sums *before,
                   const struct progress_sums *now, uint64_t elapsed_ns)
{
    const double seconds = (double)elapsed_ns / 1e9;
    char events[PROGRESS_SHORT_BYTES];
    char bytes[PROGRESS_SHORT_BYTES];

    progress_short(events, seconds > 0 ? (double)(now->events - before->events) / seconds : 0);
    progress_short(bytes, seconds > 0 ? (double)(now->bytes - before->bytes) / seconds : 0);

    const size_t digits = strcspn(bytes, "kMGT");

    snprintf(text, PROGRESS_TEXT_BYTES,
             "ranks %" PRIu64 "/%" PRIu64 " · %s events/s · %.*s %sB/s · lost %" PRIu64 " · %" PRIu64
             " finding%s",
             now->processes, now->ranks, events, (int)digits, bytes, bytes + digits, now->lost, now->findings,
             now->findings == 1 ? "" : "s");
}

void progress_show(struct progress *progress, const struct jobs *jobs, const struct collector_counts *counts,
                   struct log *log)
{
    const uint64_t now_ns = moment_monotonic_ns();
    const uint64_t elapsed_ns = now_ns - progress->last_ns;
    char text[PROGRESS_TEXT_BYTES];

    if (elapsed_ns < PROGRESS_EVERY_NS || log->quiet || !log->terminal)
        return;

    const struct progress_sums now = progress_sum(jobs, counts);

    progress_text(text, &progress->last, &now, elapsed_ns);
    log_progress(log, text);
    progress->last = now;
    progress->last_ns = now_ns;
}
