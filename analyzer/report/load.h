/* SPDX-License-Identifier: Apache-2.0
 *
 * From a trace directory to a finished engine.
 */
#ifndef LOCKSTEP_REPORT_LOAD_H
#define LOCKSTEP_REPORT_LOAD_H

#include "intake.h"
#include "trace.h"

/* Reads the whole trace and lets the engine decide everything. What is damaged in it is passed over, and is a
 * finding of the engine. Returns the intake, which the caller destroys; NULL with errno, and in `error`
 * (TRACE_ERROR_BYTES) what could not be read and why. */
struct intake *load_trace(const char *path, char *error);

#endif
