/* SPDX-License-Identifier: Apache-2.0
 *
 * Registration of buffers and windows, recorded when it has returned.
 */
#ifndef LOCKSTEP_PRELOAD_REGISTRATION_H
#define LOCKSTEP_PRELOAD_REGISTRATION_H

#include "calls.h"

struct registration_fields {
    const void *address;
    size_t bytes;
    const void *handle;
    int window_flags;
};

/* For a call entered with calls_enter() and recorded, before calls_leave(). */
void registration_record(const struct call *call, const struct registration_fields *fields,
                         ncclResult_t result);

#endif
