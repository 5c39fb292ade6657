/* SPDX-License-Identifier: Apache-2.0
 *
 * Who the traced process is: everything that a Hello says. Some of it is known only when the process has gone
 * on for a while; `changed` tells that a new Hello is due.
 */
#ifndef LOCKSTEP_FORWARDER_SELF_H
#define LOCKSTEP_FORWARDER_SELF_H

#include <limits.h>
#include <stdbool.h>

#include "environment.h"
#include "event.h"
#include "identity.h"
#include "process.h"
#include "ring.h"

struct self {
    struct identity identity;
    char host[HOST_NAME_MAX + 1];
    char executable[PATH_MAX];
    uint32_t pid;
    char **command; /* one allocation, like the next */
    size_t command_count;
    struct variable *environment;
    size_t environment_count;
    int32_t device;
    char pci_bus_id[32];
    int32_t nccl_version;
    int32_t cuda_runtime_version;
    int32_t cuda_driver_version;
    char nccl_path[sizeof((struct ring_header *)0)->nccl_path + 1];
    char agent_version[sizeof((struct ring_header *)0)->agent_version + 1];
    uint64_t start_monotonic_ns;
    uint64_t start_realtime_ns;
    bool changed; /* since the last self_describe() */
};

/* Finds out what can be known at once. 0 or -ENOMEM. */
int self_learn(struct self *self, const struct process *process, const struct environment *environment,
               const struct ring_header *header);
void self_forget(struct self *self);

/* The ring's header may tell versions later than it was made. */
void self_update(struct self *self, const struct ring_header *header);
/* A communicator made from a unique id, and the device of one: the first of each counts. */
void self_world(struct self *self, int32_t ranks, int32_t rank);
void self_device(struct self *self, int32_t device, const char *pci_bus_id);

/* Fills `hello`, which borrows from `self`. */
void self_describe(struct self *self, struct hello *hello);

#endif
