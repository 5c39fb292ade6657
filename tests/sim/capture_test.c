/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <cuda_runtime.h>
#include <pthread.h>

/* Capture and graphs, with work that counts. */

#define OK(call) assert_int_equal((call), 0)

static cudaStream_t stream;

static void increment(void *counter)
{
    ++*(int *)counter;
}

static void multiply(void *counter)
{
    *(int *)counter *= 10;
}

static int make_stream(void **state)
{
    (void)state;
    return (int)cudaStreamCreate(&stream);
}

static int drop_stream(void **state)
{
    (void)state;
    return (int)cudaStreamDestroy(stream);
}

static void begin(void)
{
    OK(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal));
}

static cudaGraph_t end(void)
{
    cudaGraph_t graph;

    OK(cudaStreamEndCapture(stream, &graph));
    assert_non_null(graph);
    return graph;
}

static cudaGraphExec_t instantiate(cudaGraph_t take_graph)
{
    cudaGraphExec_t exec;

    OK(cudaGraphInstantiate(&exec, take_graph, 0));
    OK(cudaGraphDestroy(take_graph));
    return exec;
}

static cudaGraph_t capture_increment(int *counter)
{
    begin();
    OK(cudaLaunchHostFunc(stream, increment, counter));
    return end();
}

static enum cudaStreamCaptureStatus status_of(cudaStream_t which)
{
    enum cudaStreamCaptureStatus status;

    OK(cudaStreamIsCapturing(which, &status));
    return status;
}

/* The stream's capture must be spoilt, and ends with that error. */
static void expect_spoilt(cudaError_t expected)
{
    cudaGraph_t graph = (cudaGraph_t)1;

    assert_int_equal(cudaStreamEndCapture(stream, &graph), expected);
    assert_null(graph);
    assert_int_equal(status_of(stream), cudaStreamCaptureStatusNone);
}

static void captured_work_is_done_at_each_launch_and_not_before(void **state)
{
    int counter = 0;
    cudaGraphExec_t exec = instantiate(capture_increment(&counter));

    (void)state;
    OK(cudaStreamSynchronize(stream));
    assert_int_equal(counter, 0);
    for (int i = 0; i < 3; i++)
        OK(cudaGraphLaunch(exec, stream));
    OK(cudaGraphExecDestroy(exec)); /* what was launched is still done */
    OK(cudaStreamSynchronize(stream));
    assert_int_equal(counter, 3);
}

static void a_capture_has_an_id_of_its_own(void **state)
{
    enum cudaStreamCaptureStatus status;
    unsigned long long ids[2];
    const cudaGraphNode_t *tips;
    cudaGraph_t graph;
    size_t count;
    int counter = 0;

    (void)state;
    for (int i = 0; i < 2; i++) {
        begin();
        OK(cudaLaunchHostFunc(stream, increment, &counter));
        OK(cudaStreamGetCaptureInfo(stream, &status, &ids[i], &graph, &tips, NULL, &count));
        assert_int_equal(status, cudaStreamCaptureStatusActive);
        assert_int_equal(count, 1);
        assert_ptr_equal(graph, end());
        OK(cudaGraphDestroy(graph));
    }
    assert_int_not_equal(ids[0], ids[1]);
    assert_int_equal(status_of(stream), cudaStreamCaptureStatusNone);
}

