/* SPDX-License-Identifier: Apache-2.0
 *
 * The small table of who called what around a divergence.
 */
#ifndef LOCKSTEP_REPORT_EVIDENCE_H
#define LOCKSTEP_REPORT_EVIDENCE_H

#include "page.h"

/* An empty line and the table; nothing when the finding has no rows. Rows at the divergence itself are marked
 * with
 * '>', those of the ones who differ in colour. */
void evidence_print(const struct page *page, const struct finding *finding, size_t indent);

#endif
