/* SPDX-License-Identifier: Apache-2.0
 *
 * Turns addresses of the traced process into a file and an offset in it, from its memory map. What was read
 * stays known when the process is gone.
 */
#ifndef LOCKSTEP_FORWARDER_MODULES_H
#define LOCKSTEP_FORWARDER_MODULES_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct mapping {
    uint64_t start;
    uint64_t end;
    uint64_t offset;  /* in the file */
    const char *path; /* "" when it is no file's; points into the text */
};

struct modules {
    pid_t pid;
    char *text; /* /proc/PID/maps, the paths ended by zeros */
    struct mapping *mappings;
    size_t count;
    uint64_t read_ns; /* when the map was read last */
};

/* Reads the map of `pid` at once. A process that is gone already has none: then every address stays bare. */
void modules_open(struct modules *modules, pid_t pid, uint64_t now_ns);
void modules_close(struct modules *modules);

/* Replaces the map by the one in `text`, in the format of /proc/PID/maps, which is taken over (free'd). Lines
 * that are none are passed over. 0 or -ENOMEM, then the map is as it was. */
int modules_parse(struct modules *modules, char *take_text);

/* Where `address` lies: path and offset, or "" and the address when it is in no file. Reads the map again
 * when the address is in no known mapping, at most every MODULES_REREAD_MS. `*path` is valid until the next
 * call. */
#define MODULES_REREAD_MS 200
void modules_find(struct modules *modules, uint64_t address, uint64_t now_ns, const char **path,
                  uint64_t *offset);

#endif
