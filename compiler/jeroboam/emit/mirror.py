"""What a mirror holds for clusters: each download and each image once, as data, as text, and as a script.

Facts: the grammar of references of github.com/distribution/reference; skopeo takes no name with both a tag
and a digest (github.com/containers/skopeo, issue 2367).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any, TypeVar

from jeroboam import escape
from jeroboam.model.types import ClusterModel
from jeroboam.parts.artifacts import full_reference, upstream_path
from jeroboam.resources import fragment

T = TypeVar("T")

FILLER = "mirror/fill.sh"
"""The fragment that fills a mirror by the table that follows it."""
_NO = "-"
_COMPONENT = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_REFERENCE = re.compile(
    rf"(?:{_LABEL}(?:\.{_LABEL})*(?::[0-9]+)?/)?{_COMPONENT}(?:/{_COMPONENT})*"
    r"(?::[A-Za-z0-9_][A-Za-z0-9._-]{0,127})?(?:@sha256:[0-9a-f]{64})?",
    re.A,
)


@dataclass(frozen=True, slots=True, order=True)
class MirrorDownload:
    """A file that nodes of `clusters` download; `sha256` is None where only `sha256_url` tells it."""

    name: str
    version: str
    arch: str
    url: str
    sha256: str | None
    sha256_url: str | None
    clusters: tuple[str, ...]

    @property
    def path(self) -> str:
        """Where a mirror has it, below its base URL."""
        return upstream_path(self.url)


@dataclass(frozen=True, slots=True, order=True)
class MirrorImage:
    """An image that nodes of `clusters` pull: upstream's reference, with the digest where it is pinned.

    `name` is that of `artifacts.pins`; one that manifests name has none, and `manifests` are these.
    """

    reference: str
    name: str | None
    arches: tuple[str, ...]
    manifests: tuple[str, ...]
    clusters: tuple[str, ...]

    @property
    def digest(self) -> str | None:
        """`sha256:` and lower-case hex; None where it is pulled by its tag."""
        return self.reference.partition("@")[2] or None

    @property
    def is_readable(self) -> bool:
        """Whether `reference` is one: in a manifest there can be any text."""
        return _REFERENCE.fullmatch(self.reference) is not None

    @property
    def source(self) -> str:
        """What to copy, in full, by digest or by tag."""
        full = self._full
        return f"{_without_tag(full)}@{self.digest}" if self.digest else full

    @property
    def path(self) -> str:
        """Where a registry has it, below `artifacts.image_registry`: a name and its tag, or its digest."""
        path = self._full.partition("/")[2]
        name = path.partition("@")[0]
        return name if ":" in name else path

    @property
    def _full(self) -> str:
        return full_reference(self.reference)


@dataclass(frozen=True, slots=True)
class MirrorContents:
    """All that a mirror holds for clusters, sorted."""

    clusters: tuple[str, ...]
    downloads: tuple[MirrorDownload, ...]
    images: tuple[MirrorImage, ...]
    """Of the clusters themselves."""
    manifest_images: tuple[MirrorImage, ...]
    """Those that the users' own manifests name."""


def contents(models: Iterable[ClusterModel]) -> MirrorContents:
    """What the clusters need together."""
    models = tuple(models)
    downloads = (
        MirrorDownload(it.name, it.version, m.spec.arch, it.url, it.sha256, it.sha256_url, (m.spec.name,))
        for m in models
        for it in m.downloads
    )
    own = (
        MirrorImage(reference, name, (m.spec.arch,), (), (m.spec.name,))
        for m in models
        for name, reference in m.images.items()
    )
    named = (
        MirrorImage(it.reference, None, (m.spec.arch,), (it.file,), (m.spec.name,))
        for m in models
        for it in m.manifest_images
    )
    return MirrorContents(
        clusters=_sorted(model.spec.name for model in models),
        downloads=tuple(
            replace(of[0], clusters=_sorted(name for it in of for name in it.clusters))
            for of in _grouped(downloads, lambda it: replace(it, clusters=()))
        ),
        images=_merged(own),
        manifest_images=_merged(named),
    )


