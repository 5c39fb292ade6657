/* SPDX-License-Identifier: Apache-2.0 */
#include "settings.h"

#include <ctype.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "ring.h"

#define EXIT_WAIT_MS       2000
#define EXIT_WAIT_LIMIT_MS 600000

/* NULL when unset or empty. */
static const char *setting(const char *name)
{
    const char *value = secure_getenv(name);
    return value && *value ? value : NULL;
}

static bool is(const char *name, const char *expected)
{
    const char *value = setting(name);
    return value && strcmp(value, expected) == 0;
}

/* A whole decimal number up to `limit`, else `otherwise`. */
static uint64_t number(const char *name, uint64_t limit, uint64_t otherwise)
{
    const char *value = setting(name);
    if (!value || !isdigit((unsigned char)*value))
        return otherwise;
    char *end;
    const int error = errno;
    errno = 0;
    const unsigned long long parsed = strtoull(value, &end, 10);
    const bool valid = errno == 0 && *end == '\0' && parsed <= limit;
    errno = error;
    return valid ? parsed : otherwise;
}

bool settings_disabled(void)
{
    return is("LOCKSTEP_DISABLE", "1");
}

bool settings_debug(void)
{
    return is("LOCKSTEP_DEBUG", "1");
}

bool settings_capture_always(void)
{
    return is("LOCKSTEP_CAPTURE", "always");
}

bool settings_dlsym(void)
{
    static _Atomic int known; /* 0 not asked yet, 1 off, 2 on */
    int answer = atomic_load_explicit(&known, memory_order_relaxed);
    if (answer == 0) {
        answer = is("LOCKSTEP_DLSYM", "0") || settings_disabled() ? 1 : 2;
        atomic_store_explicit(&known, answer, memory_order_relaxed);
    }
    return answer == 2;
}

bool settings_blocking(void)
{
    static _Atomic int known; /* as above */
    int answer = atomic_load_explicit(&known, memory_order_relaxed);
    if (answer == 0) {
        answer = is("LOCKSTEP_BLOCKING", "0") ? 1 : 2;
        atomic_store_explicit(&known, answer, memory_order_relaxed);
    }
    return answer == 2;
}

const char *settings_spool(void)
{
    const char *spool = setting("LOCKSTEP_SPOOL");
    return spool ? spool : "/dev/shm";
}

const char *settings_forwarder(void)
{
    return setting("LOCKSTEP_FORWARDER");
}

unsigned settings_exit_wait_ms(void)
{
    return (unsigned)number("LOCKSTEP_EXIT_WAIT_MS", EXIT_WAIT_LIMIT_MS, EXIT_WAIT_MS);
}

uint64_t settings_ring_bytes(void)
{
    const uint64_t bytes = number("LOCKSTEP_RING_BYTES", UINT64_MAX, 0);
    if (bytes == 0)
        return 0;
    if (bytes < RING_MIN_BYTES)
        return RING_MIN_BYTES;
    return bytes > RING_MAX_BYTES ? RING_MAX_BYTES : bytes;
}
