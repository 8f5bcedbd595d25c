"""The cloud-config document: one YAML mapping, readable while it fits, Heat's part at its tail."""

from __future__ import annotations

import base64
import gzip
from typing import Any

import pytest
import yaml

from jeroboam.model.limits import PLAIN_BYTES
from jeroboam.model.types import FileEntry, HeatFact, NodeConfig, Unit
from jeroboam.userdata.cloud_config import cloud_config


def node(*files: FileEntry) -> NodeConfig:
    return NodeConfig(
        files=files,
        units=(Unit("a.service", "[Service]\n", True), Unit("b.service", "[Service]\n", False)),
        environment={"B": "it's", "A": "$(reboot)"},
        heat_values={"X": HeatFact.SIGNAL},
        ssh_authorized_keys=("ssh-ed25519 AAAA me",),
        requires=frozenset(),
    )


def parsed(text: str) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(text)
    return document


def entries(text: str) -> dict[str, dict[str, str]]:
    return {entry["path"]: entry for entry in parsed(text)["write_files"]}


def test_fixed_and_heat_make_one_document() -> None:
    data = cloud_config(node(), {"P": "1"})
    assert data.text.startswith("#cloud-config\n")
    files = entries(data.text)
    assert files["/etc/jeroboam/heat.env"]["content"] == "X='@@X@@'\n"
    assert files["/etc/jeroboam/heat.env"]["permissions"] == "0600"
    assert files["/etc/jeroboam/cluster.env"]["content"] == "A='$(reboot)'\nB='it'\\''s'\nP='1'\n"


def test_only_the_heat_part_has_placeholders() -> None:
    data = cloud_config(node(FileEntry("/x", "@@X@@\n")), {})
    assert "@@X@@" in data.fixed
    assert data.heat.count("@@X@@") == 1
    assert data.placeholders == {"@@X@@": HeatFact.SIGNAL}


def test_enabled_units_are_started_without_blocking_cloud_init() -> None:
    commands = parsed(cloud_config(node(), {}).text)["runcmd"]
    assert commands == [
        ["systemctl", "daemon-reload"],
        ["systemctl", "enable", "--now", "--no-block", "a.service"],
    ]


def test_small_documents_stay_readable() -> None:
    data = cloud_config(node(FileEntry("/x", "plain\n")), {})
    assert data.packed == ()
    assert entries(data.text)["/x"]["content"] == "plain\n"


def test_beyond_the_limit_the_largest_file_is_packed_first() -> None:
    small, large = FileEntry("/small", "a\n" * 500), FileEntry("/large", "b\n" * PLAIN_BYTES)
    data = cloud_config(node(small, large), {})
    files = entries(data.text)
    assert [file.path for file in data.packed] == ["/large"]
    assert files["/small"]["content"] == small.content
    assert files["/large"]["encoding"] == "gz+b64"
    assert gzip.decompress(base64.b64decode(files["/large"]["content"])).decode() == large.content


@pytest.mark.parametrize("text", ["käse\n", "日本\n", "tab\tand  spaces \n", "\x85\n", "%index%\n"])
def test_any_content_comes_back(text: str) -> None:
    data = cloud_config(node(FileEntry("/x", text)), {})
    entry = entries(data.text)["/x"]
    content = entry["content"]
    if entry.get("encoding"):
        content = gzip.decompress(base64.b64decode(content)).decode()
    assert content == text
    assert data.text.isascii()
