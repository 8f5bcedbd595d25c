"""The table of diagnostic codes; stable, grouped by stage, never reused.

JB01xx load, JB02xx validate, JB03xx bind and judge, JB04xx model, JB05xx lower, JB06xx check.
`docs/diagnostics.md` is generated from this table.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Severity(StrEnum):
    """How bad it is; only an error stops the pipeline."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Code(NamedTuple):
    """A row of the table; `message` and `hint` are `str.format` templates of named values."""

    severity: Severity
    title: str
    message: str
    hint: str


E, W, N = Severity.ERROR, Severity.WARNING, Severity.NOTE

CODES: dict[str, Code] = {
    # JB04xx: the model
    "JB0401": Code(
        E,
        "COE without a driver",
        "this release has no driver for coe '{coe}' yet",
        "the spec itself is fine; compile supports: {supported}",
    ),
    "JB0402": Code(
        E,
        "distro without a platform",
        "this release has no platform for distro '{distro}' yet",
        "the spec itself is fine; compile supports: {supported}",
    ),
}
