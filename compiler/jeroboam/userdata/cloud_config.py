"""A NodeConfig as cloud-config.

Facts: cloud-init's modules write_files, runcmd and ssh_authorized_keys; Nova's limit on user data.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jeroboam.model.limits import USER_DATA_BYTES
from jeroboam.model.types import FileEntry, NodeConfig, UserData, placeholder
from jeroboam.serialize import yaml_text
from jeroboam.userdata.archive import PATH, UNPACK, archive, bare, estimate
from jeroboam.userdata.digest import digest
from jeroboam.userdata.environment import (
    CLUSTER_ENV,
    UNITS,
    environment_text,
    heat_file,
    placed,
)


def cloud_config(node: NodeConfig, environment: Mapping[str, str], heat_bytes: int) -> UserData:
    """The document; `environment` is the platform's share of cluster.env, `heat_bytes` is kept free.

    Files stay readable text while the whole fits; beyond, the largest travel in one archive; where that is
    too much with all of them, scripts have no comments.
    """
    files = (
        *node.files,
        *(FileEntry(f"{UNITS}/{unit.name}", unit.content) for unit in node.units),
        FileEntry(CLUSTER_ENV, environment_text({**environment, **node.environment})),
    )
    names = tuple(node.heat_values)
    heat = yaml_text([_entry(heat_file(names))]) if names else ""
    room = USER_DATA_BYTES - heat_bytes - len(heat)
    packed = tuple(file for file in files if _must_pack(file))
    fixed = _fixed(node, files, packed)
    # How much an archive saves is an estimate: one that was too high is followed by another round.
    while len(fixed) > room and len(packed) < len(files):
        packed = _with_largest(files, packed, len(fixed) - room)
        fixed = _fixed(node, files, packed)
    if len(fixed) > room:
        files = packed = tuple(map(bare, files))
        fixed = _fixed(node, files, packed)
    return UserData(
        suffix=".yaml",
        fixed=fixed,
        heat=heat,
        placeholders={placeholder(name): node.heat_values[name] for name in names},
        packed=packed,
        digest=digest(node, environment),
        files=placed(files, names),
    )


def _must_pack(file: FileEntry) -> bool:
    # Non-ASCII text would reach some readers mangled, so it never travels as text.
    return not file.content.isascii()


def _with_largest(
    files: tuple[FileEntry, ...], packed: tuple[FileEntry, ...], excess: int
) -> tuple[FileEntry, ...]:
    """`packed` and as many of the largest others as should make the document `excess` bytes smaller."""
    chosen = {file.path for file in packed}
    rest = (file for file in files if file.path not in chosen)
    for largest in sorted(rest, key=lambda file: (-_plain_size(file), file.path)):
        if excess <= 0:
            break
        chosen.add(largest.path)
        excess -= _plain_size(largest) - estimate(_plain_size(largest))
    return tuple(file for file in files if file.path in chosen)


def _plain_size(file: FileEntry) -> int:
    """About what a file takes as text: four blanks before each line, and the entry's own lines."""
    return (
        len(file.content)
        + 4 * file.content.count("\n")
        + len(file.path)
        + len("- path:  permissions: content: |")
    )


def _fixed(node: NodeConfig, files: tuple[FileEntry, ...], packed: tuple[FileEntry, ...]) -> str:
    apart = {file.path for file in packed}
    # cloud-init would print the comments of public keys on the console, and one has what opens the secrets.
    document: dict[str, Any] = {
        "package_update": False,
        "package_upgrade": False,
        "no_ssh_fingerprints": True,
    }
    if node.ssh_authorized_keys:
        document["ssh_authorized_keys"] = list(node.ssh_authorized_keys)
    document["runcmd"] = [
        *([list(UNPACK)] if packed else []),
        ["systemctl", "daemon-reload"],
        *(["systemctl", "enable", "--now", "--no-block", unit.name] for unit in node.units if unit.enabled),
    ]
    # write_files comes last so that the one entry which Heat fills can follow as the document's tail.
    document["write_files"] = [
        *(_entry(file) for file in files if file.path not in apart),
        *([_packed(packed)] if packed else []),
    ]
    return "#cloud-config\n" + yaml_text(document)


def _entry(file: FileEntry) -> dict[str, str]:
    return {"path": file.path, "permissions": f"{file.mode:04o}", "content": file.content}


def _packed(files: tuple[FileEntry, ...]) -> dict[str, str]:
    return {"path": PATH, "permissions": "0600", "encoding": "b64", "content": archive(files)}
