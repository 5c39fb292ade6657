/* SPDX-License-Identifier: Apache-2.0
 *
 * What the ranks of a job do, call by call, before it is encoded: communicators and, for each rank, a list of
 * actions. Generators fill it, the mutator spoils it, the stage plays it. Running out of memory ends the
 * program: this is a test.
 */
#ifndef TESTS_ACCURACY_PROGRAM_H
#define TESTS_ACCURACY_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "chance.h"
#include "names.h"

#define RANKS_MAX 256

enum action_kind {
    ACTION_CALL,        /* a collective or a message */
    ACTION_GROUP_START, /* of the thread */
    ACTION_GROUP_END,
    ACTION_CREATE,  /* of `communicator`, or with NO_COMMUNICATOR a split in which the rank takes no part */
    ACTION_READY,   /* creation is done */
    ACTION_DESTROY, /* ncclCommFinalize and ncclCommDestroy */
    ACTION_RESULT,  /* the last call returned `result` */
    ACTION_PAUSE,   /* loading data, saving a checkpoint */
    ACTION_STEP,    /* all ranks meet: the end of a step */
};

#define NO_COMMUNICATOR (-1)

struct action {
    uint8_t kind;
    uint8_t operation;
    uint8_t datatype;
    uint8_t reduction;
    uint16_t flags; /* enum event_flag */
    uint8_t thread;
    uint8_t stream;
    int communicator; /* number in the program */
    int root;         /* or peer, as rank of the communicator; split: color */
    int key;          /* split */
    int result;       /* RESULT; PAUSE: its length in ms; CREATE: the parent */
    int passed;       /* CREATE: a wrong size */
    int birth;        /* CREATE: communicators that there are then */
    uint64_t count;
    uint64_t buffer;
    float scalar; /* pre-multiplied sums; 0: on the device */
};

struct list {
    struct action *action;
    size_t count;
    size_t capacity;
};

struct communicator {
    int *member; /* world ranks, in the order of communicator ranks */
    int count;
    int parent;         /* NO_COMMUNICATOR */
    uint8_t operation;  /* that creates it */
    uint32_t sequence;  /* on the parent */
    int children;       /* creations on it so far */
    int excluded_count; /* shrink */
    int *excluded;      /* parent ranks */
    uint64_t cid;
    uint64_t unique_id;
    uint8_t thread;
    uint8_t stream;
    bool gone; /* destroyed */
};

struct program {
    uint64_t seed;
    int ranks;
    struct communicator *communicator;
    int communicators;
    int capacity;
    struct list *rank; /* one list for each */
    int steps;
    bool told; /* READY tells rank and size */
    bool threads;
    const char *shape; /* what it was generated as */
};

struct program *program_create(uint64_t seed, int ranks);
void program_destroy(struct program *program);

/* Appends to a list; the result is valid until the next time. */
struct action *list_add(struct list *list, const struct action *action);
void list_insert(struct list *list, size_t at, const struct action *action);
void list_remove(struct list *list, size_t at);

/* A communicator by unique id; all members call its creation. */
int program_init(struct program *program, const int *member, int count);
/* A split of a whole communicator: color and key by parent rank, color -1 for none. The number of the first
 * child; child c belongs to the c-th smallest color. */
int program_split(struct program *program, int parent, const int *color, const int *key);
/* Without the given parent ranks. */
int program_shrink(struct program *program, int parent, const int *excluded, int count);
void program_leave(struct program *program, int communicator);
/* The world rank's rank in it, or -1. */
int program_rank_in(const struct program *program, int communicator, int rank);

/* All members make this collective. */
void program_collective(struct program *program, int communicator, const struct action *call);
/* Communicator rank `from` calls send or receive. */
void program_message(struct program *program, int communicator, int from, enum operation operation, int peer,
                     uint64_t bytes);
void program_group(struct program *program, int communicator, int rank, enum action_kind kind);
/* Everybody meets. */
void program_step(struct program *program);

/* The same call to NCCL? Written anew, for the engine is what is tested. Communicators of one rank apart. */
bool call_equal(const struct action *one, const struct action *other);
/* Bytes, as messages are compared. */
uint64_t call_size(const struct action *call);
static inline bool is_collective(const struct action *action)
{
    return action->kind == ACTION_CALL && operation_class(action->operation) == CLASS_COLLECTIVE;
}
static inline bool is_message(const struct action *action)
{
    return action->kind == ACTION_CALL && operation_class(action->operation) == CLASS_POINT_TO_POINT;
}

#endif
