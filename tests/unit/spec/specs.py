"""Small specs written inline, read by the whole front end."""

from __future__ import annotations

from typing import Any

from jeroboam.diagnostics import Severity
from jeroboam.serialize import yaml_text
from jeroboam.source import SpecResult
from jeroboam.spec import ReadSpec, read

BASE: dict[str, Any] = {
    "spec_version": 1,
    "kind": "cluster",
    "name": "demo",
    "coe": "kubernetes",
    "distro": "ubuntu",
    "image": "ubuntu-24.04",
    "keypair": "ops",
    "network": {"external_network": "public", "api_allowed_cidrs": ["192.0.2.0/24"]},
    "masters": {"flavor": "m1.medium"},
    "node_groups": [{"name": "default", "flavor": "m1.large"}],
}


def reading(**changes: Any) -> SpecResult[ReadSpec]:
    """`BASE` with top-level properties replaced, or removed by None."""
    data = {key: value for key, value in {**BASE, **changes}.items() if value is not None}
    return read("-", yaml_text(data).encode())


def spec_of(**changes: Any) -> ReadSpec:
    result = reading(**changes)
    assert result.value is not None, result.diagnostics
    return result.value


def codes(**changes: Any) -> list[str]:
    return [d.code for d in reading(**changes).diagnostics]


def errors(**changes: Any) -> list[str]:
    return [d.code for d in reading(**changes).diagnostics if d.severity is Severity.ERROR]
