/* SPDX-License-Identifier: Apache-2.0
 *
 * A script as script.c builds it and script_play.c encodes it.
 */
#ifndef TESTS_SCRIPT_WORDS_H
#define TESTS_SCRIPT_WORDS_H

#include "script.h"

#define STEP_NS 1000000ull /* a word takes so long */

enum { NAME_SIZE = 16, COMMUNICATORS = 64 };

enum word_kind { WORD_CALL, WORD_EVENT, WORD_HELLO, WORD_END, WORD_LOST, WORD_WHERE };

struct word {
    enum word_kind kind;
    uint64_t time_ns;
    struct signature signature;
    uint64_t buffer;
    struct event event;
    struct process_end end;
    struct current_call current;
};

struct script {
    int rank;
    int ranks;
    uint64_t wall_ns;
    uint64_t time_ns; /* of the next word to be added */
    struct word *words;
    size_t count;
    size_t capacity;
    bool ended;
    bool endless;
    struct {
        char name[NAME_SIZE];
        uint64_t cid;
        unsigned splits;
    } communicators[COMMUNICATORS]; /* by number - 1 */
    uint32_t communicator_count;
    uint64_t reductions;

    struct batch_writer *writer;
    size_t next;
};

/* Ends the program where nothing says how it ends. */
void script_complete(struct script *script);

#endif
