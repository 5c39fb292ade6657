/* SPDX-License-Identifier: Apache-2.0
 *
 * Command lines, paths and names are whatever bytes a system holds; messages, manifests and reports are
 * UTF-8.
 */
#ifndef LOCKSTEP_PROTO_TEXT_H
#define LOCKSTEP_PROTO_TEXT_H

#include <stddef.h>

/* Replaces each byte that is not part of well-formed UTF-8, and each zero byte, by '?'. */
void text_clean(char *text, size_t length);

#endif
