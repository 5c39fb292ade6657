/* SPDX-License-Identifier: Apache-2.0
 *
 * Results of an engine, made up.
 */
#ifndef LOCKSTEP_TESTS_SAMPLE_H
#define LOCKSTEP_TESTS_SAMPLE_H

#include "model.h"

/* Four ranks, three communicators, nothing wrong. */
extern const struct report_model sample_clean;
/* Rank 2 called a reduce; two findings follow from it, and a failed call and a warning do not. */
extern const struct report_model sample_mismatch;
/* Two against two: nobody can be told. */
extern const struct report_model sample_tie;
/* Nothing wrong to be seen, but a rank's records are missing. */
extern const struct report_model sample_incomplete;
/* Clean with a warning. */
extern const struct report_model sample_warning;
/* Names made to confuse a terminal, a wrapper and a JSON reader. */
extern const struct report_model sample_hostile;

#endif
