"""Whose a stack is: one made by hand is ours by its output, and is tagged when it is next updated."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from jeroboam.cli.clouds import existing
from jeroboam.cli.delete import _permitted, _stack
from jeroboam.deploy.connection import Cloud, connect
from jeroboam.deploy.errors import DeployError
from jeroboam.deploy.request import require_ours, sent_to_heat
from jeroboam.deploy.roll.updates import _only_out
from jeroboam.deploy.stacks import find
from jeroboam.deploy.tags import marks
from jeroboam.pipeline import compile_spec
from tests.support.cases import MINIMAL
from tests.support.tiny_cloud import TinyCloud

IDENTITY = {"output_key": "jeroboam_cluster", "output_value": {"name": "prod", "coe": "swarm", "distro": "x"}}


@pytest.fixture
def tiny() -> Iterator[TinyCloud]:
    with TinyCloud() as cloud:
        yield cloud


def _cloud(tiny: TinyCloud, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    for name, value in tiny.variables().items():
        monkeypatch.setenv(name, value)
    return connect()


@pytest.mark.filterwarnings("ignore")  # of OpenStack's clients
@pytest.mark.parametrize("state", ["CREATE_COMPLETE", "CREATE_FAILED", "UPDATE_IN_PROGRESS", "DELETE_FAILED"])
def test_one_made_by_hand_is_ours_to_every_command(
    tiny: TinyCloud, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    tiny.stack |= {"tags": None, "outputs": [IDENTITY], "stack_status": state}
    cloud = _cloud(tiny, monkeypatch)
    deployed, deleted = find(cloud, "prod"), _stack(cloud, "prod")
    assert deployed is not None
    assert deleted is not None
    if not state.startswith("DELETE"):
        require_ours(deployed)
    _permitted(deleted, foreign=False)
    assert existing(cloud, "prod").outputs.keys() == {"jeroboam_cluster"}


@pytest.mark.filterwarnings("ignore")  # of OpenStack's clients
def test_one_that_says_nothing_of_us_is_refused(tiny: TinyCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    tiny.stack |= {"tags": ["web"], "outputs": [{"output_key": "url", "output_value": "x"}]}
    stack = find(_cloud(tiny, monkeypatch), "prod")
    assert stack is not None
    with pytest.raises(DeployError, match="that Jeroboam did not create") as refused:
        require_ours(stack)
    assert "openstack stack update --existing --tags jeroboam prod" in str(refused.value.hint)


def test_an_update_tags_it() -> None:
    found = compile_spec(str(MINIMAL.spec)).value
    assert found is not None
    secrets: Any = SimpleNamespace(values={}, parameters={})
    request: Any = SimpleNamespace(compiled=found)
    assert sent_to_heat(request, secrets, None).tags[0] == "jeroboam"
    assert marks(found.bundle, {})[0] == "jeroboam"
    roll: Any = SimpleNamespace(mine="jeroboam-roll-1")
    for tags, sent in (
        ((), "jeroboam,"),
        (("jeroboam", "web"), "jeroboam,web,"),
        (("web",), "jeroboam,web,"),
    ):
        now: Any = SimpleNamespace(tags=tags, timeout_minutes=None)
        assert _only_out(roll, now, frozenset())["tags"] == f"{sent}jeroboam-roll-1"
