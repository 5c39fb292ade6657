/* SPDX-License-Identifier: Apache-2.0
 *
 * The wrappers of mpi.def.
 *
 * Parameters are passed on as words, whatever an MPI makes of them: on the ABIs that we run on (System V on
 * x86-64, AAPCS64 on Linux) each int, pointer and handle takes a whole general register or, after the sixth
 * or eighth, a whole 8-byte slot of the stack; what an int leaves of it is nobody's, and is passed on as it
 * came. No function of the table has a parameter of another kind.
 *
 * A program must not find an MPI where there is none, and many ask dlsym whether there is one. So the
 * wrappers have a version of their own, the first of this library and not a default: the dynamic linker binds
 * calls without a version (all of MPI's) to it, while dlsym without a version passes it by and finds the real
 * function or nothing. Hence who gets MPI from dlsym is not seen. MPI_Init and MPI_Initialized are not hooked
 * at all.
 */
#include <stdint.h>

#include "blocking.h"
#include "mpi_functions.h"

_Static_assert(sizeof(uintptr_t) == 8, "a word holds any parameter");

/* An error in every MPI. Who has no MPI and calls it all the same got here by a weak reference. */
#define NO_MPI 16

#define WORDS_0  void
#define WORDS_1  uintptr_t a
#define WORDS_2  WORDS_1, uintptr_t b
#define WORDS_3  WORDS_2, uintptr_t c
#define WORDS_4  WORDS_3, uintptr_t d
#define WORDS_5  WORDS_4, uintptr_t e
#define WORDS_6  WORDS_5, uintptr_t f
#define WORDS_7  WORDS_6, uintptr_t g
#define WORDS_8  WORDS_7, uintptr_t h
#define WORDS_9  WORDS_8, uintptr_t i
#define WORDS_12 WORDS_9, uintptr_t j, uintptr_t k, uintptr_t l
#define PASS_0
#define PASS_1  a
#define PASS_2  PASS_1, b
#define PASS_3  PASS_2, c
#define PASS_4  PASS_3, d
#define PASS_5  PASS_4, e
#define PASS_6  PASS_5, f
#define PASS_7  PASS_6, g
#define PASS_8  PASS_7, h
#define PASS_9  PASS_8, i
#define PASS_12 PASS_9, j, k, l

/* MPI_BLOCKING(MPI_Wait, MPI_WAIT, 2) becomes int linked_MPI_Wait(uintptr_t a, uintptr_t b), which is
 * exported as MPI_Wait@LOCKSTEP_LINKED. */
#define MPI_BLOCKING(symbol, operation, words)                                                               \
    __attribute__((visibility("default"))) int linked_##symbol(WORDS_##words);                               \
    int linked_##symbol(WORDS_##words)                                                                       \
    {                                                                                                        \
        const void *site = __builtin_extract_return_addr(__builtin_return_address(0));                       \
        int (*real)(WORDS_##words) = (int (*)(WORDS_##words))mpi_functions_real(FUNCTION_##symbol, site);    \
        if (!real)                                                                                           \
            return NO_MPI;                                                                                   \
        const bool inside = blocking_enter(site, OPERATION_##operation);                                     \
        const int result = real(PASS_##words);                                                               \
        if (inside)                                                                                          \
            blocking_leave();                                                                                \
        return result;                                                                                       \
    }                                                                                                        \
    __asm__(".symver linked_" #symbol ", " #symbol "@LOCKSTEP_LINKED");

#include "mpi.def"
