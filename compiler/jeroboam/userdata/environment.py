"""Where a node finds its units and its values: those known when compiling, and those that only Heat knows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from jeroboam.model.types import FileEntry, placeholder

CLUSTER_ENV = "/etc/jeroboam/cluster.env"
HEAT_ENV = "/etc/jeroboam/heat.env"
UNITS = "/etc/systemd/system"
OSTREE: Mapping[str, str] = MappingProxyType(
    {
        "JEROBOAM_BIN_DIR": "/usr/local/bin",
        "JEROBOAM_CA_BUNDLE": "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
        "JEROBOAM_CA_DIR": "/etc/pki/ca-trust/source/anchors",
        "JEROBOAM_CA_SUFFIX": "crt",
        "JEROBOAM_CA_UPDATE": "update-ca-trust extract",
        "JEROBOAM_KERNEL_ARGUMENT": "--append-if-missing=@",
        "JEROBOAM_KERNEL_ARGUMENT_APPLY": "rpm-ostree kargs",
        "JEROBOAM_KERNEL_ARGUMENT_FILE": "",
        "JEROBOAM_RELABEL": "restorecon -F",
    }
)
"""What scripts must know of Fedora's systems of rpm-ostree; facts: update-ca-trust(8), restorecon(8)."""


def environment_text(values: Mapping[str, str]) -> str:
    """`NAME='value'` lines, sorted; any value survives, as POSIX single quotes keep all but themselves."""
    return "".join(f"{name}={_quoted(values[name])}\n" for name in sorted(values))


def heat_text(names: tuple[str, ...]) -> str:
    """The lines of heat.env, placeholders for values; HeatValue promises none has a single quote."""
    return "".join(f"{name}='{placeholder(name)}'\n" for name in names)


def heat_file(names: tuple[str, ...]) -> FileEntry:
    """heat.env itself: with what Heat puts there, secrets are among it."""
    return FileEntry(HEAT_ENV, heat_text(names), 0o600)


def placed(files: Iterable[FileEntry], names: tuple[str, ...]) -> tuple[FileEntry, ...]:
    """All that a node finds, by path: `files`, and heat.env where Heat fills any of `names` in."""
    found = (*files, *((heat_file(names),) if names else ()))
    return tuple(sorted(found, key=lambda file: file.path))


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "'\\''") + "'"
