/* SPDX-License-Identifier: Apache-2.0 */
#include "device.h"

#include "libraries.h"

typedef int (*get_int_function)(int *value);
typedef int (*get_bus_id_function)(char *text, int size, int device);

/* Asks `runtime` of the CUDA runtime or else `driver` of the driver; both fill an int and return 0. */
static int ask(const char *runtime, const char *driver, int otherwise)
{
    int value = otherwise;
    get_int_function function = runtime ? (get_int_function)libraries_cuda_runtime_symbol(runtime) : NULL;
    if (function && function(&value) == 0)
        return value;
    function = driver ? (get_int_function)libraries_cuda_driver_symbol(driver) : NULL;
    return function && function(&value) == 0 ? value : otherwise;
}

int device_current(void)
{
    return ask("cudaGetDevice", "cuCtxGetDevice", -1);
}

int device_runtime_version(void)
{
    return ask("cudaRuntimeGetVersion", NULL, 0);
}

int device_driver_version(void)
{
    return ask("cudaDriverGetVersion", "cuDriverGetVersion", 0);
}

void device_pci_bus_id(int device, char *text, size_t size)
{
    get_bus_id_function function =
        (get_bus_id_function)libraries_cuda_runtime_symbol("cudaDeviceGetPCIBusId");
    if (!function)
        function = (get_bus_id_function)libraries_cuda_driver_symbol("cuDeviceGetPCIBusId");
    if (!function || device < 0 || function(text, (int)size, device) != 0)
        text[0] = '\0';
    text[size - 1] = '\0';
}
