/* SPDX-License-Identifier: Apache-2.0
 *
 * A finding in one sentence: who did what, where. Pure; any thread.
 */
#ifndef LOCKSTEP_REPORT_HEADLINE_H
#define LOCKSTEP_REPORT_HEADLINE_H

#include "finding.h"

/* Without its full stop; `communicator` is the name of the one it is about, or "". free() it; NULL when
 * memory is out. */
char *headline(const struct finding *finding, const char *communicator);

#endif
