"""The cloud-config document: one YAML mapping, readable while it fits, Heat's part at its tail."""

from __future__ import annotations

import base64
from typing import Any

import pytest
import yaml

from jeroboam.model.limits import USER_DATA_BYTES
from jeroboam.model.types import FileEntry, HeatFact, NodeConfig, Unit
from jeroboam.userdata.archive import PATH, UNPACK, archive
from jeroboam.userdata.cloud_config import cloud_config
from tests.support import node_files


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


def unpacked(text: str) -> dict[str, tuple[str, int]]:
    """Content and mode of each file in the document's archive."""
    content = base64.b64decode(entries(text)[PATH]["content"])
    return {file.path: (file.text, file.mode) for file in node_files.unpacked(content)}


def test_fixed_and_heat_make_one_document() -> None:
    data = cloud_config(node(), {"P": "1"}, 0)
    assert data.text.startswith("#cloud-config\n")
    files = entries(data.text)
    assert files["/etc/jeroboam/heat.env"]["content"] == "X='@@X@@'\n"
    assert files["/etc/jeroboam/heat.env"]["permissions"] == "0600"
    assert files["/etc/jeroboam/cluster.env"]["content"] == "A='$(reboot)'\nB='it'\\''s'\nP='1'\n"


def test_only_the_heat_part_has_placeholders() -> None:
    data = cloud_config(node(FileEntry("/x", "@@X@@\n")), {}, 0)
    assert "@@X@@" in data.fixed
    assert data.heat.count("@@X@@") == 1
    assert data.placeholders == {"@@X@@": HeatFact.SIGNAL}


def test_enabled_units_are_started_without_blocking_cloud_init() -> None:
    commands = parsed(cloud_config(node(), {}, 0).text)["runcmd"]
    assert commands == [
        ["systemctl", "daemon-reload"],
        ["systemctl", "enable", "--now", "--no-block", "a.service"],
    ]


def test_small_documents_stay_readable() -> None:
    data = cloud_config(node(FileEntry("/x", "plain\n")), {}, 0)
    assert data.packed == ()
    assert entries(data.text)["/x"]["content"] == "plain\n"


def test_beyond_the_limit_the_largest_file_is_packed_first() -> None:
    small, large = FileEntry("/small", "a\n" * 500), FileEntry("/large", ("b" * 77 + "\n") * 620, 0o755)
    data = cloud_config(node(small, large), {}, 0)
    assert [file.path for file in data.packed] == ["/large"]
    assert entries(data.text)["/small"]["content"] == small.content
    assert unpacked(data.text) == {"/large": (large.content, 0o755)}


def test_the_archive_is_unpacked_before_anything_starts() -> None:
    data = cloud_config(node(FileEntry("/x", "\u00e4\n")), {}, 0)
    assert parsed(data.text)["runcmd"][0] == list(UNPACK)


def test_no_time_nor_owner_of_this_machine_is_in_the_archive() -> None:
    packed = base64.b64decode(archive([FileEntry("/x", "x\n")]))
    # The time, and flags, of which one says that there is a name.
    assert packed[3:8] == bytes(5)


@pytest.mark.parametrize(
    "text", ["k\u00e4se\n", "\u65e5\u672c\n", "tab\tand  spaces \n", "\x85\n", "%index%\n"]
)
def test_any_content_comes_back(text: str) -> None:
    data = cloud_config(node(FileEntry("/x", text)), {}, 0)
    found = unpacked(data.text)["/x"][0] if data.packed else entries(data.text)["/x"]["content"]
    assert found == text
    assert data.text.isascii()


def test_room_is_kept_for_what_heat_puts_in() -> None:
    wanted = node(FileEntry("/x", "x\n" * 100))
    assert cloud_config(wanted, {}, 0).packed == ()
    assert cloud_config(wanted, {}, USER_DATA_BYTES).packed != ()


def test_scripts_keep_their_comments_while_all_fits_in_an_archive() -> None:
    script = FileEntry("/x.sh", "# Why.\n" * 1_000 + "true\n", 0o755)
    kept = cloud_config(node(script), {}, USER_DATA_BYTES - 2_500)
    assert unpacked(kept.text)["/x.sh"] == (script.content, 0o755)
    full = cloud_config(node(script, FileEntry("/y", "# Text.\n")), {}, USER_DATA_BYTES)
    assert unpacked(full.text)["/x.sh"] == ("true\n", 0o755)
    assert unpacked(full.text)["/y"] == ("# Text.\n", 0o644)
    assert {file.path: file.content for file in full.packed}["/x.sh"] == "true\n"
    assert {file.path: file.content for file in full.files}["/x.sh"] == "true\n"
    assert kept.digest == cloud_config(node(script), {}, USER_DATA_BYTES).digest
