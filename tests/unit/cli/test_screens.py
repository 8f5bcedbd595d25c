"""The bars of a wait as a terminal draws them."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from jeroboam.cli.screens import _bars
from jeroboam.deploy.nodes import Node
from jeroboam.deploy.types import COMPLETE, NodeReport


def drawn(width: int, *nodes: Node) -> list[str]:
    screen = io.StringIO()
    Console(file=screen, width=width, force_terminal=False).print(_bars(nodes))
    return [line.rstrip() for line in screen.getvalue().splitlines()]


@pytest.mark.parametrize("width", [80, 110])
def test_a_long_reason_takes_no_room_from_names_and_bars(width: int) -> None:
    reason = "step 40-install failed (exit 22): https://dl.k8s.io/v1.36.3/x.tar.gz: the server said no"
    end = NodeReport("prod-default-1", "default", True, "FAILURE", reason, None, None, None, None)
    lines = drawn(
        width,
        Node("prod-master-0", "master", 0, COMPLETE, None, None),
        Node("prod-default-1", "default", 1, COMPLETE, None, end),
    )
    assert [line.split()[0] for line in lines] == ["prod-master-0", "prod-default-1"]
    assert lines[0].endswith("booting")
    assert "failed: step 40-install failed (exit 22)" in lines[1]
    assert all(len(line) <= width for line in lines)
    assert lines[0].index("booting") == lines[1].index("failed:")
