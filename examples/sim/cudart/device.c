/* SPDX-License-Identifier: Apache-2.0 */
#include "device.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture.h"
#include "error.h"
#include "stream.h"

enum { DEVICES_DEFAULT = 8, FIRST_BUS = 0x10, CAPABILITY_MAJOR = 9, CAPABILITY_MINOR = 0, PROCESSORS = 132 };

static const size_t memory_bytes = (size_t)80 << 30;

static _Thread_local int current;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static int count = DEVICES_DEFAULT;

static void load_driver(void)
{
    char path[4096];
    Dl_info self;
    const char *slash;

    if (!dladdr((void *)device_count, &self) || !self.dli_fname || !(slash = strrchr(self.dli_fname, '/')))
        return;
    snprintf(path, sizeof(path), "%.*s/libcuda.so.1", (int)(slash - self.dli_fname), self.dli_fname);
    dlopen(path, RTLD_NOW | RTLD_LOCAL);
}

static void begin(void)
{
    const char *text = getenv("LOCKSTEP_SIM_DEVICES");
    char *end;
    long wanted = text ? strtol(text, &end, 10) : 0;

    if (text && *text && !*end && wanted >= 1 && wanted <= DEVICES_MAX)
        count = (int)wanted;
    load_driver();
}

int device_count(void)
{
    pthread_once(&once, begin);
    return count;
}

int device_current(void)
{
    device_count();
    return current;
}

/* Work that is still running when the process ends is cut off, as on a GPU. */
__attribute__((destructor)) static void end(void)
{
    stream_stop_all();
}

static int valid(int device)
{
    return device >= 0 && device < device_count();
}

cudaError_t cudaGetDeviceCount(int *devices)
{
    if (!devices)
        return error_set(cudaErrorInvalidValue);
    *devices = device_count();
    return cudaSuccess;
}

cudaError_t cudaSetDevice(int device)
{
    if (!valid(device))
        return error_set(cudaErrorInvalidDevice);
    current = device;
    return cudaSuccess;
}

cudaError_t cudaGetDevice(int *device)
{
    if (!device)
        return error_set(cudaErrorInvalidValue);
    *device = device_current();
    return cudaSuccess;
}

cudaError_t cudaInitDevice(int device, unsigned int device_flags, unsigned int flags)
{
    (void)device_flags;
    (void)flags;
    return error_set(valid(device) ? cudaSuccess : cudaErrorInvalidDevice);
}

cudaError_t cudaSetDeviceFlags(unsigned int flags)
{
    (void)flags;
    return cudaSuccess;
}

cudaError_t cudaGetDeviceFlags(unsigned int *flags)
{
    if (!flags)
        return error_set(cudaErrorInvalidValue);
    *flags = 0;
    return cudaSuccess;
}

cudaError_t cudaDeviceReset(void)
{
    cudaError_t error = capture_refuse_unsafe();

    if (!error)
        stream_drain_device(device_current());
    return error_set(error);
}

cudaError_t cudaGetDeviceProperties(struct cudaDeviceProp *prop, int device)
{
    if (!prop)
        return error_set(cudaErrorInvalidValue);
    if (!valid(device))
        return error_set(cudaErrorInvalidDevice);
    memset(prop, 0, sizeof(*prop));
    snprintf(prop->name, sizeof(prop->name), "Lockstep stand-in");
    snprintf(prop->uuid.bytes, sizeof(prop->uuid.bytes), "lockstep-sim-%02x", (unsigned)device & 0xff);
    prop->totalGlobalMem = memory_bytes;
    prop->sharedMemPerBlock = 48 << 10;
    prop->regsPerBlock = 65536;
    prop->warpSize = 32;
    prop->maxThreadsPerBlock = 1024;
    prop->major = CAPABILITY_MAJOR;
    prop->minor = CAPABILITY_MINOR;
    prop->multiProcessorCount = PROCESSORS;
    prop->canMapHostMemory = 1;
    prop->concurrentKernels = 1;
    prop->pciBusID = FIRST_BUS + device;
    prop->asyncEngineCount = 1;
    prop->unifiedAddressing = 1;
    prop->maxThreadsPerMultiProcessor = 2048;
    prop->managedMemory = 1;
    return cudaSuccess;
}

cudaError_t cudaDeviceGetAttribute(int *value, enum cudaDeviceAttr attribute, int device)
{
    if (!value)
        return error_set(cudaErrorInvalidValue);
    if (!valid(device))
        return error_set(cudaErrorInvalidDevice);
    switch (attribute) {
    case cudaDevAttrMaxThreadsPerBlock:
        *value = 1024;
        break;
    case cudaDevAttrWarpSize:
        *value = 32;
        break;
    case cudaDevAttrMultiProcessorCount:
        *value = PROCESSORS;
        break;
    case cudaDevAttrPciBusId:
        *value = FIRST_BUS + device;
        break;
    case cudaDevAttrComputeCapabilityMajor:
        *value = CAPABILITY_MAJOR;
        break;
    case cudaDevAttrComputeCapabilityMinor:
        *value = CAPABILITY_MINOR;
        break;
    case cudaDevAttrCanMapHostMemory:
    case cudaDevAttrUnifiedAddressing:
    case cudaDevAttrManagedMemory:
    case cudaDevAttrMemoryPoolsSupported:
        *value = 1;
        break;
    default: /* an ability that the stand-in does not have, or a place that is 0 */
        *value = 0;
        break;
    }
    return cudaSuccess;
}

cudaError_t cudaDeviceGetPCIBusId(char *id, int length, int device)
{
    if (!id || length < 13)
        return error_set(cudaErrorInvalidValue);
    if (!valid(device))
        return error_set(cudaErrorInvalidDevice);
    snprintf(id, (size_t)length, "0000:%02X:00.0", (unsigned)(FIRST_BUS + device) & 0xff);
    return cudaSuccess;
}

cudaError_t cudaDeviceGetByPCIBusId(int *device, const char *id)
{
    unsigned domain;
    unsigned bus;

    if (!device || !id)
        return error_set(cudaErrorInvalidValue);
    if (sscanf(id, "%x:%x:", &domain, &bus) != 2 || domain != 0 || bus < FIRST_BUS ||
        !valid((int)bus - FIRST_BUS))
        return error_set(cudaErrorInvalidDevice);
    *device = (int)bus - FIRST_BUS;
    return cudaSuccess;
}

cudaError_t cudaDeviceGetStreamPriorityRange(int *least, int *greatest)
{
    if (least)
        *least = 0;
    if (greatest)
        *greatest = -5;
    return cudaSuccess;
}

cudaError_t cudaDeviceCanAccessPeer(int *can, int device, int peer)
{
    if (!can)
        return error_set(cudaErrorInvalidValue);
    if (!valid(device) || !valid(peer))
        return error_set(cudaErrorInvalidDevice);
    *can = device != peer;
    return cudaSuccess;
}

cudaError_t cudaDeviceEnablePeerAccess(int peer, unsigned int flags)
{
    (void)flags;
    return error_set(valid(peer) && peer != device_current() ? cudaSuccess : cudaErrorInvalidDevice);
}

cudaError_t cudaDeviceDisablePeerAccess(int peer)
{
    return error_set(valid(peer) ? cudaSuccess : cudaErrorInvalidDevice);
}