static void other_streams_join_by_events(void **state)
{
    cudaStream_t other;
    cudaEvent_t forked;
    cudaEvent_t joined;
    cudaGraphExec_t exec;
    cudaGraph_t graph;
    size_t nodes = 0;
    size_t roots = 0;
    int a = 0;
    int b = 0;

    (void)state;
    OK(cudaStreamCreate(&other));
    OK(cudaEventCreate(&forked));
    OK(cudaEventCreate(&joined));
    begin();
    OK(cudaEventRecord(forked, stream));
    OK(cudaStreamWaitEvent(other, forked, 0));
    assert_int_equal(status_of(other), cudaStreamCaptureStatusActive);
    OK(cudaLaunchHostFunc(stream, increment, &a));
    OK(cudaLaunchHostFunc(other, increment, &b));
    OK(cudaEventRecord(joined, other));
    OK(cudaStreamWaitEvent(stream, joined, 0));
    OK(cudaLaunchHostFunc(stream, multiply, &b));
    assert_int_equal(cudaEventQuery(forked), cudaErrorStreamCaptureUnsupported); /* in this mode */
    expect_spoilt(cudaErrorStreamCaptureInvalidated);

    begin();
    OK(cudaEventRecord(forked, stream));
    OK(cudaStreamWaitEvent(other, forked, 0));
    OK(cudaLaunchHostFunc(stream, increment, &a));
    OK(cudaLaunchHostFunc(other, increment, &b));
    OK(cudaEventRecord(joined, other));
    OK(cudaStreamWaitEvent(stream, joined, 0));
    OK(cudaLaunchHostFunc(stream, multiply, &b));
    graph = end();
    assert_int_equal(status_of(other), cudaStreamCaptureStatusNone);
    OK(cudaGraphGetNodes(graph, NULL, &nodes));
    OK(cudaGraphGetRootNodes(graph, NULL, &roots));
    assert_int_equal(nodes, 3);
    assert_int_equal(roots, 2);
    exec = instantiate(graph);
    for (int i = 0; i < 5; i++)
        OK(cudaGraphLaunch(exec, stream));
    OK(cudaStreamSynchronize(stream));
    assert_int_equal(a, 5);
    assert_int_equal(b, 111110); /* each time after the increment */
    OK(cudaGraphExecDestroy(exec));
    OK(cudaEventDestroy(forked));
    OK(cudaEventDestroy(joined));
    OK(cudaStreamDestroy(other));
}

static void a_capture_with_a_stream_that_did_not_come_back_is_refused(void **state)
{
    cudaStream_t other;
    cudaEvent_t forked;
    int counter = 0;

    (void)state;
    OK(cudaStreamCreate(&other));
    OK(cudaEventCreate(&forked));
    begin();
    OK(cudaEventRecord(forked, stream));
    OK(cudaStreamWaitEvent(other, forked, 0));
    OK(cudaLaunchHostFunc(other, increment, &counter));
    expect_spoilt(cudaErrorStreamCaptureUnjoined);
    OK(cudaEventDestroy(forked));
    OK(cudaStreamDestroy(other));
}

static void waiting_for_a_captured_stream_spoils_the_capture(void **state)
{
    int counter = 0;

    (void)state;
    begin();
    assert_int_equal(cudaStreamSynchronize(stream), cudaErrorStreamCaptureUnsupported);
    assert_int_equal(status_of(stream), cudaStreamCaptureStatusInvalidated);
    assert_int_equal(cudaLaunchHostFunc(stream, increment, &counter), cudaErrorStreamCaptureInvalidated);
    expect_spoilt(cudaErrorStreamCaptureInvalidated);
    begin();
    assert_int_equal(cudaDeviceSynchronize(), cudaErrorStreamCaptureUnsupported);
    expect_spoilt(cudaErrorStreamCaptureInvalidated);
}

static void the_legacy_stream_cannot_be_used_beside_a_capture(void **state)
{
    enum cudaStreamCaptureStatus status;
    int counter = 0;

    (void)state;
    assert_int_equal(cudaStreamBeginCapture(NULL, cudaStreamCaptureModeRelaxed),
                     cudaErrorStreamCaptureUnsupported);
    begin();
    assert_int_equal(cudaStreamIsCapturing(NULL, &status), cudaErrorStreamCaptureImplicit);
    assert_int_equal(status_of(stream), cudaStreamCaptureStatusActive); /* asking spoils nothing */
    assert_int_equal(cudaLaunchHostFunc(NULL, increment, &counter), cudaErrorStreamCaptureImplicit);
    expect_spoilt(cudaErrorStreamCaptureInvalidated);
}

