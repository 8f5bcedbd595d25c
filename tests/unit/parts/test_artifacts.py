"""parts.artifacts: pins, mirrors, the table that a node reads, image prefixes."""

import pytest

from jeroboam.model.artifacts import Download
from jeroboam.parts.artifacts import (
    artifacts_table,
    full_reference,
    image,
    mirrored,
    pinned,
    pinned_images,
    repository,
    tag,
    unknown_pins,
)

DIGEST = "ab" * 32
KUBELET = Download(
    name="kubelet",
    version="1.36.5",
    url="https://dl.k8s.io/release/v1.36.5/bin/linux/amd64/kubelet",
    sha256=None,
    sha256_url="https://dl.k8s.io/release/v1.36.5/bin/linux/amd64/kubelet.sha256",
    kind="binary",
    target="kubelet",
)
RUNC = Download("runc", "1.4.3", "https://github.com/x/runc.amd64", "cd" * 32, None, "binary", "runc")


def test_a_pin_gives_or_replaces_a_digest() -> None:
    kubelet, runc = pinned((KUBELET, RUNC), {"kubelet": DIGEST.upper()})
    assert kubelet == KUBELET._replace(sha256=DIGEST)
    assert runc == RUNC
    assert pinned((RUNC,), {"runc": DIGEST})[0].sha256 == DIGEST


def test_a_pin_of_an_image_takes_the_place_of_any_digest() -> None:
    images = {"a": "docker.io/x/a:1", "b": f"docker.io/x/b:2@sha256:{DIGEST}", "c": "reg:5000/c:3"}
    pins = {"a": "AB" * 32, "b": "cd" * 32}
    assert pinned_images(images, pins) == {
        "a": f"docker.io/x/a:1@sha256:{'ab' * 32}",
        "b": f"docker.io/x/b:2@sha256:{'cd' * 32}",
        "c": "reg:5000/c:3",
    }


def test_unknown_pins_are_named_in_the_order_of_the_spec() -> None:
    assert unknown_pins(("kubelet", "runc"), {"zz": DIGEST, "runc": DIGEST, "kublet": DIGEST}) == (
        "zz",
        "kublet",
    )
    assert unknown_pins(("kubelet",), {}) == ()


@pytest.mark.parametrize("mirror", ["https://mirror.example/files", "https://mirror.example/files/"])
def test_a_mirror_serves_artifact_and_checksum_under_their_upstream_paths(mirror: str) -> None:
    base = "https://mirror.example/files/release/v1.36.5/bin/linux/amd64/kubelet"
    assert mirrored(KUBELET, mirror)[2:5] == (base, None, f"{base}.sha256")
    assert mirrored(RUNC, mirror).url == "https://mirror.example/files/x/runc.amd64"
    assert mirrored(RUNC, mirror).sha256_url is None


def test_no_mirror_changes_nothing() -> None:
    assert mirrored(KUBELET, None) is KUBELET


def test_the_table_has_one_line_of_seven_fields_per_artifact() -> None:
    lines = artifacts_table((KUBELET, RUNC)).splitlines()
    assert lines == [
        f"kubelet 1.36.5 binary kubelet {KUBELET.url} - {KUBELET.sha256_url}",
        f"runc 1.4.3 binary runc {RUNC.url} {RUNC.sha256} -",
    ]
    assert artifacts_table((RUNC,)).endswith("\n")
    assert artifacts_table(()) == ""


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("registry.k8s.io/pause:3.10", "reg.example:5000/k8s/pause:3.10"),
        ("ghcr.io/flannel-io/flannel:v0.28.10", "reg.example:5000/k8s/flannel-io/flannel:v0.28.10"),
        ("localhost/a:1", "reg.example:5000/k8s/a:1"),
        ("localhost:5000/a:1", "reg.example:5000/k8s/a:1"),
        ("library/nginx", "reg.example:5000/k8s/library/nginx"),
        ("nginx:1.29", "reg.example:5000/k8s/nginx:1.29"),
        (f"quay.io/a/b:v1@sha256:{DIGEST}", f"reg.example:5000/k8s/a/b:v1@sha256:{DIGEST}"),
    ],
)
def test_a_registry_takes_the_place_of_the_upstream_host(reference: str, expected: str) -> None:
    assert image(reference, "reg.example:5000/k8s") == expected
    assert image(reference, "reg.example:5000/k8s/") == expected
    assert image(reference, None) == reference


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("busybox", "docker.io/library/busybox:latest"),
        ("grafana/grafana:12", "docker.io/grafana/grafana:12"),
        ("docker.io/busybox:1", "docker.io/library/busybox:1"),
        ("localhost/a", "localhost/a:latest"),
        ("reg:5000/a", "reg:5000/a:latest"),
        (f"reg:5000/a@sha256:{DIGEST}", f"reg:5000/a@sha256:{DIGEST}"),
        (f"a:1@sha256:{DIGEST}", f"docker.io/library/a:1@sha256:{DIGEST}"),
    ],
)
def test_a_short_reference_is_one_of_docker_hub(reference: str, expected: str) -> None:
    assert full_reference(reference) == expected


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("registry.k8s.io/pause:3.10", "registry.k8s.io/pause"),
        ("localhost:5000/a", "localhost:5000/a"),
        ("localhost:5000/a:1", "localhost:5000/a"),
        ("nginx", "nginx"),
        (f"quay.io/a/b:v1@sha256:{DIGEST}", "quay.io/a/b"),
        (f"quay.io/a/b@sha256:{DIGEST}", "quay.io/a/b"),
    ],
)
def test_a_repository_is_a_reference_without_tag_and_digest(reference: str, expected: str) -> None:
    assert repository(reference) == expected


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("quay.io/calico/node:v3.32.2", "v3.32.2"),
        ("localhost:5000/a/b:1@sha256:" + "0" * 64, "1"),
        ("localhost:5000/a/b", ""),
        ("a", ""),
    ],
)
def test_a_tag_is_what_follows_the_repository(reference: str, expected: str) -> None:
    assert tag(reference) == expected
