"""A NodeConfig as an Ignition config.

Facts: Ignition's configuration specification 3.3.0, which Flatcar and Fedora CoreOS both take; RFC 2397 for
`data:` URLs; Nova's limit on user data.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from typing import Any

from jeroboam.model.limits import USER_DATA_BYTES
from jeroboam.model.types import FileEntry, NodeConfig, Unit, UserData, placeholder
from jeroboam.resources import script
from jeroboam.serialize import json_text
from jeroboam.userdata.archive import PATH, archive, bare, gzipped
from jeroboam.userdata.digest import digest
from jeroboam.userdata.environment import (
    CLUSTER_ENV,
    HEAT_ENV,
    UNITS,
    environment_text,
    heat_text,
    placed,
)

VERSION = "3.3.0"
ESCAPES = tuple((character, f"%{ord(character):02X}") for character in ' "#%<>[\\]^`{|}')
"""Every printable ASCII character that Ignition does not take in a `data:` URL as it is."""
_PRINTABLE = frozenset(range(ord("!"), ord("~") + 1)) - {ord(character) for character, _ in ESCAPES}
_BYTES = {byte: f"%{byte:02X}" for byte in range(256) if byte not in _PRINTABLE}

_USER = "core"
_UNPACK_UNIT = "jeroboam-unpack.service"
_RELABEL_SCRIPT = "/opt/jeroboam/relabel.sh"


def ignition(
    node: NodeConfig,
    environment: Mapping[str, str],
    heat_bytes: int,
    *,
    own: tuple[FileEntry, ...] = (),
    masked: tuple[str, ...] = (),
) -> UserData:
    """The document; `environment` is the platform's share of cluster.env, `heat_bytes` is kept free.

    `own` are the platform's files, `masked` the units of the image that must not start. Files are entries
    of their own while the whole fits; beyond, those of `node`, its settings and the units that its steps
    start travel in one archive, and the document has no blanks; beyond that, scripts have no comments.
    """
    names = tuple(node.heat_values)
    settings = FileEntry(CLUSTER_ENV, environment_text({**environment, **node.environment}))
    mask = [{"name": name, "mask": True} for name in masked]
    room = USER_DATA_BYTES - heat_bytes
    entries = [_entry(file) for file in (*node.files, *own, settings)]
    fixed, heat = _document(node, entries, [*map(_unit, node.units), *mask], names, blanks=True)
    packed = (*node.files, *map(_unit_file, node.units), *own, settings)
    if len(fixed) + len(heat) > room:
        unpack = Unit(_UNPACK_UNIT, script(f"common/{_UNPACK_UNIT}"), enabled=True)
        relabel = FileEntry(_RELABEL_SCRIPT, script("common/relabel.sh"), 0o755)
        enabled = [unpack, *(unit for unit in node.units if unit.enabled)]
        started = (_unit_file(unit) for unit in node.units if not unit.enabled)
        inside = (*node.files, *started, relabel, settings)
        for files in (inside, tuple(map(bare, inside))):
            entries = [_packed(files), *map(_entry, own)]
            fixed, heat = _document(node, entries, [*map(_unit, enabled), *mask], names, blanks=False)
            packed = (*files, *map(_unit_file, enabled), *own)
            if len(fixed) + len(heat) <= room:
                break
    return UserData(
        suffix=".ign",
        fixed=fixed,
        heat=heat,
        placeholders={placeholder(name): node.heat_values[name] for name in names},
        packed=packed,
        escapes=ESCAPES,
        digest=digest(node, environment, own=own, masked=masked),
        files=placed(packed, names),
    )


def _document(
    node: NodeConfig,
    entries: Iterable[dict[str, Any]],
    units: list[dict[str, Any]],
    names: tuple[str, ...],
    *,
    blanks: bool,
) -> tuple[str, str]:
    """The document in two: heat.env is its last value, so that Heat searches that and what closes it.

    Where Heat fills in nothing, there is no such file, and the second is empty.
    """
    source = text_url(heat_text(names))
    filled = [_file(HEAT_ENV, 0o600, {"source": source})] if names else []
    document: dict[str, Any] = {"ignition": {"version": VERSION}}
    if node.ssh_authorized_keys:
        keys = list(node.ssh_authorized_keys)
        document["passwd"] = {"users": [{"name": _USER, "sshAuthorizedKeys": keys}]}
    document["systemd"] = {"units": units}
    document["storage"] = {"files": [*entries, *filled]}
    if not names:
        return json_text(document, ascii_only=True, blanks=blanks), ""
    fixed, found, closing = json_text(document, ascii_only=True, blanks=blanks).rpartition(source)
    return fixed, found + closing


def text_url(text: str) -> str:
    """A `data:` URL that is the text, but for what Ignition does not take as it is."""
    return "data:," + text.encode().decode("latin-1").translate(_BYTES)


def _unit(unit: Unit) -> dict[str, Any]:
    return {"name": unit.name, "enabled": unit.enabled, "contents": unit.content}


def _unit_file(unit: Unit) -> FileEntry:
    return FileEntry(f"{UNITS}/{unit.name}", unit.content)


def _entry(file: FileEntry) -> dict[str, Any]:
    return _file(file.path, file.mode, contents(file.content))


def contents(text: str) -> dict[str, str]:
    """A file's contents in Ignition's words: as text or compressed, whichever is shorter."""
    content = base64.b64encode(gzipped(text.encode())).decode("ascii")
    packed = {"compression": "gzip", "source": f"data:;base64,{content}"}
    plain = {"source": text_url(text)}
    return min(plain, packed, key=lambda form: len(str(form)))


def _packed(files: Iterable[FileEntry]) -> dict[str, Any]:
    return _file(PATH, 0o600, {"source": f"data:;base64,{archive(files)}"})


def _file(path: str, mode: int, contents: dict[str, str]) -> dict[str, Any]:
    # The image may have a file of that name already (containerd's configuration).
    return {"path": path, "overwrite": True, "mode": mode, "contents": contents}
