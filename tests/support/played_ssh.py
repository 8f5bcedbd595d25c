"""Plays `ssh -L PORT:ADDRESS:PORT USER@HOST`: the tunnel leads to what JEROBOAM_API names, until Ctrl-C."""

from __future__ import annotations

import os
import shutil
import socket
import sys
import threading
from contextlib import suppress


def main(words: list[str], at: str) -> None:
    """Takes connections at the port of `-L`. Raises OSError where it is taken."""
    option, ways, user = words
    assert option == "-L"
    assert "@" in user
    host, _, port = at.rpartition(":")
    with socket.create_server(("127.0.0.1", int(ways.partition(":")[0]))) as server:
        while True:
            near, _ = server.accept()
            far = socket.create_connection((host, int(port)))
            for here, there in ((near, far), (far, near)):
                threading.Thread(target=_passed, args=(here, there), daemon=True).start()


def _passed(here: socket.socket, there: socket.socket) -> None:
    """All that comes, until one of the two has nothing more to say."""
    with suppress(OSError):
        with here.makefile("rb", 0) as said, there.makefile("wb", 0) as heard:
            shutil.copyfileobj(said, heard)
        there.shutdown(socket.SHUT_WR)


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        main(sys.argv[1:], os.environ["JEROBOAM_API"])
