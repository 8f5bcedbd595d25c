"""What is pushed to the registry as a client does it, in one piece or in chunks, is served again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import pytest

from tests.labs.nodes.mirror.layout import MANIFEST
from tests.labs.nodes.mirror.registry import Registry, accepting

NAME = "coredns/coredns"
LAYER, CONFIG = b"a layer" * 1000, b"{}"


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    with accepting(tmp_path) as running:
        yield running


@pytest.fixture
def client(registry: Registry) -> Iterator[HTTPConnection]:
    connection = HTTPConnection("127.0.0.1", registry.server_port, timeout=10)
    yield connection
    connection.close()


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _asked(
    client: HTTPConnection, method: str, path: str, body: bytes | Iterator[bytes] = b"", **headers: str
) -> HTTPResponse:
    client.request(method, path, body, headers, encode_chunked=not isinstance(body, bytes))
    answer = client.getresponse()
    answer.read()
    return answer


def _push(client: HTTPConnection, content: bytes, digest: str) -> int:
    begun = _asked(client, "POST", f"/v2/{NAME}/blobs/uploads/?mount={digest}&from=other")
    assert begun.status == 202
    halves = (content[:10], content[10:])
    chunked = _asked(
        client, "PATCH", begun.headers["Location"], iter(halves), **{"Transfer-Encoding": "chunked"}
    )
    assert (chunked.status, chunked.headers["Range"]) == (202, f"0-{len(content) - 1}")
    return _asked(client, "PUT", f"{chunked.headers['Location']}?digest={digest}").status


def _manifest() -> bytes:
    parts = [{"digest": _digest(it), "size": len(it)} for it in (CONFIG, LAYER)]
    return json.dumps({"schemaVersion": 2, "config": parts[0], "layers": parts[1:]}).encode()


def test_a_pushed_image_is_there_under_its_name_and_its_digest(
    registry: Registry, client: HTTPConnection
) -> None:
    assert _asked(client, "HEAD", f"/v2/{NAME}/blobs/{_digest(LAYER)}").status == 404
    for content in (LAYER, CONFIG):
        assert _push(client, content, _digest(content)) == 201
    manifest = _manifest()
    path = f"/v2/{NAME}/manifests/v1"
    named = _asked(client, "PUT", path, manifest, **{"Content-Type": MANIFEST})
    assert (named.status, named.headers["Docker-Content-Digest"]) == (201, _digest(manifest))
    for reference in ("v1", _digest(manifest)):
        client.request("GET", f"/v2/{NAME}/manifests/{reference}")
        assert client.getresponse().read() == manifest
    client.request("GET", f"/v2/{NAME}/blobs/{_digest(LAYER)}")
    assert client.getresponse().read() == LAYER
    assert f"201 PUT {path}" in registry.asked
    assert list(registry.uploads.iterdir()) == []


def test_a_blob_of_another_digest_is_refused(client: HTTPConnection) -> None:
    assert _push(client, LAYER, _digest(CONFIG)) == 400
    assert _asked(client, "HEAD", f"/v2/{NAME}/blobs/{_digest(CONFIG)}").status == 404


def test_a_manifest_of_another_kind_is_refused(client: HTTPConnection) -> None:
    kind = {"Content-Type": "application/vnd.oci.image.index.v1+json"}
    assert _asked(client, "PUT", f"/v2/{NAME}/manifests/v1", b"{}", **kind).status == 415
