"""Each property of the schema with another value than a plain cluster has, for each COE that takes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from jeroboam.emit import Bundle
from jeroboam.pipeline import compile_spec
from jeroboam.serialize import json_text
from jeroboam.spec.phrases import paths
from jeroboam.spec.schema import Schema
from tests.support.cases import GOLDEN

Spec = dict[str, Any]

BASE: Spec = {
    "spec_version": 1,
    "kind": "cluster",
    "name": "prod",
    "distro": "ubuntu",
    "image": "ubuntu-24.04",
    "keypair": "ops",
    "network": {"external_network": "public", "api_allowed_cidrs": ["203.0.113.0/24"]},
    "masters": {"flavor": "m1.medium", "count": 3},
    "node_groups": [
        {"name": "default", "flavor": "m1.large", "count": 2},
        {"name": "other", "flavor": "m1.large", "count": 1},
    ],
}


def _floating_ip(number: int) -> Spec:
    return {"id": f"5c3f1f4e-6a0b-4d1c-9b59-{number:012x}", "address": f"198.51.100.{40 + number}"}


_VALUES: Mapping[str, Any] = {
    "container_network.backend.keepalive": 30,
    "hooks": {"post_bootstrap": ["hook.sh"]},
    "kubernetes.api_server_files": ["policy.yaml"],
    "kubernetes.audit_policy_file": "policy.yaml",
    "kubernetes.manifests": ["manifest.yaml"],
    "masters.hooks": {"post_bootstrap": ["hook.sh"]},
    "node_groups.hooks": {"post_bootstrap": ["hook.sh"]},
    "tls.trusted_ca_files": ["ca.pem"],
    "container_network.subnet_len": 25,
    "container_network.subnet_max": "10.100.200.0",
    "container_network.subnet_min": "10.100.16.0",
    "image": "another",
    "keypair": "another",
    "masters.count": 5,
    "masters.flavor": "another",
    "masters.image": "another",
    "masters.existing_floating_ips": [_floating_ip(number) for number in range(3)],
    "mesos.containerizers": ["docker"],
    "network.external_network": "another",
    "node_groups.existing_floating_ips": [_floating_ip(number) for number in range(3, 5)],
    "node_groups.flavor": "another",
    "node_groups.image": "another",
    "node_groups.retired": [0],
    "runtime.log_max_files": 4,
    "swarm.default_address_pools": ["10.64.0.0/12"],
}
"""Values where the schema's examples would not be another cluster, or none that is valid."""
_VERSIONS = {"kubernetes": "1.36"}
"""Not the newest; the other COEs have one version only."""
_FIXED: Spec = {"network": {"fixed_network": "one", "fixed_subnet": "two", "cidr": "10.1.0.0/24"}}
_BESIDE: Mapping[str, Spec] = {
    "container_network.backend.keepalive": {"container_network": {"backend": {"type": "wireguard"}}},
    "container_network.backend.mode": {"container_network": {"backend": {"type": "wireguard"}}},
    "network.fixed_network": _FIXED,
    "network.fixed_subnet": _FIXED,
    "proxy.no_proxy": {"proxy": {"http": "http://proxy.example.org:3128"}},
    "runtime.log_max_files": {"runtime": {"log_max_size": "10m"}},
}
"""What has to be there for a property to be taken; both specs have it."""
_FILES: Mapping[str, str] = {
    "ca.pem": (GOLDEN / "kubernetes/ubuntu/everything/tls/example-ca.pem").read_text(encoding="utf-8"),
    "hook.sh": "#!/bin/sh\necho hooked\n",
    "manifest.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, namespace: default}\n",
    "policy.yaml": "apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: Metadata}]\n",
}
UNREACHED = frozenset({"template", "node_groups.name"})
"""Properties that vary no cluster: another file and another group."""


class Variation(NamedTuple):
    """A cluster without and with another value of one property."""

    coe: str
    property: str
    before: Bundle
    after: Bundle


@cache
def variation(coe: str, name: str) -> Variation | None:
    """The property varied for a COE, None where that COE does not take it."""
    value = _value(coe, name)
    before = _merged({**deepcopy(BASE), "coe": coe}, _BESIDE.get(name, {}))
    after = deepcopy(before)
    _put(after, name.split("."), value)
    first, second = _bundle(json_text(before)), _bundle(json_text(after))
    return Variation(coe, name, first, second) if first and second else None


def names() -> Iterator[str]:
    """Every property that has an effect of its own."""
    return (name for name, schema in paths().items() if "x-change" in schema)


def _value(coe: str, name: str) -> Any:
    schema: Schema = paths()[name]
    if name == "coe_version":
        return _VERSIONS.get(coe, "0.1")
    if name in _VALUES:
        return _VALUES[name]
    if "enum" in schema:
        return next(value for value in schema["enum"] if value not in (schema.get("default"), None))
    if schema.get("type") == "boolean":
        return not schema.get("default", False)
    return schema["examples"][-1]


def _put(spec: Spec, tokens: list[str], value: Any) -> None:
    at: Any = spec
    for token in tokens[:-1]:
        at = at["node_groups"][0] if token == "node_groups" else at.setdefault(token, {})
    at[tokens[-1]] = value


def _merged(spec: Spec, beside: Spec) -> Spec:
    for name, value in beside.items():
        spec[name] = _merged(spec.get(name, {}), value) if isinstance(value, dict) else value
    return spec


@cache
def _bundle(text: str) -> Bundle | None:
    with TemporaryDirectory() as folder:
        for name, content in _FILES.items():
            (Path(folder) / name).write_text(content, encoding="utf-8")
        spec = Path(folder) / "cluster.yaml"
        spec.write_text(text, encoding="utf-8")
        reading = compile_spec(str(spec))
    return reading.value.bundle if reading.value else None
