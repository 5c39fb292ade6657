/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence.h"

#include <inttypes.h>
#include <string.h>

#include "rankset.h"

#define INDEX_BYTES 24
#define GAP         2  /* columns between cells */
#define WIDEST_CALL 60 /* a longer one pushes its own call site to the right, not everybody's */

struct widths {
    size_t index;
    size_t ranks;
    size_t call;
};

static void index_text(char text[INDEX_BYTES], const struct observation *row)
{
    text[0] = '\0';
    if (row->index >= 0)
        snprintf(text, INDEX_BYTES, "%" PRId64, row->index);
}

static void widen(size_t *width, const char *text)
{
    size_t columns = page_columns(text);

    if (columns > *width)
        *width = columns;
}

static struct widths measure(const struct finding *finding)
{
    struct widths widths = {0, strlen("ranks"), strlen("called")};

    for (size_t i = 0; i < finding->table_rows; i++) {
        const struct observation *row = &finding->table[i];
        char index[INDEX_BYTES];
        char ranks[RANKSET_SHORT_BYTES];

        index_text(index, row);
        rankset_short(ranks, &row->ranks);
        widen(&widths.index, index);
        widen(&widths.ranks, ranks);
        if (page_columns(row->text) <= WIDEST_CALL)
            widen(&widths.call, row->text);
    }
    if (widths.index > 0 && widths.index < strlen("call"))
        widths.index = strlen("call");
    return widths;
}

/* Cells are filled up only when another follows: no line ends in spaces. */
static void print_row(const struct page *page, const struct widths *widths, enum ink ink, const char *mark,
                      const char *const cells[4])
{
    page_cell(page, ink, mark, strlen("> "));
    if (widths->index > 0)
        page_cell(page, ink, cells[0], widths->index + GAP);
    page_cell(page, ink, cells[1], widths->ranks + GAP);
    page_cell(page, ink, cells[2], cells[3][0] ? widths->call + GAP : 0);
    page_print(page, INK_FAINT, cells[3]);
    fputc('\n', page->to);
}

static void print_observation(const struct page *page, const struct widths *widths,
                              const struct observation *row)
{
    char index[INDEX_BYTES];
    char ranks[RANKSET_SHORT_BYTES];
    const char *const cells[4] = {index, ranks, row->text, row->call_site};

    index_text(index, row);
    rankset_short(ranks, &row->ranks);
    print_row(page, widths, row->diverging && !row->expected ? INK_RED : INK_PLAIN,
              row->diverging ? "> " : "", cells);
}

void evidence_print(const struct page *page, const struct finding *finding, size_t indent)
{
    static const char *const heads[4] = {"call", "ranks", "called", ""};
    struct widths widths = measure(finding);

    if (finding->table_rows == 0)
        return;
    fprintf(page->to, "\n%*s", (int)indent, "");
    print_row(page, &widths, INK_FAINT, "", heads);
    for (size_t i = 0; i < finding->table_rows; i++) {
        fprintf(page->to, "%*s", (int)indent, "");
        print_observation(page, &widths, &finding->table[i]);
    }
}
