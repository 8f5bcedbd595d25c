"""What of the processors nodes have, by folders in the place of control groups."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.labs.nodes.namespaces import limits


@pytest.mark.parametrize(("nodes", "shares"), [(0, 1024), (1, 1024), (5, 5120)])
def test_each_node_has_as_much_as_a_session_of_other_programs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, nodes: int, shares: int
) -> None:
    monkeypatch.setattr(limits, "CGROUPS", tmp_path)
    top = tmp_path / "cpu" / limits.GROUP
    for number in range(nodes):
        (top / f"n-{number}").mkdir(parents=True)
    top.mkdir(parents=True, exist_ok=True)
    limits.share()
    assert (top / "cpu.shares").read_text(encoding="ascii") == str(shares)
