/* SPDX-License-Identifier: Apache-2.0 */
#include "live.h"

#include <stdlib.h>

#include "findings.h"
#include "intake.h"
#include "report.h"

struct live {
    struct log *log;
    struct intake *intake;
    struct findings findings;
    bool keeps_findings;
    struct hook *hook;
    bool replaying;
    uint64_t cause_seen_ns; /* when a reason to abort was first seen; 0: there is none */
};

static void tell_finding(void *context, const struct finding *finding)
{
    struct live *live = context;
    const struct report_style style = {.color = live->log->color};

    if (live->replaying)
        return;
    report_line(log_begin(live->log), finding, &style);
    log_end(live->log);
    if (live->keeps_findings)
        findings_append(&live->findings, live_engine(live), finding);
    if (live->hook)
        hook_tell(live->hook, live_engine(live), finding);
}

struct live *live_create(struct log *log)
{
    struct live *live = calloc(1, sizeof(*live));

    if (!live)
        return NULL;
    live->log = log;
    live->intake = intake_create(&(struct engine_options){.found = tell_finding, .context = live});
    if (!live->intake) {
        free(live);
        return NULL;
    }
    return live;
}

void live_destroy(struct live *live)
{
    if (!live)
        return;
    if (live->keeps_findings)
        findings_close(&live->findings);
    intake_destroy(live->intake);
    free(live);
}

int live_feed(struct live *live, const void *payload, size_t length, uint64_t received_ns, char *error)
{
    return intake_feed(live->intake, payload, length, received_ns, error);
}

void live_begin_replay(struct live *live)
{
    live->replaying = true;
}

void live_end_replay(struct live *live)
{
    live->replaying = false;
}

int live_keep_findings(struct live *live, const char *trace)
{
    const int status = findings_open(&live->findings, trace, live->log);

    if (status < 0)
        return status;
    live->keeps_findings = true;
    findings_rewrite(&live->findings, live_engine(live));
    return 0;
}

void live_set_hook(struct live *live, struct hook *hook)
{
    live->hook = hook;
}

void live_incomplete(struct live *live, const char *what)
{
    engine_incomplete(intake_engine(live->intake), what);
}

void live_finish(struct live *live)
{
    engine_finish(intake_engine(live->intake));
    if (live->keeps_findings)
        findings_rewrite(&live->findings, live_engine(live));
}

const struct engine *live_engine(const struct live *live)
{
    return intake_engine(live->intake);
}

static const struct finding *cause_of_abort(const struct engine *engine)
{
    const size_t count = engine_finding_count(engine);

    for (size_t i = 0; i < count; i++) {
        const struct finding *finding = engine_finding(engine, i);

        if (finding->severity == SEVERITY_ERROR && finding->root_cause)
            return finding;
    }
    return NULL;
}

bool live_wants_abort(struct live *live, uint64_t now_ns)
{
    if (live->cause_seen_ns == 0) {
        if (!cause_of_abort(live_engine(live)))
            return false;
        live->cause_seen_ns = now_ns;
    }
    return now_ns - live->cause_seen_ns >= LIVE_SETTLE_NS;
}

char *live_abort_reason(const struct live *live)
{
    const struct finding *cause = cause_of_abort(live_engine(live));
    char *reason = NULL;
    size_t size = 0;

    if (!cause)
        return NULL;

    FILE *to = open_memstream(&reason, &size);

    if (!to)
        return NULL;
    report_line(to, cause, &(struct report_style){0});
    fclose(to);
    return reason;
}
