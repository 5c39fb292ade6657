/* SPDX-License-Identifier: Apache-2.0
 *
 * Records of the ring into events of the stream: numbers and flags pass through, call sites become file and
 * offset, creations get their identity, missing calls are put in as gaps. A record is checked before it is
 * believed.
 */
#ifndef LOCKSTEP_FORWARDER_TRANSLATE_H
#define LOCKSTEP_FORWARDER_TRANSLATE_H

#include "batch.h"
#include "modules.h"
#include "record.h"

/* What the translation finds out on its way about the process as a whole. */
struct translate_observer {
    /* A communicator was made from a unique id, `ranks` large, with this process as `rank`. */
    void (*world)(void *context, int32_t ranks, int32_t rank);
    /* NCCL told the device of a communicator. `pci_bus_id` may be "". */
    void (*device)(void *context, int32_t device, const char *pci_bus_id);
    void *context;
};

struct translator;

/* NULL when memory is out. Everything passed is borrowed for the translator's life; `observer` is copied. */
struct translator *translate_create(struct batch_writer *writer, struct modules *modules,
                                    const struct translate_observer *observer);
void translate_destroy(struct translator *translator);

/* Adds what `record` says to the batch being filled. `lost` is the number of records known to be lost before
 * it, and `nccl_version` what the ring's header says. A record that makes no sense, or that memory is out
 * for, counts as lost. */
void translate_record(struct translator *translator, const struct record_header *record, uint64_t lost,
                      int32_t nccl_version, uint64_t now_ns);
/* Nothing more has come by now, or (with `all`) will ever come: puts in the gaps that are due. */
void translate_settle(struct translator *translator, uint64_t lost, uint64_t now_ns, bool all);

/* Events put into batches so far. */
uint64_t translate_events(const struct translator *translator);

#endif
