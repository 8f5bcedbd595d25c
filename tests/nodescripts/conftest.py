"""A cloud and a node for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.nodescripts.cloud import Cloud
from tests.nodescripts.lab import Node


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    """A fresh Keystone and Heat."""
    server = Cloud()
    yield server
    server.close()


@pytest.fixture
def node(tmp_path: Path) -> Node:
    """A fresh node."""
    return Node(tmp_path / "node")
