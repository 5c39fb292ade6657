/* SPDX-License-Identifier: Apache-2.0
 *
 * The hooked dlsym and dlvsym, which let programs that open NCCL themselves (ctypes, JAX, vLLM) be seen:
 * asked for a hooked function in a particular copy of NCCL or of the CUDA runtime, they answer with our
 * wrapper for that copy. Every other question goes to libc's own by a jump that leaves registers and stack as
 * they were: RTLD_NEXT and RTLD_DEFAULT depend on the caller's return address. LOCKSTEP_DLSYM=0 turns it off.
 * The entry points are in dlsym_ARCHITECTURE.S; where there is none, nothing is hooked.
 */
#ifndef LOCKSTEP_PRELOAD_DLSYM_H
#define LOCKSTEP_PRELOAD_DLSYM_H

/* libc's own. Any thread. Sets dlerror() as usual when it returns NULL. */
void *dlsym_real(void *handle, const char *name);

#endif
