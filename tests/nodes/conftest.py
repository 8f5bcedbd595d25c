"""The cloud as these tests need it: where `python -m tests.nodes` started it, the mirror beside it."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.nodes.clusters import MIRROR_PORT
from tests.nodes.mirror.build import FOLDER as CONTENTS
from tests.nodes.mirror.serve import Mirror, serving
from tests.nodes.place import CLOUD_ADDRESS, ENVIRONMENT, HERE


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Elsewhere a warning is an error; here OpenStack's clients bring their own."""
    for item in items:
        if item.path.parent == HERE:
            item.add_marker(pytest.mark.filterwarnings("ignore"))


@pytest.fixture(scope="session")
def mirror() -> Iterator[Mirror]:
    """What nodes download from, in the network that these tests run in."""
    wanted = {**ENVIRONMENT, "JEROBOAM_NODES": "1"}
    assert wanted.items() <= os.environ.items(), "run these tests by `make test-nodes`"
    with serving(CONTENTS, CLOUD_ADDRESS, MIRROR_PORT) as served:
        yield served
