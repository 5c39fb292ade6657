/* SPDX-License-Identifier: Apache-2.0 */
#include "plan.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct step {
    enum cudaGraphNodeType type;
    struct work *work;  /* or NULL */
    struct plan *child; /* or NULL */
    size_t lane;
    size_t *dependencies;
    size_t dependency_count;
};

struct plan {
    atomic_int references;
    pthread_mutex_t running;
    struct step *steps;
    size_t count;
    size_t lanes;
};

/* ---- Making ---- */

void plan_release(void *argument)
{
    struct plan *plan = argument;

    if (!plan || atomic_fetch_sub(&plan->references, 1) != 1)
        return;
    for (size_t i = 0; i < plan->count; i++) {
        work_release(plan->steps[i].work);
        plan_release(plan->steps[i].child);
        free(plan->steps[i].dependencies);
    }
    free(plan->steps);
    pthread_mutex_destroy(&plan->running);
    free(plan);
}

struct plan *plan_retain(struct plan *plan)
{
    atomic_fetch_add(&plan->references, 1);
    return plan;
}

static bool make_step(struct step *step, const struct CUgraphNode_st *node)
{
    step->type = node->type;
    step->work = node->work ? work_retain(node->work) : NULL;
    step->dependencies = calloc(node->dependency_count + 1, sizeof(step->dependencies[0]));
    if (!step->dependencies)
        return false;
    step->dependency_count = node->dependency_count;
    for (size_t i = 0; i < node->dependency_count; i++)
        step->dependencies[i] = node->dependencies[i]->index;
    if (node->child)
        step->child = plan_create(node->child);
    return !node->child || step->child;
}

/* A node goes on in the lane of a dependency that is still the last of its lane, else it opens a lane. */
static bool choose_lanes(struct plan *plan)
{
    size_t *last = calloc(plan->count + 1, sizeof(last[0])); /* by lane */

    if (!last)
        return false;
    for (size_t i = 0; i < plan->count; i++) {
        struct step *step = &plan->steps[i];

        step->lane = plan->lanes;
        for (size_t d = 0; d < step->dependency_count; d++) {
            size_t lane = plan->steps[step->dependencies[d]].lane;

            if (last[lane] == step->dependencies[d]) {
                step->lane = lane;
                break;
            }
        }
        if (step->lane == plan->lanes)
            plan->lanes++;
        last[step->lane] = i;
    }
    free(last);
    return true;
}

struct plan *plan_create(const struct CUgraph_st *graph)
{
    struct plan *plan = calloc(1, sizeof(*plan));

    if (!plan)
        return NULL;
    atomic_init(&plan->references, 1);
    pthread_mutex_init(&plan->running, NULL);
    plan->steps = calloc(graph->count + 1, sizeof(plan->steps[0]));
    for (; plan->steps && plan->count < graph->count; plan->count++)
        if (!make_step(&plan->steps[plan->count], graph->nodes[plan->count]))
            break;
    if (!plan->steps || plan->count < graph->count || !choose_lanes(plan)) {
        if (plan->steps && plan->count < graph->count)
            plan->count++; /* the half-made step */
        plan_release(plan);
        return NULL;
    }
    return plan;
}

enum cudaGraphExecUpdateResult plan_compare(const struct plan *plan, const struct plan *other)
{
    if (plan->count != other->count)
        return cudaGraphExecUpdateErrorTopologyChanged;
    for (size_t i = 0; i < plan->count; i++) {
        const struct step *a = &plan->steps[i];
        const struct step *b = &other->steps[i];

        if (a->type != b->type)
            return cudaGraphExecUpdateErrorNodeTypeChanged;
        if (a->dependency_count != b->dependency_count ||
            memcmp(a->dependencies, b->dependencies, a->dependency_count * sizeof(a->dependencies[0])) != 0 ||
            !a->child != !b->child)
            return cudaGraphExecUpdateErrorTopologyChanged;
        if (a->child) {
            enum cudaGraphExecUpdateResult result = plan_compare(a->child, b->child);

            if (result != cudaGraphExecUpdateSuccess)
                return result;
        }
    }
    return cudaGraphExecUpdateSuccess;
}

/* ---- Running ---- */

/* One run with several lanes; `done` is protected by the lock. */
struct run {
    struct plan *plan;
    pthread_mutex_t lock;
    pthread_cond_t progressed;
    bool *done;
};

struct lane {
    struct run *run;
    size_t number;
    pthread_t thread;
};

static void run_step(const struct step *step)
{
    if (step->work)
        step->work->run(step->work->argument);
    if (step->child)
        plan_run(step->child);
}

static void wait_for_dependencies(struct run *run, const struct step *step)
{
    pthread_mutex_lock(&run->lock);
    for (size_t i = 0; i < step->dependency_count; i++)
        while (!run->done[step->dependencies[i]])
            pthread_cond_wait(&run->progressed, &run->lock);
    pthread_mutex_unlock(&run->lock);
}

static void *lane_main(void *argument)
{
    struct lane *lane = argument;
    struct run *run = lane->run;

    for (size_t i = 0; i < run->plan->count; i++) {
        if (run->plan->steps[i].lane != lane->number)
            continue;
        wait_for_dependencies(run, &run->plan->steps[i]);
        run_step(&run->plan->steps[i]);
        pthread_mutex_lock(&run->lock);
        run->done[i] = true;
        pthread_cond_broadcast(&run->progressed);
        pthread_mutex_unlock(&run->lock);
    }
    return NULL;
}

static void run_in_order(const struct plan *plan)
{
    for (size_t i = 0; i < plan->count; i++)
        run_step(&plan->steps[i]);
}

static void run_lanes(struct plan *plan)
{
    struct run run = {.plan = plan, .done = calloc(plan->count, sizeof(bool))};
    struct lane *lanes = calloc(plan->lanes, sizeof(lanes[0]));
    size_t started = 0;

    if (!run.done || !lanes) {
        run_in_order(plan);
        goto out;
    }
    pthread_mutex_init(&run.lock, NULL);
    pthread_cond_init(&run.progressed, NULL);
    for (size_t l = 0; l < plan->lanes; l++)
        lanes[l] = (struct lane){.run = &run, .number = l};
    for (started = 1; started < plan->lanes; started++)
        if (pthread_create(&lanes[started].thread, NULL, lane_main, &lanes[started]))
            abort(); /* a lane that never runs would leave the others waiting for ever */
    lane_main(&lanes[0]);
    for (size_t l = 1; l < started; l++)
        pthread_join(lanes[l].thread, NULL);
    pthread_cond_destroy(&run.progressed);
    pthread_mutex_destroy(&run.lock);
out:
    free(lanes);
    free(run.done);
}

void plan_run(void *argument)
{
    struct plan *plan = argument;

    pthread_mutex_lock(&plan->running);
    if (plan->lanes > 1)
        run_lanes(plan);
    else
        run_in_order(plan);
    pthread_mutex_unlock(&plan->running);
}
