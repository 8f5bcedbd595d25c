"""What all tests of the command line share."""

from __future__ import annotations

import pytest

from tests.unit.cli.running import bad, run, spec

__all__ = ["bad", "run", "spec"]


@pytest.fixture(autouse=True)
def _quick_seals(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seals of one round: how many there are is a matter of tests/unit/test_secrets.py and of nodes."""
    monkeypatch.setattr("jeroboam.secrets.seal._ITERATIONS", 1)
