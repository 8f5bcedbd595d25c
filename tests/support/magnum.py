"""What the tests of the importer share: templates, clusters, and the import of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import yaml

from jeroboam.diagnostics import Diagnostic, Severity
from jeroboam.imports.magnum import Imported, import_magnum
from jeroboam.imports.magnum.accept import Judge
from jeroboam.pipeline import compile_spec
from tests.support.cases import ROOT

DRIVERS = sorted((ROOT / "tests/unit/imports/magnum/drivers").iterdir())
TEMPLATE: Mapping[str, Any] = {
    "uuid": "3f2504e0-4f89-41d3-9a0c-0305e82c3301",
    "name": "k8s",
    "coe": "kubernetes",
    "cluster_distro": "fedora-coreos",
    "image_id": "fedora-coreos-44",
    "keypair_id": "ops",
    "external_network_id": "public",
    "flavor_id": "m1.large",
    "master_flavor_id": "m1.medium",
    "network_driver": "flannel",
    "server_type": "vm",
    "labels": {},
}
CLUSTER: Mapping[str, Any] = {
    "name": "prod",
    "cluster_template_id": TEMPLATE["uuid"],
    "node_count": 2,
    "master_count": 1,
    "labels": {},
}


def judge(spec: str) -> tuple[Diagnostic, ...]:
    """What the compiler finds."""
    return compile_spec("-", stdin=spec.encode()).diagnostics


def errors(spec: str) -> list[str]:
    """The compiler's errors in a spec."""
    return [f"{d.code} {d.pointer}: {d.message}" for d in judge(spec) if d.severity is Severity.ERROR]


def content(_: str) -> tuple[Diagnostic, ...]:
    """Finds nothing, and takes no time, for what does not depend on the compiler."""
    return ()


def imported(
    template: Mapping[str, Any],
    cluster: Mapping[str, Any] | None = None,
    distro: str | None = None,
    judge: Judge = judge,
) -> Imported:
    """The import of these objects."""
    second = None if cluster is None else ("cluster.json", json.dumps(cluster))
    return import_magnum(("template.json", json.dumps(template)), second, judge, distro=distro)


def spec_of(labels: Mapping[str, Any], **attributes: Any) -> tuple[dict[str, Any], str]:
    """The spec, as data and as text, of a template with these labels and attributes."""
    made = imported({**TEMPLATE, **attributes, "labels": labels})
    assert made.spec is not None, made.diagnostics
    return yaml.safe_load(made.spec), made.spec


def at(data: Any, dotted: str) -> Any:
    """The value of a property, `node_groups.` for the first of them; None where there is none."""
    for key in dotted.split("."):
        data = data[0] if isinstance(data, list) else data
        if not isinstance(data, dict) or key not in data:
            return None
        data = data[key]
    return data


def words(text: str) -> str:
    """The comments of a spec as one line, however they were wrapped."""
    return " ".join(line.lstrip("# ") for line in text.splitlines() if line.lstrip().startswith("#"))
