/* SPDX-License-Identifier: Apache-2.0
 *
 * dlsym and dlvsym: ask the router; then either return its answer or jump to libc's own function with the
 * registers and the stack as the caller left them.
 */
        .text

        .macro  ROUTED name, router
        .globl  \name
        .type   \name, %function
        .p2align 2
\name:
        .cfi_startproc
        hint    #34                     /* bti c */
        stp     x29, x30, [sp, #-48]!
        .cfi_def_cfa_offset 48
        .cfi_offset 29, -48
        .cfi_offset 30, -40
        mov     x29, sp
        stp     x0, x1, [sp, #16]
        str     x2, [sp, #32]
        bl      \router
        mov     x16, x1
        cbnz    x16, 1f
        ldp     x29, x30, [sp], #48
        ret
1:      ldp     x0, x1, [sp, #16]
        ldr     x2, [sp, #32]
        ldp     x29, x30, [sp], #48
        br      x16
        .cfi_endproc
        .size   \name, . - \name
        .endm

        ROUTED  dlsym, dlsym_route
        ROUTED  dlvsym, dlvsym_route

        .section .note.GNU-stack, "", %progbits
