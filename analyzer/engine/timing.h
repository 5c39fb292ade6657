/* SPDX-License-Identifier: Apache-2.0
 *
 * How long the engine waits before it judges. All of it is engine time: the time at which messages came in.
 *
 * A divergence is judged at once when every member has made LOOKAHEAD_CALLS more calls on the communicator or
 * has left; else when nobody who takes part in it has called for DIVERGENCE_QUIET_NS, or DIVERGENCE_LIMIT_NS
 * after it was seen. Where members have yet to arrive whose votes could still turn the result, the limits are
 * those for a split vote. Others wait for one thing each.
 */
#ifndef LOCKSTEP_ENGINE_TIMING_H
#define LOCKSTEP_ENGINE_TIMING_H

#define MILLISECONDS 1000000ull

#define LOOKAHEAD_CALLS     16u /* more than most programs leave out or add at once */
#define DIVERGENCE_QUIET_NS (150 * MILLISECONDS)
#define DIVERGENCE_LIMIT_NS (500 * MILLISECONDS)
#define SPLIT_VOTE_QUIET_NS (500 * MILLISECONDS)
#define SPLIT_VOTE_LIMIT_NS (1000 * MILLISECONDS)
#define FAILURE_GATHER_NS   (150 * MILLISECONDS) /* ranks that fail together are one finding */
#define ECHO_NS             (700 * MILLISECONDS) /* an error that tells of a peer's end: longer than a death takes */
#define DEATH_NOTICED_NS    (200 * MILLISECONDS) /* so much later than it happens a death is noticed at most */
#define DEATH_GATHER_NS     (400 * MILLISECONDS)  /* the first to die is to be told from those that follow */
#define MOVED_ON_QUIET_NS   (500 * MILLISECONDS)  /* both sides of a wait have made no call for so long */
#define WAITING_NS          (1000 * MILLISECONDS) /* a wait that ends with the job is worth telling */
#define TICK_NS             (20 * MILLISECONDS)

#define RESYNCHRONISED_CALLS 8u         /* agreed in a row after a divergence: what comes next is a new one */
#define TROUBLES_LIMIT       4u         /* divergences in a row after which a member is no longer compared */
#define WINDOW_LIMIT         (1u << 20) /* calls that wait for their members, per communicator and channel */
#define PENDING_LIMIT        4096u      /* calls of a member that wait for a judgement */

#endif
