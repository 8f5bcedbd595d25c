"""Tells configurations of nodes apart by what a running node would lack, however a document carries it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import sha256

from jeroboam.model.types import FileEntry, NodeConfig
from jeroboam.serialize import json_text

_DIGITS = 12


def digest(
    node: NodeConfig,
    environment: Mapping[str, str],
    *,
    own: Iterable[FileEntry] = (),
    masked: Iterable[str] = (),
) -> str:
    """The first 12 digits of the SHA-256 of a configuration, with the platform's share of it.

    What a running cluster is told through the COE's API as well does not count.
    """
    values = {name: value for name, value in node.environment.items() if name not in node.told}
    parts = [
        [[file.path, file.mode, _compared(file)] for file in (*node.files, *own) if file.compared != ""],
        [[unit.name, unit.enabled, unit.content] for unit in node.units],
        sorted({**environment, **values}.items()),
        sorted(node.heat_values),
        list(node.ssh_authorized_keys),
        list(masked),
    ]
    return sha256(json_text(parts).encode()).hexdigest()[:_DIGITS]


def _compared(file: FileEntry) -> str:
    return file.content if file.compared is None else file.compared
