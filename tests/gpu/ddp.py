# SPDX-License-Identifier: Apache-2.0
"""A small DistributedDataParallel training loop on NCCL, for torchrun. With `--skip STEP:RANK` that rank leaves out the
all-reduce of a metric after that step."""
import argparse
import os

import torch
import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel

parser = argparse.ArgumentParser()
parser.add_argument("--steps", type=int, default=5)
parser.add_argument("--skip")
arguments = parser.parse_args()
skip = tuple(map(int, arguments.skip.split(":"))) if arguments.skip else None

rank = int(os.environ["RANK"])
# Ranks that share a GPU must look like hosts of their own to NCCL; see rank.sh.
os.environ["NCCL_HOSTID"] = f"lockstep-{rank}"
torch.cuda.set_device(int(os.environ["LOCAL_RANK"]) % torch.cuda.device_count())
dist.init_process_group("nccl")

torch.manual_seed(0)
model = DistributedDataParallel(torch.nn.Sequential(torch.nn.Linear(64, 128), torch.nn.ReLU(), torch.nn.Linear(128, 1)).cuda())
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
for step in range(arguments.steps):
    loss = model(torch.randn(32, 64, device="cuda")).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    metric = loss.detach().clone()
    if skip != (step, rank):
        dist.all_reduce(metric)
    torch.cuda.synchronize()
    print(f"rank {rank} step {step} loss {loss.item():.4f}", flush=True)
dist.destroy_process_group()
