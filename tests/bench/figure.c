/* SPDX-License-Identifier: Apache-2.0 */
#include "figure.h"

#include <stdio.h>
#include <stdlib.h>

void figure_print(const char *name, double value, const char *unit)
{
    const int decimals = value >= 99.95 || value == 0 ? 0 : value >= 9.995 ? 1 : 2;

    printf("%s: %.*f %s\n", name, decimals, value, unit);
    fflush(stdout);
}

static int ascending(const void *left, const void *right)
{
    const double a = *(const double *)left;
    const double b = *(const double *)right;

    return a < b ? -1 : a > b;
}

double figure_quantile(double *samples, size_t count, double q)
{
    if (count == 0)
        return 0;
    qsort(samples, count, sizeof(*samples), ascending);
    return samples[(size_t)(q * (double)(count - 1) + 0.5)];
}
