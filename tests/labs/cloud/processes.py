"""Process groups that outlive the command that started them: start, stop, pause, and what they take.

A pid file holds the pid and the time at which that process started, so a pid that the kernel gave to another
program since is never signalled.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.labs.cloud.services import Service, environment
from tests.labs.cloud.settings import ADDRESS, RefusedError, Settings

GRACE_SECONDS = 8
START_SECONDS = 120


def start(settings: Settings, service: Service) -> bool:
    """Starts it, as leader of a session of its own; False when it runs already."""
    if pid(settings, service.name) is not None:
        return False
    if service.port is not None and _listens(service.port):
        raise RefusedError(
            f"port {service.port}, where '{service.name}' should listen, is taken; free it, or set "
            "JEROBOAM_CLOUD_PORT_OFFSET to another number"
        )
    with _log(settings, service.name).open("ab") as log:
        process = subprocess.Popen(
            service.command,
            cwd=settings.folder,
            env={**environment(settings), **service.environment},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    _file(settings, service.name).write_text(f"{process.pid} {_started(process.pid)}\n", encoding="ascii")
    return True


def listening(settings: Settings, services: Iterable[Service]) -> None:
    """Waits until each of them that has a port listens on it."""
    until = time.monotonic() + START_SECONDS
    for service in services:
        while not (service.port is None or _listens(service.port)):
            if pid(settings, service.name) is None:
                raise RefusedError(
                    f"'{service.name}' ended while it started; its log: {_log(settings, service.name)}"
                )
            if time.monotonic() > until:
                raise RefusedError(
                    f"'{service.name}' does not listen on port {service.port} after {START_SECONDS} s; "
                    f"its log: {_log(settings, service.name)}"
                )
            time.sleep(0.1)


def stop(settings: Settings, names: Iterable[str], *, how: signal.Signals = signal.SIGTERM) -> None:
    """Ends the process groups, all at once; those that are there after the grace are killed."""
    groups = {name: found for name in names if (found := pid(settings, name)) is not None}
    for group in groups.values():
        _signal(group, how)
        _signal(group, signal.SIGCONT)  # a paused one could not end
    until = time.monotonic() + GRACE_SECONDS
    while time.monotonic() < until and any(_group_lives(group) for group in groups.values()):
        time.sleep(0.05)
    for name, group in groups.items():
        if _group_lives(group):
            _signal(group, signal.SIGKILL)
        _file(settings, name).unlink(missing_ok=True)


def pause(settings: Settings, name: str, *, resume: bool = False) -> None:
    """Makes a service hang rather than refuse, and go on again."""
    group = pid(settings, name)
    if group is None:
        raise RefusedError(f"'{name}' does not run; `start` starts it")
    _signal(group, signal.SIGCONT if resume else signal.SIGSTOP)


def pid(settings: Settings, name: str) -> int | None:
    """Of the service's process group, or None when it does not run."""
    file = _file(settings, name)
    words = file.read_text(encoding="ascii").split() if file.exists() else []
    if len(words) != 2 or _started(int(words[0])) != words[1]:
        return None
    return int(words[0])


def names(settings: Settings) -> list[str]:
    """Of all the services that were started and not stopped."""
    return sorted(file.stem for file in (settings.folder / "run").glob("*.pid"))


def memory(group: int) -> int:
    """Bytes that a process group takes, pages shared with others counted in part (PSS)."""
    total = 0
    for process in members(group):
        try:
            lines = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii").splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
    return total


def _file(settings: Settings, name: str) -> Path:
    return settings.folder / "run" / f"{name}.pid"


def _log(settings: Settings, name: str) -> Path:
    return settings.folder / "log" / f"{name}.log"


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((ADDRESS, port)) == 0


def _signal(group: int, which: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, which)


def _stat(process: int | str) -> list[str]:
    """The fields of /proc/PID/stat from the third, the state, on; empty when there is no such process."""
    try:
        text = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return text.rpartition(")")[2].split()


def _started(process: int) -> str | None:
    """When it started, in the kernel's ticks; None for one that ended, waited for or not."""
    fields = _stat(process)
    return fields[19] if fields and fields[0] not in "ZX" else None


def members(group: int) -> Iterator[str]:
    """The pids of a process group, as /proc names them."""
    for entry in os.scandir("/proc"):
        if entry.name.isdecimal():
            fields = _stat(entry.name)
            if fields and fields[2] == str(group) and fields[0] not in "ZX":
                yield entry.name


def _group_lives(group: int) -> bool:
    return any(members(group))
