/* SPDX-License-Identifier: Apache-2.0 */
#include "log.h"

#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include "moment.h"

#define LINE_BYTES 2048

void log_open(struct log *log, bool quiet, bool plain)
{
    const char *no_color = getenv("NO_COLOR");
    const bool terminal = isatty(STDERR_FILENO);

    *log = (struct log){
        .to = stderr,
        .quiet = quiet,
        .terminal = terminal,
        .color = terminal && !plain && !(no_color && *no_color),
    };
}

void log_close(struct log *log)
{
    log_begin(log);
    fflush(log->to);
}

FILE *log_begin(struct log *log)
{
    if (log->progress_shown)
        fputs("\r\033[K", log->to);
    log->progress_shown = false;
    return log->to;
}

void log_end(struct log *log)
{
    fputc('\n', log->to);
    fflush(log->to);
}

static void write_line(struct log *log, const char *format, va_list arguments)
{
    char line[LINE_BYTES];

    vsnprintf(line, sizeof(line), format, arguments);
    for (char *at = line; *at; at++)
        if ((unsigned char)*at < 0x20 || *at == 0x7f)
            *at = '?';
    fprintf(log_begin(log), "lockstep-collector: %s", line);
    log_end(log);
}

void log_error(struct log *log, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    write_line(log, format, arguments);
    va_end(arguments);
}

void log_note(struct log *log, const char *format, ...)
{
    va_list arguments;

    if (log->quiet)
        return;
    va_start(arguments, format);
    write_line(log, format, arguments);
    va_end(arguments);
}

void log_progress(struct log *log, const char *text)
{
    if (log->quiet || !log->terminal)
        return;
    fprintf(log->to, "\r\033[K%s", text);
    fflush(log->to);
    log->progress_shown = true;
}

bool log_limit_allows(struct log_limit *limit, uint64_t monotonic_ns, uint64_t *held_back)
{
    if (limit->last_ns != 0 && monotonic_ns - limit->last_ns < LOG_LIMIT_S * NS_PER_S) {
        limit->held_back++;
        return false;
    }
    *held_back = limit->held_back;
    *limit = (struct log_limit){.last_ns = monotonic_ns};
    return true;
}
