/* SPDX-License-Identifier: Apache-2.0
 *
 * Says what is missing from the data.
 */
#ifndef LOCKSTEP_ENGINE_LOSS_H
#define LOCKSTEP_ENGINE_LOSS_H

#include "state.h"

/* Some members are so far behind that what they have yet to call will not be compared. */
void loss_window_exceeded(struct engine *engine, struct communicator *communicator);
/* At the end: records that were lost, members that were never seen, streams without an end. */
void loss_finish(struct engine *engine);
/* `what` is a sentence. */
void loss_report(struct engine *engine, const char *what);

#endif
