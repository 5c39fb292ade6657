/* SPDX-License-Identifier: Apache-2.0 */
#include "identity.h"

#include "text.h"

#include <stdio.h>
#include <string.h>

/* Where a launcher says what. A row counts when every variable of `needs` is set and `rank` is a number. */
struct launcher {
    const char *source;
    const char *needs[2];
    const char *rank;
    const char *size;
    const char *local_rank;
};

/* The first that counts wins. RANK alone means nothing; with MASTER_ADDR it is what torch.distributed will
 * use, whoever set it. Slurm is last: its variables also surround programs that it did not start itself
 * (mpirun or python in a batch script see SLURM_PROCID=0). */
static const struct launcher launchers[] = {
    {"lockstep", {0}, "LOCKSTEP_RANK", "LOCKSTEP_WORLD_SIZE", "LOCKSTEP_LOCAL_RANK"},
    {"torchrun", {"TORCHELASTIC_RUN_ID"}, "RANK", "WORLD_SIZE", "LOCAL_RANK"},
    {"openmpi", {0}, "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_RANK"},
    {"torchrun", {"MASTER_ADDR", "WORLD_SIZE"}, "RANK", "WORLD_SIZE", "LOCAL_RANK"},
    {"pmix", {"PMIX_NAMESPACE"}, "PMIX_RANK", NULL, "PMIX_LOCAL_RANK"},
    {"slurm", {0}, "SLURM_PROCID", "SLURM_NTASKS", "SLURM_LOCALID"},
};

/* What names the job: `parts` joined by the separator in front of each. A row counts when every variable of
 * `needs` and every part is set. */
struct job_name {
    const char *needs[2];
    const char *parts[3];
    const char *separators;
};

static const struct job_name job_names[] = {
    {{0}, {"LOCKSTEP_JOB"}, ""},
    /* The run id alone is "none" unless one was asked for. */
    {{0}, {"TORCHELASTIC_RUN_ID", "MASTER_ADDR", "MASTER_PORT"}, "@:"},
    {{0}, {"TORCHELASTIC_RUN_ID"}, ""},
    {{"OMPI_COMM_WORLD_RANK"}, {"PMIX_NAMESPACE"}, ""},
    {{"OMPI_COMM_WORLD_RANK"}, {"OMPI_MCA_ess_base_jobid"}, ""},
    {{"RANK", "WORLD_SIZE"}, {"MASTER_ADDR", "MASTER_PORT"}, ":"},
    {{0}, {"PMIX_NAMESPACE"}, ""},
    {{0}, {"SLURM_JOB_ID", "SLURM_STEP_ID"}, "."},
    {{0}, {"SLURM_JOB_ID"}, ""},
    {{0}, {"MASTER_ADDR", "MASTER_PORT"}, ":"},
};

#define COUNT(table) (sizeof(table) / sizeof *(table))

static bool is_given(const struct environment *environment, const char *name)
{
    const char *value = environment_get(environment, name);
    return value && *value;
}

static bool all_given(const struct environment *environment, const char *const *names, size_t limit)
{
    for (size_t i = 0; i < limit && names[i]; i++)
        if (!is_given(environment, names[i]))
            return false;
    return true;
}

static int32_t number(const struct environment *environment, const char *name)
{
    return name ? environment_number(environment, name) : -1;
}

static void find_rank(struct identity *identity, const struct environment *environment)
{
    for (size_t i = 0; i < COUNT(launchers); i++) {
        const struct launcher *launcher = &launchers[i];
        if (!all_given(environment, launcher->needs, COUNT(launcher->needs)))
            continue;
        const int32_t rank = number(environment, launcher->rank);
        if (rank < 0)
            continue;
        identity->source = launcher->source;
        identity->rank = rank;
        identity->size = number(environment, launcher->size);
        if (identity->size <= rank) /* no world has such a rank: one of the two is not what it seems */
            identity->size = -1;
        identity->local_rank = number(environment, launcher->local_rank);
        return;
    }
}

static void find_job(struct identity *identity, const struct environment *environment)
{
    for (size_t i = 0; i < COUNT(job_names); i++) {
        const struct job_name *name = &job_names[i];
        if (!all_given(environment, name->needs, COUNT(name->needs)) ||
            !all_given(environment, name->parts, COUNT(name->parts)))
            continue;
        size_t length = 0;
        for (size_t part = 0; part < COUNT(name->parts) && name->parts[part]; part++) {
            const char separator[2] = {part > 0 ? name->separators[part - 1] : '\0', '\0'};
            const int written = snprintf(identity->job + length, sizeof identity->job - length, "%s%s",
                                         separator, environment_get(environment, name->parts[part]));
            length += written > 0 ? (size_t)written : 0;
            if (length >= sizeof identity->job)
                break;
        }
        text_clean(identity->job, strlen(identity->job));
        return;
    }
    snprintf(identity->job, sizeof identity->job, "default");
}

void identity_from_environment(struct identity *identity, const struct environment *environment)
{
    *identity = (struct identity){.source = "", .rank = -1, .size = -1, .local_rank = -1};
    find_rank(identity, environment);
    find_job(identity, environment);
}

bool identity_from_communicator(struct identity *identity, int32_t ranks, int32_t rank)
{
    if (rank < 0 || rank >= ranks)
        return false;
    if (identity->rank < 0) {
        identity->source = "communicator";
        identity->rank = rank;
        identity->size = ranks;
        return true;
    }
    if (identity->size < 0 && identity->rank == rank) {
        identity->size = ranks;
        return true;
    }
    return false;
}
