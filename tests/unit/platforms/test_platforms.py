"""What each distro declares: enough for every script, and how its machines are kept as they are."""

from __future__ import annotations

import json
from typing import Any

import pytest

from jeroboam import plugins
from jeroboam.diagnostics import CODES, Severity
from jeroboam.model.protocols import Platform
from jeroboam.model.types import Capability, HeatFact, NodeConfig
from jeroboam.parts.bootstrap import PLATFORM_VALUES
from tests.support import node_files

NAMES = tuple(plugins.names("platforms"))
EVERY_PLATFORM = pytest.mark.parametrize("name", NAMES)
NODE = NodeConfig((), (), {}, {"X": HeatFact.SIGNAL}, (), frozenset())


def platform(name: str) -> Platform:
    found = plugins.platform(name)
    assert found is not None
    return found


def config(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(platform(name).user_data(NODE, 0).text)
    return document


@EVERY_PLATFORM
def test_scripts_find_all_that_they_may_ask_of_a_platform(name: str) -> None:
    assert set(platform(name).environment) == PLATFORM_VALUES
    files = {file.path: file.text for file in node_files.files(platform(name).user_data(NODE, 0).text)}
    for key, value in platform(name).environment.items():
        assert f"{key}='{value}'\n" in files["/etc/jeroboam/cluster.env"]


@EVERY_PLATFORM
def test_control_groups_are_of_a_known_version(name: str) -> None:
    assert platform(name).provides & {Capability.CGROUP_V1, Capability.CGROUP_V2}
    assert Capability.SYSTEMD in platform(name).provides


@EVERY_PLATFORM
def test_notes_are_notes_about_the_distro(name: str) -> None:
    for code in platform(name).notes:
        assert CODES[code].severity is Severity.NOTE
        assert "{distro}" in CODES[code].message


@EVERY_PLATFORM
def test_programs_go_where_units_look_for_them(name: str) -> None:
    """A read-only /usr has two writable places; every unit's PATH names both."""
    assert platform(name).environment["JEROBOAM_BIN_DIR"] in ("/usr/local/bin", "/opt/bin")


def test_the_old_fedora_is_said_to_be_old() -> None:
    assert [name for name in NAMES if platform(name).notes] == ["fedora-atomic"]


def test_flatcar_masks_what_updates_it() -> None:
    masked = {unit["name"] for unit in config("flatcar")["systemd"]["units"] if unit.get("mask")}
    assert masked == {"update-engine.service", "locksmithd.service"}


def test_fedora_coreos_is_told_not_to_update() -> None:
    data = platform("fedora-coreos").user_data(NODE, 0).text
    files = {file.path: file.text for file in node_files.files(data)}
    assert "enabled = false\n" in files["/etc/zincati/config.d/90-disable-auto-updates.toml"]


@pytest.mark.parametrize("name", ["fedora-atomic", "fedora-coreos"])
def test_selinux_stays_and_what_is_placed_is_labelled(name: str) -> None:
    assert platform(name).environment["JEROBOAM_RELABEL"].startswith("restorecon")
    assert "setenforce" not in platform(name).user_data(NODE, 0).text
