"""Commands on machines that have to succeed, at once or in the end."""

from __future__ import annotations

import time
from collections.abc import Callable

from tests.labs.nodes.machine import Machine

PAUSE_SECONDS = 1


def ran(machine: Machine, command: str, seconds: float = 300) -> str:
    """What a command prints, without blanks around; it has to succeed."""
    done = machine.run(command, seconds=seconds)
    assert done.returncode == 0, (machine.server.name, command, done.stdout, done.stderr)
    return done.stdout.strip()


def until(condition: Callable[[], bool], seconds: float) -> bool:
    """Whether it came true in time; a command of it that fails meanwhile is no more than a no."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if condition():
                return True
        except AssertionError:
            pass
        time.sleep(PAUSE_SECONDS)
    return False


def reboot(machine: Machine, seconds: float = 900) -> None:
    """Has the machine restart in order, and waits until it lets us in again."""
    which = "cat /proc/sys/kernel/random/boot_id"
    before = ran(machine, which)
    machine.run("systemctl reboot", seconds=30)
    assert until(lambda: ran(machine, which) != before, seconds), f"{machine.server.name} stays away"
