/* SPDX-License-Identifier: Apache-2.0
 *
 * What a fuzz target is: libFuzzer's entry point, which replay.c calls as well. It crashes or aborts when
 * something is wrong, and returns 0 otherwise.
 */
#ifndef LOCKSTEP_TESTS_FUZZ_H
#define LOCKSTEP_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

#endif
