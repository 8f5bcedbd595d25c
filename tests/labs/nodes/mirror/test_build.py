"""The mirror is put together of programs as catalogues say; here of programs that are only names."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

import pytest

from jeroboam.model.artifacts import Download
from tests.labs.nodes.mirror import build, catalogue, conformance, packages, programs
from tests.labs.nodes.mirror.archives import sha256
from tests.labs.nodes.mirror.layout import Layout

OTHERS = {
    "docker": (
        *("docker", "dockerd", "docker-init", "docker-proxy"),
        *("containerd", "containerd-shim-runc-v2", "ctr", "runc"),
    ),
    **{name: (name,) for name in ("bash", "docker-init", "busybox")},
}
"""What products have that are not built of one Go module."""


def _of_module(name: str) -> tuple[str, ...]:
    return (*programs.MODULES[name].programs, *programs.MODULES[name].copied)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a mirror can be built in no time."""

    def built(name: str, folder: Path) -> Path:
        place = folder / "programs" / name
        if not place.exists():
            place.mkdir(parents=True)
            for program in OTHERS.get(name) or _of_module(name):
                (place / program).write_text(f"{name}'s {program}", encoding="ascii")
        return place

    def unpacked(names: tuple[str, ...], folder: Path, *, alone: bool = False) -> Path:
        root = folder / "packages" / "-".join(names)
        (root / "usr" / "share").mkdir(parents=True, exist_ok=True)
        return root

    monkeypatch.setattr(programs, "build", built)
    monkeypatch.setattr(packages, "unpacked", unpacked)
    return tmp_path


def _path(folder: Path, artifact: Download) -> Path:
    return folder / "files" / catalogue.path(artifact.url)


def _members(path: Path) -> list[str]:
    with tarfile.open(path) as archive:
        return archive.getnames()


def test_all_is_there_with_its_digest(folder: Path) -> None:
    build.build(folder)
    pins = json.loads((folder / "pins.json").read_text(encoding="utf-8"))
    assert list(pins) == sorted(catalogue.COES)
    for coe in catalogue.COES:
        ((version, digests),) = pins[coe].items()
        assert version == catalogue.version(coe)
        files = {artifact.name for artifact in catalogue.artifacts(coe)}
        assert set(digests) == files | set(catalogue.pinned_images(coe))
        for artifact in catalogue.artifacts(coe):
            assert sha256(_path(folder, artifact)) == digests[artifact.name]
        images = Layout(folder / "images").images()
        assert {image.name for image in catalogue.images(coe)} <= set(images)
        for pin, name in catalogue.pinned_images(coe).items():
            assert images[name].digest == f"sha256:{digests[pin]}"


def test_what_upstream_publishes_digests_of_has_one_beside_it(folder: Path) -> None:
    build.build(folder, ["kubernetes"])
    for artifact in catalogue.artifacts("kubernetes"):
        assert artifact.sha256_url
        text = (folder / "files" / catalogue.path(artifact.sha256_url)).read_text(encoding="ascii")
        assert text == f"{sha256(_path(folder, artifact))}  {_path(folder, artifact).name}\n"


def test_archives_are_laid_out_as_upstream_does(folder: Path) -> None:
    build.build(folder)
    found = {
        artifact.name: _members(_path(folder, artifact))
        for coe in catalogue.COES
        for artifact in catalogue.artifacts(coe)
        if artifact.kind == "tgz"
    }
    assert {"docker/dockerd", "docker/runc", "docker/containerd-shim-runc-v2"} <= set(found["docker"])
    assert {"bin/containerd", "bin/ctr"} <= set(found["containerd"])
    assert {"bridge", "host-local", "portmap"} <= set(found["cni-plugins"])
    assert found["crictl"] == ["crictl"]
    assert [name.partition("/")[2] for name in found["etcd"]] == ["etcd", "etcdctl", "etcdutl"]


