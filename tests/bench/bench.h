/* SPDX-License-Identifier: Apache-2.0
 *
 * What the benches share: each is a function that prints figures. Nothing here judges a time.
 */
#ifndef LOCKSTEP_BENCH_BENCH_H
#define LOCKSTEP_BENCH_BENCH_H

#include <stdbool.h>

struct bench_options {
    bool quick; /* a fraction of the work: whether it runs, not how fast */
};

/* BENCH(wire, "…") becomes: int bench_wire(const struct bench_options *options);
 * 0, or -1 after a message on stderr. */
#define BENCH(name, meaning) int bench_##name(const struct bench_options *options);
#include "benches.def"
#undef BENCH

#endif
