/* SPDX-License-Identifier: Apache-2.0 */
#include "message.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "comm.h"
#include "transfer.h"

struct message {
    const struct operation *operation;
    size_t bytes;       /* that the call asked for */
    size_t done;        /* of them */
    uint64_t length;    /* what goes before the bytes */
    size_t length_done; /* bytes of it; all of them: the rest of the message is under way */
    uint64_t left;      /* of the message that is being received */
    bool finished;
};

static bool is_send(const struct message *message)
{
    return message->operation->kind == OPERATION_SEND;
}

static bool advance_send(struct arena *arena, struct message *m)
{
    int peer = m->operation->peer;
    bool moved = false;

    if (m->length_done < sizeof(m->length)) {
        size_t now = arena_send(arena, ARENA_MESSAGES, peer, (char *)&m->length + m->length_done,
                                sizeof(m->length) - m->length_done);

        m->length_done += now;
        moved |= now > 0;
    }
    if (m->length_done == sizeof(m->length) && m->done < m->bytes) {
        size_t now = arena_send(arena, ARENA_MESSAGES, peer, (const char *)m->operation->send + m->done,
                                m->bytes - m->done);

        m->done += now;
        moved |= now > 0;
    }
    m->finished = m->length_done == sizeof(m->length) && m->done == m->bytes;
    return moved;
}

/* Receives what the call asked for, or into nowhere what is too much; returns how many bytes. */
static size_t receive_part(struct arena *arena, struct message *m)
{
    char nowhere[4096];
    size_t wanted = m->bytes - m->done;
    size_t now;

    if (wanted) {
        now = arena_receive(arena, ARENA_MESSAGES, m->operation->peer, (char *)m->operation->recv + m->done,
                            wanted < m->left ? wanted : (size_t)m->left);
        m->done += now;
    } else {
        now = arena_receive(arena, ARENA_MESSAGES, m->operation->peer, nowhere,
                            m->left < sizeof(nowhere) ? (size_t)m->left : sizeof(nowhere));
    }
    m->left -= now;
    return now;
}

static bool advance_recv(struct arena *arena, struct message *m)
{
    bool moved = false;

    while (!m->finished) {
        size_t now;

        if (m->length_done < sizeof(m->length)) {
            now = arena_receive(arena, ARENA_MESSAGES, m->operation->peer,
                                (char *)&m->length + m->length_done, sizeof(m->length) - m->length_done);
            m->length_done += now;
            m->left = m->length;
            if (now && m->length_done < sizeof(m->length))
                continue;
        } else {
            now = receive_part(arena, m);
        }
        if (m->length_done == sizeof(m->length) && m->left == 0) {
            m->finished = m->done == m->bytes;
            m->length_done = 0;
        }
        if (!now)
            break;
        moved = true;
    }
    return moved;
}

/* Moves what can be moved: of each peer and direction, only the first message that is not finished. `busy`
 * has two places a rank. */
static bool advance(struct ncclComm *comm, struct message *messages, size_t count, bool *busy, bool *left)
{
    bool moved = false;

    *left = false;
    memset(busy, 0, 2 * (size_t)comm->ranks * sizeof(busy[0]));
    for (size_t i = 0; i < count; i++) {
        struct message *m = &messages[i];
        bool *lane = &busy[2 * m->operation->peer + is_send(m)];

        if (m->finished || *lane)
            continue;
        moved |= is_send(m) ? advance_send(&comm->arena, m) : advance_recv(&comm->arena, m);
        *lane = !m->finished;
        *left |= !m->finished;
    }
    return moved;
}

/* What a rank sends to itself: the first send is for the first receive. The group has seen to it that their
 * numbers agree. */
static void copy_own(struct ncclComm *comm, struct message *messages, size_t count)
{
    size_t to = 0;

    for (size_t from = 0; from < count; from++) {
        if (!is_send(&messages[from]) || messages[from].operation->peer != comm->rank)
            continue;
        while (to < count && (is_send(&messages[to]) || messages[to].operation->peer != comm->rank))
            to++;
        if (to == count)
            return;
        size_t bytes = messages[from].bytes < messages[to].bytes ? messages[from].bytes : messages[to].bytes;

        if (bytes)
            memmove(messages[to].operation->recv, messages[from].operation->send, bytes);
        messages[from].finished = messages[to].finished = true;
        to++;
    }
}

/* For the message of the watchdog, and to find out who died. */
static void look_around(struct ncclComm *comm, const struct message *messages, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!messages[i].finished)
            transfer_suspect(comm, messages[i].operation->peer);
}

static void name_first(struct patience *patience, const struct message *messages, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!messages[i].finished) {
            patience->operation = messages[i].operation->name;
            patience->peer = messages[i].operation->peer;
            return;
        }
    }
}

static void run(struct ncclComm *comm, struct message *messages, size_t count, bool *busy)
{
    struct patience patience = patience_begin(comm, messages[0].operation->name);

    copy_own(comm, messages, count);
    for (;;) {
        unsigned int bell = arena_bell(&comm->arena);
        bool left;

        if (advance(comm, messages, count, busy, &left)) {
            patience_progress(&patience);
            if (left)
                continue;
        }
        if (!left)
            return;
        name_first(&patience, messages, count);
        switch (arena_sleep(&comm->arena, bell, &patience)) {
        case PATIENCE_HALT:
            return;
        case PATIENCE_QUIET:
            look_around(comm, messages, count);
            break;
        case PATIENCE_GO_ON:
            break;
        }
    }
}

void messages_run(struct ncclComm *comm, const struct operation *operations, size_t count)
{
    struct message *messages = calloc(count, sizeof(messages[0]));
    bool *busy = calloc(2 * (size_t)comm->ranks, sizeof(busy[0]));

    if (messages && busy) {
        for (size_t i = 0; i < count; i++) {
            size_t bytes = operations[i].count * type_size(operations[i].type);

            messages[i] = (struct message){.operation = &operations[i], .bytes = bytes, .length = bytes};
        }
        run(comm, messages, count, busy);
    } else {
        comm_set_error(comm, ncclSystemError);
    }
    free(busy);
    free(messages);
}
