"""A NodeConfig as cloud-config.

Facts: cloud-init's modules write_files, runcmd and ssh_authorized_keys; Nova's limit on user data.
"""

from __future__ import annotations

import base64
import gzip
from collections.abc import Mapping
from typing import Any

from jeroboam.model.limits import PLAIN_BYTES
from jeroboam.model.types import FileEntry, NodeConfig, UserData
from jeroboam.serialize import yaml_text
from jeroboam.userdata.environment import (
    CLUSTER_ENV,
    HEAT_ENV,
    environment_text,
    heat_text,
    placeholder,
)

_UNIT_DIRECTORY = "/etc/systemd/system"


def cloud_config(node: NodeConfig, environment: Mapping[str, str]) -> UserData:
    """The document; `environment` is the platform's share of cluster.env.

    Files stay readable text while the whole fits; beyond, the largest travel compressed.
    """
    files = (
        *node.files,
        *(FileEntry(f"{_UNIT_DIRECTORY}/{unit.name}", unit.content) for unit in node.units),
        FileEntry(CLUSTER_ENV, environment_text({**environment, **node.environment})),
    )
    names = tuple(node.heat_values)
    heat = yaml_text([_entry(FileEntry(HEAT_ENV, heat_text(names), 0o600))])
    packed = frozenset(f.path for f in files if not f.content.isascii())
    fixed = _fixed(node, files, packed)
    for largest in sorted(files, key=lambda file: (-len(file.content), file.path)):
        if len(fixed) + len(heat) <= PLAIN_BYTES:
            break
        packed |= {largest.path}
        fixed = _fixed(node, files, packed)
    return UserData(
        suffix=".yaml",
        fixed=fixed,
        heat=heat,
        placeholders={placeholder(name): node.heat_values[name] for name in names},
        packed=tuple(file for file in files if file.path in packed),
    )


def _fixed(node: NodeConfig, files: tuple[FileEntry, ...], packed: frozenset[str]) -> str:
    document: dict[str, Any] = {"package_update": False, "package_upgrade": False}
    if node.ssh_authorized_keys:
        document["ssh_authorized_keys"] = list(node.ssh_authorized_keys)
    started = [unit.name for unit in node.units if unit.enabled]
    document["runcmd"] = [
        ["systemctl", "daemon-reload"],
        *(["systemctl", "enable", "--now", "--no-block", name] for name in started),
    ]
    # write_files comes last so that the one entry which Heat fills can follow as the document's tail.
    document["write_files"] = [_entry(file, packed=file.path in packed) for file in files]
    return "#cloud-config\n" + yaml_text(document)


def _entry(file: FileEntry, *, packed: bool = False) -> dict[str, str]:
    entry = {"path": file.path, "permissions": f"{file.mode:04o}"}
    if not packed:
        return {**entry, "content": file.content}
    # Without a time stamp the same content gives the same bytes.
    compressed = gzip.compress(file.content.encode(), compresslevel=9, mtime=0)
    return {**entry, "encoding": "gz+b64", "content": base64.b64encode(compressed).decode("ascii")}
