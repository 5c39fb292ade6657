/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <cuda.h>
#include <cuda_runtime.h>
#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Streams, events, memory and devices. Work is held up by host functions that wait for a gate. */

#define OK(call) assert_int_equal((call), 0)

static atomic_bool gate;
static atomic_int clock_of_events;

static void wait_for_gate(void *unused)
{
    const struct timespec nap = {.tv_nsec = 1000000};

    (void)unused;
    while (!atomic_load(&gate))
        nanosleep(&nap, NULL);
}

static void note_time(void *place)
{
    *(int *)place = atomic_fetch_add(&clock_of_events, 1);
}

static int reset(void **state)
{
    (void)state;
    atomic_store(&gate, false);
    atomic_store(&clock_of_events, 1);
    return 0;
}

static cudaStream_t stream_with(unsigned int flags)
{
    cudaStream_t stream;

    OK(cudaStreamCreateWithFlags(&stream, flags));
    return stream;
}

static void work_of_a_stream_is_done_in_order_and_later(void **state)
{
    cudaStream_t stream = stream_with(cudaStreamNonBlocking);
    int times[3] = {0};

    (void)state;
    OK(cudaLaunchHostFunc(stream, wait_for_gate, NULL));
    for (int i = 0; i < 3; i++)
        OK(cudaLaunchHostFunc(stream, note_time, &times[i]));
    assert_int_equal(cudaStreamQuery(stream), cudaErrorNotReady);
    assert_int_equal(cudaGetLastError(), cudaSuccess); /* "not ready" is no error */
    atomic_store(&gate, true);
    OK(cudaStreamSynchronize(stream));
    OK(cudaStreamQuery(stream));
    assert_true(times[0] == 1 && times[1] == 2 && times[2] == 3);
    OK(cudaStreamDestroy(stream));
}

static void streams_do_not_wait_for_each_other(void **state)
{
    cudaStream_t held = stream_with(cudaStreamDefault);
    cudaStream_t free_one = stream_with(cudaStreamDefault);
    int time = 0;

    (void)state;
    OK(cudaLaunchHostFunc(held, wait_for_gate, NULL));
    OK(cudaLaunchHostFunc(free_one, note_time, &time));
    OK(cudaStreamSynchronize(free_one));
    assert_int_equal(time, 1);
    atomic_store(&gate, true);
    OK(cudaDeviceSynchronize());
    OK(cudaStreamDestroy(held));
    OK(cudaStreamDestroy(free_one));
}

static void the_legacy_stream_waits_for_blocking_streams_and_they_for_it(void **state)
{
    cudaStream_t before = stream_with(cudaStreamDefault);
    cudaStream_t after = stream_with(cudaStreamDefault);
    cudaStream_t apart = stream_with(cudaStreamNonBlocking);
    int times[3] = {0};

    (void)state;
    OK(cudaLaunchHostFunc(before, wait_for_gate, NULL));
    OK(cudaLaunchHostFunc(NULL, note_time, &times[1]));
    OK(cudaLaunchHostFunc(after, note_time, &times[2]));
    OK(cudaLaunchHostFunc(apart, note_time, &times[0]));
    OK(cudaStreamSynchronize(apart));
    assert_int_equal(cudaStreamQuery(after), cudaErrorNotReady);
    atomic_store(&gate, true);
    OK(cudaStreamSynchronize(after));
    assert_true(times[0] == 1 && times[1] == 2 && times[2] == 3);
    OK(cudaStreamDestroy(before));
    OK(cudaStreamDestroy(after));
    OK(cudaStreamDestroy(apart));
}

static void an_event_orders_two_streams(void **state)
{
    cudaStream_t first = stream_with(cudaStreamNonBlocking);
    cudaStream_t second = stream_with(cudaStreamNonBlocking);
    cudaEvent_t event;
    int times[2] = {0};

    (void)state;
    OK(cudaEventCreateWithFlags(&event, cudaEventDisableTiming));
    OK(cudaEventQuery(event)); /* never recorded: nothing to wait for */
    OK(cudaLaunchHostFunc(first, wait_for_gate, NULL));
    OK(cudaLaunchHostFunc(first, note_time, &times[0]));
    OK(cudaEventRecord(event, first));
    OK(cudaStreamWaitEvent(second, event, 0));
    OK(cudaLaunchHostFunc(second, note_time, &times[1]));
    assert_int_equal(cudaEventQuery(event), cudaErrorNotReady);
    OK(cudaEventDestroy(event)); /* what waits for it goes on waiting */
    atomic_store(&gate, true);
    OK(cudaStreamSynchronize(second));
    assert_true(times[0] == 1 && times[1] == 2);
    OK(cudaStreamDestroy(first));
    OK(cudaStreamDestroy(second));
}

