"""Whom a node's slow disk slows, by folders in the place of control groups."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.labs.nodes.machine import UnableError
from tests.labs.nodes.namespaces import throttle
from tests.labs.nodes.namespaces.limits import GROUP


def test_the_node_and_the_kernel_are_slowed_and_no_other_node(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttle, "BLKIO", tmp_path)
    mine, pod, other = (tmp_path / GROUP / name for name in ("mine", "mine/kubepods", "other"))
    groups = (tmp_path, mine, pod, other)
    for group in groups:
        group.mkdir(parents=True, exist_ok=True)
        (group / throttle.LIMIT).touch()
    throttle.limit("mine", ["7:3"], 20)
    assert [(group / throttle.LIMIT).read_text(encoding="ascii") for group in groups] == ["7:3 20"] * 3 + [""]


def test_a_kernel_without_such_limits_is_unable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttle, "BLKIO", tmp_path)
    with pytest.raises(UnableError, match="CONFIG_BLK_DEV_THROTTLING"):
        throttle.limit("mine", ["7:3"], 20)
    throttle.limit("mine", [], 0)
