/* SPDX-License-Identifier: Apache-2.0
 *
 * Outputs that are kept in files and reviewed like code. LOCKSTEP_UPDATE_GOLDEN=1 writes them anew.
 */
#ifndef LOCKSTEP_TESTS_GOLDEN_H
#define LOCKSTEP_TESTS_GOLDEN_H

/* Fails the test, showing both, when `text` is not what golden/NAME holds. */
void golden_expect(const char *name, const char *text);

#endif
