/* SPDX-License-Identifier: Apache-2.0 */
#include "modules.h"

#include "moment.h"
#include "procfs.h"
#include "text.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* One line: "55d0c0a00000-55d0c0a21000 r-xp 00002000 08:01 1573 /path". The line is ended by a zero. */
static bool parse_line(char *line, struct mapping *mapping)
{
    char *at;
    mapping->start = strtoull(line, &at, 16);
    if (*at++ != '-')
        return false;
    mapping->end = strtoull(at, &at, 16);
    if (*at++ != ' ' || mapping->end <= mapping->start)
        return false;
    at = strchr(at, ' '); /* behind the permissions */
    if (!at)
        return false;
    mapping->offset = strtoull(at, &at, 16);
    /* Only files have a '/': the others are "[heap]", "anon_inode:…" or nothing. */
    char *path = strchr(at, '/');
    const bool in_file = path && path[-1] == ' ';
    if (in_file)
        text_clean(path, strlen(path));
    mapping->path = in_file ? path : "";
    return true;
}

int modules_parse(struct modules *modules, char *take_text)
{
    size_t lines = 1;
    for (const char *at = take_text; (at = strchr(at, '\n')); at++)
        lines++;
    struct mapping *mappings = malloc(lines * sizeof *mappings);
    if (!mappings) {
        free(take_text);
        return -ENOMEM;
    }
    size_t count = 0;
    char *rest = take_text;
    for (char *line; (line = strsep(&rest, "\n"));) {
        struct mapping mapping;
        /* The kernel lists them in ascending order; anything else would break the search. */
        if (parse_line(line, &mapping) && (count == 0 || mapping.start >= mappings[count - 1].end))
            mappings[count++] = mapping;
    }
    free(modules->text);
    free(modules->mappings);
    modules->text = take_text;
    modules->mappings = mappings;
    modules->count = count;
    return 0;
}

static void read_map(struct modules *modules, uint64_t now_ns)
{
    char *text;
    modules->read_ns = now_ns;
    const ssize_t length = procfs_read(modules->pid, "maps", &text);
    if (length > 0)
        modules_parse(modules, text);
    else if (length == 0) /* a process that is gone but not yet waited for: keep what is known */
        free(text);
}

void modules_open(struct modules *modules, pid_t pid, uint64_t now_ns)
{
    *modules = (struct modules){.pid = pid};
    read_map(modules, now_ns);
}

void modules_close(struct modules *modules)
{
    free(modules->text);
    free(modules->mappings);
    *modules = (struct modules){0};
}

static int by_address(const void *key, const void *element)
{
    const uint64_t address = *(const uint64_t *)key;
    const struct mapping *mapping = element;
    return address < mapping->start ? -1 : address >= mapping->end ? 1 : 0;
}

static const struct mapping *find(const struct modules *modules, uint64_t address)
{
    if (modules->count == 0)
        return NULL;
    return bsearch(&address, modules->mappings, modules->count, sizeof *modules->mappings, by_address);
}

void modules_find(struct modules *modules, uint64_t address, uint64_t now_ns, const char **path,
                  uint64_t *offset)
{
    const struct mapping *mapping = find(modules, address);
    if (!mapping && address != 0 && now_ns - modules->read_ns >= MODULES_REREAD_MS * NS_PER_MS) {
        read_map(modules, now_ns);
        mapping = find(modules, address);
    }
    const bool in_file = mapping && *mapping->path;
    *path = in_file ? mapping->path : "";
    *offset = in_file ? address - mapping->start + mapping->offset : address;
}
