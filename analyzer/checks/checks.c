/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

bool checks_name(const struct fact *fact, struct finding *finding)
{
    /* CHECK(op_mismatch) becomes: if (check_op_mismatch(fact, finding)) return true; */
#define CHECK(name)                                                                                          \
    if (check_##name(fact, finding))                                                                         \
        return true;
#include "checks.def"
#undef CHECK
    return false;
}
