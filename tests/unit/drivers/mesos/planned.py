"""Plans of small Mesos specs written inline."""

from __future__ import annotations

from typing import Any

import yaml

from jeroboam.diagnostics import Diagnostic, Severity
from jeroboam.model.types import ClusterModel, Role
from jeroboam.pipeline import plan_spec
from jeroboam.serialize import yaml_text

MINIMAL: dict[str, Any] = {
    "spec_version": 1,
    "kind": "cluster",
    "name": "prod",
    "coe": "mesos",
    "distro": "ubuntu",
    "image": "ubuntu-24.04",
    "keypair": "ops",
    "network": {"external_network": "public", "api_allowed_cidrs": ["192.0.2.0/24"]},
    "container_network": {"driver": "docker"},
    "masters": {"flavor": "m"},
    "node_groups": [{"name": "default", "flavor": "l"}],
}
FLANNEL: dict[str, Any] = {"driver": "flannel", "cidr": "10.60.0.0/16"}


def plan(**changes: Any) -> ClusterModel:
    """The model of the minimal spec with `changes`, each merged one level deep; warnings are let pass."""
    value, found = outcome(**changes)
    assert value is not None, found
    return value


def problems(**changes: Any) -> list[tuple[str, str]]:
    """Code and pointer of each JB04xx finding that is no note."""
    found = outcome(**changes)[1]
    return [
        (d.code, d.pointer) for d in found if d.code.startswith("JB04") and d.severity is not Severity.NOTE
    ]


def notes(**changes: Any) -> set[str]:
    """The codes of Mesos' notes."""
    found = outcome(**changes)[1]
    return {d.code for d in found if d.code.startswith("JB04") and d.severity is Severity.NOTE}


def outcome(**changes: Any) -> tuple[ClusterModel | None, tuple[Diagnostic, ...]]:
    """All that planning gives."""
    spec = dict(MINIMAL)
    for name, value in changes.items():
        old = spec.get(name)
        spec[name] = {**old, **value} if isinstance(old, dict) and isinstance(value, dict) else value
    planned = plan_spec("-", stdin=yaml_text(spec).encode())
    others = [
        d for d in planned.diagnostics if d.severity is Severity.ERROR and not d.code.startswith("JB04")
    ]
    assert not others, others
    return planned.value, planned.diagnostics


def files(role: Role) -> dict[str, str]:
    """A role's files by path."""
    return {file.path: file.content for file in role.config.files}


def settings(role: Role, path: str) -> dict[str, str]:
    """The `name=value` lines of one of a role's files below /etc/jeroboam; no name may come twice."""
    pairs = [line.split("=", 1) for line in files(role)[f"/etc/jeroboam/{path}"].splitlines()]
    found = dict(pairs)
    assert len(found) == len(pairs)
    return found


def document(role: Role, path: str) -> Any:
    """One of a role's JSON files below /etc/jeroboam."""
    return yaml.safe_load(files(role)[f"/etc/jeroboam/{path}"])
