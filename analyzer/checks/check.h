/* SPDX-License-Identifier: Apache-2.0
 *
 * A check looks at a fact and, when the fact is its business, fills in a finding: code, severity, expected,
 * observed, explanation and hint (the rest is copied from the fact). A check is one file and one line in
 * checks.def. Checks have no state; the first that returns true has the fact.
 */
#ifndef LOCKSTEP_CHECKS_CHECK_H
#define LOCKSTEP_CHECKS_CHECK_H

#include "fact.h"

/* CHECK(op_mismatch) declares bool check_op_mismatch(const struct fact *, struct finding *). */
#define CHECK(name) bool check_##name(const struct fact *fact, struct finding *finding);
#include "checks.def"
#undef CHECK

/* Asks all checks in turn. False when none has a name for the fact. */
bool checks_name(const struct fact *fact, struct finding *finding);

#endif
