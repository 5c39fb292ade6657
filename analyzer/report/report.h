/* SPDX-License-Identifier: Apache-2.0
 *
 * What the engine found, for people and for programs. Pure output: the engine is only read.
 */
#ifndef LOCKSTEP_REPORT_REPORT_H
#define LOCKSTEP_REPORT_REPORT_H

#include <stdbool.h>
#include <stdio.h>

#include <jansson.h>

#include "engine.h"

struct report_style {
    bool color;
    unsigned width; /* columns to wrap text at; 0: 100 */
};

/* Writes the report of a finished engine. 0 or a negative errno of the stream. */
int report_text(FILE *to, const struct engine *engine, const struct report_style *style);
/* One line for a finding as it is found, without a line end: "lockstep: op-mismatch: Rank 2 …". */
void report_line(FILE *to, const struct finding *finding, const struct report_style *style);
/* The object that --json prints; NULL when memory is out. The caller's reference. */
json_t *report_json(const struct engine *engine);
/* One finding of the engine, which need not be finished, as an object: the same as among the findings of
 * report_json(). NULL when memory is out. The caller's reference. */
json_t *report_finding_json(const struct engine *engine, const struct finding *finding);

#endif
