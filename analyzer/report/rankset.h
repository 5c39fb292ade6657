/* SPDX-License-Identifier: Apache-2.0
 *
 * Sets of ranks as people write them: "0-6,8". Pure; any thread.
 */
#ifndef LOCKSTEP_REPORT_RANKSET_H
#define LOCKSTEP_REPORT_RANKSET_H

#include "finding.h"

/* All of it; "" for the empty set. free() it; NULL when memory is out. */
char *rankset_text(const struct ranks *ranks);

/* As much of it as fits a column of a table, then how many there are: "0,2,4,6,... (2048 ranks)". */
#define RANKSET_SHORT_BYTES 48
void rankset_short(char text[RANKSET_SHORT_BYTES], const struct ranks *ranks);

#endif
