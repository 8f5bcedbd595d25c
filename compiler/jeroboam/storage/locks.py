"""One process at a time in a folder: an advisory lock on the folder itself, which leaves no file behind.

The kernel releases it when its holder ends, however it ends.
"""

from __future__ import annotations

import errno
import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

PATIENCE_SECONDS = 60.0
"""How long another run is waited for: it holds the lock for as long as it writes, not while it asks."""
_PAUSE_SECONDS = 0.02
_HELD = (errno.EACCES, errno.EAGAIN)


@contextmanager
def locked(folder: int, waiting: Callable[[], None], *, shared: bool = False) -> Iterator[bool]:
    """Holds the lock of the open folder `folder`; gives whether its file system has locks at all.

    `waiting` is called once where another process holds it. Raises TimeoutError after PATIENCE_SECONDS.
    NFS, for one, has no locks on folders; there two runs at once are not kept apart.
    """
    held = _taken(folder, fcntl.LOCK_SH if shared else fcntl.LOCK_EX, waiting)
    try:
        yield held
    finally:
        if held:
            fcntl.flock(folder, fcntl.LOCK_UN)


def _taken(folder: int, kind: int, waiting: Callable[[], None]) -> bool:
    deadline: float | None = None
    while True:
        try:
            fcntl.flock(folder, kind | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in _HELD:
                return False
        else:
            return True
        if deadline is None:
            deadline = time.monotonic() + PATIENCE_SECONDS
            waiting()
        elif time.monotonic() > deadline:
            raise TimeoutError(errno.ETIMEDOUT, "another run of jeroboam has been writing there for a minute")
        time.sleep(_PAUSE_SECONDS)
