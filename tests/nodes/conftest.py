"""The cloud as these tests need it: where `python -m tests.labs.nodes` started it, the mirror beside it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.labs.nodes import ways
from tests.labs.nodes.mirror.serve import Mirror
from tests.nodes.clusters import mirrored

HERE = Path(__file__).parent


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """OpenStack's clients bring warnings, which elsewhere are errors; tests of other shapes are left out."""
    for item in items:
        if item.path.parent == HERE:
            item.add_marker(pytest.mark.filterwarnings("ignore"))
    others = [item for item in items if not _is_of_its_shape(item)]
    config.hook.pytest_deselected(items=others)
    items[:] = [item for item in items if item not in others]


def _is_of_its_shape(item: pytest.Item) -> bool:
    """A test for shapes or for virtual machines does not exist for others: one skipped is not run."""
    if item.get_closest_marker("emulated") and not ways.is_emulated():
        return False
    mark = item.get_closest_marker("shapes")
    if mark is None:
        return True
    assert isinstance(item, pytest.Function)
    return not mark.args[0].isdisjoint(item.callspec.params.values())


@pytest.fixture(scope="session")
def mirror() -> Iterator[Mirror]:
    """What nodes download from, in the network that these tests run in."""
    with mirrored() as served:
        yield served
