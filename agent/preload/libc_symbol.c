/* SPDX-License-Identifier: Apache-2.0 */
#include "libc_symbol.h"

#include <elf.h>
#include <link.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The dynamic section of a loaded object, as far as a lookup needs it. */
struct symbols {
    const uint32_t *hash; /* DT_GNU_HASH */
    const ElfW(Sym) * table;
    const char *names;
};

struct search {
    const char *name;
    void *address;
};

/* No string function of libc is called here: a sanitizer's own ones look up their originals when it starts,
 * which brings them here before they can be called. */
static bool begins(const char *text, const char *with)
{
    while (*with && *text == *with) {
        text++;
        with++;
    }
    return *with == '\0';
}

static bool same(const char *one, const char *other)
{
    while (*one && *one == *other) {
        one++;
        other++;
    }
    return *one == *other;
}

static const char *file_of(const char *path)
{
    const char *file = path;

    for (; *path; path++)
        if (*path == '/')
            file = path + 1;
    return file;
}

/* glibc has the addresses in here relocated already, except on a few architectures. */
static const void *pointer(const struct dl_phdr_info *object, ElfW(Addr) value)
{
    return (const void *)(value < object->dlpi_addr ? value + object->dlpi_addr : value);
}

static bool read_dynamic(const struct dl_phdr_info *object, struct symbols *symbols)
{
    *symbols = (struct symbols){0};
    for (unsigned i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
        if (segment->p_type != PT_DYNAMIC)
            continue;
        const ElfW(Dyn) *entry = (const void *)(object->dlpi_addr + segment->p_vaddr);
        for (; entry->d_tag != DT_NULL; entry++) {
            if (entry->d_tag == DT_GNU_HASH)
                symbols->hash = pointer(object, entry->d_un.d_ptr);
            else if (entry->d_tag == DT_SYMTAB)
                symbols->table = pointer(object, entry->d_un.d_ptr);
            else if (entry->d_tag == DT_STRTAB)
                symbols->names = pointer(object, entry->d_un.d_ptr);
        }
    }
    return symbols->hash && symbols->table && symbols->names;
}

/* The hash function of DT_GNU_HASH. */
static uint32_t gnu_hash(const char *name)
{
    uint32_t hash = 5381;
    for (; *name; name++)
        hash = hash * 33 + (unsigned char)*name;
    return hash;
}

/* Every version of the symbol is the same function in glibc, so the first one found will do. */
static void *find(const struct dl_phdr_info *object, const struct symbols *symbols, const char *name)
{
    const uint32_t buckets = symbols->hash[0];
    const uint32_t first = symbols->hash[1];
    const uint32_t bloom_words = symbols->hash[2];
    const uint32_t *bucket = symbols->hash + 4 + bloom_words * (sizeof(ElfW(Addr)) / sizeof(uint32_t));
    const uint32_t *chain = bucket + buckets;
    const uint32_t wanted = gnu_hash(name);
    uint32_t index = buckets ? bucket[wanted % buckets] : 0;
    if (index < first)
        return NULL;
    for (;; index++) {
        const uint32_t hash = chain[index - first];
        const ElfW(Sym) *symbol = &symbols->table[index];
        if ((hash | 1) == (wanted | 1) && symbol->st_shndx != SHN_UNDEF &&
            ELF64_ST_TYPE(symbol->st_info) == STT_FUNC && same(symbols->names + symbol->st_name, name))
            return (void *)(object->dlpi_addr + symbol->st_value);
        if (hash & 1)
            return NULL;
    }
}

static int visit(struct dl_phdr_info *object, size_t size, void *data)
{
    (void)size;
    struct search *search = data;
    const char *file = file_of(object->dlpi_name);
    struct symbols symbols;
    if ((begins(file, "libc.so.") || begins(file, "libdl.so.")) && read_dynamic(object, &symbols))
        search->address = find(object, &symbols, search->name);
    return search->address != NULL;
}

void *libc_symbol(const char *name)
{
    struct search search = {name, NULL};
    dl_iterate_phdr(visit, &search);
    return search.address;
}
