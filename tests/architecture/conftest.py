"""The command line inside the test's own process."""

from __future__ import annotations

from tests.unit.cli.running import run

__all__ = ["run"]
