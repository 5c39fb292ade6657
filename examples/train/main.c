/* SPDX-License-Identifier: Apache-2.0 */

/* A training-shaped NCCL program on MPI: what a large training job asks of NCCL, without the training. Start
 * reading here; then step.c for what a step does, and fault.c for the ways to make it go wrong. */

#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "check.h"
#include "layout.h"
#include "options.h"
#include "trainer.h"

enum { EXIT_USAGE = 2 };

static void pause_before_step(const struct options *options)
{
    struct timespec pause = {.tv_sec = options->sleep_ms / 1000,
                             .tv_nsec = options->sleep_ms % 1000 * 1000000L};

    if (options->sleep_ms > 0)
        nanosleep(&pause, NULL);
}

/* Whether to do this step. Clocks differ between ranks, so with --seconds rank 0 decides for all. */
static bool goes_on(const struct options *options, long step, double started)
{
    int more = 1;

    if (step >= options->steps)
        return false;
    if (options->seconds > 0) {
        more = MPI_Wtime() - started < options->seconds;
        CHECK_MPI(MPI_Bcast(&more, 1, MPI_INT, 0, MPI_COMM_WORLD));
    }
    return more;
}

/* All steps; returns how many results were wrong. */
static long run(struct trainer *trainer)
{
    const struct options *options = trainer->options;
    double started = MPI_Wtime();
    long wrong = 0;

    for (long step = 0; goes_on(options, step, started); step++) {
        pause_before_step(options);
        wrong += trainer_step(trainer, step);
        if (trainer->layout->world.rank == 0 && !options->quiet) {
            printf("step %ld loss %.4f\n", step, trainer_loss(trainer));
            fflush(stdout);
        }
    }
    return wrong;
}

static int train(const struct options *options)
{
    struct layout layout;
    struct trainer trainer;

    if (layout_create(&layout, options->tensor_parallel, options->pipeline_parallel) < 0) {
        fprintf(stderr,
                "train: tensor-parallel times pipeline-parallel does not divide the number of ranks\n");
        return EXIT_USAGE;
    }
    trainer_create(&trainer, options, &layout);

    long wrong = run(&trainer);

    trainer_destroy(&trainer);
    layout_destroy(&layout);
    if (wrong > 0)
        fprintf(stderr, "train: wrong results: %ld\n", wrong);
    return wrong > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    struct options options;
    int provided;
    int ranks;

    options_parse(&options, argc, argv);
    CHECK_MPI(MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &provided));
    CHECK_THAT(provided >= MPI_THREAD_FUNNELED);
    CHECK_MPI(MPI_Comm_size(MPI_COMM_WORLD, &ranks));

    const char *problem = options_fault_problem(&options, ranks);
    int status = EXIT_USAGE;

    if (problem)
        fprintf(stderr, "train: --fault: %s\n", problem);
    else
        status = train(&options);
    CHECK_MPI(MPI_Finalize());
    return status;
}