static void events_measure_time(void **state)
{
    cudaStream_t stream = stream_with(cudaStreamNonBlocking);
    const struct timespec nap = {.tv_nsec = 20000000};
    cudaEvent_t start;
    cudaEvent_t end;
    float ms = 0;

    (void)state;
    OK(cudaEventCreate(&start));
    OK(cudaEventCreate(&end));
    assert_int_equal(cudaEventElapsedTime(&ms, start, end), cudaErrorInvalidResourceHandle);
    OK(cudaEventRecord(start, stream));
    OK(cudaLaunchHostFunc(stream, wait_for_gate, NULL));
    OK(cudaEventRecord(end, stream));
    assert_int_equal(cudaEventElapsedTime(&ms, start, end), cudaErrorNotReady);
    nanosleep(&nap, NULL);
    atomic_store(&gate, true);
    OK(cudaEventSynchronize(end));
    OK(cudaEventElapsedTime(&ms, start, end));
    assert_true(ms >= 15);
    OK(cudaEventDestroy(start));
    OK(cudaEventDestroy(end));
    OK(cudaStreamDestroy(stream));
}

static void a_destroyed_stream_still_does_its_work(void **state)
{
    cudaStream_t stream = stream_with(cudaStreamNonBlocking);
    cudaEvent_t event;
    int time = 0;

    (void)state;
    OK(cudaEventCreate(&event));
    OK(cudaLaunchHostFunc(stream, wait_for_gate, NULL));
    OK(cudaLaunchHostFunc(stream, note_time, &time));
    OK(cudaEventRecord(event, stream));
    OK(cudaStreamDestroy(stream)); /* does not wait */
    atomic_store(&gate, true);
    OK(cudaEventSynchronize(event));
    assert_int_equal(time, 1);
    OK(cudaEventDestroy(event));
}

/* ---- Memory ---- */

static void pageable_memory_is_read_when_the_copy_is_called(void **state)
{
    cudaStream_t stream = stream_with(cudaStreamNonBlocking);
    char host[100];
    char *device;

    (void)state;
    OK(cudaMalloc((void **)&device, sizeof(host)));
    memset(host, 1, sizeof(host));
    OK(cudaLaunchHostFunc(stream, wait_for_gate, NULL));
    OK(cudaMemcpyAsync(device, host, sizeof(host), cudaMemcpyHostToDevice, stream));
    memset(host, 2, sizeof(host));
    atomic_store(&gate, true);
    OK(cudaMemcpyAsync(host, device, sizeof(host), cudaMemcpyDeviceToHost, stream));
    assert_int_equal(host[99], 1); /* a copy to pageable memory returns when it is done */
    OK(cudaFree(device));
    OK(cudaStreamDestroy(stream));
}

static void pinned_memory_is_read_in_stream_order(void **state)
{
    cudaStream_t stream = stream_with(cudaStreamNonBlocking);
    char *host;
    char *device;

    (void)state;
    OK(cudaMallocHost((void **)&host, 100));
    OK(cudaMalloc((void **)&device, 100));
    memset(host, 1, 100);
    OK(cudaLaunchHostFunc(stream, wait_for_gate, NULL));
    OK(cudaMemcpyAsync(device, host, 100, cudaMemcpyHostToDevice, stream));
    memset(host, 2, 100);
    atomic_store(&gate, true);
    OK(cudaStreamSynchronize(stream));
    OK(cudaMemcpy(host, device, 100, cudaMemcpyDefault));
    assert_int_equal(host[99], 2);
    OK(cudaMemsetAsync(device, 7, 100, stream));
    OK(cudaMemcpyAsync(host, device, 100, cudaMemcpyDeviceToHost, stream));
    OK(cudaStreamSynchronize(stream));
    assert_int_equal(host[99], 7);
    OK(cudaFree(device));
    OK(cudaFreeHost(host));
    OK(cudaStreamDestroy(stream));
}

static void pointers_are_told_apart(void **state)
{
    struct cudaPointerAttributes attributes;
    char *device;
    char *managed;
    int local;

    (void)state;
    OK(cudaMalloc((void **)&device, 1000));
    OK(cudaMallocManaged((void **)&managed, 1000, cudaMemAttachGlobal));
    OK(cudaPointerGetAttributes(&attributes, device + 999));
    assert_int_equal(attributes.type, cudaMemoryTypeDevice);
    OK(cudaPointerGetAttributes(&attributes, managed));
    assert_int_equal(attributes.type, cudaMemoryTypeManaged);
    OK(cudaPointerGetAttributes(&attributes, &local));
    assert_int_equal(attributes.type, cudaMemoryTypeUnregistered);
    assert_int_equal(cudaFree(&local), cudaErrorInvalidValue);
    assert_int_equal(cudaGetLastError(), cudaErrorInvalidValue);
    assert_int_equal(cudaGetLastError(), cudaSuccess);
    OK(cudaFree(device));
    OK(cudaFree(managed));
    OK(cudaFree(NULL));
}

static void memory_is_freed_in_stream_order(void **state)
{
    cudaStream_t stream = stream_with(cudaStreamNonBlocking);
    size_t before;
    size_t after;
    size_t total;
    void *memory;

    (void)state;
    OK(cudaMemGetInfo(&before, &total));
    OK(cudaMallocAsync(&memory, 1 << 20, stream));
    OK(cudaMemsetAsync(memory, 1, 1 << 20, stream));
    OK(cudaFreeAsync(memory, stream));
    OK(cudaStreamSynchronize(stream));
    OK(cudaMemGetInfo(&after, &total));
    assert_int_equal(before, after);
    OK(cudaStreamDestroy(stream));
}

