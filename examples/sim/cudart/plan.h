/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_CUDART_PLAN_H
#define SIM_CUDART_PLAN_H

/* A graph made ready to run: its nodes laid out in lanes, chains of nodes that must follow each other.
 * Independent lanes run at the same time, as branches of a graph do on a GPU: two of them may wait for the
 * same other rank. Does not change once made; shared by counting references, since a launch may outlive its
 * executable. */

#include <stdbool.h>

#include "graph.h"

struct plan;

struct plan *plan_create(const struct CUgraph_st *graph);
struct plan *plan_retain(struct plan *plan);
void plan_release(void *plan);

/* Runs everything and returns when it is done. Two runs of one plan follow each other. */
void plan_run(void *plan);

/* Have both the same nodes, by type and dependencies? */
enum cudaGraphExecUpdateResult plan_compare(const struct plan *plan, const struct plan *other);

#endif
