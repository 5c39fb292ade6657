/* SPDX-License-Identifier: Apache-2.0
 *
 * A finding in one sentence: who did what, where. That is the first one of its explanation; the others say
 * more about it. Pure; any thread.
 */
#ifndef LOCKSTEP_REPORT_HEADLINE_H
#define LOCKSTEP_REPORT_HEADLINE_H

#include "finding.h"

/* Without its full stop, with the confidence where it is not certain. free() it; NULL when memory is out. */
char *headline(const struct finding *finding);
/* The sentences after the first; "" when there are none. Borrowed from the finding. */
const char *headline_rest(const struct finding *finding);

#endif
