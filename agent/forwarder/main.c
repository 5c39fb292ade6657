/* SPDX-License-Identifier: Apache-2.0
 *
 * lockstep-forwarder: the ring of one traced process to the collector.
 */
#include "daemon.h"
#include "forwarder.h"
#include "log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int complain(const char *what, const char *name, int result)
{
    fprintf(stderr, "lockstep-forwarder: %s: %s: %s\n", what, name, strerror(-result));
    log_line("%s: %s: %s", what, name, strerror(-result));
    return EXIT_FAILURE;
}

int main(int argc, char **argv)
{
    static struct forwarder forwarder = {.signals = -1};
    options_parse(&forwarder.options, argc, argv);
    log_open();

    int result = ring_open(&forwarder.ring, forwarder.options.ring);
    if (result != 0)
        return complain("opening the ring", forwarder.options.ring, result);
    process_watch(&forwarder.process, forwarder.options.pid);
    result = daemon_leave_family(forwarder.options.pid);
    if (result != 0)
        return complain("leaving", "fork", result);
    daemon_be_modest();

    result = forwarder_open(&forwarder);
    if (result == 0)
        forwarder_run(&forwarder);
    else
        complain("starting", forwarder.options.collector, result);
    forwarder_close(&forwarder);
    return result == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
