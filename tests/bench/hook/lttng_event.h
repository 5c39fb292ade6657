/* SPDX-License-Identifier: Apache-2.0
 *
 * A recorded call as an LTTng-UST event: the fields of struct record_call that say what was called.
 */
#undef LTTNG_UST_TRACEPOINT_PROVIDER
#define LTTNG_UST_TRACEPOINT_PROVIDER lockstep_bench
#undef LTTNG_UST_TRACEPOINT_INCLUDE
#define LTTNG_UST_TRACEPOINT_INCLUDE "lttng_event.h"

#if !defined(LOCKSTEP_BENCH_LTTNG_EVENT_H) || defined(LTTNG_UST_TRACEPOINT_HEADER_MULTI_READ)
#define LOCKSTEP_BENCH_LTTNG_EVENT_H

#include <lttng/tracepoint.h>
#include <stdint.h>

LTTNG_UST_TRACEPOINT_EVENT(
    lockstep_bench, call,
    LTTNG_UST_TP_ARGS(uint64_t, send, uint64_t, recv, uint64_t, count, uint64_t, stream, uint32_t,
                      communicator, uint8_t, operation, uint8_t, datatype, uint8_t, reduction),
    LTTNG_UST_TP_FIELDS(lttng_ust_field_integer_hex(uint64_t, send, send)
                            lttng_ust_field_integer_hex(uint64_t, recv, recv)
                                lttng_ust_field_integer(uint64_t, count, count)
                                    lttng_ust_field_integer_hex(uint64_t, stream, stream)
                                        lttng_ust_field_integer(uint32_t, communicator, communicator)
                                            lttng_ust_field_integer(uint8_t, operation, operation)
                                                lttng_ust_field_integer(uint8_t, datatype, datatype)
                                                    lttng_ust_field_integer(uint8_t, reduction, reduction)))

#endif

#include <lttng/tracepoint-event.h>
