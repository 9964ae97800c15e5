"""guard.py PARENT SIGNAL UID GID COMMAND...: becomes COMMAND, which then ends when its parent does.

A file of its own, run by path and without site-packages (20 ms): it imports nothing of the product, and the supervisor,
which has threads, needs no code between fork and exec. UID and GID may be "-": nothing changes.
"""

import ctypes
import os
import sys

# Loaded before the change of account: the new one may not be able to read this interpreter's files.
LIBC = ctypes.CDLL(None)
PR_SET_PDEATHSIG = 1


def drop_privileges(uid: str, gid: str) -> None:
    if uid != "-":
        os.setgroups([])
        os.setgid(int(gid))
        os.setuid(int(uid))


def end_with_parent(parent: int, number: int) -> None:
    """Linux only; elsewhere the next start ends what a killed supervisor left behind."""
    if sys.platform == "linux":
        LIBC.prctl(PR_SET_PDEATHSIG, number)
    if os.getppid() != parent:
        sys.exit(1)


if __name__ == "__main__":
    _, parent, number, uid, gid, *command = sys.argv
    drop_privileges(uid, gid)
    # After setuid, which would clear it.
    end_with_parent(int(parent), int(number))
    try:
        os.execvp(command[0], command)
    except OSError as error:
        sys.exit(f"{command[0]}: {error.strerror}")
