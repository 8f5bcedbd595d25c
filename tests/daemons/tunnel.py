"""A way to a port of machines from outside: its near end is on 127.0.0.1, its far end in their network."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from tests.daemons.machine import Machine
from tests.support.cases import ROOT


@contextmanager
def tunnel(machine: Machine, port: int, addresses: tuple[str, ...]) -> Iterator[int]:
    """The near end: each connection goes to the first of the addresses, next in turn, that takes it."""
    # A socket stays in the network in which it was made; what is connected from there is in the machine's.
    with socket.create_server(("127.0.0.1", 0)) as near:
        enter = ["nsenter", "--target", str(machine.pid), "--net", sys.executable, "-m", __name__]
        words = [*enter, str(near.fileno()), str(port), *addresses]
        with subprocess.Popen(words, cwd=ROOT, pass_fds=[near.fileno()]) as process:
            try:
                yield near.getsockname()[1]
            finally:
                process.kill()


def _serve(near: socket.socket, port: int, addresses: list[str]) -> None:
    while True:
        line, _ = near.accept()
        threading.Thread(target=_join, args=(line, port, list(addresses)), daemon=True).start()
        addresses.append(addresses.pop(0))


def _join(line: socket.socket, port: int, addresses: list[str]) -> None:
    for address in addresses:
        with suppress(OSError), socket.create_connection((address, port), 2) as far, line:
            far.settimeout(None)
            back = threading.Thread(target=_copy, args=(far, line), daemon=True)
            back.start()
            _copy(line, far)
            back.join()
            return
    line.close()


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while piece := source.recv(65536):
            target.sendall(piece)
        target.shutdown(socket.SHUT_WR)


if __name__ == "__main__":
    _serve(socket.socket(fileno=int(sys.argv[1])), int(sys.argv[2]), sys.argv[3:])
