/* SPDX-License-Identifier: Apache-2.0 */
#include "secrets.h"

#include "text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *const telling_words[] = {"KEY",        "TOKEN",      "SECRET", "PASSWD", "PASSWORD",
                                            "PASSPHRASE", "CREDENTIAL", "AUTH",   "PASS"};

bool secret_name(const char *name, size_t length)
{
    for (size_t word = 0; word < sizeof telling_words / sizeof *telling_words; word++) {
        const size_t word_length = strlen(telling_words[word]);
        for (size_t at = 0; at + word_length <= length; at++)
            if (strncasecmp(name + at, telling_words[word], word_length) == 0)
                return true;
    }
    return false;
}

/* Length of the part of `argument` that names what comes behind '='; the whole of it without one. */
static size_t name_length(const char *argument, size_t size)
{
    const char *equals = memchr(argument, '=', size);
    return equals ? (size_t)(equals - argument) : size;
}

/* "--token" and "-token" ask for a value in the next argument; "token" alone is a word. */
static bool is_option(const char *argument)
{
    return argument[0] == '-' && argument[1] != '\0';
}

long secrets_redact(const char *block, size_t length, size_t limit, char ***arguments)
{
    size_t count = 0;
    for (size_t at = 0; at < length && count < limit; at += strnlen(block + at, length - at) + 1)
        count++;
    /* "X=" may grow by the stand-in, and so may an empty value. */
    char **copies = malloc(count * (sizeof *copies + sizeof SECRET_STAND_IN) + length + 1);
    if (!copies)
        return -ENOMEM;
    char *text = (char *)(copies + count);
    bool hide_next = false;
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        const char *argument = block + at;
        const size_t size = strnlen(argument, length - at);
        copies[i] = text;
        const size_t name = name_length(argument, size);
        const bool secret = secret_name(argument, name);
        if (hide_next && !is_option(argument)) {
            text = stpcpy(text, SECRET_STAND_IN) + 1;
        } else if (secret && name < size) {
            memcpy(text, argument, name + 1);
            text = stpcpy(text + name + 1, SECRET_STAND_IN) + 1;
        } else {
            memcpy(text, argument, size);
            text[size] = '\0';
            text += size + 1;
        }
        text_clean(copies[i], strlen(copies[i]));
        hide_next = secret && name == size && is_option(argument);
        at += size + 1;
    }
    *arguments = copies;
    return (long)count;
}
