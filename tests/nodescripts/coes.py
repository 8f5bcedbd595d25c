"""What the lab has to know of each COE: how its steps are all asked for, and which daemons they wait for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).parent


class Coe(NamedTuple):
    """`masters` and `workers` are daemons that steps start and wait for, each with a node that has it.

    `block` and `runtime` are what these parts of a spec must say so that each of its steps is there.
    `archives` are the programs in each archive that no other COE downloads, by the archive's name.
    """

    masters: tuple[tuple[str, str], ...]
    workers: tuple[tuple[str, str], ...]
    block: Mapping[str, Any]
    runtime: Mapping[str, Any]
    archives: Mapping[str, tuple[str, ...]]


def _coe(path: Path) -> Coe:
    said: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return Coe(
        masters=tuple((node, daemon) for node, daemon in said["masters"]),
        workers=tuple(("worker", daemon) for daemon in said["workers"]),
        block=said.get("block", {}),
        runtime=said.get("runtime", {}),
        archives={name: tuple(programs) for name, programs in said.get("archives", {}).items()},
    )


COES: Mapping[str, Coe] = {path.stem: _coe(path) for path in sorted((HERE / "coes").glob("*.json"))}
"""By the COE's name, whose file below `coes/` has the fields as JSON.

A master is `first-master` or `other-master`; a worker is named by its daemon alone.
"""
