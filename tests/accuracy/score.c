/* SPDX-License-Identifier: Apache-2.0 */
#include "score.h"

#include <string.h>

const char *grade_name(enum grade grade)
{
    static const char *const names[GRADES] = {"right",          "left open",  "wrong side", "wrong index",
                                              "wrong culprits", "wrong code", "missed"};

    return names[grade];
}

static bool is_root(const struct finding *finding)
{
    return finding->root_cause && finding->severity >= SEVERITY_WARNING;
}

static void add_extra(struct verdict_on *verdict, enum finding_code code)
{
    verdict->extra[code]++;
    verdict->extras++;
}

void score_healthy(const struct engine *engine, bool incomplete, struct verdict_on *verdict)
{
    *verdict = (struct verdict_on){0};
    for (size_t i = 0; i < engine_finding_count(engine); i++) {
        const struct finding *finding = engine_finding(engine, i);

        if (!incomplete || finding->code != FINDING_STREAM_INCOMPLETE)
            add_extra(verdict, finding->code);
    }
}

/* ---- one finding against the truth ---- */

static bool among(const int *list, int count, int rank)
{
    for (int i = 0; i < count; i++)
        if (list[i] == rank)
            return true;
    return false;
}

static bool names_all(const struct finding *finding, const int *list, int count)
{
    if (finding->ranks.count != (size_t)count)
        return false;
    for (size_t i = 0; i < finding->ranks.count; i++)
        if (!among(list, count, finding->ranks.rank[i]))
            return false;
    return true;
}

static bool names_only(const struct finding *finding, const int *list, int count)
{
    for (size_t i = 0; i < finding->ranks.count; i++)
        if (!among(list, count, finding->ranks.rank[i]))
            return false;
    return true;
}

static bool is_there(const struct engine *engine, const struct program *program, const struct fault *fault,
                     const struct finding *finding)
{
    struct communicator_summary summary;

    if (fault->communicator == NO_COMMUNICATOR)
        return true;
    if (finding->communicator < 0)
        return false;
    engine_communicator(engine, (size_t)finding->communicator, &summary);
    return summary.cid == program->communicator[fault->communicator].cid;
}

static enum grade grade(const struct engine *engine, const struct program *program, const struct fault *fault,
                        const struct finding *finding)
{
    bool exact = names_all(finding, fault->culprit, fault->culprits) ||
                 (fault->culprit_unseen && finding->ranks.count == 0);
    bool place =
        is_there(engine, program, fault, finding) &&
        (fault->index_low < 0 || (finding->index >= fault->index_low && finding->index <= fault->index_high));

    if (!(fault->codes & 1ull << finding->code))
        return GRADE_WRONG_CODE;
    if (exact)
        return place ? GRADE_RIGHT : GRADE_WRONG_INDEX;
    if (!fault->tie || !names_only(finding, fault->suspect, fault->suspects))
        return GRADE_WRONG_CULPRITS;
    if (!place)
        return GRADE_WRONG_INDEX;
    if (finding->confidence == CONFIDENCE_UNDECIDED)
        return GRADE_LEFT_OPEN;
    return finding->confidence == CONFIDENCE_CERTAIN && fault->kind != FAULT_MESSAGE_EXTRA
               ? GRADE_WRONG_CULPRITS
               : GRADE_WRONG_SIDE;
}

void score_fault(const struct engine *engine, const struct program *program, const struct fault *fault,
                 struct verdict_on *verdict)
{
    size_t best = SIZE_MAX;

    *verdict = (struct verdict_on){.grade = GRADE_MISSED};
    for (size_t i = 0; i < engine_finding_count(engine); i++) {
        const struct finding *finding = engine_finding(engine, i);
        enum grade got = is_root(finding) ? grade(engine, program, fault, finding) : GRADE_MISSED;

        if (got < verdict->grade) {
            verdict->grade = got;
            verdict->code = finding->code;
            best = i;
        }
    }
    for (size_t i = 0; i < engine_finding_count(engine); i++)
        if (i != best && is_root(engine_finding(engine, i)))
            add_extra(verdict, engine_finding(engine, i)->code);
}

/* ---- tables ---- */

