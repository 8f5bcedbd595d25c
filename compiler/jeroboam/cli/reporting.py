"""What was found in specs, printed: as messages beside a result, or as the result itself."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from enum import StrEnum

from jeroboam.cli.terminal import colours, result, say
from jeroboam.diagnostics import Diagnostic, ordered


class Format(StrEnum):
    """How diagnostics are printed."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    GITHUB = "github"
