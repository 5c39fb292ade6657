/* SPDX-License-Identifier: Apache-2.0
 *
 * How often a unique id has been used. One is meant to be used once, but with NCCL_COMM_ID all are the same;
 * the count tells such communicators apart. It is kept per rank that uses the id, because one process may
 * hold several ranks of one communicator, and must agree between processes that each hold one.
 */
#ifndef LOCKSTEP_PRELOAD_UNIQUE_IDS_H
#define LOCKSTEP_PRELOAD_UNIQUE_IDS_H

#include <stdint.h>

/* Uses of this id by this rank before this one. Any thread. */
uint32_t unique_ids_use(const unsigned char id[128], int rank);

/* In the child of a fork. */
void unique_ids_forget(void);

#endif
