/* SPDX-License-Identifier: Apache-2.0
 *
 * ncclConfig_t, whose size depends on the program's NCCL header.
 */
#ifndef LOCKSTEP_PRELOAD_CONFIG_H
#define LOCKSTEP_PRELOAD_CONFIG_H

#include "abi.h"
#include "record.h"

/* Copies what the configuration says; nothing when it is NULL or not one that NCCL would accept. */
void config_describe(struct record_create *record, const ncclConfig_t *config);

#endif
