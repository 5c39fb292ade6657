/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdbool.h>
#include <string.h>

#define LARGEST_BYTES 4096

static bool has(const ncclConfig_t *config, size_t end)
{
    return config->size >= end;
}

void config_describe(struct record_create *record, const ncclConfig_t *config)
{
    if (!config || config->magic != NCCL_CONFIG_MAGIC || config->size > LARGEST_BYTES)
        return;
    if (has(config, offsetof(ncclConfig_t, netName))) {
        record->config_blocking = config->blocking;
        record->config_cga_cluster_size = config->cgaClusterSize;
        record->config_min_ctas = config->minCTAs;
        record->config_max_ctas = config->maxCTAs;
    }
    if (has(config, offsetof(ncclConfig_t, trafficClass)))
        record->config_split_share = config->splitShare;
    /* The traffic class lies in what was padding before the name was added after it. */
    if (has(config, sizeof(ncclConfig_t))) {
        record->config_traffic_class = config->trafficClass;
        if (config->commName)
            strncpy(record->name, config->commName, sizeof record->name - 1);
    }
}
