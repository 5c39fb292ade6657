/* SPDX-License-Identifier: Apache-2.0 */
#include "dlsym.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "hooks.h"
#include "libc_symbol.h"
#include "libraries.h"
#include "settings.h"

typedef void *(*dlsym_function)(void *handle, const char *name);
typedef void *(*dlvsym_function)(void *handle, const char *name, const char *version);

/* What the entry points do next: return `answer`, or, when `jump` is set, jump there. Two registers. */
struct dlsym_route {
    void *answer;
    void *jump;
};

/* Called by the entry points only. */
struct dlsym_route dlsym_route(void *handle, const char *name);
struct dlsym_route dlvsym_route(void *handle, const char *name, const char *version);

static void *libc_function(_Atomic(void *) *cache, const char *name)
{
    void *address = atomic_load_explicit(cache, memory_order_relaxed);
    if (!address) {
        address = libc_symbol(name);
        atomic_store_explicit(cache, address, memory_order_relaxed);
    }
    return address;
}

static void *not_there(void)
{
    return NULL;
}

static void *real_dlsym(void)
{
    static _Atomic(void *) cache;
    void *address = libc_function(&cache, "dlsym");
    return address ? address : (void *)not_there;
}

static void *real_dlvsym(void)
{
    static _Atomic(void *) cache;
    void *address = libc_function(&cache, "dlvsym");
    return address ? address : (void *)not_there;
}

void *dlsym_real(void *handle, const char *name)
{
    return ((dlsym_function)real_dlsym())(handle, name);
}

/* The function that a wrapper would stand in front of; FUNCTION_LIMIT for all that is none of ours. */
static enum function wanted(const void *handle, const char *name)
{
    if (handle == RTLD_DEFAULT || handle == RTLD_NEXT || !name)
        return FUNCTION_LIMIT;
    const enum function function = function_find(name);
    return function != FUNCTION_LIMIT && settings_dlsym() ? function : FUNCTION_LIMIT;
}

/* The wrapper for the copy that `real` is part of; `real` itself when it is in none. */
static void *wrapper(enum function function, void *real)
{
    if (!real)
        return NULL;
    const int error = errno;
    const int library = libraries_register(real);
    errno = error;
    return library < 0 ? real : hooks_wrapper(function, library);
}

struct dlsym_route dlsym_route(void *handle, const char *name)
{
    const enum function function = wanted(handle, name);
    if (function == FUNCTION_LIMIT)
        return (struct dlsym_route){NULL, real_dlsym()};
    return (struct dlsym_route){wrapper(function, dlsym_real(handle, name)), NULL};
}

struct dlsym_route dlvsym_route(void *handle, const char *name, const char *version)
{
    const enum function function = wanted(handle, name);
    if (function == FUNCTION_LIMIT)
        return (struct dlsym_route){NULL, real_dlvsym()};
    void *real = ((dlvsym_function)real_dlvsym())(handle, name, version);
    return (struct dlsym_route){wrapper(function, real), NULL};
}
