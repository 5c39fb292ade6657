/* SPDX-License-Identifier: Apache-2.0
 *
 * ncclCommInitAll makes one communicator per device, and the unique id of them itself, by calling
 * ncclGetUniqueId: that call is where the id shows, and the last moment before the communicators are made.
 */
#include <stdlib.h>
#include <string.h>

#include "calls.h"
#include "creation_record.h"
#include "hooks.h"
#include "process.h"
#include "threads.h"
#include "unique_ids.h"

struct all {
    struct call call;
    const int *devices; /* NULL: 0, 1, … */
    uint32_t *numbers;  /* of the communicators */
    int count;
    bool recorded;
    int library;
};

static void record_all(const unsigned char *id, void *context)
{
    struct all *all = context;
    all->recorded = true;
    for (int i = 0; i < all->count; i++) {
        struct record_create record;
        creation_record_init(&record, &all->call);
        record.communicator = all->numbers[i];
        record.ranks = all->count;
        record.rank = i;
        record.device = all->devices ? all->devices[i] : i;
        if (id) {
            record.has_id = 1;
            memcpy(record.unique_id, id, RECORD_ID_BYTES);
            record.sequence = unique_ids_use(id, i);
        }
        records_write(all->call.ring, RECORD_CREATE, &record, sizeof record, RING_DEFINITION);
    }
}

static void settle_all(struct all *all, const ncclComm_t *comms, ncclResult_t result)
{
    if (!all->recorded) /* a version that makes its id in another way, or an early error */
        record_all(NULL, all);
    for (int i = 0; i < all->count; i++) {
        if (result != ncclSuccess) {
            creation_record_failure(all->call.ring, all->numbers[i], OPERATION_COMM_INIT_ALL, result,
                                    all->call.site);
            continue;
        }
        struct communicator *entry = communicators_add(comms[i], all->numbers[i], all->library);
        if (entry)
            communicators_announce(all->call.ring, entry, OPERATION_COMM_INIT_ALL, all->call.site);
    }
}

static bool number_all(struct all *all, const int *devices, int count)
{
    all->numbers = count > 0 ? calloc((size_t)count, sizeof *all->numbers) : NULL;
    if (!all->numbers)
        return false;
    for (int i = 0; i < count; i++)
        all->numbers[i] = communicators_number();
    all->devices = devices;
    all->count = count;
    return true;
}

ncclResult_t creation_init_all(struct origin origin, enum function function, ncclComm_t *comms, int count,
                               const int *devices)
{
    struct all all = {.numbers = NULL};
    if (calls_recorded(origin)) {
        libraries_scan();
        process_start((int)origin.library);
    }
    ncclCommInitAll_fn real =
        (ncclCommInitAll_fn)calls_enter(&all.call, origin, function, OPERATION_COMM_INIT_ALL, NULL);
    if (!real)
        return calls_missing(&all.call);
    const bool recorded = all.call.ring && number_all(&all, devices, count);
    if (recorded) {
        all.library = libraries_containing((const void *)real);
        thread_self.id_made = record_all;
        thread_self.id_context = &all;
    }
    const ncclResult_t result = real(comms, count, devices);
    thread_self.id_made = NULL;
    if (all.call.ring)
        threads_leave();
    if (recorded)
        settle_all(&all, comms, result);
    free(all.numbers);
    return result;
}

ncclResult_t creation_get_unique_id(struct origin origin, enum function function, ncclUniqueId *id)
{
    ncclGetUniqueId_fn real = (ncclGetUniqueId_fn)libraries_real(origin, function, LIBRARY_LINKED);
    if (!real)
        return ncclSystemError;
    const ncclResult_t result = real(id);
    if (thread_self.id_made && thread_self.depth == 1 && result == ncclSuccess)
        thread_self.id_made((const unsigned char *)id->internal, thread_self.id_context);
    return result;
}
