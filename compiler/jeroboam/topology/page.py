"""A cluster as one HTML page that needs nothing else: its picture, open ports, resources, files of nodes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import NamedTuple

from jeroboam.model.types import FileEntry
from jeroboam.render import render_page
from jeroboam.resources import data
from jeroboam.topology.layout import scene
from jeroboam.topology.svg import svg
from jeroboam.topology.types import GroupKind, OpenPort, ResourceRow, Topology
from jeroboam.topology.wording import ports_in_words

_HEADINGS = {GroupKind.MASTER: "masters", GroupKind.WORKER: "workers", GroupKind.BASTION: "the bastion"}


class PortRow(NamedTuple):
    """Open ports with one purpose: `senders` may reach them on the servers `on`."""

    on: str
    senders: str
    what: str
    description: str


class FileRow(NamedTuple):
    """A file, and the roles whose nodes have it alike."""

    path: str
    mode: str
    content: str
    roles: tuple[str, ...]


def page(topology: Topology, files: Mapping[str, Iterable[FileEntry]]) -> str:
    """The page, in UTF-8; it loads nothing, from nowhere. `files` are those of each role's nodes."""
    return render_page(
        data(__file__, "page.html.j2"),
        t=topology,
        picture=svg(scene(topology, titled=False)),
        ports=_ports(topology.ports),
        resources=[(row, named(row)) for row in topology.resources],
        total=sum(row.count for row in topology.resources),
        files=_files(files),
        roles=tuple(files),
    )


def named(row: ResourceRow) -> str:
    """The name of a row with the indexes that it stands for, as shells have it: `default-{0..4}-port`."""
    if not row.indexes:
        return row.name
    spans = ",".join(str(a) if a == b else f"{a}..{b}" for a, b in _spans(row.indexes))
    return row.name.replace("#", f"{{{spans}}}" if len(row.indexes) > 1 else spans)


def _spans(indexes: tuple[int, ...]) -> list[tuple[int, int]]:
    """Ascending numbers as first and last of each run."""
    breaks = [n + 1 for n, (a, b) in enumerate(pairwise(indexes)) if b != a + 1]
    return [(indexes[a], indexes[b - 1]) for a, b in pairwise((0, *breaks, len(indexes)))]


def _ports(ports: Iterable[OpenPort]) -> list[PortRow]:
    """A row for each purpose, and one more where others may reach other ports for it."""
    found: dict[tuple[str, GroupKind, str], dict[str, None]] = {}
    for port in ports:
        found.setdefault((port.description, port.to, port.sender), {})[port.what] = None
    senders: dict[tuple[str, GroupKind, tuple[str, ...]], list[str]] = {}
    for (description, to, sender), what in found.items():
        senders.setdefault((description, to, tuple(what)), []).append(sender)
    kinds: dict[tuple[str, tuple[str, ...], tuple[str, ...]], list[str]] = {}
    for (description, to, whole), who in senders.items():
        kinds.setdefault((description, whole, tuple(who)), []).append(_HEADINGS[to])
    return [
        PortRow(", ".join(on), ", ".join(who), " ".join(ports_in_words(whole)), description)
        for (description, whole, who), on in kinds.items()
    ]


def _files(files: Mapping[str, Iterable[FileEntry]]) -> list[FileRow]:
    """Each distinct file once, by path."""
    roles: dict[tuple[str, int, str], list[str]] = {}
    for role, of_role in files.items():
        for file in of_role:
            roles.setdefault((file.path, file.mode, file.content), []).append(role)
    return [
        FileRow(path, f"{mode:04o}", content, tuple(having))
        for (path, mode, content), having in sorted(roles.items())
    ]
