/* SPDX-License-Identifier: Apache-2.0 */
#include "libraries.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <link.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "dlsym.h"

#define RANGE_LIMIT (4 * LIBRARY_LIMIT)

enum family { NCCL, CUDA, FAMILY_LIMIT };

struct library {
    enum family family;
    const void *base;
    void *handle;
    char path[PATH_MAX];
    _Atomic(void *) real[FUNCTION_LIMIT];
};

/* Executable segments of the copies, for libraries_containing(). */
struct range {
    uintptr_t start;
    uintptr_t bytes;
    int library;
};

#define LINKED_UNKNOWN   (-1)
#define LINKED_BY_CALLER (-2) /* there are several */

static struct {
    pthread_mutex_t adding;
    _Atomic unsigned count;
    _Atomic unsigned range_count;
    struct library library[LIBRARY_LIMIT];
    struct range range[RANGE_LIMIT];
    /* What linked callers get from the global scope, function by function: the library's, or that of another
     * tool that stands in front of it. NOT_GLOBAL: nothing. */
    _Atomic(void *) global[FUNCTION_LIMIT];
    /* The copy that linked callers get otherwise, or one of the two above. */
    _Atomic int linked[FAMILY_LIMIT];
    _Atomic unsigned long long scanned; /* dl_phdr_info.dlpi_adds at the last scan */
} state = {.adding = PTHREAD_MUTEX_INITIALIZER, .linked = {LINKED_UNKNOWN, LINKED_UNKNOWN}};

#define NOT_GLOBAL ((void *)&state)

static const char *const nccl_names[] = {"libnccl.so.2", NULL};
static const char *const cuda_names[] = {"libcudart.so.13", "libcudart.so.12", "libcudart.so.11.0", NULL};

static enum family family_of(enum function function)
{
    return function < FUNCTION_NCCL_LIMIT ? NCCL : CUDA;
}

static const char *file_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* libnccl.so.2.28.9, but not libnccl-net.so, which is a plugin. */
static bool family_of_file(const char *path, enum family *family)
{
    const char *file = file_name(path);
    *family = strncmp(file, "libnccl.so", 10) == 0 ? NCCL : CUDA;
    return *family == NCCL || strncmp(file, "libcudart.so", 12) == 0;
}

int libraries_containing(const void *address)
{
    const unsigned count = atomic_load_explicit(&state.range_count, memory_order_acquire);
    for (unsigned i = 0; i < count; i++) {
        if ((uintptr_t)address - state.range[i].start < state.range[i].bytes)
            return state.range[i].library;
    }
    return -1;
}

const char *libraries_path(int library)
{
    return state.library[library].path;
}

struct segments {
    uintptr_t inside; /* an address in the object looked for */
    unsigned count;
    struct range range[RANGE_LIMIT];
};

static int collect_segments(struct dl_phdr_info *object, size_t size, void *data)
{
    (void)size;
    struct segments *segments = data;
    bool found = false;
    segments->count = 0;
    for (unsigned i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
        if (segment->p_type != PT_LOAD)
            continue;
        const uintptr_t start = object->dlpi_addr + segment->p_vaddr;
        found = found || segments->inside - start < segment->p_memsz;
        if ((segment->p_flags & PF_X) && segments->count < RANGE_LIMIT)
            segments->range[segments->count++] = (struct range){start, segment->p_memsz, 0};
    }
    return found;
}

static int index_of_base(const void *base)
{
    const unsigned count = atomic_load_explicit(&state.count, memory_order_acquire);
    for (unsigned i = 0; i < count; i++) {
        if (state.library[i].base == base)
            return (int)i;
    }
    return -1;
}

/* Under the lock. Takes `handle` unless it returns -1. */
static int add(enum family family, const Dl_info *info, void *handle, const struct segments *segments)
{
    const unsigned index = atomic_load_explicit(&state.count, memory_order_relaxed);
    const unsigned ranges = atomic_load_explicit(&state.range_count, memory_order_relaxed);
    if (index == LIBRARY_LIMIT || ranges + segments->count > RANGE_LIMIT)
        return -1;
    struct library *library = &state.library[index];
    library->family = family;
    library->base = info->dli_fbase;
    library->handle = handle;
    strncpy(library->path, info->dli_fname, sizeof library->path - 1);
    for (unsigned i = 0; i < segments->count; i++) {
        state.range[ranges + i] = segments->range[i];
        state.range[ranges + i].library = (int)index;
    }
    atomic_store_explicit(&state.count, index + 1, memory_order_release);
    atomic_store_explicit(&state.range_count, ranges + segments->count, memory_order_release);
    return (int)index;
}

