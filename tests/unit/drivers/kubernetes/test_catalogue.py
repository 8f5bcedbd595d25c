"""The Kubernetes catalogue: what a version resolves to, and that every digest is one."""

import json
import re
from importlib.resources import files
from typing import Any

import pytest

from jeroboam.drivers.kubernetes.catalogue import default_minor, known_patches, release, supported_minors

ARCHES = ("amd64", "arm64")
DATA: Any = json.loads(
    files("jeroboam.drivers.kubernetes").joinpath("catalogue.json").read_text(encoding="utf-8")
)


def key(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def test_four_minors_are_supported_and_one_of_them_is_the_default() -> None:
    assert supported_minors() == ("1.34", "1.35", "1.36", "1.37")
    assert default_minor() in supported_minors()


@pytest.mark.parametrize("minor", supported_minors())
def test_a_minor_is_its_newest_known_patch(minor: str) -> None:
    patches = known_patches(minor)
    assert list(patches) == sorted(patches, key=key)
    found = release(minor, "amd64")
    assert found is not None
    assert (found.version, found.minor) == (patches[-1], minor)


@pytest.mark.parametrize("arch", ARCHES)
@pytest.mark.parametrize("version", [v for minor in supported_minors() for v in known_patches(minor)])
def test_every_artifact_of_a_known_version_has_a_digest(version: str, arch: str) -> None:
    found = release(version, arch)
    assert found is not None
    assert [a.name for a in found.artifacts] == list(DATA["downloads"])
    for artifact in found.artifacts:
        assert re.fullmatch("[0-9a-f]{64}", artifact.sha256 or ""), artifact
        assert artifact.version in artifact.url
        assert arch in artifact.url
        assert artifact.sha256_url is not None
        assert artifact.sha256_url.rpartition("/")[0] == artifact.url.rpartition("/")[0]
        assert artifact.kind in ("binary", "tgz")
        assert artifact.target in (("prefix", "cni", "bin") if artifact.kind == "tgz" else (artifact.name,))


def test_none_is_the_default_minor() -> None:
    assert release(None, "amd64") == release(default_minor(), "amd64")


def test_a_version_that_is_known_is_that_version() -> None:
    found = release("1.36.3", "arm64")
    assert found is not None
    assert found.artifacts[0].version == "1.36.3"
    assert found.artifacts[0].url == "https://dl.k8s.io/release/v1.36.3/bin/linux/arm64/kubeadm"


def test_another_patch_of_a_supported_minor_has_no_kubernetes_digests() -> None:
    found = release("1.36.99", "amd64")
    assert found is not None
    assert found.version == "1.36.99"
    assert {a.name for a in found.artifacts if a.sha256 is None} == {"kubeadm", "kubelet", "kubectl"}
    assert all(a.sha256_url for a in found.artifacts)


@pytest.mark.parametrize(
    "wanted",
    [
        "",
        "1",
        "1.3",
        "1.33",
        "1.33.4",
        "1.38",
        "v1.36",
        "1.36.",
        "1.36.3-rc.1",
        "1.36.03",
        "1.36.3\n",
        "१.३६",
    ],
)
def test_what_is_no_supported_version_is_none(wanted: str) -> None:
    assert release(wanted, "amd64") is None


def test_images_are_full_references_with_a_tag() -> None:
    for minor in supported_minors():
        found = release(minor, "amd64")
        assert found is not None
        assert {"pause", "flannel", "cloud-controller-manager", "metrics-server"} <= set(found.images)
        for reference in found.images.values():
            assert re.fullmatch(r"[a-z0-9.-]+\.[a-z]+/[a-z0-9/-]+:v?[0-9][a-z0-9.-]*", reference)


def test_a_release_cannot_be_changed() -> None:
    found = release(None, "amd64")
    assert found is not None
    with pytest.raises(TypeError):
        found.images["pause"] = "other"  # type: ignore[index]


def test_every_digest_is_used_unique_and_says_where_it_was_taken_from() -> None:
    used = {
        (a.name, a.version)
        for minor in supported_minors()
        for version in known_patches(minor)
        for a in (release(version, "amd64") or pytest.fail(version)).artifacts
    }
    rows = {(name, version): row for name, rows in DATA["digests"].items() for version, row in rows.items()}
    assert set(rows) == used
    assert all(
        row["digest_source"] and set(row["digest_source"]) <= set(DATA["digest_sources"])
        for row in rows.values()
    )
    digests = [row[arch] for row in rows.values() for arch in ARCHES]
    assert len(digests) == len(set(digests))
