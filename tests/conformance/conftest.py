"""The mirror for the one cluster of these tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.labs.nodes.mirror.serve import Mirror
from tests.nodes.clusters import mirrored


@pytest.fixture(scope="session")
def mirror() -> Iterator[Mirror]:
    """What nodes download from, in the network that these tests run in."""
    with mirrored() as served:
        yield served
