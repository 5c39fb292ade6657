/* SPDX-License-Identifier: Apache-2.0
 *
 * The report for a tired person at night: the headline, then for each thing that went wrong the evidence, its
 * consequences and what to look at, then what was seen in all.
 */
#ifndef LOCKSTEP_REPORT_PROSE_H
#define LOCKSTEP_REPORT_PROSE_H

#include <stdio.h>

#include "model.h"
#include "report.h"

/* 0, -ENOMEM or -EIO (the stream's error). */
int prose_report(FILE *to, const struct report_model *model, const struct report_style *style);

#endif