def test_a_second_run_changes_nothing_and_forgets_what_nobody_asks_for(folder: Path) -> None:
    build.build(folder, ["swarm"])
    assert json.loads((folder / "pins.json").read_text(encoding="utf-8")).keys() == {"swarm", "mesos"}
    docker = _path(folder, catalogue.artifacts("swarm")[0])
    (docker.parent / "docker-1.0.0.tgz").write_bytes(b"")
    before = docker.stat().st_mtime_ns, (folder / "images" / "index.json").read_bytes()
    build.build(folder, ["swarm"])
    assert (docker.stat().st_mtime_ns, (folder / "images" / "index.json").read_bytes()) == before
    assert [path.name for path in docker.parent.iterdir()] == [docker.name]


def test_a_product_can_be_left_out_with_its_images(folder: Path) -> None:
    build.build(folder, ["kubernetes"], {"calico"})
    left = {image.name for image in catalogue.images("kubernetes") if "calico" in image.products}
    assert len(left) == 3
    every = {image.name for image in catalogue.images("kubernetes")}
    assert set(Layout(folder / "images").images()) == every - left


def test_versions_are_side_by_side_and_stay(folder: Path) -> None:
    others = {"kubernetes": ("1.34", "1.37"), "swarm": ("28",)}
    build.build(folder, ["kubernetes", "swarm"], others=others)
    before = (folder / "pins.json").read_bytes()
    build.build(folder, ["kubernetes", "swarm"])
    assert (folder / "pins.json").read_bytes() == before
    pins = json.loads(before)
    images = Layout(folder / "images").images()
    for coe, versions in others.items():
        assert set(pins[coe]) == {catalogue.version(coe, wanted) for wanted in (None, *versions)}
        for wanted in versions:
            assert {image.name for image in catalogue.images(coe, wanted)} <= set(images)
            for artifact in catalogue.artifacts(coe, wanted):
                digest = pins[coe][catalogue.version(coe, wanted)][artifact.name]
                assert sha256(_path(folder, artifact)) == digest
    kubelets = {digests["kubelet"] for digests in pins["kubernetes"].values()}
    assert len(kubelets) == 3
    assert pins["swarm"]["28.5.2"]["docker"] != pins["swarm"][catalogue.version("swarm")]["docker"]


def test_conformance_comes_when_asked_for_and_stays(folder: Path) -> None:
    named = {image.name for image in conformance.images()}
    build.build(folder, ["kubernetes"])
    assert named.isdisjoint(Layout(folder / "images").images())
    build.build(folder, ["kubernetes"], with_conformance=True)
    build.build(folder, ["kubernetes"])
    images = Layout(folder / "images")
    assert named <= set(images.images())
    manifest = json.loads(_blob(images, images.images()["e2e-test-images/nonewprivs:1.4"].digest))
    with tarfile.open(fileobj=io.BytesIO(_blob(images, manifest["layers"][0]["digest"]))) as layer:
        assert layer.getmember("usr/local/bin/nnp").mode == 0o4755
    manifest = json.loads(_blob(images, images.images()["e2e-test-images/nginx:1.27-0"].digest))
    with tarfile.open(fileobj=io.BytesIO(_blob(images, manifest["layers"][-1]["digest"]))) as layer:
        written = layer.extractfile("etc/nginx/nginx.conf")
        assert written is not None
        assert b"listen 80" in written.read()


def _blob(layout: Layout, digest: str) -> bytes:
    path = layout.blob(digest)
    assert path is not None
    return path.read_bytes()


def test_a_program_that_changed_changes_its_file(folder: Path) -> None:
    build.build(folder, ["swarm"])
    before = (folder / "pins.json").read_bytes()
    flanneld = folder / "programs" / "flanneld" / "flanneld"
    flanneld.unlink()
    flanneld.write_bytes(b"new")
    build.build(folder, ["swarm"])
    assert (folder / "pins.json").read_bytes() != before


def test_a_machine_without_go_is_told_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("shutil.which", lambda _: None)
    monkeypatch.setattr("sys.argv", ["build", str(tmp_path), "--coe", "kubernetes"])
    assert build.main() == 1
    assert "go" in capsys.readouterr().err
