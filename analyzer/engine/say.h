/* SPDX-License-Identifier: Apache-2.0
 *
 * Text that lives as long as the engine.
 */
#ifndef LOCKSTEP_ENGINE_SAY_H
#define LOCKSTEP_ENGINE_SAY_H

#include "arena.h"

/* The formatted text, in the arena; "" when memory is out. */
__attribute__((format(printf, 2, 3))) const char *say(struct arena *arena, const char *format, ...);

/* "3.2 s", "450 ms": a duration as people say it. */
const char *say_duration(struct arena *arena, unsigned long long ns);

#endif
