"""The services as a fixture: their processes, one set a session."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.consumers.asking import Services, services


@pytest.fixture(scope="session")
def asked() -> Iterator[Services]:
    """Heat's plug-ins and the judges of what they send."""
    with services() as running:
        yield running
