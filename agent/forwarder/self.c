/* SPDX-License-Identifier: Apache-2.0 */
#include "self.h"

#include "procfs.h"
#include "secrets.h"
#include "text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COMMAND_LIMIT       256  /* arguments */
#define COMMAND_BYTES_LIMIT 8192 /* of all of them */

static int learn_command(struct self *self, pid_t pid)
{
    char *block;
    const ssize_t length = procfs_read(pid, "cmdline", &block);
    if (length < 0) /* gone already: the rest may still be told */
        return 0;
    const size_t used = (size_t)length < COMMAND_BYTES_LIMIT ? (size_t)length : COMMAND_BYTES_LIMIT;
    const long count = secrets_redact(block, used, COMMAND_LIMIT, &self->command);
    free(block);
    if (count < 0)
        return (int)count;
    self->command_count = (size_t)count;
    return 0;
}

static void copy_clean(char *to, size_t size, const char *from, size_t from_size)
{
    const size_t length = strnlen(from, from_size < size ? from_size : size - 1);
    memcpy(to, from, length);
    to[length] = '\0';
    text_clean(to, length);
}

int self_learn(struct self *self, const struct process *process, const struct environment *environment,
               const struct ring_header *header)
{
    *self = (struct self){.pid = (uint32_t)process->pid, .device = -1, .changed = true};
    identity_from_environment(&self->identity, environment);
    if (gethostname(self->host, sizeof self->host - 1) != 0)
        self->host[0] = '\0';
    copy_clean(self->executable, sizeof self->executable, process->executable, sizeof process->executable);
    copy_clean(self->agent_version, sizeof self->agent_version, header->agent_version,
               sizeof header->agent_version);
    self->start_monotonic_ns = header->start_monotonic_ns;
    self->start_realtime_ns = header->start_realtime_ns;
    self_update(self, header);
    const ssize_t shown = environment_shown(environment, &self->environment);
    if (shown < 0)
        return (int)shown;
    self->environment_count = (size_t)shown;
    const int result = learn_command(self, process->pid);
    if (result != 0)
        self_forget(self);
    return result;
}

void self_forget(struct self *self)
{
    free(self->command);
    free(self->environment);
    self->command = NULL;
    self->environment = NULL;
}

static void update_number(struct self *self, int32_t *known, int32_t now)
{
    self->changed |= *known != now;
    *known = now;
}

void self_update(struct self *self, const struct ring_header *header)
{
    update_number(self, &self->nccl_version, header->nccl_version);
    update_number(self, &self->cuda_runtime_version, header->cuda_runtime_version);
    update_number(self, &self->cuda_driver_version, header->cuda_driver_version);
    if (strncmp(self->nccl_path, header->nccl_path, sizeof header->nccl_path) == 0)
        return;
    char path[sizeof self->nccl_path];
    copy_clean(path, sizeof path, header->nccl_path, sizeof header->nccl_path);
    self->changed |= strcmp(path, self->nccl_path) != 0;
    memcpy(self->nccl_path, path, sizeof path);
}

void self_world(struct self *self, int32_t ranks, int32_t rank)
{
    self->changed |= identity_from_communicator(&self->identity, ranks, rank);
}

void self_device(struct self *self, int32_t device, const char *pci_bus_id)
{
    if (self->device >= 0)
        return;
    self->device = device;
    snprintf(self->pci_bus_id, sizeof self->pci_bus_id, "%s", pci_bus_id);
    self->changed = true;
}

void self_describe(struct self *self, struct hello *hello)
{
    *hello = (struct hello){
        .job = self->identity.job,
        .world_rank = self->identity.rank,
        .world_size = self->identity.size,
        .local_rank = self->identity.local_rank,
        .rank_source = self->identity.source,
        .host = self->host,
        .pid = self->pid,
        .executable = self->executable,
        .command = (const char *const *)self->command,
        .command_count = self->command_count,
        .device = self->device,
        .pci_bus_id = self->pci_bus_id,
        .nccl_version = self->nccl_version,
        .cuda_runtime_version = self->cuda_runtime_version,
        .cuda_driver_version = self->cuda_driver_version,
        .nccl_path = self->nccl_path,
        .environment = self->environment,
        .environment_count = self->environment_count,
        .agent_version = self->agent_version,
        .start_monotonic_ns = self->start_monotonic_ns,
        .start_realtime_ns = self->start_realtime_ns,
    };
    self->changed = false;
}
