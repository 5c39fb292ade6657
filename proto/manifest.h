/* SPDX-License-Identifier: Apache-2.0
 *
 * A trace's manifest.json: says that a directory is a trace, of which job and version, and carries the
 * writer's lock. Private to proto/.
 */
#ifndef LOCKSTEP_PROTO_MANIFEST_H
#define LOCKSTEP_PROTO_MANIFEST_H

/* Opens the manifest in `directory`, which is `path`, and creates it when there is none and the directory is
 * empty. Returns a descriptor that holds the writer's lock, or a negative errno with `error`: -EWOULDBLOCK,
 * -EEXIST as trace_writer_open(). */
int manifest_lock(int directory, const char *path, const char *job, char *error);
/* Opens the manifest for reading: a descriptor, or a negative errno with `error`. */
int manifest_open(int directory, const char *path, char *error);
/* Reads it; `*job` is free()d by the caller. 0, -EPROTO, -EPROTONOSUPPORT or another negative errno with
 * `error` that begins with `what`. */
int manifest_read(int manifest, const char *what, const char *path, char **job, char *error);

#endif
