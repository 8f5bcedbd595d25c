"""Somebody who types lines on a terminal, each with what the last one left, and answers questions.

What a line says is for ever (`until Ctrl-C` in its comment) runs beside the next ones.
"""

from __future__ import annotations

import os
import pty
import re
import select
import shlex
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

FOR_EVER = "until Ctrl-C"
"""What a page says of a line that does not end by itself."""
ASKED = re.compile(rb"\[y/N\][:?] $")
HALTED = (0, 130, -signal.SIGINT)
"""What a program may end with that was halted by Ctrl-C."""
SECONDS = 1800


class Typed(NamedTuple):
    """How a line ended, and all that it wrote to the terminal."""

    status: int
    text: str


class _Beside(NamedTuple):
    line: str
    process: subprocess.Popen[bytes]
    written: Path


class Typist:
    """Types in `folder`, with `environment` and what `export` adds to it; `state` is a folder for its own."""

    def __init__(self, folder: Path, state: Path, environment: Mapping[str, str]) -> None:
        self._folder, self._state, self._environment = folder, state, dict(environment)
        self._last = 0
        self._beside: list[_Beside] = []

    def __call__(self, line: str, *, seconds: float = SECONDS) -> Typed:
        """Types a line, says yes to what is asked, and waits. Raises AssertionError if it lasts."""
        if FOR_EVER in line:
            written = self._state / f"beside-{len(self._beside)}"
            with written.open("wb") as output:
                process = self._started(line, subprocess.DEVNULL, output.fileno(), ":")
            self._beside.append(_Beside(line, process, written))
            return Typed(0, "")
        ours, its = pty.openpty()
        keep = f'export -p >"{self._kept}"'
        process = self._started(line, its, its, keep)
        os.close(its)
        text = _talked(ours, process, line, seconds)
        self._last = process.wait()
        return Typed(self._last, text.replace("\r\n", "\n"))

    def says(self, **environment: str) -> None:
        """Exports variables to all further lines."""
        self._environment.update(environment)
        with self._kept.open("a", encoding="utf-8") as kept:
            kept.writelines(f"export {key}={shlex.quote(value)}\n" for key, value in environment.items())

    def halts(self) -> None:
        """Ctrl-C for what runs beside. Raises AssertionError where that had ended before, or badly."""
        while self._beside:
            line, process, written = self._beside[-1]
            ended = process.poll()
            if ended is None:
                os.killpg(process.pid, signal.SIGINT)
            status = process.wait(60)
            text = written.read_text(encoding="utf-8", errors="replace")
            assert ended is None, f"ended by itself with {ended}: {line}\n{text}"
            assert status in HALTED, f"ended with {status}: {line}\n{text}"
            del self._beside[-1]

    def kills(self) -> None:
        """Ends what still runs beside, whatever it does."""
        for one in self._beside:
            if one.process.poll() is None:
                os.killpg(one.process.pid, signal.SIGKILL)
                one.process.wait()

    @property
    def _kept(self) -> Path:
        return self._state / "exported"

    def _started(self, line: str, given: int, written: int, at_end: str) -> subprocess.Popen[bytes]:
        """A shell that has what the last one exported; its status is that of the line."""
        kept = shlex.quote(str(self._kept))
        script = f"""\
[ ! -e {kept} ] || . {kept}
trap 'status=$?; {at_end}; exit $status' EXIT
(exit {self._last})
{line}
"""
        return subprocess.Popen(
            # Whoever runs tests in the background has them, and all that they start, ignore Ctrl-C.
            ["env", "--default-signal=INT", "bash", "-o", "pipefail", "-c", script],
            cwd=self._folder, env=self._environment, stdin=given, stdout=written, stderr=written,
            start_new_session=True,
        )  # fmt: skip


def _talked(ours: int, process: subprocess.Popen[bytes], line: str, seconds: float) -> str:
    """All that was written until the other end was closed."""
    written, end = b"", time.monotonic() + seconds
    try:
        while True:
            readable, _, _ = select.select([ours], [], [], max(0.0, end - time.monotonic()))
            if not readable:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                raise AssertionError(f"still runs after {seconds} s: {line}\n{written.decode()}")
            try:
                chunk = os.read(ours, 4096)
            except OSError:  # Linux's way of saying that the other end is closed
                break
            if not chunk:
                break
            written += chunk
            if ASKED.search(written):
                os.write(ours, b"y\n")
    finally:
        os.close(ours)
    return written.decode(errors="replace")
