/* SPDX-License-Identifier: Apache-2.0
 *
 * What somebody may have meant to type.
 */
#ifndef LOCKSTEP_CLI_SUGGESTION_H
#define LOCKSTEP_CLI_SUGGESTION_H

/* The name of the command most like `typed`, or NULL when none is: at most two letters missing, too many or
 * different, and no more than half of them. Pure. */
const char *suggestion_for(const char *typed);

#endif
