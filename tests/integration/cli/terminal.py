#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs a command on a terminal of its own, and types ^C once a file called `ready` is there. Exits as the command does.

    terminal.py COMMAND [ARGUMENT...]
"""

import os
import pty
import sys
import time

pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])

while not os.path.exists("ready"):
    time.sleep(0.05)
os.write(terminal, b"\x03")
while True:
    try:
        output = os.read(terminal, 4096)
    except OSError:  # nobody has it open any more
        break
    if not output:
        break
    sys.stdout.buffer.write(output)
_, status = os.waitpid(pid, 0)
sys.exit(os.waitstatus_to_exitcode(status))
