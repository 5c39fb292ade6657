/* SPDX-License-Identifier: Apache-2.0
 *
 * What must not leave the machine: passwords, tokens and keys in environment variables and command lines,
 * recognised by the name that goes before them. Pure.
 */
#ifndef LOCKSTEP_FORWARDER_SECRETS_H
#define LOCKSTEP_FORWARDER_SECRETS_H

#include <stdbool.h>
#include <stddef.h>

#define SECRET_STAND_IN "***"

/* Does a variable or option with this name (letter case and '-' or '_' aside) hold a secret? */
bool secret_name(const char *name, size_t length);

/* A copy of the arguments in `block` (each ended by a zero, `length` bytes in all) where what follows a
 * secret's name ("--token=X", "--token X", "TOKEN=X") reads SECRET_STAND_IN. At most `limit` arguments. The
 * copy is one allocation: free(*arguments). Returns their number or -ENOMEM. */
long secrets_redact(const char *block, size_t length, size_t limit, char ***arguments);

#endif