/* Whether more than one copy of the family is registered. */
static bool several(enum family family)
{
    const unsigned count = atomic_load_explicit(&state.count, memory_order_acquire);
    unsigned found = 0;
    for (unsigned i = 0; i < count; i++)
        found += state.library[i].family == family;
    return found > 1;
}

int libraries_register(const void *address)
{
    int index = libraries_containing(address);
    if (index >= 0)
        return index;
    Dl_info info;
    enum family family;
    if (!dladdr(address, &info) || !family_of_file(info.dli_fname, &family))
        return -1;
    struct segments segments = {.inside = (uintptr_t)address};
    void *handle = dlopen(info.dli_fname, RTLD_NOLOAD | RTLD_LAZY);
    if (!handle)
        return -1;
    if (!dl_iterate_phdr(collect_segments, &segments)) {
        dlclose(handle);
        return -1;
    }
    pthread_mutex_lock(&state.adding);
    index = index_of_base(info.dli_fbase);
    const bool added = index < 0;
    if (added)
        index = add(family, &info, handle, &segments);
    pthread_mutex_unlock(&state.adding);
    if (!added || index < 0)
        dlclose(handle);
    else if (several(family) && atomic_load(&state.linked[family]) >= 0)
        atomic_store(&state.linked[family], LINKED_BY_CALLER);
    return index;
}

struct scan {
    unsigned long long adds;
    unsigned count;
    const void *address[LIBRARY_LIMIT];
};

static int note_nccl(struct dl_phdr_info *object, size_t size, void *data)
{
    struct scan *scan = data;
    enum family family;
    if (size >= offsetof(struct dl_phdr_info, dlpi_subs))
        scan->adds = object->dlpi_adds;
    if (!family_of_file(object->dlpi_name, &family) || family != NCCL || scan->count == LIBRARY_LIMIT)
        return 0;
    for (unsigned i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
        if (segment->p_type == PT_LOAD && (segment->p_flags & PF_X)) {
            scan->address[scan->count++] = (const void *)(object->dlpi_addr + segment->p_vaddr);
            break;
        }
    }
    return 0;
}

static int read_adds(struct dl_phdr_info *object, size_t size, void *data)
{
    struct scan *scan = data;
    if (size >= offsetof(struct dl_phdr_info, dlpi_subs))
        scan->adds = object->dlpi_adds;
    return 1;
}

void libraries_scan(void)
{
    struct scan scan = {0};
    dl_iterate_phdr(read_adds, &scan);
    if (scan.adds && scan.adds == atomic_load_explicit(&state.scanned, memory_order_relaxed))
        return;
    dl_iterate_phdr(note_nccl, &scan);
    for (unsigned i = 0; i < scan.count; i++)
        libraries_register(scan.address[i]);
    atomic_store_explicit(&state.scanned, scan.adds, memory_order_relaxed);
}

static void *lookup(void *handle, enum function function)
{
    void *address = dlsym_real(handle, function_name(function));
    return address && libraries_register(address) >= 0 ? address : NULL;
}

/* In a library that is loaded already, however its loader kept it to itself. */
static void *lookup_loaded(enum function function, int flags)
{
    const char *const *names = family_of(function) == NCCL ? nccl_names : cuda_names;
    for (; *names; names++) {
        void *handle = dlopen(*names, flags | RTLD_LAZY);
        if (!handle)
            continue;
        void *address = lookup(handle, function);
        dlclose(handle); /* the registry holds its own */
        if (address)
            return address;
    }
    return NULL;
}

/* In the calling object and what it is linked to. */
static void *lookup_from_caller(enum function function, const void *site)
{
    Dl_info info;
    if (!dladdr(site, &info))
        return NULL;
    void *handle = dlopen(info.dli_fname, RTLD_NOLOAD | RTLD_LAZY);
    if (!handle)
        return NULL;
    void *address = lookup(handle, function);
    dlclose(handle);
    return address;
}

/* What comes after us in the global scope, as the dynamic linker would have bound it without us; NULL for
 * nothing. */
