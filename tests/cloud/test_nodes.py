"""The nodes' player understands every document that the compiler makes, and every way to behave."""

from __future__ import annotations

import pytest

from tests.cloud import nodes
from tests.labs.cloud.settings import RefusedError
from tests.support import node_files
from tests.support.cases import CASES, Case, compiled

MINIMAL = [case for case in CASES if case.name == "minimal"]


@pytest.mark.parametrize("case", MINIMAL, ids=str)
def test_a_node_is_what_its_user_data_says(case: Case) -> None:
    documents = node_files.user_data(compiled(case.spec))
    assert set(documents) == {"master", "default"}
    for role, document in documents.items():
        actor = nodes.node(f"minimal-{role}-0", document)
        assert actor.ready.alarm_url.startswith("https://")
        assert actor.progress.user_id
        assert actor.steps[0] == "08-secrets"
        assert list(actor.steps) == sorted(actor.steps)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("succeed", nodes.Behaviour("succeed")),
        ("silent", nodes.Behaviour("silent")),
        ("slow:2.5", nodes.Behaviour("slow", seconds=2.5)),
        ("stuck:etcd", nodes.Behaviour("stuck", step="etcd")),
        ("fail:etcd:no space: none", nodes.Behaviour("fail", step="etcd", reason="no space: none")),
        ("fail", nodes.Behaviour("fail", reason="played failure")),
    ],
)
def test_ways_to_behave(text: str, expected: nodes.Behaviour) -> None:
    assert nodes.behaviour(text) == expected


@pytest.mark.parametrize("text", ["", "fails", "slow:soon", "slow", "silent:1", "stuck:a:b"])
def test_no_way_to_behave(text: str) -> None:
    with pytest.raises(RefusedError, match="there are: succeed, silent"):
        nodes.behaviour(text)
