"""Each Ignition config by Ignition itself: validated, then applied to a scratch root and compared with it."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from jeroboam.userdata.archive import PATH
from tests.support import hot, node_files
from tests.support.cases import BY_IGNITION, Case, compiled

EVERY_CASE = pytest.mark.parametrize("case", BY_IGNITION, ids=str)
BROKEN = BY_IGNITION[0]


class Ignition(NamedTuple):
    """The two programs, and a folder where nothing else is."""

    validate: str
    apply: str
    folder: Path

    def complaints(self, document: str) -> str:
        """What the validator says; a key that it does not know is only a warning to it, but not to us."""
        path = self.folder / "config.ign"
        path.write_text(document, encoding="utf-8")
        done = subprocess.run([self.validate, str(path)], capture_output=True, text=True, timeout=60)
        return done.stdout + done.stderr + ("" if done.returncode == 0 else f"exit {done.returncode}")

    def applied(self, document: str, name: str) -> Path:
        """The root that Ignition makes of the document."""
        root = _root(self.folder / name)
        config = self.folder / f"{name}.ign"
        config.write_text(document, encoding="utf-8")
        for stage in ("fetch", "files"):
            done = subprocess.run(
                [self.apply, "-platform", "file", "-root", str(root), "-stage", stage, "-log-to-stdout",
                 "-config-cache", str(self.folder / f"{name}.cache"),
                 "-state-file", str(self.folder / f"{name}.state")],
                env={"IGNITION_CONFIG_FILE": str(config), "PATH": f"{self.folder}/bin:{os.environ['PATH']}"},
                capture_output=True, text=True, timeout=120,
            )  # fmt: skip
            assert done.returncode == 0, f"{stage}: {done.stdout[-2000:]}{done.stderr}"
        return root


def _root(root: Path) -> Path:
    """What Ignition expects of an image: its users, and a policy to label files by."""
    texts = {
        "etc/passwd": "root:x:0:0::/root:/bin/sh\ncore:x:1000:1000::/home/core:/bin/sh\n",
        "etc/group": "root:x:0:\ncore:x:1000:\n",
        "etc/shadow": "root:*:19000::::::\ncore:*:19000::::::\n",
        "etc/selinux/config": "SELINUX=enforcing\nSELINUXTYPE=targeted\n",
        "etc/selinux/targeted/contexts/files/file_contexts": "",
        "etc/containerd/config.toml": "# what the image brings\n",
    }
    for path, text in texts.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    (root / "home/core").mkdir(parents=True)
    return root


@pytest.fixture
def ignition(program: Callable[[str], str], tmp_path: Path) -> Ignition:
    """Ignition, as root: it gives away files and edits users."""
    found = Ignition(program("ignition-validate"), program("ignition"), tmp_path)
    if os.geteuid() != 0:
        pytest.skip("needs root")
    setfiles = tmp_path / "bin/setfiles"
    setfiles.parent.mkdir()
    setfiles.write_text("#!/bin/sh\n", encoding="utf-8")
    setfiles.chmod(0o755)
    return found


@EVERY_CASE
def test_ignition_accepts(case: Case, ignition: Ignition) -> None:
    documents = node_files.user_data(compiled(case.spec))
    assert documents
    assert {role: said for role, d in documents.items() if (said := ignition.complaints(d))} == {}


@EVERY_CASE
def test_documents_for_review_are_valid_too(case: Case, ignition: Ignition) -> None:
    found = {p: text for p, text in compiled(case.spec).files.items() if p.endswith(".ign")}
    assert found
    assert {path: said for path, text in found.items() if (said := ignition.complaints(text))} == {}


def _broken(change: Callable[[dict[str, Any]], object]) -> str:
    document = json.loads(next(iter(node_files.user_data(compiled(BROKEN.spec)).values())))
    change(document)
    return json.dumps(document)


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d["ignition"].update(version="9.0.0"),
        lambda d: d["storage"]["files"][0].update(path="relative"),
        lambda d: d["storage"]["files"][0].update(mode="0644"),
        lambda d: d["storage"]["files"][0].update(permissions=420),
        lambda d: d["storage"]["files"][-1]["contents"].update(source="data:,{"),
        lambda d: d["systemd"]["units"][0].update(name="no suffix"),
    ],
    ids=["version", "relative", "type", "unknown key", "not escaped", "unit name"],
)
def test_ignition_refuses_what_is_broken(
    change: Callable[[dict[str, Any]], object], ignition: Ignition
) -> None:
    assert ignition.complaints(_broken(lambda _: None)) == ""
    assert ignition.complaints(_broken(change)) != ""


@EVERY_CASE
def test_ignition_makes_the_tree_that_was_meant(case: Case, ignition: Ignition) -> None:
    """Each path, mode and text; units enabled by a preset; what is masked cannot start."""
    for role, document in node_files.user_data(compiled(case.spec)).items():
        root, config = ignition.applied(document, role), json.loads(document)
        units = {f"/etc/systemd/system/{unit['name']}" for unit in config["systemd"]["units"]}
        carried = {entry["path"] for entry in config["storage"]["files"]} | units
        for file in node_files.files(document):
            placed = root / file.path.lstrip("/")
            if file.path not in carried:
                # In the archive, for the unpacking unit; until then an image's own may be there.
                assert (root / PATH.lstrip("/")).exists(), file.path
                continue
            assert placed.read_text("utf-8") == file.text, file.path
            assert placed.stat().st_mode & 0o7777 == file.mode, file.path
        presets = (root / "etc/systemd/system-preset/20-ignition.preset").read_text("utf-8").splitlines()
        for unit in config["systemd"]["units"]:
            if unit.get("mask"):
                assert (root / "etc/systemd/system" / unit["name"]).readlink() == Path("/dev/null")
            else:
                assert f"{'enable' if unit['enabled'] else 'disable'} {unit['name']}" in presets
        assert "enable jeroboam-bootstrap.service" in presets
        for user in config.get("passwd", {}).get("users", ()):
            kept = "".join(p.read_text("utf-8") for p in (root / "home/core/.ssh").rglob("*") if p.is_file())
            assert all(key in kept for key in user["sshAuthorizedKeys"])


@EVERY_CASE
def test_what_heat_puts_in_arrives_as_it_is(case: Case, ignition: Ignition) -> None:
    """Through the template's own functions and Ignition's decoding: JSON with quotes, braces and blanks."""
    for role, document in node_files.user_data(compiled(case.spec)).items():
        placed = ignition.applied(document, role) / "etc/jeroboam/heat.env"
        assert f"JEROBOAM_SIGNAL='{hot.SIGNAL}'\n" in placed.read_text("utf-8")


@EVERY_CASE
def test_nothing_updates_by_itself(case: Case, ignition: Ignition) -> None:
    held_back = {
        "flatcar": "etc/systemd/system/update-engine.service",
        "fedora_coreos": "etc/zincati/config.d/90-disable-auto-updates.toml",
    }
    for role, document in node_files.user_data(compiled(case.spec)).items():
        assert os.path.lexists(ignition.applied(document, role) / held_back[case.distro])
