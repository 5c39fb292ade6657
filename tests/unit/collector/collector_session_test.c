/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "session.h"

#define S UINT64_C(1000000000)

/* Judging never looks into it. */
static struct job *const some_job = (struct job *)1;

static struct envelope_info batch(uint64_t number)
{
    return (struct envelope_info){.kind = ENVELOPE_BATCH, .number = number};
}

static struct envelope_info hello(uint64_t number)
{
    return (struct envelope_info){.kind = ENVELOPE_HELLO, .number = number};
}

static enum numbering judge(struct session *session, struct envelope_info info, uint64_t now_ns)
{
    return session_judge(session, &info, now_ns);
}

static void done_with(struct session *session, struct envelope_info info)
{
    session_done_with(session, &info);
}

/* A session that has stored 1..10. */
static struct session at_ten(void)
{
    return (struct session){.job = some_job, .next = 11};
}

static void the_next_number_is_stored_and_a_lower_one_was_seen(void **state)
{
    (void)state;
    struct session session = {.next = 1};

    assert_int_equal(judge(&session, hello(1), S), NUMBERING_NEXT);
    session.job = some_job;
    done_with(&session, hello(1));
    assert_int_equal(judge(&session, hello(1), S), NUMBERING_SEEN);
    assert_int_equal(judge(&session, batch(2), S), NUMBERING_NEXT);
    done_with(&session, batch(2));
    assert_int_equal(judge(&session, batch(1), S), NUMBERING_SEEN);
    assert_int_equal(judge(&session, batch(4), S), NUMBERING_AHEAD);
    assert_int_equal(judge(&session, batch(3), S), NUMBERING_NEXT);
    assert_int_equal(session.next, 3);
}

static void a_process_begins_with_its_hello(void **state)
{
    (void)state;
    struct session session = {.next = 1};

    assert_int_equal(judge(&session, batch(1), S), NUMBERING_AHEAD);
    assert_int_equal(judge(&session, batch(7), S), NUMBERING_AHEAD);
    assert_int_equal(judge(&session, hello(1), S), NUMBERING_NEXT);
}

static void a_heartbeat_changes_no_numbers(void **state)
{
    (void)state;
    struct session session = at_ten();

    done_with(&session, (struct envelope_info){.kind = ENVELOPE_HEARTBEAT});
    assert_int_equal(session.next, 11);
    assert_false(session.ended);
    done_with(&session, (struct envelope_info){.kind = ENVELOPE_END, .number = 11});
    assert_int_equal(session.next, 12);
    assert_true(session.ended);
}

static void a_gap_is_for_good_only_after_several_passes_and_some_seconds(void **state)
{
    (void)state;
    struct session session = at_ten();

    /* Many passes in no time: the connection may have been cut several times. */
    for (int pass = 0; pass < 10; pass++) {
        assert_int_equal(judge(&session, batch(15), S), NUMBERING_AHEAD);
        assert_int_equal(judge(&session, batch(16), S), NUMBERING_AHEAD);
    }
    /* Enough time, but not the first of a pass: what the pass began with is on its way. */
    assert_int_equal(judge(&session, batch(17), 5 * S), NUMBERING_AHEAD);
    assert_int_equal(judge(&session, batch(15), 5 * S), NUMBERING_LOST);
    done_with(&session, batch(15));
    assert_int_equal(session.next, 16);
    assert_int_equal(judge(&session, batch(16), 5 * S), NUMBERING_NEXT);
}

static void time_alone_makes_no_gap_good(void **state)
{
    (void)state;
    struct session session = at_ten();

    for (uint64_t number = 12; number < 100; number++)
        assert_int_equal(judge(&session, batch(number), number * S), NUMBERING_AHEAD);
    assert_int_equal(judge(&session, batch(11), 100 * S), NUMBERING_NEXT);
}

