/* SPDX-License-Identifier: Apache-2.0 */
#include "creation_record.h"

#include <stdlib.h>
#include <string.h>

#include "device.h"

void creation_record_init(struct record_create *record, const struct call *call)
{
    memset(record, 0, sizeof *record);
    record->header.time_ns = call->time_ns;
    record->operation = (uint8_t)call->operation;
    record->call_site = (uint64_t)(uintptr_t)call->site;
    record->ranks = -1;
    record->rank = -1;
    record->color = RECORD_UNSET;
    record->key = RECORD_UNSET;
    record->device = device_current();
    record->config_blocking = RECORD_UNSET;
    record->config_cga_cluster_size = RECORD_UNSET;
    record->config_min_ctas = RECORD_UNSET;
    record->config_max_ctas = RECORD_UNSET;
    record->config_split_share = RECORD_UNSET;
    record->config_traffic_class = RECORD_UNSET;
}

static int ascending(const void *left, const void *right)
{
    const int32_t a = *(const int32_t *)left;
    const int32_t b = *(const int32_t *)right;
    return (a > b) - (a < b);
}

void creation_record_write_excluded(struct ring *ring, const struct record_create *record,
                                    const int *excluded, int count)
{
    const size_t told = excluded && count > 0 ? (size_t)count : 0;
    const size_t most = (RECORD_MAX_BYTES - sizeof *record) / sizeof *record->excluded;
    struct record_create *whole = malloc(sizeof *record + told * sizeof *record->excluded);
    if (!whole) {
        records_write(ring, RECORD_CREATE, record, sizeof *record, RING_DEFINITION);
        return;
    }
    *whole = *record;
    whole->excluded_count = (uint32_t)told;
    if (told)
        memcpy(whole->excluded, excluded, told * sizeof *record->excluded);
    qsort(whole->excluded, told, sizeof *whole->excluded, ascending);
    const size_t kept = told < most ? told : most;
    records_write(ring, RECORD_CREATE, whole, sizeof *whole + kept * sizeof *whole->excluded,
                  RING_DEFINITION);
    free(whole);
}

void creation_record_failure(struct ring *ring, uint32_t number, unsigned operation, ncclResult_t result,
                             const void *site)
{
    const struct record_communicator record = {
        .communicator = number,
        .state = RECORD_COMMUNICATOR_FAILED,
        .operation = (uint8_t)operation,
        .result = (int32_t)result,
        .ranks = -1,
        .rank = -1,
        .device = -1,
        .call_site = (uint64_t)(uintptr_t)site,
    };
    records_write(ring, RECORD_COMMUNICATOR, &record, sizeof record, RING_DEFINITION);
}
