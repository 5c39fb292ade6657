/* SPDX-License-Identifier: Apache-2.0 */
#include "sample.h"

static struct communicator_summary communicators[] = {
    {.cid = 0x1122334455667788,
     .nccl_hash = 0x9a8b7c6d5e4f3a2b,
     .name = "world",
     .size = 4,
     .members = {(int32_t[]){0, 1, 2, 3}, 4},
     .collectives = 15,
     .point_to_point = 0},
    {.cid = 0xff,
     .name = "split 0 of world, color 1",
     .size = 2,
     .members = {(int32_t[]){1, 3}, 2},
     .point_to_point = 24},
    {.name = "tensor", .size = -1, .members = {(int32_t[]){2}, 1}},
};

#define SUMMARIES .communicators = communicators, .communicator_count = 3

const struct report_model sample_clean = {
    .verdict = VERDICT_CLEAN,
    .totals = {.processes = 4, .ranks = 4, .events = 3456},
    SUMMARIES,
};

/* ---- a mismatch and more ---- */

static const struct observation op_table[] = {
    {{(int32_t[]){0, 1, 2, 3}, 4}, 14, "all_reduce sum float32 x 1", "train+0x41c0", true, false},
    {{(int32_t[]){0, 1, 3}, 3}, 15, "all_reduce sum float32 x 16384", "train+0x41f2", true, true},
    {{(int32_t[]){2}, 1}, 15, "reduce sum float32 x 16384 root 0", "train+0x4216", false, true},
    {{(int32_t[]){0, 1, 3}, 3}, 16, "all_reduce max float32 x 4", "train+0x4230", true, false},
    {{(int32_t[]){2}, 1}, 16, "nothing", "", false, false},
};

static const struct finding op = {
    .id = 0,
    .code = FINDING_OP_MISMATCH,
    .severity = SEVERITY_ERROR,
    .confidence = CONFIDENCE_CERTAIN,
    .communicator = 0,
    .index = 15,
    .ranks = {(int32_t[]){2}, 1},
    .expected = "all_reduce sum float32 x 16384",
    .observed = "reduce sum float32 x 16384 root 0",
    .table = op_table,
    .table_rows = 5,
    .call_site = "train+0x4216",
    .time_realtime_ns = 1735689600123456789,
    .root_cause = true,
    .caused_by = FINDING_NO_CAUSE,
    .explanation =
        "Rank 2 called reduce where ranks 0-1,3 called all_reduce, as call 15 on communicator world. "
        "The roots differ as well.",
    .hint = "Look for a branch before this call that depends on the rank or on its data.",
};

static const struct finding unmatched = {
    .id = 1,
    .code = FINDING_P2P_UNMATCHED,
    .severity = SEVERITY_ERROR,
    .confidence = CONFIDENCE_LIKELY,
    .communicator = 1,
    .index = 6,
    .ranks = {(int32_t[]){3}, 1},
    .expected = "send float32 x 1024 to rank 1",
    .observed = "nothing",
    .call_site = "",
    .caused_by = 0,
    .explanation = "Rank 1 called recv float32 x 1024 from rank 3, but rank 3 never made the send: message 6 "
                   "from rank 3 to rank 1 "
                   "on communicator split 0 of world, color 1. They have waited for 3.2 s.",
    .hint = "",
};

static const struct finding missing = {
    .id = 2,
    .code = FINDING_MISSING_CALL,
    .severity = SEVERITY_ERROR,
    .confidence = CONFIDENCE_CERTAIN,
    .communicator = 0,
    .index = 16,
    .ranks = {(int32_t[]){2}, 1},
    .expected = "all_reduce max float32 x 4",
    .observed = "nothing",
    .call_site = "",
    .caused_by = 1,
    .explanation =
        "Rank 2 left out all_reduce max float32 x 4, call 16 on communicator world, which ranks 0-1,3 made.",
    .hint = "",
};

static const struct finding config = {
    .id = 3,
    .code = FINDING_CONFIG_MISMATCH,
    .severity = SEVERITY_WARNING,
    .confidence = CONFIDENCE_CERTAIN,
    .communicator = -1,
    .index = -1,
    .ranks = {(int32_t[]){1}, 1},
    .expected = "NCCL_ALGO=Ring",
    .observed = "NCCL_ALGO=Tree",
    .call_site = "",
    .caused_by = FINDING_NO_CAUSE,
    .explanation = "NCCL_ALGO is Ring on ranks 0,2-3 and Tree on rank 1.",
    .hint = "",
};

static const struct finding failed = {
    .id = 4,
    .code = FINDING_CALL_FAILED,
    .severity = SEVERITY_ERROR,
    .confidence = CONFIDENCE_CERTAIN,
    .communicator = 2,
    .index = -1,
    .ranks = {(int32_t[]){0, 1}, 2},
    .expected = "",
    .observed = "ncclSystemError from ncclCommInitRank",
    .call_site = "train+0x3000",
    .root_cause = true,
    .caused_by = FINDING_NO_CAUSE,
    .explanation =
        "The call ncclCommInitRank returned ncclSystemError (2) on ranks 0-1, communicator tensor.",
    .hint = "NCCL_DEBUG=WARN says more.",
};

