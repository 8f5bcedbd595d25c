"""What did not fit into an Ignition config: unpacked over the root before the bootstrap, and labelled."""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from jeroboam.model.limits import USER_DATA_BYTES
from jeroboam.model.types import FileEntry, HeatFact, NodeConfig
from jeroboam.userdata.archive import PATH
from jeroboam.userdata.ignition import ignition
from tests.nodescripts.lab import FRAGMENTS, Node

WANTED = (
    FileEntry("/etc/systemd/system/x.service.d/10-y.conf", "[Service]\n"),
    FileEntry("/opt/jeroboam/steps/10-z.sh", "#!/bin/bash\n", 0o755),
    FileEntry("/etc/jeroboam/secret", "s\n", 0o600),
)


def _node(tmp_path: Path, relabel: str) -> Node:
    """A node as Ignition leaves it: the archive, and the files beside it."""
    config = NodeConfig(WANTED, (), {}, {"X": HeatFact.SIGNAL}, (), frozenset())
    document = ignition(config, {"JEROBOAM_RELABEL": relabel}, USER_DATA_BYTES).text
    node = Node(tmp_path / "node")
    shutil.rmtree(node.root / "opt/jeroboam")
    (node.root / "etc/jeroboam/cluster.env").unlink()
    carried = {entry["path"]: entry for entry in json.loads(document)["storage"]["files"]}
    archive = base64.b64decode(carried[PATH]["contents"]["source"].partition(",")[2])
    (node.root / "opt/jeroboam").mkdir()
    (node.root / PATH.lstrip("/")).write_bytes(archive)
    node.stub("restorecon")
    node.stub("systemctl")
    return node


def _unpack(node: Node) -> subprocess.CompletedProcess[str]:
    """Runs what the unit does."""
    unit = (FRAGMENTS / "common/jeroboam-unpack.service").read_text("utf-8")
    commands = re.findall(r"^ExecStart=(.+)$", unit, re.MULTILINE)
    node.place(
        "unpack.sh",
        "set -e\n"
        + "".join(f"{c.replace('/opt/jeroboam', f'{node.root}/opt/jeroboam')}\n" for c in commands),
    )
    return node.run("unpack.sh")


@pytest.mark.parametrize("relabel", ["true", "restorecon -F"])
def test_all_is_in_place_before_the_bootstrap(relabel: str, tmp_path: Path) -> None:
    node = _node(tmp_path, relabel)
    done = _unpack(node)
    assert done.returncode == 0, done.stderr
    for file in WANTED:
        assert node.text(file.path) == file.content
        assert node.mode(file.path) == file.mode
    *labelled, last = node.called()
    assert last == "systemctl daemon-reload"
    placed = [*(file.path for file in WANTED), "/etc/jeroboam/cluster.env", "/opt/jeroboam/relabel.sh"]
    paths = sorted(f"{node.root}{path}" for path in placed)
    assert [sorted(call.split()[2:]) for call in labelled] == ([paths] if relabel != "true" else [])


def test_a_broken_archive_ends_it(tmp_path: Path) -> None:
    node = _node(tmp_path, "true")
    (node.root / PATH.lstrip("/")).write_bytes(b"not an archive")
    assert _unpack(node).returncode != 0
    assert node.called() == []


def test_the_bootstrap_waits_for_it_and_does_not_run_without() -> None:
    unit = (FRAGMENTS / "common/jeroboam-unpack.service").read_text("utf-8")
    assert "\nBefore=jeroboam-bootstrap.service\n" in unit
    assert "\nRequiredBy=jeroboam-bootstrap.service\n" in unit
