"""What all tests of the command line share."""

from __future__ import annotations

import pytest

from tests.unit.cli.running import bad, run, spec

__all__ = ["bad", "run", "spec"]


@pytest.fixture(autouse=True)
def _quick_seals(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Seals of one round: how many there are is a matter of tests/unit/test_secrets.py and of nodes.

    Not for a test marked with `processes`, whose others know nothing of that.
    """
    if request.node.get_closest_marker("processes") is None:
        monkeypatch.setattr("jeroboam.secrets.seal._ITERATIONS", 1)
