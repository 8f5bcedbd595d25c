"""The Ignition config: one JSON document, Heat's part its last value, every file decoded for review."""

from __future__ import annotations

import json
import string
from typing import Any
from urllib.parse import quote, unquote

import pytest

from jeroboam.hot import compute
from jeroboam.hot.types import ListJoin, StrReplace
from jeroboam.model.limits import USER_DATA_BYTES
from jeroboam.model.types import FileEntry, HeatFact, NodeConfig, SecretRef, Unit, UserData
from jeroboam.userdata.archive import PATH
from jeroboam.userdata.ignition import ESCAPES, ignition
from tests.support import node_files

SETTINGS = {"JEROBOAM_RELABEL": "true"}
PRINTABLE = "".join(map(chr, range(0x20, 0x7F)))


def node(*files: FileEntry, keys: tuple[str, ...] = ("ssh-ed25519 AAAA me",)) -> NodeConfig:
    return NodeConfig(
        files=files,
        units=(Unit("a.service", "[Service]\n", True), Unit("b.service", "[Service]\n", False)),
        environment={"B": "it's", "A": "$(reboot)"},
        heat_values={"X": HeatFact.SIGNAL, "Y": SecretRef("s")},
        ssh_authorized_keys=keys,
        requires=frozenset(),
    )


def parsed(data: UserData) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(data.text)
    return document


def placed(data: UserData) -> dict[str, node_files.NodeFile]:
    return {file.path: file for file in node_files.files(data.text)}


def test_fixed_and_heat_make_one_document() -> None:
    data = ignition(node(), SETTINGS, 0)
    assert data.suffix == ".ign"
    assert parsed(data)["ignition"] == {"version": "3.3.0"}
    assert placed(data)["/etc/jeroboam/heat.env"].text == "X='@@X@@'\nY='@@Y@@'\n"
    assert placed(data)["/etc/jeroboam/heat.env"].mode == 0o600
    settings = placed(data)["/etc/jeroboam/cluster.env"].text
    assert settings == "A='$(reboot)'\nB='it'\\''s'\nJEROBOAM_RELABEL='true'\n"


def test_only_the_heat_part_has_placeholders() -> None:
    data = ignition(node(), SETTINGS, 0, masked=("@@X@@.service",))
    assert "@@X@@" in data.fixed
    assert data.heat.count("@@X@@") == 1
    assert data.heat.startswith("data:,")
    assert data.placeholders == {"@@X@@": HeatFact.SIGNAL, "@@Y@@": SecretRef("s")}


def test_a_node_without_values_is_a_document_too() -> None:
    bare = NodeConfig((), (), {}, {}, (), frozenset())
    data = ignition(bare, SETTINGS, 0)
    assert (set(placed(data)), data.heat) == ({"/etc/jeroboam/cluster.env"}, "")


def test_escapes_are_those_of_a_url() -> None:
    safe = "".join(set(PRINTABLE) - {character for character, _ in ESCAPES})
    assert set(safe) >= set(string.ascii_letters + string.digits + "@_=+/'")
    for character, escape in ESCAPES:
        assert escape == quote(character, safe="")


@pytest.mark.parametrize("character", PRINTABLE)
def test_a_value_of_any_character_reaches_the_node(character: str) -> None:
    data = ignition(node(), SETTINGS, 0)
    escape = dict(data.escapes).get(character, character)
    filled = data.fixed + data.heat.replace("@@X@@", escape)
    source: str = json.loads(filled)["storage"]["files"][-1]["contents"]["source"]
    assert f"X='{character}'\n" in unquote(source.removeprefix("data:,"))


def test_heat_itself_escapes_as_a_url_wants_it() -> None:
    """The HOT that wraps a value, through the function of Heat that will run it."""
    functions = pytest.importorskip("heat.engine.hot.functions")
    data = ignition(node(), SETTINGS, 0)
    wrapped = compute._escaped(HeatFact.SIGNAL, PRINTABLE, data)
    assert wrapped == StrReplace(ListJoin("", (PRINTABLE,)), ESCAPES)
    arguments = {"template": PRINTABLE, "params": dict(ESCAPES)}
    escaped: str = functions.ReplaceJson(None, "str_replace", arguments).result()
    kept = "".join(set(PRINTABLE) - {character for character, _ in ESCAPES})
    assert escaped == quote(PRINTABLE, safe=kept)
    assert unquote(escaped) == PRINTABLE


def test_secrets_and_other_documents_need_no_escapes() -> None:
    data = ignition(node(), SETTINGS, 0)
    assert compute._escaped(SecretRef("s"), "QUJD", data) == "QUJD"
    cloud_config = UserData(".yaml", "", "", {}, ())
    assert compute._escaped(HeatFact.SIGNAL, "{}", cloud_config) == "{}"


