/* SPDX-License-Identifier: Apache-2.0
 *
 * The judgement of point-to-point calls that do not fit or have no other half.
 */
#ifndef LOCKSTEP_ENGINE_MESSAGE_H
#define LOCKSTEP_ENGINE_MESSAGE_H

#include "channel.h"

/* Judges the dispute at the front of the channel and matches on. */
void message_judge(struct channel *channel, struct engine *engine);
/* One side is too far ahead to be kept: the channel is given up, which is reported. */
void message_window_exceeded(struct channel *channel, struct engine *engine);

/* Of the channel: matches what waits on both sides; drops calls; stops comparing it. */
void channel_match(struct channel *channel, const struct engine *engine);
void lane_pop(struct lane *lane, size_t count);
void channel_give_up(struct channel *channel);

#endif
