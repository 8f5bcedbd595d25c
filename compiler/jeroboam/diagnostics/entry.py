"""A row of the table of codes."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Severity(StrEnum):
    """The severity of a finding; only an error stops the pipeline."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Code(NamedTuple):
    """A row of the table; `message` and `hint` are `str.format` templates of named values.

    `security` where it says that a setting is dangerous, for pipelines that refuse those.
    """

    severity: Severity
    title: str
    message: str
    hint: str
    security: bool = False
