/* SPDX-License-Identifier: Apache-2.0
 *
 * Text on its way to a person: colours when asked for, lines wrapped, and nothing that a hostile name in a
 * trace could do to a terminal: what is no printable character comes out as '?'. Not thread-safe.
 */
#ifndef LOCKSTEP_REPORT_PAGE_H
#define LOCKSTEP_REPORT_PAGE_H

#include <stddef.h>
#include <stdio.h>

#include "report.h"

enum ink { INK_PLAIN, INK_BOLD, INK_FAINT, INK_RED, INK_YELLOW, INK_GREEN };

struct page {
    FILE *to; /* borrowed; its error indicator tells about failures */
    struct report_style style;
};

/* A page that writes to `to`; NULL style: no colours, 100 columns. */
struct page page_begin(FILE *to, const struct report_style *style);

/* Text in that colour. */
void page_print(const struct page *page, enum ink ink, const char *text);
/* The same, filled with spaces to `columns`. */
void page_cell(const struct page *page, enum ink ink, const char *text, size_t columns);
/* A paragraph: words wrapped to the width of the page, each line indented by `indent` columns, all but the
 * first by `hang` more, with a line end. */
void page_paragraph(const struct page *page, enum ink ink, size_t indent, size_t hang, const char *text);
/* The columns that `text` takes. */
size_t page_columns(const char *text);

#endif
