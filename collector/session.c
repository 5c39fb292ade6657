/* SPDX-License-Identifier: Apache-2.0 */
#include "session.h"

#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

/* Found through a balanced tree: ids come from the network, and no choice of them makes it slow. Walked
 * through the array. */
struct sessions {
    void *tree;
    struct session **all;
    size_t count;
    size_t room;
};

static int by_id(const void *left, const void *right)
{
    return memcmp(left, right, sizeof(struct process_id));
}

/* ---- one session ---- */

/* Notes a message beyond the gap; true when the sender has begun again with it. */
static bool gap_seen(struct session *session, uint64_t number, uint64_t now_ns)
{
    const uint64_t last = session->gap.last;

    if (last == 0)
        session->gap.since_ns = now_ns;
    session->gap.last = number;
    if (last == 0 || number > last)
        return false;
    session->gap.passes++;
    return true;
}

enum numbering session_judge(struct session *session, const struct envelope_info *info, uint64_t now_ns)
{
    const bool hello = info->kind == ENVELOPE_HELLO;

    if (info->number < session->next)
        return NUMBERING_SEEN;
    if (info->number == session->next && (session->job || hello))
        return NUMBERING_NEXT;
    if (session->adrift)
        return hello ? NUMBERING_LOST : NUMBERING_ADRIFT;

    const bool again = gap_seen(session, info->number, now_ns);

    if (!again || session->gap.passes < SESSION_GAP_PASSES ||
        now_ns - session->gap.since_ns < SESSION_GAP_SETTLE_NS)
        return NUMBERING_AHEAD;
    if (session->job || hello)
        return NUMBERING_LOST;
    session->adrift = true;
    return NUMBERING_ADRIFT;
}

void session_done_with(struct session *session, const struct envelope_info *info)
{
    if (info->kind == ENVELOPE_END)
        session->ended = true;
    if (info->number == 0)
        return;
    session->next = info->number + 1;
    memset(&session->gap, 0, sizeof(session->gap));
}

bool session_asks(struct session *session, uint64_t now_ns)
{
    if (session->gap.asked_ns != 0 && now_ns - session->gap.asked_ns < SESSION_ASK_AGAIN_NS)
        return false;
    session->gap.asked_ns = now_ns;
    return true;
}

int session_heard(struct session *session, const void *identity, size_t length)
{
    if (session->identity && session->identity_length == length &&
        memcmp(session->identity, identity, length) == 0)
        return 0;

    uint8_t *copy = malloc(length > 0 ? length : 1);

    if (!copy)
        return -ENOMEM;
    memcpy(copy, identity, length);
    free(session->identity);
    session->identity = copy;
    session->identity_length = (uint8_t)length;
    session->told_abort = false;
    return 0;
}

/* ---- the table ---- */

struct sessions *sessions_create(void)
{
    return calloc(1, sizeof(struct sessions));
}

void sessions_destroy(struct sessions *sessions)
{
    if (!sessions)
        return;
    for (size_t i = 0; i < sessions->count; i++) {
        tdelete(sessions->all[i], &sessions->tree, by_id);
        free(sessions->all[i]->identity);
        free(sessions->all[i]);
    }
    free(sessions->all);
    free(sessions);
}

struct session *sessions_find(const struct sessions *sessions, const struct process_id *id)
{
    void *const *found = tfind(id, &sessions->tree, by_id);

    return found ? *found : NULL;
}

static int make_room(struct sessions *sessions)
{
    if (sessions->count == SESSION_LIMIT)
        return -ENOSPC;
    if (sessions->count < sessions->room)
        return 0;

    const size_t room = sessions->room > 0 ? 2 * sessions->room : 64;
    struct session **all = realloc(sessions->all, room * sizeof(*all));

    if (!all)
        return -ENOMEM;
    sessions->all = all;
    sessions->room = room;
    return 0;
}

struct session *sessions_enter(struct sessions *sessions, const struct process_id *id)
{
    struct session *session = sessions_find(sessions, id);

    if (session)
        return session;

    const int status = make_room(sessions);

    if (status < 0) {
        errno = -status;
        return NULL;
    }
    session = calloc(1, sizeof(*session));
    if (!session)
        return NULL;
    session->id = *id;
    session->next = 1;
    if (!tsearch(session, &sessions->tree, by_id)) {
        free(session);
        errno = ENOMEM;
        return NULL;
    }
    sessions->all[sessions->count++] = session;
    return session;
}

size_t sessions_count(const struct sessions *sessions)
{
    return sessions->count;
}

struct session *sessions_at(const struct sessions *sessions, size_t index)
{
    return sessions->all[index];
}
