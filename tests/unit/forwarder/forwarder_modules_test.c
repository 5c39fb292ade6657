/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "modules.h"

static const char map[] =
    "00400000-00401000 r--p 00000000 08:01 17 /opt/app/train\n"
    "00401000-00405000 r-xp 00001000 08:01 17 /opt/app/train\n"
    "00500000-00600000 rw-p 00000000 00:00 0 [heap]\n"
    "7f0000000000-7f0000100000 r-xp 00042000 08:01 99 /usr/lib/lib with space.so (deleted)\n"
    "7f0000200000-7f0000300000 r-xp 00000000 00:00 0\n"
    "ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0 [vsyscall]\n";

/* One that reads no map but the given. */
static void open_map(struct modules *modules, const char *text)
{
    *modules = (struct modules){.pid = -1, .read_ns = UINT64_MAX / 2};
    assert_int_equal(modules_parse(modules, strdup(text)), 0);
}

static void is_at(struct modules *modules, uint64_t address, const char *expected_path,
                  uint64_t expected_offset)
{
    const char *path;
    uint64_t offset;
    modules_find(modules, address, modules->read_ns, &path, &offset);
    assert_string_equal(path, expected_path);
    assert_int_equal(offset, expected_offset);
}

static void an_address_becomes_file_and_offset(void **state)
{
    (void)state;
    struct modules modules;
    open_map(&modules, map);
    assert_int_equal(modules.count, 6);
    is_at(&modules, 0x401234, "/opt/app/train", 0x1234);
    is_at(&modules, 0x400000, "/opt/app/train", 0);
    is_at(&modules, 0x404fff, "/opt/app/train", 0x4fff);
    is_at(&modules, 0x7f0000000010, "/usr/lib/lib with space.so (deleted)", 0x42010);
    modules_close(&modules);
}

static void what_is_in_no_file_stays_an_address(void **state)
{
    (void)state;
    struct modules modules;
    open_map(&modules, map);
    is_at(&modules, 0x405000, "", 0x405000);
    is_at(&modules, 0x500010, "", 0x500010);
    is_at(&modules, 0x7f0000200010, "", 0x7f0000200010);
    is_at(&modules, UINT64_MAX, "", UINT64_MAX);
    is_at(&modules, 0, "", 0);
    modules_close(&modules);
}

static void lines_that_make_no_sense_are_passed_over(void **state)
{
    (void)state;
    struct modules modules;
    open_map(&modules, "\n-\nzz-yy r-xp 0 0 0 /a\n2000-1000 r-xp 0 0:0 0 /backwards\n1000-2000\n"
                       "1000-2000 r-xp 0 0:0 0 /good\n1800-3000 r-xp 0 0:0 0 /overlaps\n5000-6000 r");
    assert_int_equal(modules.count, 1);
    is_at(&modules, 0x1800, "/good", 0x800);
    modules_close(&modules);
}

static void a_mapping_that_came_later_is_found(void **state)
{
    (void)state;
    struct modules modules;
    const char *path;
    uint64_t offset;
    modules_open(&modules, getpid(), 1);
    char self[4096] = "";
    assert_true(readlink("/proc/self/exe", self, sizeof self - 1) > 0);
    modules_find(&modules, (uint64_t)(uintptr_t)a_mapping_that_came_later_is_found, 1, &path, &offset);
    assert_string_equal(path, self);

    char name[] = "/tmp/lockstep-modules-XXXXXX";
    const int fd = mkstemp(name);
    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, 8192), 0);
    char *mapped = mmap(NULL, 8192, PROT_READ, MAP_PRIVATE, fd, 0);
    assert_true(mapped != MAP_FAILED);
    const uint64_t address = (uint64_t)(uintptr_t)mapped + 5000;
    modules_find(&modules, address, 2, &path, &offset); /* too soon to look again */
    assert_string_equal(path, "");
    modules_find(&modules, address, 1000000000, &path, &offset);
    assert_string_equal(path, name);
    assert_int_equal(offset, 5000);
    munmap(mapped, 8192);
    close(fd);
    unlink(name);
    modules_close(&modules);
}

static void a_process_that_is_gone_leaves_its_map(void **state)
{
    (void)state;
    struct modules modules;
    const char *path;
    uint64_t offset;
    const pid_t child = fork();
    if (child == 0) {
        pause();
        _exit(0);
    }
    modules_open(&modules, child, 1);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    modules_find(&modules, 1, 1000000000, &path, &offset); /* reads again, in vain */
    modules_find(&modules, (uint64_t)(uintptr_t)a_process_that_is_gone_leaves_its_map, 2000000000, &path,
                 &offset);
    assert_string_not_equal(path, "");
    modules_close(&modules);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_becomes_file_and_offset),
        cmocka_unit_test(what_is_in_no_file_stays_an_address),
        cmocka_unit_test(lines_that_make_no_sense_are_passed_over),
        cmocka_unit_test(a_mapping_that_came_later_is_found),
        cmocka_unit_test(a_process_that_is_gone_leaves_its_map),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