const struct report_model sample_mismatch = {
    .verdict = VERDICT_MISMATCH,
    .totals = {.processes = 4, .ranks = 4, .events = 1201, .lost = 12},
    SUMMARIES,
    .findings = (const struct finding *[]){&op, &unmatched, &missing, &config, &failed},
    .finding_count = 5,
};

const struct report_model sample_warning = {
    .verdict = VERDICT_CLEAN,
    .totals = {.processes = 4, .ranks = 4, .events = 3456},
    SUMMARIES,
    .findings = (const struct finding *[]){&(const struct finding){.id = 0,
                                                                   .code = FINDING_CONFIG_MISMATCH,
                                                                   .severity = SEVERITY_WARNING,
                                                                   .confidence = CONFIDENCE_CERTAIN,
                                                                   .communicator = -1,
                                                                   .index = -1,
                                                                   .ranks = {(int32_t[]){1}, 1},
                                                                   .expected = "",
                                                                   .observed = "",
                                                                   .call_site = "",
                                                                   .root_cause = true,
                                                                   .caused_by = FINDING_NO_CAUSE,
                                                                   .explanation =
                                                                       "NCCL_ALGO is Ring on ranks 0,2-3 and "
                                                                       "Tree on rank 1.",
                                                                   .hint = ""}},
    .finding_count = 1,
};

/* ---- a tie ---- */

static const struct observation tie_table[] = {
    {{(int32_t[]){0, 2}, 2}, 8, "all_gather float32 x 512", "", true, true},
    {{(int32_t[]){1, 3}, 2}, 8, "all_gather float32 x 1024", "", false, true},
};

static const struct finding tie = {
    .code = FINDING_COUNT_MISMATCH,
    .severity = SEVERITY_ERROR,
    .confidence = CONFIDENCE_UNDECIDED,
    .communicator = 0,
    .index = 8,
    .expected = "all_gather float32 x 512",
    .observed = "all_gather float32 x 1024",
    .table = tie_table,
    .table_rows = 2,
    .call_site = "",
    .root_cause = true,
    .caused_by = FINDING_NO_CAUSE,
    .explanation =
        "Ranks 1,3 passed 1024 elements where ranks 0,2 passed 512, as call 8 on communicator world. "
        "Two members stand against two: it cannot be told who is wrong.",
    .hint = "",
};

const struct report_model sample_tie = {
    .verdict = VERDICT_MISMATCH,
    .totals = {.processes = 4, .ranks = 4, .events = 64},
    SUMMARIES,
    .findings = (const struct finding *[]){&tie},
    .finding_count = 1,
};

/* ---- records missing ---- */

static const struct finding lost = {
    .code = FINDING_STREAM_INCOMPLETE,
    .severity = SEVERITY_WARNING,
    .confidence = CONFIDENCE_CERTAIN,
    .communicator = -1,
    .index = -1,
    .ranks = {(int32_t[]){1}, 1},
    .expected = "",
    .observed = "",
    .call_site = "",
    .root_cause = true,
    .caused_by = FINDING_NO_CAUSE,
    .explanation = "17 records of rank 1 are missing: its ring was full.",
    .hint = "Set LOCKSTEP_RING_BYTES higher.",
};

const struct report_model sample_incomplete = {
    .verdict = VERDICT_INCOMPLETE,
    .totals = {.processes = 1, .ranks = 1, .events = 1, .lost = 17},
    .communicators = communicators,
    .communicator_count = 1,
    .findings = (const struct finding *[]){&lost},
    .finding_count = 1,
};

/* ---- hostile names ---- */

static const struct observation hostile_table[] = {
    {{(int32_t[]){0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30, 32, 34, 36, 38, 40}, 21},
     -1,
     "all_reduce sum float32 x 18446744073709551615 on a name that is much longer than any sensible column "
     "of a table",
     "/a\tb",
     true,
     true},
    {{NULL, 0}, -1, "\033[2Jcleared", "\xff\xfe", false, true},
};

static const struct finding hostile = {
    .code = (enum finding_code)9999,
    .severity = SEVERITY_ERROR,
    .confidence = CONFIDENCE_CERTAIN,
    .communicator = 0,
    .index = 0,
    .ranks = {(int32_t[]){1}, 1},
    .expected = "\xc2\x9b"
                "31m",
    .observed = "a\nb",
    .table = hostile_table,
    .table_rows = 2,
    .call_site = "\x7f",
    .root_cause = true,
    .caused_by = 77,
    .explanation = "averyveryveryveryveryveryveryveryveryveryveryveryveryveryverylongwordthatnolinecanholdwha"
                   "teveronedoes "
                   "and\033]0;title\007 w\xc3\xb6rld\xc2\x9b"
                   "31m",
    .hint = "  ",
};

const struct report_model sample_hostile = {
    .verdict = VERDICT_MISMATCH,
    .totals = {.processes = 41, .ranks = 41, .events = UINT64_MAX, .lost = UINT64_MAX},
    .communicators =
        (struct communicator_summary[]){
            {.name = "w\xc3\xb6rld\033[31m \xed\xa0\x80", .size = 41, .members = {(int32_t[]){0}, 1}}},
    .communicator_count = 1,
    .findings = (const struct finding *[]){&hostile},
    .finding_count = 1,
};
