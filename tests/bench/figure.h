/* SPDX-License-Identifier: Apache-2.0
 *
 * Figures: one line each, "name: value unit", and the medians they are made of.
 */
#ifndef LOCKSTEP_BENCH_FIGURE_H
#define LOCKSTEP_BENCH_FIGURE_H

#include <stddef.h>

/* Prints with as many decimals as three digits need. */
void figure_print(const char *name, double value, const char *unit);
/* Sorts `samples`; the value that a share `q` (0..1) of them does not exceed. 0 without samples. */
double figure_quantile(double *samples, size_t count, double q);

#endif
