"""Images are written as the OCI image layout says, alike for the same layers, and nothing is left over."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from tests.labs.nodes.mirror.archives import Entry
from tests.labs.nodes.mirror.layout import MANIFEST, Command, Layout


def _image(layout: Layout, name: str, text: bytes = b"program") -> str:
    below = layout.add_layer([Entry("lib/library", 0o644, b"library")])
    above = layout.add_layer([Entry("bin/program", 0o755, text)])
    return layout.add_image(name, [below, above], Command(("/bin/program",), ("--help",))).digest


def _json(layout: Layout, digest: str) -> Any:
    path = layout.blob(digest)
    assert path
    return json.loads(path.read_text(encoding="utf-8"))


def test_an_image_is_all_that_the_specification_asks_for(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    digest = _image(layout, "some/program:v1")
    assert json.loads((tmp_path / "oci-layout").read_text(encoding="utf-8")) == {
        "imageLayoutVersion": "1.0.0"
    }
    described = layout.images()["some/program:v1"]
    assert described.media_type == MANIFEST
    assert described.digest == digest
    manifest = _json(layout, digest)
    config = _json(layout, manifest["config"]["digest"])
    assert config["rootfs"]["diff_ids"] == [layer["digest"] for layer in manifest["layers"]]
    assert len(config["history"]) == 2
    assert config["config"]["Entrypoint"] == ["/bin/program"]
    assert config["config"]["Cmd"] == ["--help"]
    for part in (described.data(), manifest["config"], *manifest["layers"]):
        path = layout.blob(part["digest"])
        assert path
        assert path.stat().st_size == part["size"]
        assert f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}" == part["digest"]


def test_an_image_may_name_whom_it_runs_as(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    layer = layout.add_layer([Entry("bin/program", 0o755, b"program")])
    for command, user in ((Command(user="999"), "999"), (Command(), None)):
        manifest = _json(layout, layout.add_image("some/program:v1", [layer], command).digest)
        assert _json(layout, manifest["config"]["digest"])["config"].get("User") == user


def test_the_same_layers_make_the_same_image_anywhere(tmp_path: Path) -> None:
    assert _image(Layout(tmp_path / "one"), "a:1") == _image(Layout(tmp_path / "two"), "b:2")
    assert _image(Layout(tmp_path / "one"), "a:1", b"other") != _image(Layout(tmp_path / "two"), "a:1")


def test_a_name_is_the_latest_images_and_blobs_without_one_go(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    old = _image(layout, "a:1", b"old")
    new = _image(layout, "a:1", b"new")
    _image(layout, "b:1", b"unwanted")
    layout.keep_only(["a:1", "c:1"])
    assert {name: found.digest for name, found in layout.images().items()} == {"a:1": new}
    assert layout.blob(old) is None
    assert len(list((tmp_path / "blobs" / "sha256").iterdir())) == 4


def test_what_is_no_digest_is_no_blob(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    _image(layout, "a:1")
    for digest in (
        "",
        "v1",
        "sha256:",
        "sha256:../../../index.json",
        f"sha256:{'0' * 64}",
        f"sha1:{'0' * 64}",
    ):
        assert layout.blob(digest) is None
    assert Layout(tmp_path / "elsewhere").images() == {}
