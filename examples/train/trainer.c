/* SPDX-License-Identifier: Apache-2.0 */
#include "trainer.h"

#include "check.h"
#include "step.h"

void trainer_create(struct trainer *trainer, const struct options *options, const struct layout *layout)
{
    *trainer = (struct trainer){.options = options, .layout = layout};
    model_create(&trainer->model, layout, options->layers, options->elements);
    CHECK_CUDA(cudaStreamCreate(&trainer->stream));
    trainer->workers = workers_create(options->threads, &layout->world, options->elements);
}

void trainer_destroy(struct trainer *trainer)
{
    workers_destroy(trainer->workers);
    CHECK_CUDA(cudaStreamSynchronize(trainer->stream));
    if (trainer->graph) /* before its communicators: ncclCommDestroy waits for graphs that hold calls on it */
        CHECK_CUDA(cudaGraphExecDestroy(trainer->graph));
    CHECK_CUDA(cudaStreamDestroy(trainer->stream));
    model_destroy(&trainer->model);
}

/* One more communicator of all ranks, of the kind that a checkpoint would use; `init-missing` is to not take
 * part. */
static void create_extra_communicator(const struct trainer *trainer, const struct fault *fault)
{
    const struct group *world = &trainer->layout->world;
    ncclComm_t extra;

    if (fault && fault->kind == FAULT_INIT_MISSING) {
        fault_announce_call(fault, trainer->world_index);
        return;
    }
    CHECK_NCCL(ncclCommSplit(world->comm, 0, world->rank, &extra, NULL));
    CHECK_NCCL(ncclCommDestroy(extra));
}

/* Records the step's work instead of doing it. Other threads go on calling CUDA meanwhile, hence
 * thread-local. */
static cudaGraphExec_t capture(const struct step *step, int *calls)
{
    cudaGraph_t graph;
    cudaGraphExec_t executable;

    CHECK_CUDA(cudaStreamBeginCapture(step->stream, cudaStreamCaptureModeThreadLocal));
    *calls = step_issue(step);
    CHECK_CUDA(cudaStreamEndCapture(step->stream, &graph));
    CHECK_CUDA(cudaGraphInstantiate(&executable, graph, 0));
    CHECK_CUDA(cudaGraphDestroy(graph));
    return executable;
}

/* A step that some rank does wrong is captured anew by all ranks and launched once, since the healthy step's
 * graph is still needed after it. The first step is never captured: NCCL sets up its connections in it. */
static int issue_as_graph(struct trainer *trainer, const struct step *step)
{
    if (fault_strikes(&trainer->options->faults, step->number)) {
        int calls;
        cudaGraphExec_t once = capture(step, &calls);

        CHECK_CUDA(cudaGraphLaunch(once, step->stream));
        CHECK_CUDA(cudaStreamSynchronize(step->stream));
        CHECK_CUDA(cudaGraphExecDestroy(once));
        return calls;
    }
    if (!trainer->graph)
        trainer->graph = capture(step, &trainer->graph_calls);
    CHECK_CUDA(cudaGraphLaunch(trainer->graph, step->stream));
    return trainer->graph_calls;
}

int trainer_step(struct trainer *trainer, long number)
{
    const struct fault_list *faults = &trainer->options->faults;
    const struct step step = {
        .number = number,
        .layout = trainer->layout,
        .model = &trainer->model,
        .stream = trainer->stream,
        .fault = fault_find(faults, number, trainer->layout->world.rank),
        .world_index = trainer->world_index,
    };

    if (fault_strikes_kind(faults, number, FAULT_INIT_MISSING))
        create_extra_communicator(trainer, step.fault);

    model_load(&trainer->model, trainer->layout, number, trainer->stream);
    workers_begin(trainer->workers, number);
    if (trainer->options->graph && number > 0)
        trainer->world_index += issue_as_graph(trainer, &step);
    else
        trainer->world_index += step_issue(&step);
    model_fetch(&trainer->model, trainer->stream);
    CHECK_CUDA(cudaStreamSynchronize(trainer->stream));

    return model_check(&trainer->model, trainer->layout, number) + workers_end(trainer->workers);
}

double trainer_loss(const struct trainer *trainer)
{
    return (double)trainer->model.loss.host[0];
}
