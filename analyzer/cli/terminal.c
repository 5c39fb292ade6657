/* SPDX-License-Identifier: Apache-2.0 */
#include "terminal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define WIDEST 100 /* longer lines are hard to read */

/* no-color.org: any value but the empty one. */
static bool color_is_wanted(void)
{
    const char *no_color = getenv("NO_COLOR");
    const char *terminal = getenv("TERM");

    return !(no_color && *no_color) && !(terminal && strcmp(terminal, "dumb") == 0);
}

struct report_style terminal_style(FILE *to, bool no_color)
{
    struct report_style style = {.width = WIDEST};
    struct winsize size;

    if (!isatty(fileno(to)))
        return style;
    style.color = !no_color && color_is_wanted();
    if (ioctl(fileno(to), TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_col < WIDEST)
        style.width = size.ws_col;
    return style;
}
