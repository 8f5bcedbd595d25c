"""Two entries of a folder exchanged in one step, where the system and its file system can do it.

Facts: renameat2(2) of Linux, flag RENAME_EXCHANGE (linux/fs.h: 2), in glibc since 2.28; renameatx_np(2) of
macOS, flag RENAME_SWAP (sys/stdio.h: 2). Python wraps neither.
"""

from __future__ import annotations

import errno
import os
import sys

_CALLS = {"linux": "renameat2", "darwin": "renameatx_np"}
_EXCHANGE = 2
_UNSUPPORTED = {errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP}


def exchanged(folder: int, one: str, other: str) -> bool:
    """Exchanges two entries of the open folder; False where that cannot be done in one step.

    Raises OSError for whatever else is in the way.
    """
    from ctypes import CDLL, c_char_p, c_int, c_uint, get_errno

    function = getattr(CDLL(None, use_errno=True), _CALLS.get(sys.platform, ""), None)
    if function is None:
        return False
    function.argtypes = (c_int, c_char_p, c_int, c_char_p, c_uint)
    if function(folder, os.fsencode(one), folder, os.fsencode(other), _EXCHANGE) == 0:
        return True
    code = get_errno()
    if code in _UNSUPPORTED:
        return False
    raise OSError(code, os.strerror(code), one, None, other)
