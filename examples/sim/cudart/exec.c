/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <stdlib.h>

#include "capture.h"
#include "error.h"
#include "plan.h"
#include "stream.h"

/* An executable graph is a handle on a plan, which an update replaces. */
struct CUgraphExec_st {
    pthread_mutex_t lock;
    struct plan *plan;
    unsigned long long flags;
};

static cudaError_t instantiate(cudaGraphExec_t *handle, cudaGraph_t graph, unsigned long long flags)
{
    struct CUgraphExec_st *exec;

    if (!handle || !graph || graph->capturing)
        return cudaErrorInvalidValue;
    exec = calloc(1, sizeof(*exec));
    if (!exec)
        return cudaErrorMemoryAllocation;
    exec->plan = plan_create(graph);
    if (!exec->plan) {
        free(exec);
        return cudaErrorMemoryAllocation;
    }
    pthread_mutex_init(&exec->lock, NULL);
    exec->flags = flags;
    *handle = exec;
    return cudaSuccess;
}

cudaError_t cudaGraphInstantiate(cudaGraphExec_t *handle, cudaGraph_t graph, unsigned long long flags)
{
    return error_set(instantiate(handle, graph, flags));
}

cudaError_t cudaGraphInstantiateWithFlags(cudaGraphExec_t *handle, cudaGraph_t graph,
                                          unsigned long long flags)
{
    return error_set(instantiate(handle, graph, flags));
}

cudaError_t cudaGraphInstantiateWithParams(cudaGraphExec_t *handle, cudaGraph_t graph,
                                           cudaGraphInstantiateParams *parameters)
{
    cudaError_t error;

    if (!parameters)
        return error_set(cudaErrorInvalidValue);
    error = instantiate(handle, graph, parameters->flags);
    parameters->errNode_out = NULL;
    parameters->result_out = error ? cudaGraphInstantiateError : cudaGraphInstantiateSuccess;
    return error_set(error);
}

cudaError_t cudaGraphExecGetFlags(cudaGraphExec_t exec, unsigned long long *flags)
{
    if (!exec || !flags)
        return error_set(cudaErrorInvalidValue);
    *flags = exec->flags;
    return cudaSuccess;
}

cudaError_t cudaGraphExecUpdate(cudaGraphExec_t exec, cudaGraph_t graph, cudaGraphExecUpdateResultInfo *info)
{
    struct plan *unwanted;
    enum cudaGraphExecUpdateResult result;

    if (!exec || !graph)
        return error_set(cudaErrorInvalidValue);
    unwanted = plan_create(graph);
    if (!unwanted)
        return error_set(cudaErrorMemoryAllocation);
    pthread_mutex_lock(&exec->lock);
    result = plan_compare(exec->plan, unwanted);
    if (result == cudaGraphExecUpdateSuccess) {
        struct plan *old = exec->plan;

        exec->plan = unwanted;
        unwanted = old;
    }
    pthread_mutex_unlock(&exec->lock);
    plan_release(unwanted);
    if (info)
        *info = (cudaGraphExecUpdateResultInfo){.result = result};
    return error_set(result == cudaGraphExecUpdateSuccess ? cudaSuccess : cudaErrorGraphExecUpdateFailure);
}

cudaError_t cudaGraphExecDestroy(cudaGraphExec_t exec)
{
    if (!exec)
        return error_set(cudaErrorInvalidValue);
    plan_release(exec->plan);
    pthread_mutex_destroy(&exec->lock);
    free(exec);
    return cudaSuccess;
}

cudaError_t cudaGraphUpload(cudaGraphExec_t exec, cudaStream_t stream)
{
    (void)stream; /* there is nowhere to send it */
    return error_set(exec ? cudaSuccess : cudaErrorInvalidValue);
}

cudaError_t cudaGraphLaunch(cudaGraphExec_t exec, cudaStream_t handle)
{
    struct plan *plan;

    if (!exec)
        return error_set(cudaErrorInvalidValue);
    pthread_mutex_lock(&exec->lock);
    plan = plan_retain(exec->plan);
    pthread_mutex_unlock(&exec->lock);
    return error_set(stream_submit(stream_resolve(handle),
                                   work_create(cudaGraphNodeTypeGraph, plan_run, plan_release, plan), NULL));
}
