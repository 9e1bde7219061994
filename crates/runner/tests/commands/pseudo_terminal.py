"""Runs a command on a pseudo-terminal of its own, 100 columns by 30 rows.

    python3 pseudo_terminal.py COMMAND...

What comes in goes to the terminal as keys, what the command draws goes out. When this process ends, the
terminal is closed, as when a window is.
"""

import fcntl
import os
import pty
import select
import struct
import sys
import termios

process, terminal = pty.fork()
if process == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
streams = [terminal, 0]
while terminal in streams:
    for stream in select.select(streams, [], [])[0]:
        try:
            data = os.read(stream, 65536)
        except OSError:
            # Linux says so that nobody has the terminal open any more.
            data = b""
        if not data:
            streams.remove(stream)
        elif stream == 0:
            os.write(terminal, data)
        else:
            os.write(1, data)
_, status = os.waitpid(process, 0)
sys.exit(os.waitstatus_to_exitcode(status))