/* ---- Devices and names ---- */

static void devices_have_bus_ids_of_their_own(void **state)
{
    char first[32];
    char second[32];
    int device;
    int count;

    (void)state;
    OK(cudaGetDeviceCount(&count));
    assert_int_equal(count, 8);
    OK(cudaDeviceGetPCIBusId(first, sizeof(first), 0));
    OK(cudaDeviceGetPCIBusId(second, sizeof(second), 1));
    assert_string_not_equal(first, second);
    OK(cudaDeviceGetByPCIBusId(&device, second));
    assert_int_equal(device, 1);
    assert_int_equal(cudaSetDevice(8), cudaErrorInvalidDevice);
    OK(cudaGetDevice(&device));
    assert_int_equal(device, 0);
}

static void errors_have_names(void **state)
{
    (void)state;
    assert_string_equal(cudaGetErrorName(cudaErrorStreamCaptureImplicit), "cudaErrorStreamCaptureImplicit");
    assert_string_equal(cudaGetErrorString(cudaSuccess), "no error");
    assert_string_equal(cudaGetErrorName((cudaError_t)4711), "unrecognized error code");
}

/* ---- Per-thread default streams ---- */

cudaError_t cudaLaunchHostFunc_ptsz(cudaStream_t stream, cudaHostFn_t function, void *data);
cudaError_t cudaStreamSynchronize_ptsz(cudaStream_t stream);

static void *use_own_stream(void *time)
{
    OK(cudaLaunchHostFunc_ptsz(NULL, note_time, time));
    OK(cudaStreamSynchronize_ptsz(NULL));
    return NULL;
}

static void threads_have_default_streams_of_their_own(void **state)
{
    pthread_t thread;
    int time = 0;

    (void)state;
    OK(cudaLaunchHostFunc_ptsz(NULL, wait_for_gate, NULL));
    OK(pthread_create(&thread, NULL, use_own_stream, &time));
    OK(pthread_join(thread, NULL)); /* while ours is held up */
    assert_int_equal(time, 1);
    atomic_store(&gate, true);
    OK(cudaStreamSynchronize(cudaStreamPerThread));
}

/* ---- The driver ---- */

static void the_driver_is_loaded_with_the_runtime(void **state)
{
    void *driver;
    CUresult (*find)(const char *, void **, int, cuuint64_t, CUdriverProcAddressQueryResult *);
    CUdriverProcAddressQueryResult status;
    void *symbol;
    void *v2;
    void *v3;
    int count;

    (void)state;
    OK(cudaGetDeviceCount(&count));
    driver = dlopen("libcuda.so.1", RTLD_NOW | RTLD_NOLOAD);
    assert_non_null(driver);
    symbol = dlsym(driver, "cuGetProcAddress_v2");
    assert_non_null(symbol);
    memcpy(&find, &symbol, sizeof(find));
    OK(find("cuStreamGetCaptureInfo", &v2, 12000, 0, &status));
    OK(find("cuStreamGetCaptureInfo", &v3, 13000, 0, &status));
    assert_ptr_equal(v2, dlsym(driver, "cuStreamGetCaptureInfo_v2"));
    assert_ptr_equal(v3, dlsym(driver, "cuStreamGetCaptureInfo_v3"));
    OK(find("cuNoSuchThing", &v3, 13000, 0, &status));
    assert_int_equal(status, CU_GET_PROC_ADDRESS_SYMBOL_NOT_FOUND);
    OK(cudaGetDriverEntryPointByVersion("cuInit", &v2, 13000, 0, NULL));
    assert_ptr_equal(v2, dlsym(driver, "cuInit"));
    dlclose(driver);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(work_of_a_stream_is_done_in_order_and_later, reset),
        cmocka_unit_test_setup(streams_do_not_wait_for_each_other, reset),
        cmocka_unit_test_setup(the_legacy_stream_waits_for_blocking_streams_and_they_for_it, reset),
        cmocka_unit_test_setup(an_event_orders_two_streams, reset),
        cmocka_unit_test_setup(events_measure_time, reset),
        cmocka_unit_test_setup(a_destroyed_stream_still_does_its_work, reset),
        cmocka_unit_test_setup(pageable_memory_is_read_when_the_copy_is_called, reset),
        cmocka_unit_test_setup(pinned_memory_is_read_in_stream_order, reset),
        cmocka_unit_test_setup(pointers_are_told_apart, reset),
        cmocka_unit_test_setup(memory_is_freed_in_stream_order, reset),
        cmocka_unit_test_setup(devices_have_bus_ids_of_their_own, reset),
        cmocka_unit_test_setup(errors_have_names, reset),
        cmocka_unit_test_setup(threads_have_default_streams_of_their_own, reset),
        cmocka_unit_test_setup(the_driver_is_loaded_with_the_runtime, reset),
    };

    unsetenv("LOCKSTEP_SIM_DEVICES");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
