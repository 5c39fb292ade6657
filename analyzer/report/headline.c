/* SPDX-License-Identifier: Apache-2.0 */
#include "headline.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* The length of the first sentence, without its full stop. */
static size_t sentence_length(const char *text)
{
    const char *end = strstr(text, ". ");

    if (end)
        return (size_t)(end - text);
    return strlen(text) - (text[0] && text[strlen(text) - 1] == '.');
}

char *headline(const struct finding *finding)
{
    const char *said = finding->explanation[0] ? finding->explanation : finding_code_meaning(finding->code);
    const size_t length = sentence_length(said);
    const char *confidence = confidence_name(finding->confidence);
    const bool certain = finding->confidence == CONFIDENCE_CERTAIN;
    char *text;

    if (asprintf(&text, "%.*s%s%s%s", (int)length, said, certain ? "" : " (", certain ? "" : confidence,
                 certain ? "" : ")") < 0)
        return NULL;
    text[0] = (char)toupper((unsigned char)text[0]);
    return text;
}

const char *headline_rest(const struct finding *finding)
{
    const char *rest = finding->explanation + sentence_length(finding->explanation);

    return rest + strspn(rest, ". ");
}
