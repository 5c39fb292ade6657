/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_NCCL_REGISTRATION_H
#define SIM_NCCL_REGISTRATION_H

/* Registered buffers and windows. They make nothing faster here; the handles are real, and wrong ones are
 * refused. */

struct ncclComm;

/* Forgets all that the application did not deregister. */
void registration_clear(struct ncclComm *comm);

#endif
