/* SPDX-License-Identifier: Apache-2.0 */
#include "golden.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define GOLDEN_BYTES 65536

void golden_expect(const char *name, const char *text)
{
    static char expected[GOLDEN_BYTES];
    char path[1024];
    FILE *file;

    snprintf(path, sizeof(path), "%s/%s", GOLDEN_FOLDER, name);
    if (getenv("LOCKSTEP_UPDATE_GOLDEN")) {
        file = fopen(path, "w");
        assert_non_null(file);
        assert_true(fputs(text, file) >= 0);
        assert_int_equal(fclose(file), 0);
        return;
    }
    file = fopen(path, "r");
    if (!file)
        fail_msg("%s cannot be opened", path);
    expected[fread(expected, 1, sizeof(expected) - 1, file)] = '\0';
    fclose(file);
    if (strcmp(expected, text) != 0)
        fail_msg("%s holds\n%s\nbut this was written:\n%s", path, expected, text);
}
