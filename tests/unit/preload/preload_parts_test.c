/* SPDX-License-Identifier: Apache-2.0 */
#include <dlfcn.h>
#include <limits.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "config.h"
#include "functions.h"
#include "libc_symbol.h"
#include "names.h"
#include "pending.h"
#include "ring.h"
#include "settings.h"
#include "unique_ids.h"

static void every_function_is_found_by_its_name_and_nothing_else_is(void **state)
{
    (void)state;
    for (unsigned i = 0; i < FUNCTION_LIMIT; i++)
        assert_int_equal(function_find(function_name((enum function)i)), i);
    assert_int_equal(function_find("ncclAllReduc"), FUNCTION_LIMIT);
    assert_int_equal(function_find("ncclAllReduce2"), FUNCTION_LIMIT);
    assert_int_equal(function_find("pncclAllReduce"), FUNCTION_LIMIT);
    assert_int_equal(function_find("cudaMalloc"), FUNCTION_LIMIT);
    assert_int_equal(function_find(""), FUNCTION_LIMIT);
}

static void libc_is_asked_without_dlsym(void **state)
{
    (void)state;
    void *libc = dlopen("libc.so.6", RTLD_NOLOAD | RTLD_LAZY);
    const char *const names[] = {"dlsym", "dlvsym", "getppid", "qsort"};
    assert_non_null(libc);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        assert_non_null(libc_symbol(names[i]));
        assert_ptr_equal(libc_symbol(names[i]), dlsym(libc, names[i]));
    }
    assert_null(libc_symbol("no_such_function"));
    assert_null(libc_symbol(""));
    dlclose(libc);
}

static struct record_create described(const ncclConfig_t *config)
{
    struct record_create record = {
        .config_blocking = -9, .config_split_share = -9, .config_traffic_class = -9};
    config_describe(&record, config);
    return record;
}

static void a_configuration_is_read_as_far_as_it_goes(void **state)
{
    (void)state;
    char name[100];
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    ncclConfig_t config = {sizeof config, NCCL_CONFIG_MAGIC, 22800, 0, 1, 2, 3, NULL, 4, 5, name};
    struct record_create record = described(&config);
    assert_int_equal(record.config_blocking, 0);
    assert_int_equal(record.config_cga_cluster_size, 1);
    assert_int_equal(record.config_min_ctas, 2);
    assert_int_equal(record.config_max_ctas, 3);
    assert_int_equal(record.config_split_share, 4);
    assert_int_equal(record.config_traffic_class, 5);
    assert_int_equal(strlen(record.name), RECORD_NAME_BYTES - 1);

    config.size = 48; /* as of NCCL 2.17: what follows is not there */
    record = described(&config);
    assert_int_equal(record.config_split_share, 4);
    assert_int_equal(record.config_traffic_class, -9);
    assert_string_equal(record.name, "");

    config.size = 16;
    assert_int_equal(described(&config).config_blocking, -9);
    config.size = SIZE_MAX;
    assert_int_equal(described(&config).config_blocking, -9);
    config.size = sizeof config;
    config.magic++;
    assert_int_equal(described(&config).config_blocking, -9);
    assert_int_equal(described(NULL).config_blocking, -9);
}

static void uses_of_a_unique_id_are_counted_for_each_rank(void **state)
{
    (void)state;
    unsigned char one[128] = {1}, two[128] = {2};
    assert_int_equal(unique_ids_use(one, 0), 0);
    assert_int_equal(unique_ids_use(one, 1), 0);
    assert_int_equal(unique_ids_use(two, 0), 0);
    assert_int_equal(unique_ids_use(one, 0), 1);
    assert_int_equal(unique_ids_use(one, 0), 2);
    assert_int_equal(unique_ids_use(one, 1), 1);
    unique_ids_forget();
    assert_int_equal(unique_ids_use(one, 0), 0);
}

static ncclComm_t handle_of(uintptr_t number)
{
    return (ncclComm_t)(number << 4);
}

static uint32_t count_and_free(struct pending *taken)
{
    uint32_t numbers = 0; /* as decimal digits, in order */
    while (taken) {
        struct pending *next = taken->next;
        numbers = numbers * 10 + taken->number;
        free(taken);
        taken = next;
    }
    return numbers;
}

