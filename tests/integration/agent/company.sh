# SPDX-License-Identifier: Apache-2.0
# Programs that have nothing to do with NCCL, and fork.
env true
echo hello | cat
python3 -c 'import os, ctypes
if os.fork() == 0:
    os._exit(0)
os.wait()
print(bool(ctypes.CDLL(None).dlsym))'
