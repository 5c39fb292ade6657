/* SPDX-License-Identifier: Apache-2.0 */
#include "stream.h"

#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "capture.h"
#include "device.h"

/* An item either runs work or waits for an item of another stream. */
struct item {
    struct item *next;
    struct work *work;
    struct CUstream_st *other;
    uint64_t position;
};

/* All streams of a device, the legacy stream first. The lock also orders submissions to blocking streams
 * among each other: what is put into the legacy stream waits for all that is in the blocking ones, and the
 * reverse. */
static pthread_mutex_t list_lock = PTHREAD_MUTEX_INITIALIZER;
static struct CUstream_st *streams[DEVICES_MAX];

static pthread_mutex_t threads_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t threads_ended = PTHREAD_COND_INITIALIZER;
static int threads_alive;
static atomic_bool stopping;

static pthread_key_t own_stream_key;
static pthread_once_t own_stream_once = PTHREAD_ONCE_INIT;

/* ---- The thread ---- */

void stream_wait(struct CUstream_st *stream, uint64_t position)
{
    pthread_mutex_lock(&stream->lock);
    while (stream->completed < position && !atomic_load(&stopping))
        pthread_cond_wait(&stream->progressed, &stream->lock);
    pthread_mutex_unlock(&stream->lock);
}

static void item_destroy(struct item *item)
{
    work_release(item->work);
    stream_release(item->other);
    free(item);
}

/* The next item, or NULL when the stream is closed and empty. */
static struct item *next_item(struct CUstream_st *stream)
{
    struct item *item;

    pthread_mutex_lock(&stream->lock);
    while (!stream->first && !stream->closing && !atomic_load(&stopping))
        pthread_cond_wait(&stream->arrived, &stream->lock);
    item = stream->first;
    if (item) {
        stream->first = item->next;
        if (!stream->first)
            stream->end = &stream->first;
    }
    pthread_mutex_unlock(&stream->lock);
    return item;
}

static void run_item(struct item *item)
{
    if (atomic_load(&stopping))
        return;
    if (item->other)
        stream_wait(item->other, item->position);
    else
        item->work->run(item->work->argument);
}

static void *stream_main(void *argument)
{
    struct CUstream_st *stream = argument;
    struct item *item;
    sigset_t all;

    sigfillset(&all); /* the application's signals are for its own threads */
    pthread_sigmask(SIG_BLOCK, &all, NULL);
    while ((item = next_item(stream))) {
        run_item(item);
        /* Before the item counts as done: who waits for it may destroy what the work refers to. */
        item_destroy(item);
        pthread_mutex_lock(&stream->lock);
        stream->completed++;
        pthread_cond_broadcast(&stream->progressed);
        pthread_mutex_unlock(&stream->lock);
    }
    stream_release(stream);

    pthread_mutex_lock(&threads_lock);
    threads_alive--;
    pthread_cond_broadcast(&threads_ended);
    pthread_mutex_unlock(&threads_lock);
    return NULL;
}

/* Called with the stream's lock held. */
static bool start_thread(struct CUstream_st *stream)
{
    pthread_attr_t attributes;
    pthread_t thread;
    int failed;

    if (stream->started)
        return true;
    pthread_mutex_lock(&threads_lock);
    threads_alive++;
    pthread_mutex_unlock(&threads_lock);
    stream_retain(stream);
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    failed = pthread_create(&thread, &attributes, stream_main, stream);
    pthread_attr_destroy(&attributes);
    if (failed) {
        atomic_fetch_sub(&stream->references, 1); /* not the last: the caller has one */
        pthread_mutex_lock(&threads_lock);
        threads_alive--;
        pthread_mutex_unlock(&threads_lock);
        return false;
    }
    stream->started = true;
    return true;
}

void stream_stop_all(void)
{
    struct timespec deadline;

    atomic_store(&stopping, true);
    pthread_mutex_lock(&list_lock);
    for (int d = 0; d < DEVICES_MAX; d++) {
        for (struct CUstream_st *s = streams[d]; s; s = s->next_of_device) {
            pthread_mutex_lock(&s->lock);
            pthread_cond_broadcast(&s->arrived);
            pthread_cond_broadcast(&s->progressed);
            pthread_mutex_unlock(&s->lock);
        }
    }
    pthread_mutex_unlock(&list_lock);

    clock_gettime(CLOCK_REALTIME, &deadline);
    deadline.tv_sec += 1;
    pthread_mutex_lock(&threads_lock);
    while (threads_alive > 0 && pthread_cond_timedwait(&threads_ended, &threads_lock, &deadline) == 0)
        ;
    pthread_mutex_unlock(&threads_lock);
}

