"""What goes wrong on demand in the fake layer: `tests.labs.cloud.faults` writes it, the drivers ask here.

A fault is a line `PATTERN delay SECONDS` or `PATTERN error REASON` in $JEROBOAM_CLOUD/faults/POINT; it
concerns every name that the regular expression matches, and lines apply in their order.
"""

from __future__ import annotations

import os
import re
import time
from pathlib import Path


class InjectedFaultError(Exception):
    """The reason that the fault gives."""


def suffer(point: str, name: str | None) -> None:
    """Takes the time, or raises the InjectedFaultError, that the file of `point` has for `name`."""
    file = folder() / "faults" / point
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    for line in lines:
        pattern, kind, value = line.split(" ", 2)
        if not re.search(pattern, name or ""):
            continue
        if kind == "error":
            raise InjectedFaultError(value)
        time.sleep(float(value))


def folder() -> Path:
    """Where this cloud keeps its files."""
    return Path(os.environ["JEROBOAM_CLOUD"])
