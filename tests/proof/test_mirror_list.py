"""What `artifacts` lists is what compiled nodes name, read from all that they get: no more and no less."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from typing import Any

import pytest

from jeroboam.emit.mirror import MirrorContents, contents
from jeroboam.model.types import ClusterModel
from jeroboam.parts.artifacts import image
from jeroboam.pipeline import plan_spec
from tests.support import node_files
from tests.support.cases import CASES, Case, compiled
from tests.support.node_files import NodeFile

EVERY_CASE = pytest.mark.parametrize("case", CASES, ids=str)
OF_KUBEADM = {"kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy", "coredns", "etcd"}
"""What kubeadm names to itself; `test_kubeadm_images.py` asks it."""
HOSTS = r"(?:registry\.k8s\.io|quay\.io|ghcr\.io|docker\.io|gcr\.io|mcr\.microsoft\.com)"
SITES = r"https?://(?:dl\.k8s\.io|github\.com|download\.docker\.com|get\.docker\.com)/"


@functools.cache
def _model(case: Case) -> ClusterModel:
    model = plan_spec(str(case.spec)).value
    assert model is not None
    return model


@functools.cache
def _files(case: Case) -> dict[str, NodeFile]:
    """Each file of each role, by role and path."""
    documents = node_files.user_data(compiled(case.spec))
    return {f"{role}:{f.path}": f for role, text in documents.items() for f in node_files.files(text)}


def _table(files: dict[str, NodeFile]) -> Iterator[list[str]]:
    """The lines of what nodes download."""
    for name, file in files.items():
        if name.endswith((":/etc/jeroboam/artifacts.list", ":/etc/jeroboam/restore.list")):
            yield from (line.split(" ") for line in file.text.splitlines())


def _named(value: Any) -> Iterator[str]:
    """Each `image` at any depth."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name == "image" and isinstance(inner, str):
                yield inner
            yield from _named(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _named(inner)


def _images(files: dict[str, NodeFile]) -> Iterator[str]:
    """By where images stand: in objects of Kubernetes, containerd's configuration, files of variables."""
    for _, document in node_files.kubernetes_objects(tuple(files.values())):
        yield from _named(document)
    for name, file in files.items():
        if name.endswith(":/etc/containerd/config.toml"):
            yield from re.findall(r"""^\s*sandbox(?:_image)?\s*=\s*["'](.+)["']$""", file.text, re.MULTILINE)
        elif name.endswith(".env"):
            yield from re.findall(r"^\w+_IMAGE='(.+)'$", file.text, re.MULTILINE)


def _obeyed(text: str) -> str:
    """Without what is there for people."""
    return re.sub(r"^(?:\s*#|Documentation=).*$", "", text, flags=re.MULTILINE)


def _listed_images(found: MirrorContents, registry: str | None) -> set[str]:
    """As this cluster's nodes name them."""
    own = {image(it.reference, registry) for it in found.images if it.name not in OF_KUBEADM}
    return own | {it.reference for it in found.manifest_images}


@EVERY_CASE
def test_downloads_are_those_of_the_nodes_table(case: Case) -> None:
    model, mirror = _model(case), _model(case).spec.artifacts.mirror
    found = contents([model])
    listed = {
        (it.name, it.version, it.path, it.sha256 or "-", it.sha256_url is not None) for it in found.downloads
    }
    named = set()
    for name, version, _, _, url, digest, checksums in _table(_files(case)):
        path = url.removeprefix(mirror.rstrip("/")) if mirror else url.partition("://")[2]
        named.add((name, version, path.partition("/")[2], digest, checksums != "-"))
    assert listed == named
    assert {it.arch for it in found.downloads} == {model.spec.arch}
    if not mirror:
        urls = {it.url for it in found.downloads} | {it.sha256_url or "-" for it in found.downloads}
        assert urls == {word for line in _table(_files(case)) for word in (line[4], line[6])} | (urls & {"-"})


@EVERY_CASE
def test_images_are_those_that_files_of_nodes_name(case: Case) -> None:
    model = _model(case)
    registry = model.spec.artifacts.image_registry
    # An image that is built on the node is in no registry.
    named = {it for it in _images(_files(case)) if not it.startswith("jeroboam/")}
    assert named == _listed_images(contents([model]), registry)


@EVERY_CASE
def test_no_file_of_a_node_names_another(case: Case) -> None:
    """Wherever it stands: what is fetched from elsewhere would not be in a mirror."""
    model, files = _model(case), _files(case)
    found = contents([model])
    known = _listed_images(found, model.spec.artifacts.image_registry)
    prefix = model.spec.artifacts.image_registry
    hosts = f"(?:{HOSTS}|{re.escape(prefix)})" if prefix else HOSTS
    urls = {url for it in found.downloads for url in (it.url, it.sha256_url)}
    for name, file in files.items():
        text = _obeyed(file.text)
        for reference in re.findall(rf"(?<![\w./]){hosts}/[a-z0-9._/-]+:[\w.-]+(?:@sha256:[0-9a-f]+)?", text):
            assert reference in known, name
        # An object of Kubernetes may have a page's address in an annotation, and fetches nothing by itself.
        for url in () if name.endswith(".yaml") else re.findall(rf"{SITES}[^\s'\"]+", text):
            assert url in urls, name


def test_each_way_of_naming_is_seen() -> None:
    """All are in the goldens: images of both COEs that have any, a registry, a mirror, and a digest."""
    seen = {case: set(_images(_files(case))) for case in CASES}
    assert any("@sha256:" in it for of in seen.values() for it in of)
    assert any(_model(case).spec.artifacts.image_registry and of for case, of in seen.items())
    assert any(_model(case).spec.artifacts.mirror for case in CASES)
    assert {case.coe for case, of in seen.items() if of} == {"kubernetes", "mesos"}