/* ---- Life ---- */

/* Called with the list's lock held; the list keeps the reference. */
static struct CUstream_st *create_locked(int device, unsigned int flags, int priority, bool legacy)
{
    static unsigned long long last_id;
    struct CUstream_st *stream = calloc(1, sizeof(*stream));

    if (!stream)
        return NULL;
    atomic_init(&stream->references, 1);
    stream->device = device;
    stream->flags = flags;
    stream->priority = priority;
    stream->id = ++last_id;
    stream->legacy = legacy;
    stream->end = &stream->first;
    pthread_mutex_init(&stream->lock, NULL);
    pthread_cond_init(&stream->arrived, NULL);
    pthread_cond_init(&stream->progressed, NULL);

    struct CUstream_st **where = &streams[device];

    while (*where)
        where = &(*where)->next_of_device;
    *where = stream;
    return stream;
}

static struct CUstream_st *legacy_locked(int device)
{
    return streams[device] ? streams[device] : create_locked(device, cudaStreamDefault, 0, true);
}

struct CUstream_st *stream_create(int device, unsigned int flags, int priority)
{
    struct CUstream_st *stream;

    pthread_mutex_lock(&list_lock);
    stream = legacy_locked(device) ? create_locked(device, flags, priority, false) : NULL;
    pthread_mutex_unlock(&list_lock);
    return stream;
}

struct CUstream_st *stream_retain(struct CUstream_st *stream)
{
    atomic_fetch_add(&stream->references, 1);
    return stream;
}

void stream_release(struct CUstream_st *stream)
{
    if (!stream || atomic_fetch_sub(&stream->references, 1) != 1)
        return;
    for (struct item *item = stream->first, *next; item; item = next) {
        next = item->next;
        item_destroy(item);
    }
    free(stream->tips);
    pthread_cond_destroy(&stream->progressed);
    pthread_cond_destroy(&stream->arrived);
    pthread_mutex_destroy(&stream->lock);
    free(stream);
}

void stream_destroy(struct CUstream_st *stream)
{
    pthread_mutex_lock(&list_lock);
    for (struct CUstream_st **where = &streams[stream->device]; *where; where = &(*where)->next_of_device) {
        if (*where == stream) {
            *where = stream->next_of_device;
            break;
        }
    }
    pthread_mutex_unlock(&list_lock);

    pthread_mutex_lock(&stream->lock);
    stream->closing = true;
    pthread_cond_broadcast(&stream->arrived);
    pthread_mutex_unlock(&stream->lock);
    stream_release(stream);
}

static void destroy_own_stream(void *stream)
{
    stream_destroy(stream);
}

static void make_own_stream_key(void)
{
    pthread_key_create(&own_stream_key, destroy_own_stream);
}

/* A thread has one stream for all devices here, made on the device that is current when it is first used. */
static struct CUstream_st *own_stream(void)
{
    struct CUstream_st *stream;

    pthread_once(&own_stream_once, make_own_stream_key);
    stream = pthread_getspecific(own_stream_key);
    if (!stream) {
        stream = stream_create(device_current(), cudaStreamDefault, 0);
        pthread_setspecific(own_stream_key, stream);
    }
    return stream;
}

struct CUstream_st *stream_resolve(cudaStream_t handle)
{
    if (handle == cudaStreamPerThread)
        return own_stream();
    if (handle && handle != cudaStreamLegacy)
        return handle;

    struct CUstream_st *stream;

    pthread_mutex_lock(&list_lock);
    stream = legacy_locked(device_current());
    pthread_mutex_unlock(&list_lock);
    return stream;
}

/* ---- Putting in ---- */

static cudaError_t append(struct CUstream_st *stream, struct work *take_work, struct CUstream_st *other,
                          uint64_t position, uint64_t *own_position)
{
    struct item *item = malloc(sizeof(*item));
    cudaError_t error = cudaSuccess;

    if (!item) {
        work_release(take_work);
        return cudaErrorMemoryAllocation;
    }
    *item =
        (struct item){.work = take_work, .other = other ? stream_retain(other) : NULL, .position = position};
    pthread_mutex_lock(&stream->lock);
    if (start_thread(stream)) {
        *stream->end = item;
        stream->end = &item->next;
        stream->submitted++;
        if (own_position)
            *own_position = stream->submitted;
        pthread_cond_signal(&stream->arrived);
    } else {
        error = cudaErrorMemoryAllocation;
    }
    pthread_mutex_unlock(&stream->lock);
    if (error)
        item_destroy(item);
    return error;
}