static void a_captured_stream_cannot_wait_for_the_outside(void **state)
{
    cudaStream_t other;
    cudaEvent_t event;

    (void)state;
    OK(cudaStreamCreate(&other));
    OK(cudaEventCreate(&event));
    OK(cudaEventRecord(event, other));
    begin();
    assert_int_equal(cudaStreamWaitEvent(stream, event, 0), cudaErrorStreamCaptureIsolation);
    expect_spoilt(cudaErrorStreamCaptureInvalidated);
    OK(cudaEventDestroy(event));
    OK(cudaStreamDestroy(other));
}

static void *allocate(void *result)
{
    void *memory = NULL;

    *(cudaError_t *)result = cudaMalloc(&memory, 10);
    cudaFree(memory);
    return NULL;
}

static cudaError_t allocate_in_another_thread(void)
{
    cudaError_t result;
    pthread_t thread;

    OK(pthread_create(&thread, NULL, allocate, &result));
    OK(pthread_join(thread, NULL));
    return result;
}

static void the_mode_says_whom_a_capture_disturbs(void **state)
{
    enum cudaStreamCaptureMode relaxed = cudaStreamCaptureModeRelaxed;
    cudaError_t result;
    void *memory;

    (void)state;
    begin();
    assert_int_equal(allocate_in_another_thread(), cudaSuccess);
    OK(cudaThreadExchangeStreamCaptureMode(&relaxed));
    OK(cudaMalloc(&memory, 10));
    OK(cudaThreadExchangeStreamCaptureMode(&relaxed));
    assert_int_equal(relaxed, cudaStreamCaptureModeRelaxed);
    OK(cudaGraphDestroy(end()));
    OK(cudaFree(memory));

    begin();
    allocate(&result);
    assert_int_equal(result, cudaErrorStreamCaptureUnsupported);
    expect_spoilt(cudaErrorStreamCaptureInvalidated);

    OK(cudaStreamBeginCapture(stream, cudaStreamCaptureModeGlobal));
    assert_int_equal(allocate_in_another_thread(), cudaErrorStreamCaptureUnsupported);
    expect_spoilt(cudaErrorStreamCaptureInvalidated);

    OK(cudaStreamBeginCapture(stream, cudaStreamCaptureModeRelaxed));
    assert_int_equal(allocate_in_another_thread(), cudaSuccess);
    OK(cudaGraphDestroy(end()));
}

static void *end_capture(void *result)
{
    cudaGraph_t graph;

    *(cudaError_t *)result = cudaStreamEndCapture(stream, &graph);
    return NULL;
}

static void another_thread_cannot_end_a_capture(void **state)
{
    cudaError_t result;
    pthread_t thread;

    (void)state;
    begin();
    OK(pthread_create(&thread, NULL, end_capture, &result));
    OK(pthread_join(thread, NULL));
    assert_int_equal(result, cudaErrorStreamCaptureWrongThread);
    OK(cudaGraphDestroy(end()));
}

static void a_graph_captured_into_goes_on_where_it_was(void **state)
{
    cudaGraphExec_t exec;
    cudaGraphNode_t first;
    cudaGraph_t graph;
    cudaGraph_t same;
    int counter = 0;
    struct cudaHostNodeParams parameters = {.fn = increment, .userData = &counter};

    (void)state;
    OK(cudaGraphCreate(&graph, 0));
    OK(cudaGraphAddHostNode(&first, graph, NULL, 0, &parameters));
    OK(cudaStreamBeginCaptureToGraph(stream, graph, &first, NULL, 1, cudaStreamCaptureModeThreadLocal));
    OK(cudaLaunchHostFunc(stream, multiply, &counter));
    OK(cudaStreamEndCapture(stream, &same));
    assert_ptr_equal(same, graph);
    exec = instantiate(graph);
    OK(cudaGraphLaunch(exec, stream));
    OK(cudaStreamSynchronize(stream));
    assert_int_equal(counter, 10);
    OK(cudaGraphExecDestroy(exec));
}

