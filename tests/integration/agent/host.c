/* SPDX-License-Identifier: Apache-2.0
 *
 * Opens a library for itself alone and calls a function of it: host LIBRARY FUNCTION.
 */
#include <dlfcn.h>
#include <stdio.h>

int main(int count, char **arguments)
{
    void *handle = count == 3 ? dlopen(arguments[1], RTLD_NOW | RTLD_LOCAL) : NULL;
    int (*run)(void) = handle ? (int (*)(void))dlsym(handle, arguments[2]) : NULL;
    if (!run) {
        fprintf(stderr, "%s\n", dlerror());
        return 8;
    }
    return run();
}
