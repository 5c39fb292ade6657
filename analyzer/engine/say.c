/* SPDX-License-Identifier: Apache-2.0 */
#include "say.h"

#include <stdarg.h>
#include <stdio.h>

const char *say(struct arena *arena, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    char *text = length < 0 ? NULL : arena_alloc(arena, (size_t)length + 1);
    if (!text)
        return "";
    va_start(arguments, format);
    vsnprintf(text, (size_t)length + 1, format, arguments);
    va_end(arguments);
    return text;
}

const char *say_duration(struct arena *arena, unsigned long long ns)
{
    if (ns < 1000000000)
        return say(arena, "%llu ms", ns / 1000000);
    if (ns < 120ull * 1000000000)
        return say(arena, "%.1f s", (double)ns / 1e9);
    return say(arena, "%llu min", ns / 60 / 1000000000);
}