static void pending_creations_are_taken_by_group_parent_and_handle(void **state)
{
    (void)state;
    ncclComm_t place[4] = {handle_of(1), NULL, handle_of(3), NULL};
    assert_false(pending_any());
    for (uint32_t i = 0; i < 4; i++)
        pending_add(
            &(struct pending){.newcomm = &place[i], .number = i + 1, .parent = 9, .thread = i < 2 ? 77 : 0});
    assert_true(pending_any());
    assert_int_equal(count_and_free(pending_take_group(78)), 0);
    assert_int_equal(count_and_free(pending_take_group(77)), 12);
    assert_int_equal(count_and_free(pending_take_handle(handle_of(1))), 0);
    assert_int_equal(count_and_free(pending_take_handle(handle_of(3))), 3);
    assert_int_equal(count_and_free(pending_take_children(8)), 0);
    assert_int_equal(count_and_free(pending_take_children(9)), 4);
    assert_false(pending_any());
}

static void a_place_that_is_gone_is_read_without_harm(void **state)
{
    (void)state;
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    ncclComm_t *place = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    *place = handle_of(5);
    const struct pending pending = {.newcomm = place, .number = 5};
    assert_ptr_equal(pending_handle(&pending), handle_of(5));
    munmap(place, page);
    assert_null(pending_handle(&pending));
    pending_add(&pending);
    assert_null(pending_take_handle(handle_of(5)));
    assert_int_equal(count_and_free(pending_take_children(0)), 5);
}

static void settings_that_make_no_sense_are_as_good_as_none(void **state)
{
    (void)state;
    const char *const nonsense[] = {"", "-1", "1e3", "12 ", "0x10", "99999999999999999999999"};
    for (size_t i = 0; i < sizeof nonsense / sizeof *nonsense; i++) {
        setenv("LOCKSTEP_RING_BYTES", nonsense[i], 1);
        setenv("LOCKSTEP_EXIT_WAIT_MS", nonsense[i], 1);
        assert_int_equal(settings_ring_bytes(), 0);
        assert_int_equal(settings_exit_wait_ms(), 2000);
    }
    setenv("LOCKSTEP_EXIT_WAIT_MS", "0", 1);
    assert_int_equal(settings_exit_wait_ms(), 0);
    setenv("LOCKSTEP_RING_BYTES", "1", 1);
    assert_int_equal(settings_ring_bytes(), RING_MIN_BYTES);
    setenv("LOCKSTEP_RING_BYTES", "18446744073709551615", 1);
    assert_int_equal(settings_ring_bytes(), RING_MAX_BYTES);
    setenv("LOCKSTEP_SPOOL", "", 1);
    assert_string_equal(settings_spool(), "/dev/shm");
    setenv("LOCKSTEP_DISABLE", "yes", 1);
    assert_false(settings_disabled());
}

/* unique_ids_forget() leaves what it forgets where it is: in the child of a fork, where it belongs, it may be
 * half changed. */
__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:unique_ids_use";
}

/* Hooks show the operation of the same name; of the same with another suffix for streams. */
static void calls_that_block_are_shown_as_what_they_are(void **state)
{
    (void)state;
#define CUDA_GRAPH(...)
#define CUDA_LAUNCH(...)
#define CUDA_OWN(...)
#define SHOWN(symbol, operation)                                                                             \
    assert_int_equal(operation_class(OPERATION_##operation), CLASS_BLOCKING);                                \
    assert_int_equal(strlen(operation_symbol(OPERATION_##operation)), strcspn(#symbol, "_"));                \
    assert_memory_equal(operation_symbol(OPERATION_##operation), #symbol, strcspn(#symbol, "_"));
#define CUDA_BLOCKING(symbol, operation, parameters, arguments) SHOWN(symbol, operation)
#define CUDA_BLOCKING_BARE(symbol, operation)                   SHOWN(symbol, operation)
#include "cuda.def"
#define MPI_BLOCKING(symbol, operation, words)                                                               \
    assert_int_equal(operation_class(OPERATION_##operation), CLASS_BLOCKING);                                \
    assert_string_equal(operation_symbol(OPERATION_##operation), #symbol);
#include "mpi.def"
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_function_is_found_by_its_name_and_nothing_else_is),
        cmocka_unit_test(libc_is_asked_without_dlsym),
        cmocka_unit_test(a_configuration_is_read_as_far_as_it_goes),
        cmocka_unit_test(uses_of_a_unique_id_are_counted_for_each_rank),
        cmocka_unit_test(pending_creations_are_taken_by_group_parent_and_handle),
        cmocka_unit_test(a_place_that_is_gone_is_read_without_harm),
        cmocka_unit_test(settings_that_make_no_sense_are_as_good_as_none),
        cmocka_unit_test(calls_that_block_are_shown_as_what_they_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