static void *global_function(enum function function)
{
    void *address = atomic_load_explicit(&state.global[function], memory_order_relaxed);
    if (__builtin_expect(!address, 0)) {
        const int error = errno;
        address = dlsym_real(RTLD_NEXT, function_name(function));
        if (address)
            libraries_register(address);
        else
            dlerror(); /* what was looked for in vain is not the program's business */
        if (family_of(function) == NCCL)
            libraries_scan();
        address = address ? address : NOT_GLOBAL;
        atomic_store_explicit(&state.global[function], address, memory_order_relaxed);
        errno = error;
    }
    return address == NOT_GLOBAL ? NULL : address;
}

/* The copy that the calling object is linked to, out of anyone else's sight. */
static int find_linked(enum function function, const void *site)
{
    const enum family family = family_of(function);
    void *address = several(family) ? lookup_from_caller(function, site) : NULL;
    if (!address)
        address = lookup_loaded(function, RTLD_NOLOAD);
    if (!address)
        address = lookup_from_caller(function, site);
    if (!address)
        address = lookup_loaded(function, 0);
    const int library = address ? libraries_register(address) : -1;
    if (library >= 0)
        atomic_store(&state.linked[family], several(family) ? LINKED_BY_CALLER : library);
    dlerror();
    return library;
}

/* Which copy the code at a site is linked to, for programs with several: site << 8 | copy + 1. */
static _Atomic uint64_t by_caller[256];

static int find_linked_by_caller(enum function function, const void *site)
{
    const uint64_t key = (uint64_t)(uintptr_t)site << 8;
    _Atomic uint64_t *place = &by_caller[((uintptr_t)site * UINT64_C(0x9E3779B97F4A7C15)) >> 56];
    const uint64_t found = atomic_load_explicit(place, memory_order_relaxed);
    if (found >> 8 == key >> 8 && (found & 0xff) != 0)
        return (int)(found & 0xff) - 1;
    const int library = find_linked(function, site);
    if (library >= 0)
        atomic_store_explicit(place, key | (uint64_t)(library + 1), memory_order_relaxed);
    return library;
}

static int linked_copy(enum function function, const void *site)
{
    const int linked = atomic_load_explicit(&state.linked[family_of(function)], memory_order_relaxed);
    if (linked >= 0)
        return linked;
    const int error = errno;
    const int library =
        linked == LINKED_BY_CALLER ? find_linked_by_caller(function, site) : find_linked(function, site);
    errno = error;
    return library;
}

void *libraries_function(int index, enum function function)
{
    struct library *library = &state.library[index];
    void *address = atomic_load_explicit(&library->real[function], memory_order_relaxed);
    if (!address) {
        const int error = errno;
        address = dlsym_real(library->handle, function_name(function));
        atomic_store_explicit(&library->real[function], address, memory_order_relaxed);
        errno = error;
    }
    return address;
}

void *libraries_real(struct origin origin, enum function function, int known)
{
    int library = libraries_containing(origin.site);
    if (library >= 0 && state.library[library].family != family_of(function))
        library = -1;
    if (library < 0)
        library = (int)origin.library;
    if (library >= 0)
        return libraries_function(library, function);
    void *global = global_function(function);
    if (global)
        return global;
    library = known >= 0 ? known : linked_copy(function, origin.site);
    return library < 0 ? NULL : libraries_function(library, function);
}

ncclResult_t libraries_missing(void)
{
    const unsigned count = atomic_load_explicit(&state.count, memory_order_acquire);
    for (unsigned i = 0; i < count; i++) {
        if (state.library[i].family == NCCL)
            return ncclInvalidUsage;
    }
    return ncclSystemError;
}

void *libraries_cuda_runtime_symbol(const char *name)
{
    const unsigned count = atomic_load_explicit(&state.count, memory_order_acquire);
    for (unsigned i = 0; i < count; i++) {
        if (state.library[i].family == CUDA)
            return dlsym_real(state.library[i].handle, name);
    }
    for (const char *const *library = cuda_names; *library; library++) {
        void *handle = dlopen(*library, RTLD_NOLOAD | RTLD_LAZY);
        if (!handle)
            continue;
        void *address = dlsym_real(handle, name);
        dlclose(handle);
        if (address)
            return address;
    }
    return NULL;
}

void *libraries_cuda_driver_symbol(const char *name)
{
    void *handle = dlopen("libcuda.so.1", RTLD_NOLOAD | RTLD_LAZY);
    if (!handle)
        return NULL;
    void *address = dlsym_real(handle, name);
    dlclose(handle); /* the CUDA driver is never unloaded */
    return address;
}