static void a_filled_gap_is_forgotten(void **state)
{
    (void)state;
    struct session session = at_ten();

    for (int pass = 0; pass < 10; pass++)
        judge(&session, batch(15), S);
    assert_int_equal(judge(&session, batch(11), S), NUMBERING_NEXT);
    done_with(&session, batch(11));
    assert_int_equal(judge(&session, batch(15), 10 * S), NUMBERING_AHEAD);
    assert_int_equal(judge(&session, batch(15), 10 * S), NUMBERING_AHEAD);
}

static void what_comes_before_a_late_hello_is_let_go(void **state)
{
    (void)state;
    struct session session = {.next = 1};

    for (uint64_t pass = 0; pass < 4; pass++)
        assert_int_equal(judge(&session, batch(101), (1 + pass) * S),
                         pass < 3 ? NUMBERING_AHEAD : NUMBERING_ADRIFT);
    done_with(&session, batch(101));
    assert_int_equal(judge(&session, batch(102), 5 * S), NUMBERING_ADRIFT);
    done_with(&session, batch(102));
    assert_int_equal(judge(&session, hello(103), 5 * S), NUMBERING_NEXT);
    session.job = some_job;
    session.adrift = false;
    done_with(&session, hello(103));
    assert_int_equal(judge(&session, batch(105), 5 * S), NUMBERING_AHEAD);
    assert_int_equal(judge(&session, batch(104), 5 * S), NUMBERING_NEXT);
}

static void a_missing_number_is_asked_for_now_and_then(void **state)
{
    (void)state;
    struct session session = at_ten();

    assert_true(session_asks(&session, S));
    assert_false(session_asks(&session, S + 1));
    assert_true(session_asks(&session, S + SESSION_ASK_AGAIN_NS));
}

static void a_new_connection_has_not_been_told_to_abort(void **state)
{
    (void)state;
    struct session session = at_ten();

    assert_int_equal(session_heard(&session, "one", 3), 0);
    session.told_abort = true;
    assert_int_equal(session_heard(&session, "one", 3), 0);
    assert_true(session.told_abort);
    assert_int_equal(session_heard(&session, "two!", 4), 0);
    assert_false(session.told_abort);
    assert_int_equal(session.identity_length, 4);
    assert_memory_equal(session.identity, "two!", 4);
    free(session.identity);
}

static struct process_id id_of(uint32_t number)
{
    struct process_id id = {0};

    memcpy(id.bytes + 5, &number, sizeof(number));
    return id;
}

static void the_table_holds_its_limit_and_says_when_it_is_full(void **state)
{
    (void)state;
    struct sessions *sessions = sessions_create();
    struct process_id id = id_of(SESSION_LIMIT);

    assert_non_null(sessions);
    for (uint32_t i = 0; i < SESSION_LIMIT; i++) {
        const struct process_id one = id_of(i);

        assert_null(sessions_find(sessions, &one));
        assert_non_null(sessions_enter(sessions, &one));
    }
    errno = 0;
    assert_null(sessions_enter(sessions, &id));
    assert_int_equal(errno, ENOSPC);
    id = id_of(77);
    assert_ptr_equal(sessions_enter(sessions, &id), sessions_at(sessions, 77));
    assert_int_equal(sessions_count(sessions), SESSION_LIMIT);
    assert_int_equal(sessions_at(sessions, 77)->next, 1);
    sessions_destroy(sessions);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_next_number_is_stored_and_a_lower_one_was_seen),
        cmocka_unit_test(a_process_begins_with_its_hello),
        cmocka_unit_test(a_heartbeat_changes_no_numbers),
        cmocka_unit_test(a_gap_is_for_good_only_after_several_passes_and_some_seconds),
        cmocka_unit_test(time_alone_makes_no_gap_good),
        cmocka_unit_test(a_filled_gap_is_forgotten),
        cmocka_unit_test(what_comes_before_a_late_hello_is_let_go),
        cmocka_unit_test(a_missing_number_is_asked_for_now_and_then),
        cmocka_unit_test(a_new_connection_has_not_been_told_to_abort),
        cmocka_unit_test(the_table_holds_its_limit_and_says_when_it_is_full),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
