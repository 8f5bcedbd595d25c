"""The cloud as a fixture: brought up once a session if it is not up, and left running."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cloud.clusters import OWN
from tests.labs.cloud.faults import command
from tests.labs.cloud.seed import connect
from tests.labs.cloud.settings import Settings, settings


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Elsewhere a warning is an error; here OpenStack's clients bring their own."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.filterwarnings("ignore"))


@pytest.fixture(scope="session")
def lab() -> Settings:
    """A cloud that runs."""
    assert os.environ.get("PYTEST_XDIST_WORKER", "gw0") in ("gw0", "gw1"), (
        "there are projects for two workers"
    )
    # A shell has its background jobs ignore Ctrl-C, and so would the commands that the tests start.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    command("up")
    return settings()


@pytest.fixture
def demo(lab: Settings) -> Iterator[Any]:
    """An openstack.Connection of the user whose clusters the tests make."""
    with connect(lab, OWN) as connection:
        yield connection


@pytest.fixture
def admin(lab: Settings) -> Iterator[Any]:
    """An openstack.Connection of the administrator, who sees every project."""
    with connect(lab, "jeroboam-admin") as connection:
        yield connection
