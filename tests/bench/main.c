/* SPDX-License-Identifier: Apache-2.0 */

/* lockstep-bench: how fast and how large. Start reading at benches.def. */

#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

/* argp finds this by name from within libc, so it must stay visible in a program built with hidden symbols.
 */
__attribute__((visibility("default"))) const char *argp_program_version =
    "lockstep-bench (Lockstep) " LOCKSTEP_VERSION;

struct bench {
    const char *name;
    const char *meaning;
    int (*run)(const struct bench_options *options);
};

/* BENCH(wire, "…") becomes {"wire", "…", bench_wire}, */
static const struct bench benches[] = {
#define BENCH(name, meaning) {#name, meaning, bench_##name},
#include "benches.def"
#undef BENCH
};
#define BENCHES (sizeof(benches) / sizeof(benches[0]))

struct request {
    struct bench_options options;
    bool wanted[BENCHES];
    bool any;
};

static const struct argp_option option_table[] = {
    {"quick", 'q', NULL, 0, "A fraction of the work: shows that it runs, not how fast", 0},
    {0},
};

static void want(struct request *request, const char *name, struct argp_state *state)
{
    const bool all = strcmp(name, "all") == 0;
    bool found = all;

    for (size_t i = 0; i < BENCHES; i++)
        if (all || strcmp(benches[i].name, name) == 0)
            found = request->wanted[i] = true;
    if (!found)
        argp_error(state, "there is no bench named '%s'", name);
    request->any = true;
}

static error_t parse(int key, char *text, struct argp_state *state)
{
    struct request *request = state->input;

    switch (key) {
    case 'q':
        request->options.quick = true;
        return 0;
    case ARGP_KEY_ARG:
        want(request, text, state);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp parser = {
    .options = option_table,
    .parser = parse,
    .args_doc = "[NAME…|all]",
    .doc = "Prints figures, one a line: \"name: value unit\". Without a NAME, lists what can be measured.",
};

int main(int argc, char **argv)
{
    struct request request = {0};
    int failed = 0;

    argp_err_exit_status = 2;
    argp_parse(&parser, argc, argv, 0, NULL, &request);
    for (size_t i = 0; i < BENCHES; i++) {
        if (!request.any)
            printf("%-10s %s\n", benches[i].name, benches[i].meaning);
        else if (request.wanted[i])
            failed |= benches[i].run(&request.options) < 0;
    }
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
