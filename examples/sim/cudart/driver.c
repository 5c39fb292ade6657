/* SPDX-License-Identifier: Apache-2.0 */
#include <dlfcn.h>
#include <string.h>

#include "device.h"
#include "error.h"
#include "simrt.h"

/* What is asked of the driver library, and what the other libraries ask of the devices. */

int simrt_device(void)
{
    return device_current();
}

int simrt_device_count(void)
{
    return device_count();
}

cudaError_t simrt_set_device(int device)
{
    return cudaSetDevice(device);
}

cudaError_t cudaGetDriverEntryPointByVersion(const char *symbol, void **function, unsigned int version,
                                             unsigned long long flags,
                                             enum cudaDriverEntryPointQueryResult *status)
{
    int (*find)(const char *, void **, int, unsigned long long, int *) = NULL;
    void *driver;
    int result = 1;

    if (!symbol || !function)
        return error_set(cudaErrorInvalidValue);
    *function = NULL;
    device_count(); /* loads it */
    driver = dlopen("libcuda.so.1", RTLD_NOW | RTLD_NOLOAD);
    if (driver) {
        void *found = dlsym(driver, "cuGetProcAddress_v2");

        memcpy(&find, &found, sizeof(find));
        if (find)
            find(symbol, function, (int)version, flags, &result);
        dlclose(driver);
    }
    if (status)
        *status = *function ? cudaDriverEntryPointSuccess : cudaDriverEntryPointSymbolNotFound;
    return cudaSuccess;
}

cudaError_t cudaGetDriverEntryPoint(const char *symbol, void **function, unsigned long long flags,
                                    enum cudaDriverEntryPointQueryResult *status)
{
    return cudaGetDriverEntryPointByVersion(symbol, function, CUDART_VERSION, flags, status);
}
