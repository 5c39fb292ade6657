/* SPDX-License-Identifier: Apache-2.0
 *
 * The report as one JSON object, for programs. Its fields are described in README.md.
 */
#ifndef LOCKSTEP_REPORT_JSON_H
#define LOCKSTEP_REPORT_JSON_H

#include <jansson.h>

#include "model.h"

/* NULL when memory is out. The caller's reference. */
json_t *json_report(const struct report_model *model);
/* One of its findings, as it stands there. `communicator`: the name of the one that it is about, or "". NULL
 * when memory is out. The caller's reference. */
json_t *json_finding(const struct finding *finding, const char *communicator);

#endif
