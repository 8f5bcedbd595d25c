"""What pages have people type at a cloud, typed line by line at a real Heat."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from _pytest.mark.structures import ParameterSet

from tests.cloud.plays import PLAYS
from tests.cloud.scenes import act
from tests.cloud.test_roll import rollable
from tests.labs.cloud.seed import connect
from tests.labs.cloud.settings import Settings

pytestmark = [pytest.mark.cloud, pytest.mark.long]


def _played(name: str) -> ParameterSet:
    """On one worker with all others of a cluster of that name: whoever plays nodes goes by it."""
    cluster = PLAYS[name].cluster
    return pytest.param(name, id=name.replace(" ", "-"), marks=pytest.mark.xdist_group(cluster))


@pytest.mark.parametrize("name", [_played(name) for name in PLAYS])
def test_lines_do_what_their_page_says(lab: Settings, tmp_path: Path, name: str) -> None:
    with connect(lab, PLAYS[name].cloud) as demo:
        act(PLAYS[name], demo, tmp_path)


@pytest.mark.xdist_group("prod")
def test_a_bad_change_is_undone_by_its_page(demo: Any, tmp_path: Path) -> None:
    """A label that nodes fail with: the roll stops, the spec goes back, and the next one mends it."""
    behaviours: dict[str, str] = {}
    old, new = "count: 3, flavor: m1.medium", "count: 3, flavor: m1.medium, kubelet_args: {v: '9'}"
    with rollable(demo, tmp_path, "prod", behaviours, nodes=3) as up:
        first = up.servers()
        behaviours["prod-default-*"] = "fail:join:kubelet does not start"
        up.changed(old, new)
        stopped = up.roll()
        assert stopped.code == 1
        assert "no further node is taken" in stopped.err
        up.changed(new, old)
        behaviours.clear()
        assert up.roll().code == 0
        after = up.servers()
        assert [name for name in first if first[name] != after[name]] == ["prod-default-0"]
        assert "behind" not in up.cluster.run("status", "prod").text
