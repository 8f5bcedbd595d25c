"""The cloud as these tests need it: where `python -m tests.nodes` started it, the mirror beside it."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.nodes.clusters import MIRROR_PORT
from tests.nodes.mirror.build import FOLDER as CONTENTS
from tests.nodes.mirror.serve import Mirror, serving
from tests.nodes.place import CLOUD_ADDRESS, ENVIRONMENT, HERE


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """OpenStack's clients bring warnings, which elsewhere are errors; tests of other shapes are left out."""
    for item in items:
        if item.path.parent == HERE:
            item.add_marker(pytest.mark.filterwarnings("ignore"))
    others = [item for item in items if not _is_of_its_shape(item)]
    config.hook.pytest_deselected(items=others)
    items[:] = [item for item in items if item not in others]


def _is_of_its_shape(item: pytest.Item) -> bool:
    """A test marked with shapes does not exist for others: skipped, it would count as not run."""
    mark = item.get_closest_marker("shapes")
    if mark is None:
        return True
    assert isinstance(item, pytest.Function)
    return not mark.args[0].isdisjoint(item.callspec.params.values())


@pytest.fixture(scope="session")
def mirror() -> Iterator[Mirror]:
    """What nodes download from, in the network that these tests run in."""
    wanted = {**ENVIRONMENT, "JEROBOAM_NODES": "1"}
    assert wanted.items() <= os.environ.items(), "run these tests by `make test-nodes`"
    with serving(CONTENTS, CLOUD_ADDRESS, MIRROR_PORT) as served:
        yield served
