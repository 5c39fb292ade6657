/* SPDX-License-Identifier: Apache-2.0 */
#include "error.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "api.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char last[1024];

static bool wanted(void)
{
    const char *level = getenv("NCCL_DEBUG");

    return level && (!strcasecmp(level, "WARN") || !strcasecmp(level, "INFO") || !strcasecmp(level, "TRACE"));
}

ncclResult_t error_note(ncclResult_t result, const char *format, ...)
{
    char message[sizeof(last)];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(message, sizeof(message), format, arguments);
    va_end(arguments);
    pthread_mutex_lock(&lock);
    memcpy(last, message, sizeof(last));
    pthread_mutex_unlock(&lock);
    if (wanted())
        fprintf(stderr, "lockstep-sim:%d NCCL WARN %s\n", getpid(), message);
    return result;
}

NCCL_API(const char *, ncclGetLastError, (ncclComm_t comm))
{
    (void)comm; /* as in the real one: the last of the process */
    return last;
}

NCCL_API(const char *, ncclGetErrorString, (ncclResult_t result))
{
    switch (result) {
    case ncclSuccess:
        return "no error";
    case ncclUnhandledCudaError:
        return "unhandled cuda error (run with NCCL_DEBUG=INFO for details)";
    case ncclSystemError:
        return "unhandled system error (run with NCCL_DEBUG=INFO for details)";
    case ncclInternalError:
        return "internal error";
    case ncclInvalidArgument:
        return "invalid argument (run with NCCL_DEBUG=WARN for details)";
    case ncclInvalidUsage:
        return "invalid usage (run with NCCL_DEBUG=WARN for details)";
    case ncclRemoteError:
        return "remote process exited or there was a network error";
    case ncclInProgress:
        return "NCCL operation in progress";
    default:
        return "unknown result code";
    }
}

void ncclResetDebugInitInternal(void);

/* The real one reads its logging variables again; here they are read when needed. */
void ncclResetDebugInitInternal(void)
{
}

NCCL_API(void, ncclResetDebugInit, (void))
{
    ncclResetDebugInitInternal();
}

NCCL_API(ncclResult_t, ncclGetVersion, (int *version))
{
    if (!version)
        return error_note(ncclInvalidArgument, "ncclGetVersion: version is NULL");
    *version = NCCL_VERSION_CODE;
    return ncclSuccess;
}
