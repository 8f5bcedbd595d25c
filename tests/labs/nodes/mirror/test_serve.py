"""The server answers as download sites and registries do, and can be told to lack something."""

from __future__ import annotations

import hashlib
import json
import socket
from collections.abc import Iterator
from http.client import HTTPConnection, IncompleteRead
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.labs.nodes.mirror.archives import Entry
from tests.labs.nodes.mirror.layout import MANIFEST, Command, Layout
from tests.labs.nodes.mirror.serve import Mirror, serving

KUBELET = "/release/v1.36.5/bin/linux/amd64/kubelet"


class Reply(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes


@pytest.fixture
def mirror(tmp_path: Path) -> Iterator[Mirror]:
    kubelet = tmp_path / "files" / KUBELET.lstrip("/")
    kubelet.parent.mkdir(parents=True)
    kubelet.write_bytes(b"kubelet")
    (tmp_path / "pins.json").write_text("{}", encoding="utf-8")
    layout = Layout(tmp_path / "images")
    layer = layout.add_layer([Entry("coredns", 0o755, b"coredns")])
    layout.add_image("coredns/coredns:v1", [layer], Command())
    layout.add_image("pause:3", [layer], Command(("/pause",)))
    with serving(tmp_path) as running:
        yield running


def ask(mirror: Mirror, path: str, method: str = "GET", **headers: str) -> Reply:
    connection = HTTPConnection("127.0.0.1", mirror.server_port, timeout=10)
    try:
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        return Reply(answer.status, dict(answer.getheaders()), answer.read())
    finally:
        connection.close()


def test_files_are_under_their_upstream_paths(mirror: Mirror) -> None:
    got = ask(mirror, KUBELET)
    assert (got.status, got.body) == (200, b"kubelet")
    head = ask(mirror, KUBELET, "HEAD")
    assert (head.status, head.body, head.headers["Content-Length"]) == (200, b"", "7")
    assert mirror.asked == [f"200 GET {KUBELET}", f"200 HEAD {KUBELET}"]


def test_a_file_can_be_asked_for_from_a_byte_on(mirror: Mirror) -> None:
    got = ask(mirror, KUBELET, Range="bytes=4-")
    assert (got.status, got.body, got.headers["Content-Range"]) == (206, b"let", "bytes 4-6/7")
    assert ask(mirror, KUBELET, Range="bytes=7-").status == 416
    assert ask(mirror, KUBELET, Range="lines=4-").body == b"kubelet"


def test_a_connection_can_end_in_the_middle_once(mirror: Mirror) -> None:
    said: list[str] = []
    mirror.cuts[KUBELET] = 3, lambda: said.append("cut")
    with pytest.raises(IncompleteRead) as cut:
        ask(mirror, KUBELET)
    assert (cut.value.partial, said) == (b"kub", ["cut"])
    assert ask(mirror, KUBELET).body == b"kubelet"


@pytest.mark.parametrize("path", ["/", "/release", "/release/v9", "/../pins.json", "/%2e%2e/pins.json"])
def test_what_is_not_there_is_said_so(mirror: Mirror, path: str) -> None:
    assert ask(mirror, path).status == 404


def test_a_file_can_be_missing_for_a_while(mirror: Mirror) -> None:
    mirror.missing = ("*/kubelet", "/v2/pause/*")
    assert ask(mirror, KUBELET).status == ask(mirror, "/v2/pause/manifests/3").status == 404
    assert ask(mirror, "/v2/coredns/coredns/manifests/v1").status == 200
    mirror.missing = ()
    assert ask(mirror, KUBELET).status == 200


def test_an_image_is_pulled_by_tag_and_by_digest(mirror: Mirror) -> None:
    assert ask(mirror, "/v2/").status == 200
    tagged = ask(mirror, "/v2/coredns/coredns/manifests/v1", "HEAD")
    digest = tagged.headers["Docker-Content-Digest"]
    manifest = ask(mirror, f"/v2/coredns/coredns/manifests/{digest}")
    assert tagged.headers["Content-Type"] == manifest.headers["Content-Type"] == MANIFEST
    assert tagged.headers["Content-Length"] == str(len(manifest.body))
    assert digest == f"sha256:{hashlib.sha256(manifest.body).hexdigest()}"
    named = json.loads(manifest.body)
    for part in (named["config"], *named["layers"]):
        blob = ask(mirror, f"/v2/coredns/coredns/blobs/{part['digest']}")
        assert (blob.status, len(blob.body)) == (200, part["size"])
        assert part["digest"] == f"sha256:{hashlib.sha256(blob.body).hexdigest()}"
    assert json.loads(ask(mirror, "/v2/pause/tags/list").body) == {"name": "pause", "tags": ["3"]}


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/v2/coredns/coredns/manifests/v2", "MANIFEST_UNKNOWN"),
        ("/v2/coredns/manifests/v1", "MANIFEST_UNKNOWN"),
        (f"/v2/coredns/coredns/manifests/sha256:{'0' * 64}", "MANIFEST_UNKNOWN"),
        (f"/v2/coredns/coredns/blobs/sha256:{'0' * 64}", "BLOB_UNKNOWN"),
        ("/v2/nobody/tags/list", "NAME_UNKNOWN"),
        ("/v2/_catalog", "NAME_UNKNOWN"),
    ],
)
def test_a_registry_says_what_it_does_not_know(mirror: Mirror, path: str, code: str) -> None:
    got = ask(mirror, path)
    assert got.status == 404
    assert json.loads(got.body)["errors"][0]["code"] == code


def test_one_image_is_not_served_under_the_name_of_another(mirror: Mirror) -> None:
    digest = mirror.layout.images()["pause:3"].digest
    assert ask(mirror, f"/v2/pause/manifests/{digest}").status == 200
    assert ask(mirror, f"/v2/coredns/coredns/manifests/{digest}").status == 404


def test_who_tries_tls_is_told_that_this_is_plain_http(mirror: Mirror) -> None:
    with socket.create_connection(("127.0.0.1", mirror.server_address[1]), timeout=10) as client:
        client.sendall(b"\x16\x03\x01\x00\x02ab")
        assert client.recv(5) == b"HTTP/"
