# SPDX-License-Identifier: Apache-2.0
"""Uses the NCCL named on the command line as vLLM and others do, through ctypes."""
import ctypes
import sys


class UniqueId(ctypes.Structure):
    _fields_ = [("internal", ctypes.c_byte * 128)]


nccl = ctypes.CDLL(sys.argv[1])
nccl.ncclCommInitRank.argtypes = [ctypes.POINTER(ctypes.c_void_p), ctypes.c_int, UniqueId, ctypes.c_int]
nccl.ncclAllReduce.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int,
                               ctypes.c_void_p, ctypes.c_void_p]
nccl.ncclCommDestroy.argtypes = [ctypes.c_void_p]
comm = ctypes.c_void_p()
unique_id = UniqueId()
data = (ctypes.c_float * 64)()
address = ctypes.addressof(data) + 15 & ~15
assert nccl.ncclGetUniqueId(ctypes.byref(unique_id)) == 0
assert nccl.ncclCommInitRank(ctypes.byref(comm), 2, unique_id, 1) == 0
assert nccl.ncclAllReduce(address, address, 3, 7, 0, comm, None) == 0
assert nccl.ncclCommDestroy(comm) == 0
