/* SPDX-License-Identifier: Apache-2.0 */
#include "mpi_functions.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <link.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "dlsym.h"

static const char *const names[MPI_FUNCTION_LIMIT] = {
#define MPI_BLOCKING(symbol, operation, words) [FUNCTION_##symbol] = #symbol,
#include "mpi.def"
};

/* What everybody sees. Only ever found: a library that is opened later may still bring it. */
static _Atomic(void *) global[MPI_FUNCTION_LIMIT];

/* What single places in the program mean by single functions. A place is taken once and for good; its address
 * comes after it. */
static struct {
    _Atomic uint64_t key;
    _Atomic(void *) real;
} by_site[1024];

/* Addresses of code leave the upper bits alone. */
static uint64_t key_of(enum mpi_function function, const void *site)
{
    return (uint64_t)(uintptr_t)site ^ (uint64_t)(function + 1) << 57;
}

static unsigned place_of(uint64_t key)
{
    return (unsigned)((key * UINT64_C(0x9E3779B97F4A7C15)) >> 54);
}

static void *remembered(uint64_t key)
{
    const unsigned place = place_of(key);
    if (atomic_load_explicit(&by_site[place].key, memory_order_relaxed) != key)
        return NULL;
    return atomic_load_explicit(&by_site[place].real, memory_order_relaxed);
}

/* Returns false when the place is another's. */
static bool remember(uint64_t key, void *real)
{
    const unsigned place = place_of(key);
    uint64_t none = 0;
    if (!atomic_compare_exchange_strong(&by_site[place].key, &none, key))
        return false;
    atomic_store_explicit(&by_site[place].real, real, memory_order_relaxed);
    return true;
}

/* In a loaded object and what it is linked to. */
static void *find_in(const char *path, const char *name, uint64_t key)
{
    void *handle = dlopen(path, RTLD_NOLOAD | RTLD_LAZY);
    if (!handle)
        return NULL;
    void *real = dlsym_real(handle, name);
    /* What is remembered stays loaded. */
    if (!real || !remember(key, real))
        dlclose(handle);
    return real;
}

struct choice {
    unsigned before; /* objects to pass over */
    char path[PATH_MAX];
};

static int choose(struct dl_phdr_info *object, size_t size, void *data)
{
    (void)size;
    struct choice *choice = data;
    if (choice->before-- > 0)
        return 0;
    strncpy(choice->path, object->dlpi_name, sizeof choice->path - 1);
    return 1;
}

/* A call that is the last thing its function does returns to somewhere else, in another library perhaps. */
static void *find_anywhere(const char *name, uint64_t key)
{
    void *real = NULL;
    for (unsigned i = 0; !real; i++) {
        struct choice choice = {.before = i};
        if (!dl_iterate_phdr(choose, &choice))
            break;
        if (*choice.path)
            real = find_in(choice.path, name, key);
    }
    return real;
}

/* lockstep.map keeps our own functions out of the sight of dlsym: what is found is never one of them. */
static void *find(enum mpi_function function, const void *site)
{
    const int error = errno;
    const char *name = names[function];
    const uint64_t key = key_of(function, site);
    Dl_info caller;
    void *real = dlsym_real(RTLD_NEXT, name);
    if (real)
        atomic_store_explicit(&global[function], real, memory_order_relaxed);
    /* The dynamic linker looks into the calling object and what it is linked to after the global scope. */
    if (!real && dladdr(site, &caller))
        real = find_in(caller.dli_fname, name, key);
    if (!real)
        real = find_anywhere(name, key);
    dlerror(); /* what was looked for in vain is not the program's business */
    errno = error;
    return real;
}

void *mpi_functions_real(enum mpi_function function, const void *site)
{
    void *real = atomic_load_explicit(&global[function], memory_order_relaxed);
    if (__builtin_expect(real != NULL, 1))
        return real;
    real = remembered(key_of(function, site));
    return real ? real : find(function, site);
}
