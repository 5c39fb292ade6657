/* SPDX-License-Identifier: Apache-2.0
 *
 * How to write to where a stream goes.
 */
#ifndef LOCKSTEP_CLI_TERMINAL_H
#define LOCKSTEP_CLI_TERMINAL_H

#include "report.h"

/* Colours only on a terminal that has them, and when neither `no_color` nor NO_COLOR says otherwise; as wide
 * as the terminal, at most 100 columns. */
struct report_style terminal_style(FILE *to, bool no_color);

#endif
