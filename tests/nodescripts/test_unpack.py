"""What did not fit into an Ignition config: unpacked over the root before the bootstrap, and labelled."""

from __future__ import annotations

import base64
import json
import shutil
from pathlib import Path

import pytest

from jeroboam.model.limits import USER_DATA_BYTES
from jeroboam.model.types import FileEntry, HeatFact, NodeConfig
from jeroboam.userdata.archive import PATH
from jeroboam.userdata.ignition import ignition
from tests.nodescripts.lab import FRAGMENTS, Node
from tests.support import node_files

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
    for file in node_files.files(document):
        if file.path in carried:
            node.place(file.path, file.text, file.mode)
    archive = base64.b64decode(carried[PATH]["contents"]["source"].partition(",")[2])
    (node.root / PATH.lstrip("/")).write_bytes(archive)
    node.stub("restorecon")
    node.stub("systemctl")
    return node


@pytest.mark.parametrize("relabel", ["true", "restorecon -F"])
def test_all_is_in_place_before_the_bootstrap(relabel: str, tmp_path: Path) -> None:
    node = _node(tmp_path, relabel)
    done = node.run("opt/jeroboam/unpack.sh")
    assert done.returncode == 0, done.stderr
    for file in WANTED:
        assert node.text(file.path) == file.content
        assert node.mode(file.path) == file.mode
    placed = [*(file.path for file in WANTED), "/etc/jeroboam/cluster.env"]
    paths = " ".join(f"{node.root}{path}" for path in placed)
    labelled = [f"restorecon -F {paths}"] if relabel != "true" else []
    assert node.called() == [*labelled, "systemctl daemon-reload"]


def test_a_broken_archive_ends_it(tmp_path: Path) -> None:
    node = _node(tmp_path, "true")
    (node.root / PATH.lstrip("/")).write_bytes(b"not an archive")
    assert node.run("opt/jeroboam/unpack.sh").returncode != 0
    assert node.called() == []


def test_the_bootstrap_waits_for_it_and_does_not_run_without() -> None:
    unit = (FRAGMENTS / "common/jeroboam-unpack.service").read_text("utf-8")
    assert "\nBefore=jeroboam-bootstrap.service\n" in unit
    assert "\nRequiredBy=jeroboam-bootstrap.service\n" in unit
