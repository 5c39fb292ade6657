/* SPDX-License-Identifier: Apache-2.0 */
#include "blocking.h"

#include "libraries.h"
#include "process.h"
#include "records.h"
#include "settings.h"
#include "threads.h"

bool blocking_enter(const void *site, enum operation operation)
{
    struct ring *ring = process_ring();
    if (__builtin_expect(!ring || thread_self.depth || thread_self.blocked, 0))
        return false;
    if (libraries_containing(site) >= 0 || !settings_blocking())
        return false;
    threads_block(ring, operation, records_now());
    return true;
}

void blocking_leave(void)
{
    threads_unblock();
}
