"""Two configurations are told apart by what a running node would lack, and by nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from jeroboam.model.types import FileEntry, HeatFact, NodeConfig, Unit
from jeroboam.userdata.digest import digest

FILES = (FileEntry("/etc/a", "a\n"), FileEntry("/etc/told", "x\n", compared=""))
NODE = NodeConfig(
    FILES,
    (Unit("a.service", "[Unit]\n", enabled=True),),
    {"A": "1", "TOLD": "1"},
    {"H": HeatFact.SIGNAL},
    ("ssh-ed25519 AAAA",),
    frozenset(),
    told=frozenset({"TOLD"}),
)


@pytest.mark.parametrize(
    "other",
    [
        {"files": (FileEntry("/etc/b", "a\n"),)},
        {"files": (FileEntry("/etc/a", "a\n", 0o600),)},
        {"files": (FileEntry("/etc/a", "b\n"),)},
        {"files": (*FILES, FileEntry("/etc/c", ""))},
        {"files": (FileEntry("/etc/a", "a\n", compared="of it"), FILES[1])},
        {"units": (Unit("a.service", "[Unit]\n", enabled=False),)},
        {"environment": {"A": "2", "TOLD": "1"}},
        {"heat_values": {"H": HeatFact.SIGNAL, "I": HeatFact.PROGRESS}},
        {"ssh_authorized_keys": ()},
    ],
)
def test_what_a_node_would_lack_counts(other: dict[str, object]) -> None:
    assert digest(replace(NODE, **other), {}) != digest(NODE, {})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "other",
    [
        {"files": FILES[:1]},
        {"files": (FILES[0], FileEntry("/etc/told", "y\n", compared=""))},
        {"environment": {"TOLD": "2", "A": "1"}},
    ],
)
def test_what_the_api_is_told_does_not(other: dict[str, object]) -> None:
    assert digest(replace(NODE, **other), {}) == digest(NODE, {})  # type: ignore[arg-type]


def test_the_platforms_share_counts_too() -> None:
    known = {
        digest(NODE, {}),
        digest(NODE, {"P": "1"}),
        digest(NODE, {}, own=FILES),
        digest(NODE, {}, masked=["a"]),
    }
    assert len(known) == 4
