/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "divergence.h"

#include "ranks.h"
#include "say.h"

static const char *hint_for(int32_t result)
{
    switch (result) {
    case 1:
        return "A CUDA call inside NCCL failed: look for an earlier CUDA error on this rank.";
    case 2:
        return "NCCL_DEBUG=WARN tells which system call failed, and why.";
    case 3:
        return "NCCL calls this its own error; NCCL_DEBUG=WARN tells more.";
    case 4:
        return "An argument is invalid; NCCL_DEBUG=WARN tells which.";
    case 5:
        return "NCCL is used in a way it forbids; NCCL_DEBUG=WARN tells how.";
    case 6:
        return "Another rank or the network failed: look for the rank that failed first.";
    default:
        return "NCCL_DEBUG=WARN tells more.";
    }
}

bool check_call_failed(const struct fact *fact, struct finding *finding)
{
    const struct failure_fact *failure = &fact->failure;

    if (fact->kind != FACT_FAILURE)
        return false;

    const char *call = failure->call ? call_text(failure->call, fact->arena) : "";

    finding->code = FINDING_CALL_FAILED;
    finding->severity = SEVERITY_ERROR;
    finding->expected = "ncclSuccess";
    finding->observed = say(fact->arena, "%s (%d)", result_symbol(failure->result), failure->result);
    finding->explanation = with_reason(
        fact, say(fact->arena, "%s %s%s returned %s (%d) on %s%s%s.",
                  failure->asynchronous ? "An asynchronous error:" : "The call",
                  operation_symbol(failure->operation), *call ? say(fact->arena, " (%s)", call) : "",
                  result_symbol(failure->result), failure->result, ranks_named(fact->ranks, fact->arena),
                  *fact->communicator_name ? ", communicator " : "", fact->communicator_name));
    finding->hint = hint_for(failure->result);
    return true;
}