def conflicts(found: MirrorContents) -> tuple[str, ...]:
    """What one mirror cannot hold for all of these clusters, each in a sentence."""
    said = []
    for downloads in _grouped(found.downloads, lambda it: it.path):
        if len({it.url for it in downloads}) > 1 or len({it.sha256 for it in downloads if it.sha256}) > 1:
            wants = (f"{_names(it.clusters)} SHA-256 {it.sha256} of {it.url}" for it in downloads)
            said.append(f"'{downloads[0].path}' would be different files: {'; '.join(wants)}")
    images = (it for it in (*found.images, *found.manifest_images) if it.is_readable)
    for same in _grouped(images, lambda it: it.path):
        if len({it.source.partition("/")[0] for it in same}) > 1:
            wants = (f"{_names(it.clusters)} {it.reference}" for it in same)
            said.append(f"'{same[0].path}' would be different images: {'; '.join(wants)}")
    return tuple(said)


def mirror_data(found: MirrorContents) -> dict[str, Any]:
    """As JSON has it: what is in a file or an image's name, and where a mirror has it."""
    return {
        "clusters": list(found.clusters),
        "downloads": [
            {
                "name": it.name,
                "version": it.version,
                "arch": it.arch,
                "url": it.url,
                "sha256": it.sha256,
                "sha256_url": it.sha256_url,
                "path": it.path,
                "clusters": list(it.clusters),
            }
            for it in found.downloads
        ],
        "images": [{"name": it.name, **_image_data(it)} for it in found.images],
        "manifest_images": [
            {**_image_data(it), "manifests": list(it.manifests)} for it in found.manifest_images
        ],
    }


def mirror_text(found: MirrorContents) -> str:
    """For people: a paragraph for each kind."""
    lines = [f"for {_names(found.clusters)}"]
    if found.downloads:
        lines += ["", "downloads:"]
    for download in found.downloads:
        lines.append(f"  {download.name} {download.version} {download.arch}  ({_names(download.clusters)})")
        lines.append(f"    {download.url}")
        digest = download.sha256
        lines.append(f"    sha256 {digest}" if digest else f"    sha256 as told by {download.sha256_url}")
    if found.images:
        lines += ["", "images:"]
    lines += [f"  {it.reference}  ({_names(it.clusters)})" for it in found.images]
    if found.manifest_images:
        lines += ["", "images that the specs' own manifests name:"]
    for it in found.manifest_images:
        lines.append(f"  {it.reference}  ({_names(it.clusters)}: {_names(it.manifests)})")
    return escape.lines(lines)


def mirror_script(found: MirrorContents) -> str:
    """A script for bash that fills a mirror; of images those alone whose reference can be read."""
    wanted: dict[tuple[str, ...], set[str]] = {}

    def want(clusters: Iterable[str], *row: str) -> None:
        wanted.setdefault(row, set()).update(clusters)

    for it in found.downloads:
        digest, published = it.sha256 or _NO, it.sha256_url or _NO
        want(it.clusters, "download", it.name, it.version, it.arch, it.url, digest, published)
    for one in (*found.images, *found.manifest_images):
        if one.is_readable:
            want(one.clusters, "image", one.source, one.path, one.digest or _NO)
    table = "".join(f"{' '.join(row)} {','.join(_sorted(clusters))}\n" for row, clusters in wanted.items())
    return f"{fragment(FILLER)}\n# For {_names(found.clusters)}.\nfill 3<<'END'\n{table}END\n"


def _image_data(it: MirrorImage) -> dict[str, Any]:
    return {
        "reference": it.reference,
        "digest": it.digest,
        "path": it.path if it.is_readable else None,
        "arches": list(it.arches),
        "clusters": list(it.clusters),
    }


def _merged(images: Iterable[MirrorImage]) -> tuple[MirrorImage, ...]:
    return tuple(
        replace(
            of[0],
            arches=_sorted(arch for it in of for arch in it.arches),
            manifests=_sorted(file for it in of for file in it.manifests),
            clusters=_sorted(cluster for it in of for cluster in it.clusters),
        )
        for of in _grouped(images, lambda it: (it.reference, it.name))
    )


def _grouped(items: Iterable[T], key: Callable[[T], object]) -> Iterator[list[T]]:
    """Items of the same key together, in the order of the keys."""

    def sortable(item: T) -> str:
        return repr(key(item))

    for _, of in groupby(sorted(items, key=sortable), sortable):
        yield list(of)


def _without_tag(full: str) -> str:
    head, _, name = full.partition("@")[0].rpartition("/")
    return f"{head}/{name.partition(':')[0]}"


def _names(names: Iterable[str]) -> str:
    return ", ".join(names)


def _sorted(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(names)))
