"""Plans of small specs written inline."""

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
    "coe": "kubernetes",
    "distro": "ubuntu",
    "image": "ubuntu-24.04",
    "keypair": "ops",
    "network": {"external_network": "public", "api_allowed_cidrs": ["192.0.2.0/24"]},
    "container_network": {"driver": "flannel"},
    "masters": {"flavor": "m"},
    "node_groups": [{"name": "default", "flavor": "l"}],
}


def plan(**changes: Any) -> ClusterModel:
    """The model of the minimal spec with `changes`, each merged one level deep; warnings are let pass."""
    value, found = outcome(**changes)
    assert value is not None, found
    return value


def problems(**changes: Any) -> list[tuple[str, str]]:
    """Code and pointer of each JB04xx finding."""
    return [(d.code, d.pointer) for d in outcome(**changes)[1] if d.code.startswith("JB04")]


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


def documents(role: Role, name: str) -> list[dict[str, Any]]:
    """The documents of one of kubeadm's files."""
    return list(yaml.safe_load_all(files(role)[f"/etc/jeroboam/kubeadm/{name}.yaml"]))


def args(listed: list[dict[str, str]]) -> dict[str, str]:
    """Kubeadm's list of arguments as a mapping; no name may come twice."""
    found = {arg["name"]: arg["value"] for arg in listed}
    assert len(found) == len(listed)
    return found
