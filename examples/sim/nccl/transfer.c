/* SPDX-License-Identifier: Apache-2.0 */
#include "transfer.h"

#include "comm.h"
#include "error.h"

void transfer_suspect(struct ncclComm *comm, int peer)
{
    if (peer != comm->rank && arena_is_dead(&comm->arena, peer) && atomic_load(&comm->state) == ncclSuccess) {
        comm_set_error(comm, ncclRemoteError);
        error_note(ncclRemoteError, "the process of rank %d ended", peer);
    }
}

/* Moves what can be moved now; says whether anything was, and whether anything is left. */
static bool move(struct ncclComm *comm, struct transfer *transfers, int count, bool *left)
{
    bool moved = false;

    *left = false;
    for (int i = 0; i < count; i++) {
        struct transfer *t = &transfers[i];
        size_t rest = t->bytes - t->done;
        size_t now;

        if (!rest)
            continue;
        now = t->send ? arena_send(&comm->arena, ARENA_COLLECTIVE, t->peer, t->send + t->done, rest)
                      : arena_receive(&comm->arena, ARENA_COLLECTIVE, t->peer, t->recv + t->done, rest);
        t->done += now;
        moved |= now > 0;
        *left |= t->done < t->bytes;
    }
    return moved;
}

bool transfer_run(struct ncclComm *comm, struct transfer *transfers, int count, struct patience *patience)
{
    for (;;) {
        unsigned int bell = arena_bell(&comm->arena);
        bool left;

        if (move(comm, transfers, count, &left)) {
            patience_progress(patience);
            if (left)
                continue;
        }
        if (!left)
            return true;
        switch (arena_sleep(&comm->arena, bell, patience)) {
        case PATIENCE_HALT:
            return false;
        case PATIENCE_QUIET:
            for (int i = 0; i < count; i++)
                if (transfers[i].done < transfers[i].bytes)
                    transfer_suspect(comm, transfers[i].peer);
            break;
        case PATIENCE_GO_ON:
            break;
        }
    }
}
