/* SPDX-License-Identifier: Apache-2.0 */
#include "environment.h"

#include "secrets.h"
#include "text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What a report may show: names as they are, or prefixes that end in an underscore. */
static const char *const shown_names[] = {
    "NCCL_",
    "TORCH_NCCL_",
    "CUDA_",
    "LOCKSTEP_",
    "OMPI_COMM_WORLD_",
    "TORCH_DISTRIBUTED_DEBUG",
    "TORCH_CPP_LOG_LEVEL",
    "TORCHELASTIC_RUN_ID",
    "TORCHELASTIC_RESTART_COUNT",
    "PMIX_RANK",
    "PMIX_NAMESPACE",
    "SLURM_JOB_ID",
    "SLURM_STEP_ID",
    "SLURM_PROCID",
    "SLURM_LOCALID",
    "SLURM_NODEID",
    "SLURM_NTASKS",
    "RANK",
    "WORLD_SIZE",
    "LOCAL_RANK",
    "LOCAL_WORLD_SIZE",
    "GROUP_RANK",
    "MASTER_ADDR",
    "MASTER_PORT",
};

static int append(struct environment *environment, const char *entry)
{
    if (!strchr(entry, '='))
        return 0;
    char **grown = realloc(environment->entries, (environment->count + 1) * sizeof *environment->entries);
    if (!grown)
        return -ENOMEM;
    environment->entries = grown;
    grown[environment->count] = strdup(entry);
    if (!grown[environment->count])
        return -ENOMEM;
    environment->count++;
    return 0;
}

int environment_copy(struct environment *environment, char *const *entries)
{
    *environment = (struct environment){0};
    for (; *entries; entries++) {
        const int result = append(environment, *entries);
        if (result != 0) {
            environment_clear(environment);
            return result;
        }
    }
    return 0;
}

void environment_clear(struct environment *environment)
{
    for (size_t i = 0; i < environment->count; i++)
        free(environment->entries[i]);
    free(environment->entries);
    *environment = (struct environment){0};
}

const char *environment_get(const struct environment *environment, const char *name)
{
    const size_t length = strlen(name);
    for (size_t i = 0; i < environment->count; i++) {
        const char *entry = environment->entries[i];
        if (strncmp(entry, name, length) == 0 && entry[length] == '=')
            return entry + length + 1;
    }
    return NULL;
}

int32_t environment_number(const struct environment *environment, const char *name)
{
    const char *text = environment_get(environment, name);
    if (!text || *text < '0' || *text > '9')
        return -1;
    char *end;
    errno = 0;
    const long value = strtol(text, &end, 10);
    return *end || errno || value > INT32_MAX ? -1 : (int32_t)value;
}

bool environment_set(const struct environment *environment, const char *name)
{
    const char *value = environment_get(environment, name);
    return value && *value && strcmp(value, "0") != 0;
}

static bool may_be_shown(const char *name, size_t length)
{
    if (secret_name(name, length))
        return false;
    for (size_t i = 0; i < sizeof shown_names / sizeof *shown_names; i++) {
        const char *shown = shown_names[i];
        const size_t shown_length = strlen(shown);
        const bool prefix = shown[shown_length - 1] == '_';
        if ((prefix ? length > shown_length : length == shown_length) &&
            strncmp(name, shown, shown_length) == 0)
            return true;
    }
    return false;
}

/* Writes a clean copy at `*to`, which moves behind it, and returns the copy. */
static const char *append_text(char **to, const char *text, size_t length)
{
    char *copy = *to;
    memcpy(copy, text, length);
    copy[length] = '\0';
    text_clean(copy, length);
    *to = copy + length + 1;
    return copy;
}

static int by_name(const void *left, const void *right)
{
    return strcmp(((const struct variable *)left)->name, ((const struct variable *)right)->name);
}

ssize_t environment_shown(const struct environment *environment, struct variable **shown)
{
    size_t count = 0;
    size_t bytes = 0;
    for (size_t i = 0; i < environment->count; i++) {
        const char *entry = environment->entries[i];
        const size_t length = (size_t)(strchr(entry, '=') - entry);
        if (may_be_shown(entry, length)) {
            count++;
            bytes += length + 1 + strnlen(entry + length + 1, ENVIRONMENT_VALUE_BYTES) + 1;
        }
    }
    struct variable *variables = malloc(count * sizeof *variables + bytes + 1);
    if (!variables)
        return -ENOMEM;
    char *text = (char *)(variables + count);
    size_t filled = 0;
    for (size_t i = 0; i < environment->count; i++) {
        const char *entry = environment->entries[i];
        const size_t length = (size_t)(strchr(entry, '=') - entry);
        if (!may_be_shown(entry, length))
            continue;
        variables[filled].name = append_text(&text, entry, length);
        variables[filled].value =
            append_text(&text, entry + length + 1, strnlen(entry + length + 1, ENVIRONMENT_VALUE_BYTES));
        filled++;
    }
    qsort(variables, filled, sizeof *variables, by_name);
    *shown = variables;
    return (ssize_t)filled;
}
