/* SPDX-License-Identifier: Apache-2.0 */
#include "options.h"

#include <argp.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>

/* argp finds this by name from within libc, so it must stay visible in a program built with hidden symbols.
 */
__attribute__((visibility("default"))) const char *argp_program_version =
    "train (Lockstep) " LOCKSTEP_VERSION;

enum { KEY_GRAPH = 256, KEY_SLEEP, KEY_FAULT, KEY_TENSOR, KEY_PIPELINE };

static const struct argp_option option_table[] = {
    {"steps", 's', "N", 0, "Steps to run (10; without limit when --seconds is given)", 0},
    {"seconds", 'S', "S", 0, "Start no step after S seconds", 0},
    {"layers", 'l', "N", 0, "Layers on each rank (4)", 0},
    {"elements", 'e', "N", 0, "Elements of the largest arrays, at least 16 (16384)", 0},
    {"threads", 't', "N", 0,
     "Host threads that communicate beside the main one, each on its own stream and communicator (0)", 0},
    {"tensor-parallel", KEY_TENSOR, "N", 0, "Ranks that share a layer (2 if they allow it)", 0},
    {"pipeline-parallel", KEY_PIPELINE, "N", 0, "Stages of the pipeline (2 if the ranks allow it)", 0},
    {"graph", KEY_GRAPH, NULL, 0, "Capture the second step into a CUDA graph and launch it from then on", 0},
    {"sleep-ms", KEY_SLEEP, "N", 0, "Sleep this long before each step (0)", 0},
    {"quiet", 'q', NULL, 0, "No line per step", 0},
    {"fault", KEY_FAULT, "KIND@STEP:RANK", 0, "Make RANK do something wrong at STEP; may be repeated", 0},
    {0},
};

/* A whole number in [low, high], or a usage error that names the option. */
static long number(const char *text, long low, long high, const char *option, struct argp_state *state)
{
    char *end;

    errno = 0;
    long value = strtol(text, &end, 10);
    if (end == text || *end || errno || value < low || value > high)
        argp_error(state, "--%s: '%s' is not a number from %ld to %ld", option, text, low, high);
    return value;
}

static double duration(const char *text, struct argp_state *state)
{
    char *end;
    double value = strtod(text, &end);

    if (end == text || *end || !isfinite(value) || value <= 0)
        argp_error(state, "--seconds: '%s' is not a number above 0", text);
    return value;
}

static void add_fault(struct options *options, const char *text, struct argp_state *state)
{
    switch (fault_add(&options->faults, text)) {
    case 0:
        break;
    case -EEXIST:
        argp_error(state, "--fault: '%s': that rank has a fault at that step already", text);
        break;
    case -ENOSPC:
        argp_error(state, "--fault: '%s': too many faults", text);
        break;
    default:
        argp_error(state, "--fault: '%s' is not KIND@STEP:RANK with a kind that --help lists", text);
    }
}

static error_t parse(int key, char *text, struct argp_state *state)
{
    struct options *options = state->input;

    switch (key) {
    case 's':
        options->steps = number(text, 1, LONG_MAX, "steps", state);
        return 0;
    case 'S':
        options->seconds = duration(text, state);
        return 0;
    case 'l':
        options->layers = (int)number(text, 1, 10000, "layers", state);
        return 0;
    case 'e':
        options->elements = (size_t)number(text, 16, 1L << 28, "elements", state);
        return 0;
    case 't':
        options->threads = (int)number(text, 0, 64, "threads", state);
        return 0;
    case KEY_TENSOR:
        options->tensor_parallel = (int)number(text, 1, INT_MAX, "tensor-parallel", state);
        return 0;
    case KEY_PIPELINE:
        options->pipeline_parallel = (int)number(text, 1, INT_MAX, "pipeline-parallel", state);
        return 0;
    case KEY_GRAPH:
        options->graph = true;
        return 0;
    case KEY_SLEEP:
        options->sleep_ms = (int)number(text, 0, 3600000, "sleep-ms", state);
        return 0;
    case 'q':
        options->quiet = true;
        return 0;
    case KEY_FAULT:
        add_fault(options, text, state);
        return 0;
    case ARGP_KEY_END:
        if (options->steps == 0)
            options->steps = options->seconds > 0 ? LONG_MAX : 10;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* argp hands over each piece of the help text; the table of faults is added to the last. */
static char *help_filter(int key, const char *text, void *input)
{
    (void)input;
    if (key != ARGP_KEY_HELP_POST_DOC)
        return (char *)text;

    char *help = NULL;
    size_t size;
    FILE *out = open_memstream(&help, &size);

    if (!out)
        return (char *)text;
    /* No line breaks inside paragraphs: argp fills them. */
    fputs("Kinds of fault. The calls of a step on the communicator of all ranks are: 0 all-reduce sum, "
          "1 all-reduce max, 2 broadcast, 3 reduce, 4 all-reduce of one element.\n\n",
          out);
    fault_describe_kinds(out);
    fputs("\nThe faulty rank says on stdout what it is about to do:\n\n"
          "  train: fault KIND at step S on rank R: call index I\n"
          "  of the world communicator\n\n"
          "(in one line). I counts this rank's collectives on that communicator from 0, those of launched "
          "graphs "
          "included: without an earlier skip or extra, I = 5 * S + call. For extra it is the copy's, 5 * S + "
          "2; for "
          "init-missing that of the call that follows, 5 * S. The p2p kinds say\n\n"
          "  ...: message I from world rank A to world rank B\n"
          "  on the pipeline communicator\n\n"
          "where I counts the messages from A to B on that communicator from 0. Without a pipeline they hit "
          "the "
          "exchange with the next rank on the world communicator.\n\n"
          "Results are checked; wrong ones are told on stderr and make the exit status 1.",
          out);
    fclose(out);
    return help;
}

static const struct argp parser = {
    .options = option_table,
    .parser = parse,
    .doc = "A training-shaped NCCL program: data-, tensor- and pipeline-parallel communicators, gradient "
           "buckets, "
           "activations between stages. Run it under mpirun.\v",
    .help_filter = help_filter,
};

void options_parse(struct options *options, int argc, char **argv)
{
    *options = (struct options){.layers = 4, .elements = 16384};
    argp_err_exit_status = 2;
    argp_parse(&parser, argc, argv, 0, NULL, options);
}

const char *options_fault_problem(const struct options *options, int ranks)
{
    for (int i = 0; i < options->faults.count; i++) {
        if (ranks < 2)
            return "a fault needs at least two ranks";
        if (options->faults.faults[i].rank >= ranks)
            return "no such rank";
        if (options->faults.faults[i].step >= options->steps)
            return "no such step";
    }
    return NULL;
}
