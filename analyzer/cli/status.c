/* SPDX-License-Identifier: Apache-2.0 */
#include "status.h"

#include <string.h>

#include "command.h"

int status_of(const struct engine *engine, int fail_on)
{
    for (size_t i = 0; i < engine_finding_count(engine); i++) {
        const struct finding *finding = engine_finding(engine, i);

        if ((int)finding->severity >= fail_on && finding->code != FINDING_STREAM_INCOMPLETE)
            return STATUS_FINDINGS;
    }
    return engine_verdict(engine) == VERDICT_INCOMPLETE ? STATUS_UNREADABLE : STATUS_CLEAN;
}

int status_fail_on(const char *name)
{
    return strcmp(name, "never") == 0 ? FAIL_NEVER : severity_find(name);
}
