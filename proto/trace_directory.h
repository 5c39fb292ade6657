/* SPDX-License-Identifier: Apache-2.0
 *
 * The files of a trace directory: what they are called, which there are, and how a failure on one of them is
 * worded. Private to proto/.
 */
#ifndef LOCKSTEP_PROTO_TRACE_DIRECTORY_H
#define LOCKSTEP_PROTO_TRACE_DIRECTORY_H

#include <stddef.h>
#include <stdint.h>

#define TRACE_MANIFEST     "manifest.json"
#define TRACE_SHARD_NAME   32       /* room for a shard's file name */
#define TRACE_SHARD_NUMBER (999999) /* the highest */

void trace_shard_name(char name[TRACE_SHARD_NAME], int number);
/* The lowest number of a shard above `after` (-1: of all) and the highest number there is: 1; 0 when there is
 * none above; or a negative errno. Either pointer may be NULL. */
int trace_find_shards(int directory, int after, int *next, int *last);
/* 0 when the directory has nothing in it but what a creation that was cut short leaves; -EEXIST, or another
 * negative errno. */
int trace_check_empty(int directory);

/* Writes "what: path/name: " and the sentence into `error` (TRACE_ERROR_BYTES; may be NULL) and returns
 * -code. With
 * "" for a name, the path stands alone. */
int trace_fail(char *error, int code, const char *what, const char *path, const char *name,
               const char *format, ...) __attribute__((format(printf, 6, 7)));
/* The same with the system's word for `code`, and the offset when it is not TRACE_NO_OFFSET. */
#define TRACE_NO_OFFSET UINT64_MAX
int trace_fail_system(char *error, int code, const char *what, const char *path, const char *name,
                      uint64_t offset);

#endif
