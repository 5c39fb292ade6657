/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "endpoint.h"

static void loopback_is_local(void **state)
{
    (void)state;
    assert_true(endpoint_is_local("tcp://127.0.0.1:5757"));
    assert_true(endpoint_is_local("tcp://127.0.0.1:*"));
    assert_true(endpoint_is_local("tcp://127.8.9.10:1"));
    assert_true(endpoint_is_local("tcp://[::1]:5757"));
    assert_true(endpoint_is_local("tcp://localhost:5757"));
    assert_true(endpoint_is_local("tcp://lo:5757"));
    assert_true(endpoint_is_local("ipc:///tmp/socket"));
}

static void everything_else_is_not(void **state)
{
    (void)state;
    assert_false(endpoint_is_local("tcp://*:5757"));
    assert_false(endpoint_is_local("tcp://0.0.0.0:5757"));
    assert_false(endpoint_is_local("tcp://[::]:5757"));
    assert_false(endpoint_is_local("tcp://10.0.0.1:5757"));
    assert_false(endpoint_is_local("tcp://eth0:5757"));
    assert_false(endpoint_is_local("tcp://127.0.0.1.example.org:5757"));
    assert_false(endpoint_is_local("tcp://localhost.example.org:5757"));
    assert_false(endpoint_is_local("tcp://10.0.0.1;127.0.0.1:5757"));
    assert_false(endpoint_is_local("tcp://127.0.0.1"));
    assert_false(endpoint_is_local("tcp://"));
    assert_false(endpoint_is_local("127.0.0.1:5757"));
    assert_false(endpoint_is_local(""));
}

static void only_tcp_and_ipc_are_served(void **state)
{
    (void)state;
    assert_true(endpoint_is_known("tcp://x:1"));
    assert_true(endpoint_is_known("ipc://x"));
    assert_false(endpoint_is_known("inproc://x"));
    assert_false(endpoint_is_known("udp://127.0.0.1:1"));
    assert_false(endpoint_is_known("5757"));
    assert_false(endpoint_is_known(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loopback_is_local),
        cmocka_unit_test(everything_else_is_not),
        cmocka_unit_test(only_tcp_and_ipc_are_served),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
