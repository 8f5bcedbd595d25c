"""Compiles in processes that die of what the compiler must not do: take too long, hold too much, fail.

A process with the compiler loaded forks for each spec, so that none pays for the start and each is counted
alone. CPU seconds are the process's own, whatever else the machine does.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from tests.support.cases import ROOT

CPU_SECONDS = 10
PEAK_MIB = 300


class Run(NamedTuple):
    """How a compile ended: the codes of what was found, and what it took. `fault` is empty if all is well."""

    fault: str
    codes: list[str]
    shown: int
    cpu: float
    peak: float


class Compiler:
    """A process that forks."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.forked"],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'compiler'}"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, folder: Path, cpu_seconds: int = CPU_SECONDS) -> Run:
        """Compiles, writes and reports `cluster.yaml` in `folder`."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([str(folder), cpu_seconds]) + "\n")
        self._process.stdin.flush()
        return Run(**json.loads(self._process.stdout.readline()))

    def close(self) -> None:
        """Ends the process."""
        self._process.communicate()


@contextmanager
def compiler() -> Iterator[Compiler]:
    """A process for any number of compiles."""
    one = Compiler()
    try:
        yield one
    finally:
        one.close()


def _serve() -> None:
    import jeroboam.cli.reporting  # what a child would otherwise load anew each time
    import jeroboam.pipeline  # noqa: F401

    for line in sys.stdin:
        print(json.dumps(_forked(*json.loads(line))), flush=True)


def _forked(folder: str, cpu_seconds: int) -> dict[str, Any]:
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
        # Far above the bound, which is judged by what was resident: addresses cost nothing.
        resource.setrlimit(resource.RLIMIT_AS, (4 * PEAK_MIB << 20, 4 * PEAK_MIB << 20))
        with os.fdopen(writer, "w") as out:
            try:
                said = {"fault": "", **_compiled(folder)}
            except BaseException:
                said = {"fault": traceback.format_exc(), "codes": [], "shown": 0}
            json.dump({**said, "peak": _peak()}, out)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as out:
        answer = out.read()
    _, status, usage = os.wait4(child, 0)
    cpu = usage.ru_utime + usage.ru_stime
    if answer:
        return {**json.loads(answer), "cpu": cpu}
    signal = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
    return {"fault": f"ended by signal {signal}", "codes": [], "shown": 0, "cpu": cpu, "peak": 0.0}


def _compiled(folder: str) -> dict[str, Any]:
    from jeroboam.cli.reporting import ReportFormat, _formatted
    from jeroboam.diagnostics import has_errors
    from jeroboam.diagnostics.types import limited
    from jeroboam.emit.write import write
    from jeroboam.pipeline import compile_spec

    os.chdir(folder)
    reading = compile_spec("cluster.yaml")
    assert (reading.value is None) == has_errors(reading.diagnostics), "no bundle, and no error that says why"
    if reading.value is not None:
        write(reading.value.bundle, Path("build"))
    shown = limited(reading.diagnostics)
    for form in ReportFormat:
        _formatted({"cluster.yaml": reading}, form)
    return {"codes": sorted({d.code for d in reading.diagnostics}), "shown": len(shown)}


def _peak() -> float:
    """MiB that were resident at most since the fork; rusage would tell the parent's, which exec keeps."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


if __name__ == "__main__":
    _serve()