def test_units_are_placed_enabled_and_masked() -> None:
    units = parsed(ignition(node(), SETTINGS, 0, masked=("c.service",)))["systemd"]["units"]
    assert units == [
        {"name": "a.service", "enabled": True, "contents": "[Service]\n"},
        {"name": "b.service", "enabled": False, "contents": "[Service]\n"},
        {"name": "c.service", "mask": True},
    ]


def test_the_login_user_gets_the_keys() -> None:
    users = parsed(ignition(node(), SETTINGS, 0))["passwd"]["users"]
    assert users == [{"name": "core", "sshAuthorizedKeys": ["ssh-ed25519 AAAA me"]}]
    assert "passwd" not in parsed(ignition(node(keys=()), SETTINGS, 0))


def test_what_the_image_has_already_is_replaced() -> None:
    data = ignition(node(FileEntry("/etc/containerd/config.toml", "x\n")), SETTINGS, 0)
    assert all(entry["overwrite"] for entry in parsed(data)["storage"]["files"])


def test_every_file_and_unit_is_shown_decoded() -> None:
    data = ignition(node(FileEntry("/x", "plain\n", 0o755)), SETTINGS, 0, own=(FileEntry("/own", "o\n"),))
    shown = {(file.path, file.content) for file in data.packed}
    carried = {(path, file.text) for path, file in placed(data).items() if path != "/etc/jeroboam/heat.env"}
    assert shown == carried
    assert ("/etc/systemd/system/a.service", "[Service]\n") in shown


@pytest.mark.parametrize(
    "text", ["k\u00e4se\n", "\u65e5\u672c\n", "tab\tand  spaces \n", "\x85\n", "%41%\n", ""]
)
def test_any_content_comes_back(text: str) -> None:
    data = ignition(node(FileEntry("/x", text, 0o700), keys=("ssh-ed25519 AAAA k\u00e4the",)), SETTINGS, 0)
    assert (placed(data)["/x"].text, placed(data)["/x"].mode) == (text, 0o700)
    assert data.text.isascii()


def test_what_does_not_fit_travels_in_one_archive() -> None:
    own = FileEntry("/etc/own", "o\n")
    wanted = node(FileEntry("/x", "x\n" * 100, 0o755))
    assert PATH not in {entry["path"] for entry in parsed(ignition(wanted, SETTINGS, 0))["storage"]["files"]}
    data = ignition(wanted, SETTINGS, USER_DATA_BYTES, own=(own,))
    entries = [entry["path"] for entry in parsed(data)["storage"]["files"]]
    assert entries == [PATH, "/etc/own", "/etc/jeroboam/heat.env"]
    assert placed(data)["/x"] == node_files.NodeFile("/x", "x\n" * 100, 0o755, packed=True)
    assert placed(data)["/etc/jeroboam/cluster.env"].packed
    assert placed(data)["/opt/jeroboam/relabel.sh"].packed
    # What no step starts has to be there before; the others are what steps enable.
    units = [(unit["name"], unit["enabled"]) for unit in parsed(data)["systemd"]["units"]]
    assert units == [("jeroboam-unpack.service", True), ("a.service", True)]
    assert placed(data)["/etc/systemd/system/b.service"].text == "[Service]\n"
    shown = {(file.path, file.content) for file in data.packed}
    assert shown == {(p, f.text) for p, f in placed(data).items() if p != "/etc/jeroboam/heat.env"}


def test_scripts_lose_their_comments_where_the_archive_does_not_fit() -> None:
    script = FileEntry("/x.sh", "# Why.\n" * 100 + "true\n", 0o755)
    wanted = node(script, FileEntry("/y", "# Text.\n" * 2_000))
    packed = ignition(wanted, SETTINGS, USER_DATA_BYTES - 3_000)
    assert placed(packed)["/x.sh"].packed
    assert placed(packed)["/x.sh"].text == script.content
    full = ignition(wanted, SETTINGS, USER_DATA_BYTES)
    assert placed(full)["/x.sh"].text == "true\n"
    assert placed(full)["/y"].text == "# Text.\n" * 2_000
    shown = {(file.path, file.content) for file in full.packed}
    assert shown == {(p, f.text) for p, f in placed(full).items() if p != "/etc/jeroboam/heat.env"}


def test_a_file_is_text_where_that_is_shorter() -> None:
    small, large = FileEntry("/small", "a: 50 %\n"), FileEntry("/large", "some words and\n" * 20)
    sources = {
        entry["path"]: entry["contents"]["source"]
        for entry in parsed(ignition(node(small, large), SETTINGS, 0))["storage"]["files"]
    }
    assert sources["/small"] == "data:,a:%2050%20%25%0A"
    assert sources["/large"].startswith("data:;base64,")