static void an_update_takes_a_graph_of_the_same_shape(void **state)
{
    cudaGraphExecUpdateResultInfo info;
    cudaGraphExec_t exec;
    cudaGraph_t graph;
    int a = 0;
    int b = 0;

    (void)state;
    exec = instantiate(capture_increment(&a));
    graph = capture_increment(&b);
    OK(cudaGraphExecUpdate(exec, graph, &info));
    assert_int_equal(info.result, cudaGraphExecUpdateSuccess);
    OK(cudaGraphDestroy(graph));
    OK(cudaGraphLaunch(exec, stream));
    OK(cudaStreamSynchronize(stream));
    assert_true(a == 0 && b == 1);

    begin();
    graph = end();
    assert_int_equal(cudaGraphExecUpdate(exec, graph, &info), cudaErrorGraphExecUpdateFailure);
    assert_int_equal(info.result, cudaGraphExecUpdateErrorTopologyChanged);
    OK(cudaGraphDestroy(graph));
    OK(cudaGraphExecDestroy(exec));
}

static void graphs_are_cloned_and_nested(void **state)
{
    cudaGraphInstantiateParams parameters = {0};
    enum cudaGraphNodeType type;
    cudaGraphExec_t exec;
    cudaGraphNode_t first;
    cudaGraphNode_t second;
    cudaGraph_t outer;
    cudaGraph_t inner;
    cudaGraph_t clone;
    int counter = 0;

    (void)state;
    inner = capture_increment(&counter);
    OK(cudaGraphCreate(&outer, 0));
    OK(cudaGraphAddChildGraphNode(&first, outer, NULL, 0, inner));
    OK(cudaGraphAddChildGraphNode(&second, outer, &first, 1, inner));
    OK(cudaGraphDestroy(inner));
    OK(cudaGraphNodeGetType(second, &type));
    assert_int_equal(type, cudaGraphNodeTypeGraph);
    OK(cudaGraphClone(&clone, outer));
    OK(cudaGraphDestroy(outer));
    OK(cudaGraphInstantiateWithParams(&exec, clone, &parameters));
    assert_int_equal(parameters.result_out, cudaGraphInstantiateSuccess);
    OK(cudaGraphDestroy(clone));
    OK(cudaGraphLaunch(exec, stream));
    OK(cudaStreamSynchronize(stream));
    assert_int_equal(counter, 2);
    OK(cudaGraphExecDestroy(exec));
}

static void a_launch_can_be_captured(void **state)
{
    cudaGraphExec_t inner;
    cudaGraphExec_t outer;
    int counter = 0;

    (void)state;
    inner = instantiate(capture_increment(&counter));
    begin();
    OK(cudaGraphLaunch(inner, stream));
    OK(cudaGraphLaunch(inner, stream));
    outer = instantiate(end());
    OK(cudaGraphExecDestroy(inner));
    OK(cudaGraphLaunch(outer, stream));
    OK(cudaStreamSynchronize(stream));
    assert_int_equal(counter, 2);
    OK(cudaGraphExecDestroy(outer));
}

#define TEST(sentence) cmocka_unit_test_setup_teardown(sentence, make_stream, drop_stream)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(captured_work_is_done_at_each_launch_and_not_before),
        TEST(a_capture_has_an_id_of_its_own),
        TEST(other_streams_join_by_events),
        TEST(a_capture_with_a_stream_that_did_not_come_back_is_refused),
        TEST(waiting_for_a_captured_stream_spoils_the_capture),
        TEST(the_legacy_stream_cannot_be_used_beside_a_capture),
        TEST(a_captured_stream_cannot_wait_for_the_outside),
        TEST(the_mode_says_whom_a_capture_disturbs),
        TEST(another_thread_cannot_end_a_capture),
        TEST(a_graph_captured_into_goes_on_where_it_was),
        TEST(an_update_takes_a_graph_of_the_same_shape),
        TEST(graphs_are_cloned_and_nested),
        TEST(a_launch_can_be_captured),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
