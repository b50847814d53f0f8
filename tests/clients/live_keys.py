"""Runs the live view on a pseudo-terminal of 80 x 24, presses keys, and says what was painted."""
import os
import pty
import select
import struct
import fcntl
import sys
import termios
import time

pid, terminal = pty.fork()
if pid == 0:
    os.environ.update(TERM="xterm", LANG="C.UTF-8")
    os.execv(sys.argv[1], [sys.argv[1], "smi", "--live", "--readonly", "--interval", "200"])
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))


def painted(wanted, limit=10.0):
    """Everything painted until `wanted` is among it, or the time is over."""
    seen, end = b"", time.time() + limit
    while time.time() < end and wanted not in seen:
        if select.select([terminal], [], [], 0.1)[0]:
            try:
                seen += os.read(terminal, 65536)
            except OSError:
                break
    return wanted in seen


painted(b"nvstack")
for name, key, wanted in (("topology", b"t", b"NV18"), ("help", b"h", b"reverse the order")):
    os.write(terminal, key)
    print(name, wanted.decode() if painted(wanted) else "missing")
    os.write(terminal, key)  # the same key leads back
os.write(terminal, b"k")
print("refused", "read-only" if painted(b"read-only") else "missing")
os.write(terminal, b"q")
end = time.time() + 10
while time.time() < end:
    done, status = os.waitpid(pid, os.WNOHANG)
    if done:
        print("exit", os.waitstatus_to_exitcode(status))
        break
    painted(b"\0", 0.1)