uint64_t stream_last(struct CUstream_st *stream)
{
    uint64_t last;

    pthread_mutex_lock(&stream->lock);
    last = stream->submitted;
    pthread_mutex_unlock(&stream->lock);
    return last;
}

bool stream_done(struct CUstream_st *stream, uint64_t position)
{
    bool done;

    pthread_mutex_lock(&stream->lock);
    done = stream->completed >= position;
    pthread_mutex_unlock(&stream->lock);
    return done;
}

cudaError_t stream_wait_for(struct CUstream_st *stream, struct CUstream_st *other, uint64_t position)
{
    if (stream == other || stream_done(other, position))
        return cudaSuccess;
    return append(stream, NULL, other, position, NULL);
}

static bool blocking(const struct CUstream_st *stream)
{
    return !(stream->flags & cudaStreamNonBlocking);
}

/* The waits that the legacy stream's rule asks for before an item of this stream. List locked. */
static cudaError_t wait_by_legacy_rule(struct CUstream_st *stream)
{
    struct CUstream_st *legacy = legacy_locked(stream->device);
    cudaError_t error = cudaSuccess;

    if (!stream->legacy)
        return stream_wait_for(stream, legacy, stream_last(legacy));
    for (struct CUstream_st *s = legacy->next_of_device; s && !error; s = s->next_of_device)
        if (blocking(s))
            error = stream_wait_for(stream, s, stream_last(s));
    return error;
}

bool stream_legacy_conflict(struct CUstream_st *stream, bool invalidate)
{
    bool found = false;

    if (!stream->legacy || !capture_any())
        return false;
    pthread_mutex_lock(&list_lock);
    for (struct CUstream_st *s = stream->next_of_device; s && !found; s = s->next_of_device)
        found = blocking(s) && (invalidate ? capture_invalidate(s) : atomic_load(&s->capture) != NULL);
    pthread_mutex_unlock(&list_lock);
    return found;
}

cudaError_t stream_submit(struct CUstream_st *stream, struct work *take_work, uint64_t *position)
{
    cudaError_t error = cudaSuccess;

    if (position)
        *position = 0;
    if (!stream || !take_work) {
        work_release(take_work);
        return cudaErrorMemoryAllocation;
    }
    if (atomic_load(&stream->capture))
        return capture_add(stream, take_work);
    if (stream_legacy_conflict(stream, true)) {
        work_release(take_work);
        return cudaErrorStreamCaptureImplicit;
    }
    if (!blocking(stream))
        return append(stream, take_work, NULL, 0, position);

    pthread_mutex_lock(&list_lock);
    error = wait_by_legacy_rule(stream);
    if (error)
        work_release(take_work);
    else
        error = append(stream, take_work, NULL, 0, position);
    pthread_mutex_unlock(&list_lock);
    return error;
}

void stream_drain_device(int device)
{
    enum { AT_ONCE = 64 };
    struct CUstream_st *found[AT_ONCE];
    uint64_t last[AT_ONCE];
    int skip = 0;
    int count;

    do { /* without the lock while waiting; streams that come or go meanwhile are the caller's own race */
        count = 0;
        pthread_mutex_lock(&list_lock);
        int index = 0;
        for (struct CUstream_st *s = streams[device]; s && count < AT_ONCE; s = s->next_of_device, index++) {
            if (index < skip)
                continue;
            found[count] = stream_retain(s);
            last[count++] = stream_last(s);
        }
        pthread_mutex_unlock(&list_lock);
        for (int i = 0; i < count; i++) {
            stream_wait(found[i], last[i]);
            stream_release(found[i]);
        }
        skip += count;
    } while (count == AT_ONCE);
}

cudaError_t stream_drain(struct CUstream_st *stream)
{
    cudaError_t error = cudaSuccess;

    if (stream->legacy) { /* which waits for all that the blocking streams have */
        pthread_mutex_lock(&list_lock);
        error = wait_by_legacy_rule(stream);
        pthread_mutex_unlock(&list_lock);
    }
    stream_wait(stream, stream_last(stream));
    return error;
}
