"""The mirror's own tests need none of what tests of nodes do: they run with all others."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="session", autouse=True)
def inside() -> None:
    """Takes the place of the fixture that asks for the network of nodes."""
