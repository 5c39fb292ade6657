/* SPDX-License-Identifier: Apache-2.0
 *
 * dlsym and dlvsym: ask the router; then either return its answer or jump to libc's own function with the
 * registers and the stack as the caller left them.
 */
        .text

        .macro  ROUTED name, router
        .globl  \name
        .type   \name, @function
\name:
        .cfi_startproc
        endbr64
        pushq   %rdi
        .cfi_adjust_cfa_offset 8
        pushq   %rsi
        .cfi_adjust_cfa_offset 8
        pushq   %rdx
        .cfi_adjust_cfa_offset 8
        call    \router
        movq    %rdx, %r11
        popq    %rdx
        .cfi_adjust_cfa_offset -8
        popq    %rsi
        .cfi_adjust_cfa_offset -8
        popq    %rdi
        .cfi_adjust_cfa_offset -8
        testq   %r11, %r11
        jnz     1f
        ret
1:      jmp     *%r11
        .cfi_endproc
        .size   \name, . - \name
        .endm

        ROUTED  dlsym, dlsym_route
        ROUTED  dlvsym, dlvsym_route

        .section .note.GNU-stack, "", @progbits
