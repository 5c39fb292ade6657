/* SPDX-License-Identifier: Apache-2.0
 *
 * Symbols of libc itself, found without dlsym: the preload exports a dlsym, so asking the linker for one
 * gives ours.
 */
#ifndef LOCKSTEP_PRELOAD_LIBC_SYMBOL_H
#define LOCKSTEP_PRELOAD_LIBC_SYMBOL_H

/* The address of `name` in libc.so.6 (before glibc 2.34: libdl.so.2), or NULL. Any thread. */
void *libc_symbol(const char *name);

#endif
