/* SPDX-License-Identifier: Apache-2.0 */
#include "log.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* The log is the process's, like its standard error: the one piece of state outside struct forwarder. */
static int log_descriptor = -1;

void log_open(void)
{
    const char *path = getenv("LOCKSTEP_LOG");
    const char *debug = getenv("LOCKSTEP_DEBUG");
    if (path && *path)
        log_descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    else if (debug && *debug && strcmp(debug, "0") != 0)
        log_descriptor = STDERR_FILENO;
}

void log_line(const char *format, ...)
{
    if (log_descriptor < 0)
        return;
    char line[1024];
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    int length = snprintf(line, sizeof line, "lockstep-forwarder[%d] %lld.%06ld: ", (int)getpid(),
                          (long long)now.tv_sec, now.tv_nsec / 1000);
    va_list arguments;
    va_start(arguments, format);
    length += vsnprintf(line + length, sizeof line - (size_t)length, format, arguments);
    va_end(arguments);
    if (length > (int)sizeof line - 2)
        length = (int)sizeof line - 2;
    line[length] = '\n';
    /* A log that cannot be written has nobody to tell. */
    if (write(log_descriptor, line, (size_t)length + 1) < 0)
        return;
}
