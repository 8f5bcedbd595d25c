"""How long each step of each node took, by what the nodes say on their consoles: as JSON and as a table."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from tests.labs.nodes.machine import Machine
from tests.labs.nodes.place import FOLDER

LINE = re.compile(
    r"jeroboam: node=(?P<node>\S+) step=\d+/\d+ name=(?P<step>\S+) status=(?P<status>ok|failed) "
    r"seconds=(?P<seconds>\d+)"
)
"""Anywhere in a line: a login prompt may stand before it."""
BOOT = "boot"
"""What comes before the first step: firmware, kernel, systemd, cloud-init or what else reads user data."""


class Took(NamedTuple):
    """One step of one node."""

    node: str
    step: str
    status: str
    seconds: int


def took(machine: Machine) -> Iterator[Took]:
    """The steps of a node, in their order, by its own clock; the boot is the first."""
    if machine.booted_in is not None:
        yield Took(machine.server.name, BOOT, "ok", round(machine.booted_in))
    yield from steps(machine.said)


def steps(console: str) -> Iterator[Took]:
    """The steps that ended, as a node says on its console."""
    for found in LINE.finditer(console.replace("\r", "")):
        yield Took(found["node"], found["step"], found["status"], int(found["seconds"]))


def table(every: Iterable[Took]) -> str:
    """A row for each step, a column for each node."""
    every = list(every)
    nodes = list(dict.fromkeys(step.node for step in every))
    names = sorted({step.step for step in every}, key=lambda name: (name != BOOT, name))
    seconds = {(s.node, s.step): f"{s.seconds}{'' if s.status == 'ok' else f' {s.status}'}" for s in every}
    rows = [["seconds", *nodes], *([name, *(seconds.get((n, name), "") for n in nodes)] for name in names)]
    rows.append(["all", *(str(sum(s.seconds for s in every if s.node == node)) for node in nodes)])
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "".join(
        "  ".join(
            cell.ljust(w) if not c else cell.rjust(w)
            for c, (cell, w) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        + "\n"
        for row in rows
    )


def write(name: str, machines: Iterable[Machine], more: str = "") -> None:
    """Keeps report/NAME.json, report/NAME.txt, which ends with `more`, and the consoles."""
    folder = FOLDER / "report"
    folder.mkdir(exist_ok=True)
    every: list[Took] = []
    for machine in machines:
        every += took(machine)
        (folder / f"{machine.server.name}.console").write_text(machine.said, encoding="utf-8")
    text = json.dumps([step._asdict() for step in every], indent=1)
    (folder / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    (folder / f"{name}.txt").write_text(table(every) + more, encoding="utf-8")
