/* SPDX-License-Identifier: Apache-2.0
 *
 * lockstep-accuracy: how often the engine is right. README.md says how it is meant.
 */
#include <argp.h>
#include <inttypes.h>
#include <stdlib.h>

#include "fault.h"
#include "score.h"
#include "shapes.h"
#include "stage.h"

struct options {
    unsigned healthy;
    unsigned faulty;
    uint64_t seed;
    int ranks;
    uint64_t one;
    bool has_one;
    bool one_healthy;
};

static const struct argp_option option_table[] = {
    {"healthy", 'n', "N", 0, "Healthy traces (default 1000)", 0},
    {"faulty", 'f', "N", 0, "Traces with one fault (default 1000)", 0},
    {"seed", 's', "S", 0, "The first seed (default 1); each trace has one of its own", 0},
    {"ranks", 'r', "MAX", 0, "The largest job (default 256, which is the most)", 0},
    {"one", 'o', "SEED", 0, "Play only the trace with this seed, with its fault, and say what was found", 0},
    {"without-fault", 'w', NULL, 0, "With --one: the healthy trace with this seed", 0},
    {0},
};

static uint64_t number_of(const char *text, uint64_t most, struct argp_state *state)
{
    char *end;
    uint64_t value = strtoull(text, &end, 10);

    if (end == text || *end || *text == '-' || value > most)
        argp_error(state, "not a number up to %" PRIu64 ": %s", most, text);
    return value;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct options *options = state->input;

    switch (key) {
    case 'n':
        options->healthy = (unsigned)number_of(argument, 100000000, state);
        return 0;
    case 'f':
        options->faulty = (unsigned)number_of(argument, 100000000, state);
        return 0;
    case 's':
        options->seed = number_of(argument, UINT64_MAX, state);
        return 0;
    case 'r':
        options->ranks = (int)number_of(argument, RANKS_MAX, state);
        if (options->ranks < 2)
            argp_error(state, "a job has at least two ranks");
        return 0;
    case 'o':
        options->one = number_of(argument, UINT64_MAX, state);
        options->has_one = true;
        return 0;
    case 'w':
        options->one_healthy = true;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* ---- findings as text ---- */

static void print_ranks(struct ranks ranks)
{
    for (size_t i = 0; i < ranks.count; i++)
        printf("%s%d", i ? "," : "", ranks.rank[i]);
}

static void print_finding(const struct engine *engine, const struct finding *finding)
{
    struct communicator_summary summary = {.name = "-"};

    if (finding->communicator >= 0)
        engine_communicator(engine, (size_t)finding->communicator, &summary);
    printf("  %zu %s %s %s, %s, index %lld, ranks [", finding->id, finding_code_name(finding->code),
           severity_name(finding->severity), confidence_name(finding->confidence), summary.name,
           (long long)finding->index);
    print_ranks(finding->ranks);
    if (finding->root_cause)
        printf("], root\n");
    else
        printf("], after %zu\n", finding->caused_by);
    printf("    %s\n", finding->explanation);
    for (size_t i = 0; i < finding->table_rows; i++) {
        printf("    %s %4lld  %-50s  ", finding->table[i].diverging ? ">" : " ",
               (long long)finding->table[i].index, finding->table[i].text);
        print_ranks(finding->table[i].ranks);
        printf("\n");
    }
}

static void print_all(const struct engine *engine)
{
    for (size_t i = 0; i < engine_finding_count(engine); i++)
        print_finding(engine, engine_finding(engine, i));
}

static void print_truth(const struct program *program, const struct fault *fault)
{
    printf("  %d ranks, %s; %s; culprits [", program->ranks, program->shape, fault->text);
    for (int i = 0; i < fault->culprits; i++)
        printf("%s%d", i ? "," : "", fault->culprit[i]);
    printf("], index %lld", (long long)fault->index_low);
    if (fault->index_high != fault->index_low)
        printf("-%lld", (long long)fault->index_high);
    printf("%s%s%s%s\n", fault->tie ? ", tie" : "", fault->ambiguous ? ", ambiguous" : "",
           program->threads ? ", threads" : "", program->told ? "" : ", members tell little");
}

/* ---- one trace ---- */

/* Which of the ways in which a healthy job ends; what a trace lacks then must not be taken for anything. */
static void end_healthy(struct fault *fault, struct program *program, struct delivery *delivery,
                        struct chance *chance)
{
    int how = chance_below(chance, 100);

    if (how < 70)
        return;
    if (how < 80) { /* cancelled */
        for (int rank = 0; rank < program->ranks; rank++) {
            fault->fate[rank].how = END_SIGNAL;
            fault->fate[rank].status = 15;
            fault->fate[rank].together = true;
            fault->fate[rank].after_ms = 10 + (unsigned)chance_below(chance, 60);
        }
    } else if (how < 92) { /* the trace ends while all is well: nobody pauses then */
        for (int rank = 0; rank < program->ranks; rank++)
            for (size_t i = 0; i < program->rank[rank].count; i++)
                if (program->rank[rank].action[i].kind == ACTION_PAUSE)
                    program->rank[rank].action[i].result = 1;
        delivery->cut = (double)(1 + chance_below(chance, 1000)) / 1000;
    } else {
        delivery->loses = true;
    }
}

static bool run_healthy(const struct options *options, uint64_t seed, struct tally *tally, bool verbose)
{
    struct chance chance = chance_for(seed, 7);
    struct program *program = shapes_generate(seed, options->ranks);
    struct fault fault;
    struct delivery delivery = {.seed = seed,
                                .lag_ms =
                                    (unsigned)(chance_percent(&chance, 20) ? chance_below(&chance, 4000)
                                                                           : chance_below(&chance, 100)),
                                .rank_by_rank = chance_percent(&chance, 10),
                                .cut = 1};
    struct outcome outcome;
    struct verdict_on verdict;

    fault_none(&fault, program);
    end_healthy(&fault, program, &delivery, &chance);
    if (delivery.cut < 1) {
        delivery.lag_ms %= 200;
        delivery.rank_by_rank = false;
    }
    stage_play(program, &fault, &delivery, &outcome);

    const struct engine *engine = intake_engine(outcome.intake);

    score_healthy(engine, delivery.loses || delivery.cut < 1, &verdict);
    tally->healthy++;
    tally->healthy_alarmed += verdict.extras > 0;
    tally->healthy_findings += verdict.extras;
    for (int code = 0; code < FINDING_LIMIT; code++)
        tally->false_positive[code] += verdict.extra[code];
    if (verbose || verdict.extras > 0) {
        printf("healthy trace, seed %" PRIu64 ": %d ranks, %s, %" PRIu64 " events, %u findings%s%s\n", seed,
               program->ranks, program->shape, outcome.events, verdict.extras,
               delivery.loses ? ", loses messages" : "", delivery.cut < 1 ? ", cut" : "");
        print_all(engine);
    }
    intake_destroy(outcome.intake);
    program_destroy(program);
    return verdict.extras == 0;
}

/* Some programs have no place for some faults; then another one is tried. */
static struct program *spoilt_program(const struct options *options, uint64_t seed, struct fault *fault)
{
    enum fault_kind kind = (enum fault_kind)(seed % FAULT_KINDS);

    for (uint64_t attempt = 0;; attempt++) {
        struct chance chance = chance_for(seed, 100000 + attempt);
        struct program *program = shapes_generate(mix(seed) + attempt, options->ranks);

        for (int rank = 0; rank < program->ranks; rank++)
            for (size_t i = 0; i < program->rank[rank].count; i++)
                if (program->rank[rank].action[i].kind == ACTION_PAUSE)
                    program->rank[rank].action[i].result %= 80;
        if (fault_inject(fault, program, &chance, kind))
            return program;
        program_destroy(program);
    }
}

static bool run_faulty(const struct options *options, uint64_t seed, struct tally *tally, bool verbose)
{
    struct fault fault;
    struct program *program = spoilt_program(options, seed, &fault);
    struct chance chance = chance_for(seed, 8);
    struct delivery delivery = {.seed = seed,
                                .lag_ms =
                                    (unsigned)chance_below(&chance, chance_percent(&chance, 30) ? 600 : 80),
                                .rank_by_rank = chance_percent(&chance, 10),
                                .cut = 1};
    struct outcome outcome;
    struct verdict_on verdict;
    bool decidable = !fault.tie && !fault.ambiguous;
    bool right;

    stage_play(program, &fault, &delivery, &outcome);
    score_fault(intake_engine(outcome.intake), program, &fault, &verdict);
    tally_fault(tally, &fault, &verdict);
    right = verdict.grade == GRADE_RIGHT ||
            (!decidable && (verdict.grade == GRADE_LEFT_OPEN || verdict.grade == GRADE_WRONG_SIDE));
    if (verbose || !right || verdict.extras > 0) {
        printf("faulty trace, seed %" PRIu64 ": %s%s\n", seed, grade_name(verdict.grade),
               verdict.extras > 0 ? ", and more" : "");
        print_truth(program, &fault);
        print_all(intake_engine(outcome.intake));
    }
    intake_destroy(outcome.intake);
    program_destroy(program);
    return fault.ambiguous || (right && verdict.extras == 0);
}

int main(int argc, char **argv)
{
    struct options options = {.healthy = 1000, .faulty = 1000, .seed = 1, .ranks = RANKS_MAX};
    const struct argp argp = {
        .options = option_table,
        .parser = parse,
        .doc =
            "Plays random jobs, healthy ones and ones with a known fault, to the engine, and says how often "
            "it was right. Exits 1 when a healthy trace has a finding or a fault that can be decided is "
            "not found for what it is."};
    struct tally tally = {0};
    bool good = true;

    if (argp_parse(&argp, argc, argv, 0, NULL, &options) != 0)
        return 2;
    if (options.has_one) {
        good = options.one_healthy ? run_healthy(&options, options.one, &tally, true)
                                   : run_faulty(&options, options.one, &tally, true);
        return good ? 0 : 1;
    }
    for (unsigned i = 0; i < options.healthy; i++)
        good = run_healthy(&options, options.seed + i, &tally, false) && good;
    for (unsigned i = 0; i < options.faulty; i++)
        good = run_faulty(&options, options.seed + i, &tally, false) && good;
    tally_print(&tally, stdout);
    return good ? 0 : 1;
}