void tally_fault(struct tally *tally, const struct fault *fault, const struct verdict_on *verdict)
{
    bool decidable = !fault->tie && !fault->ambiguous;

    tally->faulty[fault->kind]++;
    tally->ties[fault->kind] += fault->tie;
    tally->ambiguous[fault->kind] += fault->ambiguous && !fault->tie;
    tally->grades[fault->kind][verdict->grade]++;
    if (decidable) {
        tally->decidable[fault->kind][verdict->grade]++;
        tally->confusion[fault->kind][verdict->code]++;
    }
    if (verdict->grade <= GRADE_WRONG_INDEX)
        tally->true_positive[verdict->code]++;
    else if (verdict->grade < GRADE_MISSED)
        tally->false_positive[verdict->code]++;
    for (int code = 0; code < FINDING_LIMIT; code++)
        tally->false_positive[code] += verdict->extra[code];
}

static double percent(unsigned part, unsigned whole)
{
    return whole ? 100.0 * part / whole : 100.0;
}

static void print_grades(const struct tally *tally, FILE *out)
{
    fprintf(out, "%-24s %6s %9s %6s %9s", "fault", "traces", "ambiguous", "ties", "decidable");
    for (int grade = 0; grade < GRADES; grade++)
        fprintf(out, " %14s", grade_name((enum grade)grade));
    fprintf(out, " %9s %9s %9s\n", "recall", "culprits", "index");
    for (int kind = 0; kind < FAULT_KINDS; kind++) {
        const unsigned *grades = tally->decidable[kind];
        unsigned decidable = tally->faulty[kind] - tally->ambiguous[kind] - tally->ties[kind];
        unsigned named = grades[GRADE_RIGHT] + grades[GRADE_WRONG_INDEX] + grades[GRADE_WRONG_CULPRITS];

        fprintf(out, "%-24s %6u %9u %6u %9u", fault_name((enum fault_kind)kind), tally->faulty[kind],
                tally->ambiguous[kind], tally->ties[kind], decidable);
        for (int grade = 0; grade < GRADES; grade++)
            fprintf(out, " %14u", tally->grades[kind][grade]);
        fprintf(out, " %8.2f%% %8.2f%% %8.2f%%\n", percent(named, decidable),
                percent(named - grades[GRADE_WRONG_CULPRITS], named), percent(grades[GRADE_RIGHT], named));
    }
}

static bool occurs(const struct tally *tally, int code)
{
    for (int kind = 0; kind < FAULT_KINDS; kind++)
        if (tally->confusion[kind][code])
            return true;
    return false;
}

static void print_confusion(const struct tally *tally, FILE *out)
{
    fprintf(out,
            "\nDecidable faults (rows) and the code of the finding taken for the answer (columns)\n%-24s",
            "");
    for (int code = 0; code < FINDING_LIMIT; code++)
        if (occurs(tally, code))
            fprintf(out, " %19s", code ? finding_code_name((unsigned)code) : "nothing");
    fprintf(out, "\n");
    for (int kind = 0; kind < FAULT_KINDS; kind++) {
        fprintf(out, "%-24s", fault_name((enum fault_kind)kind));
        for (int code = 0; code < FINDING_LIMIT; code++)
            if (occurs(tally, code))
                fprintf(out, " %19u", tally->confusion[kind][code]);
        fprintf(out, "\n");
    }
}

static void print_precision(const struct tally *tally, FILE *out)
{
    fprintf(out, "\n%-24s %14s %15s %9s\n", "code", "true positives", "false positives", "precision");
    for (int code = 1; code < FINDING_LIMIT; code++)
        if (tally->true_positive[code] + tally->false_positive[code] > 0)
            fprintf(out, "%-24s %14u %15u %8.2f%%\n", finding_code_name((unsigned)code),
                    tally->true_positive[code], tally->false_positive[code],
                    percent(tally->true_positive[code],
                            tally->true_positive[code] + tally->false_positive[code]));
}

void tally_print(const struct tally *tally, FILE *out)
{
    fprintf(out, "healthy traces: %u, with a finding: %u (%u findings)\n\n", tally->healthy,
            tally->healthy_alarmed, tally->healthy_findings);
    print_grades(tally, out);
    print_confusion(tally, out);
    print_precision(tally, out);
}
