"""`deploy` after things went wrong, on a real Heat: what a node once signalled is never forgotten there."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.cloud.clusters import Cluster, gone_afterwards
from tests.cloud.nodes import Said, playing

pytestmark = [pytest.mark.cloud, pytest.mark.long]


def _rewritten(cluster: Cluster, old: str, new: str) -> None:
    text = cluster.spec.read_text(encoding="utf-8")
    assert old in text
    cluster.spec.write_text(text.replace(old, new), encoding="utf-8")


def _reported(said: Iterable[Said], node: str) -> bool:
    """Whether the node has said that it is up."""
    return any(one.node == node and one.body["reason"].startswith(f"node {node} is up") for one in said)


def test_a_name_that_comes_back_is_waited_for(tmp_path: Path, lab: Any) -> None:
    cluster = Cluster(tmp_path, "comeback")
    with gone_afterwards(cluster):
        with playing(cluster.name):
            for nodes in (2, 1):
                cluster.says(nodes=nodes)
                done = cluster.deploy()
                assert done.code == 0, done.text
        cluster.says(nodes=2)
        with playing(cluster.name, {"comeback-default-1": "slow:30"}) as said:
            back = cluster.deploy()
            assert _reported(said, "comeback-default-1"), back.text
        assert back.code == 0, back.text
        assert "comeback-default-1: it reported that it was ready, which no longer counts" in back.err
        assert "Heat is done, but it did not wait for comeback-default-1" in back.err
        assert back.err.count("comeback-default-1: ready") == 1


def test_the_node_in_the_place_of_a_retired_one_is_waited_for(tmp_path: Path, lab: Any) -> None:
    cluster = Cluster(tmp_path, "replaced")
    cluster.says(nodes=2)
    with gone_afterwards(cluster):
        with playing(cluster.name):
            assert cluster.deploy().code == 0
        _rewritten(cluster, "count: 2,", "count: 2, retired: [0],")
        with playing(cluster.name, {"replaced-default-2": "slow:30"}) as said:
            slow = cluster.deploy()
            assert _reported(said, "replaced-default-2"), slow.text
        assert slow.code == 0, slow.text

        _rewritten(cluster, "retired: [0],", "retired: [0, 1],")
        with playing(cluster.name, {"replaced-default-3": "fail:install-kubernetes:curl exit 22"}):
            failed = cluster.deploy()
            assert failed.code == 1, failed.text
            assert "not all of its nodes are ready: replaced-default-3: failed: " in failed.err
            assert "curl exit 22" in failed.err
            # Heat has nothing to do any more, which does not make the node ready.
            again = cluster.deploy()
            assert again.code == 1, again.text
            assert "replaced-default-3: failed: " in again.err


def test_a_node_that_failed_is_retired_and_the_group_grows(tmp_path: Path, lab: Any) -> None:
    cluster = Cluster(tmp_path, "mended")
    cluster.says(nodes=2)
    with gone_afterwards(cluster):
        with playing(cluster.name, {"mended-default-1": "fail:install-kubernetes:curl exit 22"}):
            failed = cluster.deploy()
            assert failed.code == 1, failed.text
        _rewritten(cluster, "count: 2,", "count: 2, retired: [1],")
        # Played anew, it would report itself mended.
        with playing(cluster.name, {"mended-default-1": "silent"}):
            retired = cluster.deploy()
            assert retired.code == 0, retired.text
            assert "mended-default-1: it reported that it failed" in retired.err
            assert "mended-default-2: ready" in retired.err
            _rewritten(cluster, "count: 2,", "count: 3,")
            grown = cluster.deploy()
            assert grown.code == 0, grown.text
            assert "mended-default-3: ready" in grown.err
            shown = cluster.run("status", cluster.name)
            assert "4 of 4 ready" in shown.out, shown.text


def test_a_first_create_that_failed_at_the_master_goes_on_when_mended(tmp_path: Path, lab: Any) -> None:
    cluster = Cluster(tmp_path, "homeless")
    master = "masters: {count: 1, flavor: m1.medium}"
    _rewritten(cluster, master, master.replace("medium", "huge"))
    with gone_afterwards(cluster), playing(cluster.name):
        failed = cluster.deploy()
        assert failed.code == 1, failed.text
        assert "go on from here: jeroboam deploy homeless.yaml" in failed.err
        _rewritten(cluster, "huge", "medium")
        mended = cluster.deploy()
        assert mended.code == 0, mended.text
        assert "no data is lost" in mended.err


@pytest.mark.parametrize("layout", ["single", "nested"])
def test_nodes_that_gave_up_boot_anew_once_what_they_lacked_is_back(
    tmp_path: Path, demo: Any, layout: str
) -> None:
    cluster = Cluster(tmp_path, f"unborn-{layout}")
    cluster.says(nodes=2, more=f"heat: {{layout: {layout}}}\n")
    failing = f"{cluster.name}-default-1"
    behaviours = {failing: "fail:install-kubernetes:curl exit 22"}
    with gone_afterwards(cluster), playing(cluster.name, behaviours):
        assert cluster.deploy().code == 1
        before = {it.name: it.id for it in demo.compute.servers() if it.name.startswith(cluster.name)}
        behaviours.clear()
        mended = cluster.deploy()
        assert mended.code == 0, mended.text
        assert "replaced: its node failed and was never ready; no data is lost" in mended.err
        after = {it.name: it.id for it in demo.compute.servers() if it.name.startswith(cluster.name)}
        assert {name for name in before if after[name] != before[name]} == {failing}
        assert before.keys() == after.keys()
