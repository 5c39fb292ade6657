/* SPDX-License-Identifier: Apache-2.0
 *
 * An assertion that works in helpers too: cmocka's needs its headers in the right order, once.
 */
#ifndef TESTS_FORWARDER_CHECK_H
#define TESTS_FORWARDER_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define check(condition) assert_true(condition)

#endif
