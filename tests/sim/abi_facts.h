/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ABI_FACTS_H
#define ABI_FACTS_H

/* Numbers that a program compiled against the headers has in it: values of names, sizes and offsets. */

struct abi_fact {
    const char *name;
    long long value;
};

/* Both end with a NULL name and come from abi_facts.c, compiled against the one and the other headers. */
extern const struct abi_fact abi_facts_of_real[];
extern const struct abi_fact abi_facts_of_ours[];

#endif
