"""The snapshot that ships is what the installed engine says."""

from __future__ import annotations

import pytest

from jeroboam.lint import schemas
from jeroboam.resources import data
from tests.unit.lint.heat_snapshot import text


@pytest.mark.slow
def test_the_snapshot_is_the_engines() -> None:
    made = text()
    assert data(schemas.__file__, "heat.json") == made, (
        "python -m tests.unit.lint.heat_snapshot writes it anew"
    )
    assert len(made.encode()) < 160_000
