/* SPDX-License-Identifier: Apache-2.0 */
#include "lockstep.h"

#include "process.h"

#define EXPORTED __attribute__((visibility("default")))

EXPORTED const char *lockstep_version(void)
{
    return LOCKSTEP_VERSION;
}

EXPORTED int lockstep_active(void)
{
    return process_ring() != NULL;
}
