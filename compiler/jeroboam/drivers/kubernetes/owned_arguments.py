"""Arguments that take something from the cluster: JB0470, JB0471 and JB0475.

owned_arguments.json has, by program, the arguments of the compiler's and kubeadm's: with the property that
says the same, and those that none says. Facts: phases/controlplane/manifests.go and
phases/kubelet/flags.go in cmd/kubeadm/app of k8s.io/kubernetes v1.36, which set them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from types import MappingProxyType
from typing import Any, NamedTuple

from jeroboam import resources
from jeroboam.diagnostics import Diagnostic, diagnose
from jeroboam.drivers.kubernetes.api_port import node_ports
from jeroboam.drivers.kubernetes.arguments import FALSE, Argument, arguments, items
from jeroboam.drivers.kubernetes.options import KubernetesOptions
from jeroboam.spec.phrases import shown


def argument_problems(options: KubernetesOptions) -> Iterator[Diagnostic]:
    """What no minor version makes right."""
    for it in arguments(options):
        owned, breaking = owner(it, options), _BREAKING.get((it.program, it.name))
        if owned is not None:
            advice = f"remove it, and set {owned}" if owned else "remove it; nothing else can be set there"
            yield diagnose("JB0470", it.at, at_key=True, advice=advice, name=it.name, program=it.program)
        elif breaking and breaking.applies(it.value):
            yield diagnose("JB0471", it.at, name=it.name, program=it.program, why=breaking.why)
        elif (it.program, it.name) == ("kube-apiserver", "service-node-port-range"):
            yield from _node_ports(it)


def owner(it: Argument, options: KubernetesOptions) -> str | None:
    """The property that says what the argument says, empty where none does; None if the argument is free."""
    if it.program == "kube-apiserver" and it.name == "encryption-provider-config" and it.value:
        return "kubernetes.encrypt_secrets: false first" if options.encrypt_secrets else None
    if it.program == "kube-apiserver" and it.name in ("audit-policy-file", "audit-log-path"):
        return "kubernetes.audit_policy_file alone" if options.audit_policy else None
    if (it.program, it.name) == ("kubelet", "cloud-provider") and options.enabled("cloud_controller_manager"):
        return ""
    owned = _owned()[it.program]
    return "" if it.name in owned["by_none"] else owned["by_property"].get(it.name)


@cache
def _owned() -> Any:
    return json.loads(resources.data(__file__, "owned_arguments.json"))


def _node_ports(it: Argument) -> Iterator[Diagnostic]:
    """The API server reads FIRST-LAST, FIRST+MORE and ONE (apimachinery/pkg/util/net/port_range.go)."""
    low, high = node_ports()
    found = re.fullmatch(r"(\d{1,5})\s*(?:(?P<sign>[-+])\s*(\d{1,5}))?", it.value, re.ASCII)
    first = int(found[1]) if found else -1
    second = int(found[3] or 0) if found else 0
    last = second if found and found["sign"] == "-" else first + second
    if not low <= first <= last <= high:
        yield diagnose("JB0475", it.at, value=shown(it.value), low=low, high=high)


def _is_false(value: str) -> bool:
    return value.lower() in FALSE


class _Breaking(NamedTuple):
    """Which values of an argument break the cluster, and why."""

    applies: Callable[[str], bool]
    why: str


_BREAKING: Mapping[tuple[str, str], _Breaking] = MappingProxyType(
    {
        ("kube-apiserver", "anonymous-auth"): _Breaking(
            _is_false, "nodes that join and the API server's probes ask without authentication"
        ),
        ("kube-apiserver", "authorization-mode"): _Breaking(
            lambda value: not ({"Node", "RBAC"} <= {*items(value)} or "AlwaysAllow" in items(value)),
            "nodes and kubeadm get their rights by Node and RBAC",
        ),
        ("kube-apiserver", "bind-address"): _Breaking(
            lambda value: value == "::1" or value.startswith("127."),
            "nodes and load balancers cannot reach the API server",
        ),
        ("kube-apiserver", "disable-admission-plugins"): _Breaking(
            lambda value: "NodeRestriction" in items(value),
            "without NodeRestriction a node may change what belongs to others",
        ),
        ("kube-controller-manager", "controllers"): _Breaking(
            lambda value: not {"*", "bootstrapsigner", "tokencleaner"} <= {*items(value)},
            "nodes join by what '*,bootstrapsigner,tokencleaner' run",
        ),
        ("kubelet", "register-node"): _Breaking(
            _is_false, "a node that does not register never becomes part of the cluster"
        ),
    }
)
