#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Runs its arguments as one rank among several that share a GPU. NCCL refuses two ranks on one GPU of one host, and what it
# takes for the host is NCCL_HOSTID; so each rank gets a host of its own, and talks through sockets on loopback.

NCCL_HOSTID=lockstep-${OMPI_COMM_WORLD_RANK:-${RANK:-0}}
export NCCL_HOSTID NCCL_NET=Socket NCCL_SOCKET_IFNAME=lo
exec "$@"
