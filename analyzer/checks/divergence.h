/* SPDX-License-Identifier: Apache-2.0
 *
 * What the checks of differing calls say alike.
 */
#ifndef LOCKSTEP_CHECKS_DIVERGENCE_H
#define LOCKSTEP_CHECKS_DIVERGENCE_H

#include "fact.h"

/* A different call in the same place, whose difference this is (alone, or named before the others)? */
bool divergence_is(const struct fact *fact, unsigned difference);

/* Fills in what is the same for all of these: code, severity, expected and observed as whole calls, and the
 * explanation "Rank 2 called X where ranks 0-1 called Y, as call 15 on world." with `what` before it. */
void divergence_explain(const struct fact *fact, struct finding *finding, enum finding_code code,
                        const char *observed, const char *expected);

/* " Also, the data types differ." for what differs besides; "" when nothing does. */
const char *divergence_besides(const struct fact *fact, unsigned named);

/* "call 15 on world". */
const char *divergence_where(const struct fact *fact);

/* `explanation` and then where the culprits are. */
const char *with_whereabouts(const struct fact *fact, const char *explanation);

/* `explanation` and then why it is not certain. */
const char *with_reason(const struct fact *fact, const char *explanation);

#endif
