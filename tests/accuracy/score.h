/* SPDX-License-Identifier: Apache-2.0
 *
 * What the engine said, held against what is true; and the tables of it all.
 *
 * Only errors and warnings that are root causes count. A trace with a fault is *right* when one of them has a
 * code that the calls to be seen allow, names exactly the culprits, the communicator and the index, and none
 * says anything else. Where the calls leave open who is wrong (a tie) a finding that says so is right, too.
 */
#ifndef TESTS_ACCURACY_SCORE_H
#define TESTS_ACCURACY_SCORE_H

#include <stdio.h>

#include "engine.h"
#include "fault.h"

enum grade {
    GRADE_RIGHT,
    GRADE_LEFT_OPEN,      /* a tie, and said to be one */
    GRADE_WRONG_SIDE,     /* a tie: the other side is named, though not as certain */
    GRADE_WRONG_INDEX,    /* all but the index */
    GRADE_WRONG_CULPRITS, /* all but the culprits */
    GRADE_WRONG_CODE,
    GRADE_MISSED,
    GRADES
};

const char *grade_name(enum grade grade);

struct verdict_on {
    enum grade grade;
    enum finding_code code;        /* of the finding that was taken for the answer */
    unsigned extra[FINDING_LIMIT]; /* root findings that are not about the fault */
    unsigned extras;
};

/* Root findings of a healthy trace, or one that only lacks data; they are in `extra`. */
void score_healthy(const struct engine *engine, bool incomplete, struct verdict_on *verdict);
void score_fault(const struct engine *engine, const struct program *program, const struct fault *fault,
                 struct verdict_on *verdict);

struct tally {
    unsigned healthy;
    unsigned healthy_alarmed;
    unsigned healthy_findings;
    unsigned faulty[FAULT_KINDS];
    unsigned ambiguous[FAULT_KINDS];
    unsigned ties[FAULT_KINDS];
    unsigned grades[FAULT_KINDS][GRADES];
    unsigned decidable[FAULT_KINDS][GRADES];        /* those that are neither ambiguous nor ties */
    unsigned confusion[FAULT_KINDS][FINDING_LIMIT]; /* decidable ones; code 0: nothing was found */
    unsigned true_positive[FINDING_LIMIT];
    unsigned false_positive[FINDING_LIMIT];
};

void tally_fault(struct tally *tally, const struct fault *fault, const struct verdict_on *verdict);
void tally_print(const struct tally *tally, FILE *out);

#endif
