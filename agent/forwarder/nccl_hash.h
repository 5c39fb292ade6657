/* SPDX-License-Identifier: Apache-2.0
 *
 * NCCL's own hash of a communicator (commHash), computed from outside: the key under which NCCL's logs, NVTX
 * ranges and profiler know it. How NCCL computes it depends on its version; 0 means that it cannot be told.
 * Pure.
 */
#ifndef LOCKSTEP_FORWARDER_NCCL_HASH_H
#define LOCKSTEP_FORWARDER_NCCL_HASH_H

#include <stddef.h>
#include <stdint.h>

/* Made from a unique id of `length` bytes. */
uint64_t nccl_hash_of_id(int32_t nccl_version, const void *id, size_t length);
/* A split of the communicator with hash `parent`, its `count`-th (from 1), with `color`. */
uint64_t nccl_hash_of_split(int32_t nccl_version, uint64_t parent, uint32_t count, int32_t color);
/* Any shrink of it: NCCL gives them all the same hash. */
uint64_t nccl_hash_of_shrink(int32_t nccl_version, uint64_t parent);

#endif
