/* SPDX-License-Identifier: Apache-2.0 */
#include "page.h"

#include <stdbool.h>
#include <string.h>

#define DEFAULT_WIDTH 100
#define LEAST_WIDTH   40

static const char *const escapes[] = {
    [INK_PLAIN] = "",         [INK_BOLD] = "\033[1m",      [INK_FAINT] = "\033[2m",
    [INK_RED] = "\033[1;31m", [INK_YELLOW] = "\033[1;33m", [INK_GREEN] = "\033[1;32m",
};

struct page page_begin(FILE *to, const struct report_style *style)
{
    struct page page = {.to = to};

    if (style)
        page.style = *style;
    if (page.style.width == 0)
        page.style.width = DEFAULT_WIDTH;
    if (page.style.width < LEAST_WIDTH)
        page.style.width = LEAST_WIDTH;
    return page;
}

static void begin_ink(const struct page *page, enum ink ink)
{
    if (page->style.color)
        fputs(escapes[ink], page->to);
}

static void end_ink(const struct page *page, enum ink ink)
{
    if (page->style.color && ink != INK_PLAIN)
        fputs("\033[0m", page->to);
}

static bool continues_character(char byte)
{
    return ((unsigned char)byte & 0xc0) == 0x80;
}

/* A terminal takes C0 controls, delete, and C1 controls (in UTF-8: c2 80 to c2 9f) as commands. */
static bool is_control(const char *text)
{
    unsigned char byte = (unsigned char)text[0];

    return byte < 0x20 || byte == 0x7f || (byte == 0xc2 && (unsigned char)text[1] < 0xa0);
}

static void put_text(FILE *to, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (!is_control(text + i)) {
            fputc(text[i], to);
            continue;
        }
        fputc('?', to);
        while (i + 1 < length && continues_character(text[i + 1]))
            i++;
    }
}

static size_t columns_of(const char *text, size_t length)
{
    size_t columns = 0;

    for (size_t i = 0; i < length; i++)
        columns += !continues_character(text[i]);
    return columns;
}

size_t page_columns(const char *text)
{
    return columns_of(text, strlen(text));
}

void page_print(const struct page *page, enum ink ink, const char *text)
{
    if (!*text)
        return;
    begin_ink(page, ink);
    put_text(page->to, text, strlen(text));
    end_ink(page, ink);
}

void page_cell(const struct page *page, enum ink ink, const char *text, size_t columns)
{
    page_print(page, ink, text);
    for (size_t used = page_columns(text); used < columns; used++)
        fputc(' ', page->to);
}

void page_paragraph(const struct page *page, enum ink ink, size_t indent, size_t hang, const char *text)
{
    size_t left = indent;
    size_t column = 0;
    bool begun = false; /* something is on this line */

    begin_ink(page, ink);
    for (const char *word = text + strspn(text, " \n"); *word;) {
        size_t length = strcspn(word, " \n");
        size_t columns = columns_of(word, length);

        if (begun && column + 1 + columns > page->style.width) {
            fputc('\n', page->to);
            begun = false;
            left = indent + hang;
        }
        if (!begun)
            column = (size_t)fprintf(page->to, "%*s", (int)left, "");
        else
            column += (size_t)fprintf(page->to, " ");
        put_text(page->to, word, length);
        column += columns;
        begun = true;
        word += length + strspn(word + length, " \n");
    }
    end_ink(page, ink);
    fputc('\n', page->to);
}
