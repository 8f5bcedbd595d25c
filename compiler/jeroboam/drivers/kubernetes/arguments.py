"""Arguments of Kubernetes' programs: the compiler's own, those that join them, and what a spec gets wrong.

Facts: phases/controlplane/manifests.go and phases/kubelet/flags.go in cmd/kubeadm/app of k8s.io/kubernetes
v1.36, which set these arguments; the programs' flag library takes `_` for `-` (component-base/cli/flag).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

from jeroboam.diagnostics import Diagnostic, Pointer, diagnose
from jeroboam.drivers.kubernetes import programs
from jeroboam.drivers.kubernetes.options import KubernetesOptions
from jeroboam.parts.problems import meant
from jeroboam.source.pointers import child
from jeroboam.spec.phrases import shown

NODE_PORTS = (30000, 32767)
"""Of services of type NodePort: the API server's default, and what ports.json opens."""
_FALSE = ("0", "f", "false")
_NONE = ""
_KUBECONFIGS = dict.fromkeys(("kubeconfig", "authentication-kubeconfig", "authorization-kubeconfig"), _NONE)
_REQUEST_HEADER = dict.fromkeys(
    ("requestheader-username-headers", "requestheader-group-headers", "requestheader-extra-headers-prefix",
     "requestheader-client-ca-file", "requestheader-allowed-names"),
    _NONE,
)  # fmt: skip
_OWN: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        # by program: each argument of the compiler's and kubeadm's, and the property that says it if one does
        "kube-apiserver": {
            "advertise-address": _NONE,
            "secure-port": "api.port",
            "service-cluster-ip-range": "kubernetes.service_cidr",
            **dict.fromkeys(
                ("allow-privileged", "client-ca-file", "enable-bootstrap-token-auth", "etcd-cafile",
                 "etcd-certfile", "etcd-keyfile", "etcd-servers", "kubelet-client-certificate",
                 "kubelet-client-key", "proxy-client-cert-file", "proxy-client-key-file",
                 "service-account-key-file", "service-account-signing-key-file", "tls-cert-file",
                 "tls-private-key-file"),
                _NONE,
            ),
            **_REQUEST_HEADER,
        },
        "kube-controller-manager": {
            "allocate-node-cidrs": "container_network.driver",
            "cluster-cidr": "container_network.cidr",
            "cluster-name": "name",
            "node-cidr-mask-size": "container_network.subnet_len",
            "node-cidr-mask-size-ipv4": "container_network.subnet_len",
            "node-cidr-mask-size-ipv6": "container_network.ipv6.subnet_len",
            "service-cluster-ip-range": "kubernetes.service_cidr",
            **dict.fromkeys(
                ("client-ca-file", "cluster-signing-cert-file", "cluster-signing-key-file",
                 "flex-volume-plugin-dir", "leader-elect", "root-ca-file",
                 "service-account-private-key-file", "use-service-account-credentials"),
                _NONE,
            ),
            "requestheader-client-ca-file": _NONE,
            **_KUBECONFIGS,
        },
        "kube-scheduler": {"leader-elect": _NONE, **_KUBECONFIGS},
        "kubelet": {
            "cgroup-driver": "runtime.cgroup_driver",
            "cluster-domain": "kubernetes.dns_domain",
            "container-log-max-files": "runtime.log_max_files",
            "container-log-max-size": "runtime.log_max_size",
            "register-with-taints": "node_taints",
            **dict.fromkeys(
                ("bootstrap-kubeconfig", "client-ca-file", "config", "config-dir",
                 "container-runtime-endpoint", "fail-cgroupv1", "healthz-bind-address", "healthz-port",
                 "hostname-override", "kubeconfig", "node-ip", "pod-manifest-path", "port",
                 "rotate-certificates"),
                _NONE,
            ),
        },
    }
)  # fmt: skip
_JOINED = ("enable-admission-plugins", "feature-gates", "node-labels")
"""Lists that hold what the compiler gives and what the spec's arguments give."""


class Given(NamedTuple):
    """An argument of the spec, its name as the program's flag library has it."""

    program: str
    at: Pointer
    name: str
    value: str


def given(options: KubernetesOptions) -> Iterator[Given]:
    """All arguments of the spec."""
    for block, program, args in (
        ("api_server_args", "kube-apiserver", options.api_server_args),
        ("controller_manager_args", "kube-controller-manager", options.controller_manager_args),
        ("scheduler_args", "kube-scheduler", options.scheduler_args),
        ("kubelet_args", "kubelet", options.kubelet_args),
    ):
        for name, value in args.items():
            yield Given(program, child(f"/kubernetes/{block}", name), _plain(name), value.strip())


def joined(own: Mapping[str, str], args: Mapping[str, str]) -> dict[str, str]:
    """The arguments of a program: the compiler's `own` and the spec's, lists of both in one.

    Of a key that a list gives twice, a label or a feature gate, the spec's argument stands.
    """
    result = dict(own)
    for written, value in args.items():
        name = _plain(written)
        if name in _JOINED and name in result:
            items = {item.partition("=")[0]: item for item in _items(result[name], value)}
            result[name] = ",".join(items.values())
        else:
            result[name] = value
    return result


def gives(args: Mapping[str, str], name: str) -> bool:
    """Whether an argument is among those of the spec, in either spelling."""
    return any(_plain(written) == name for written in args)


def argument_problems(options: KubernetesOptions) -> Iterator[Diagnostic]:
    """What no minor version makes good: JB0470, JB0471 and JB0475."""
    for it in given(options):
        if (owner := _owner(it, options)) is not None:
            advice = f"remove it, and set {owner}" if owner else "remove it; nothing else can be set there"
            yield diagnose("JB0470", it.at, at_key=True, advice=advice, name=it.name, program=it.program)
        elif why := _impossible(it):
            yield diagnose("JB0471", it.at, name=it.name, program=it.program, why=why)
        elif (it.program, it.name) == ("kube-apiserver", "service-node-port-range"):
            yield from _node_ports(it)


def name_problems(options: KubernetesOptions, minor: str) -> Iterator[Diagnostic]:
    """Names that the programs of a minor version do not know: JB0472 to JB0474."""
    for it in given(options):
        if _owner(it, options) is None:
            what = f"argument {shown(it.name)!r} of {it.program}"
            yield from _unknown(what, it.name, it.at, programs.flags(it.program, minor), minor)
        if it.name == "feature-gates":
            for item in _items(it.value):
                name, _, value = item.partition("=")
                yield from _gate(name.strip(), value.strip().lower() not in _FALSE, it.at, minor)
        elif it.name in ("enable-admission-plugins", "disable-admission-plugins"):
            for name in _items(it.value):
                yield from _plugin(name, it.at, minor)
    for name, on in options.feature_gates.items():
        yield from _gate(name, on, child("/kubernetes/feature_gates", name), minor, at_key=True)
    for index, name in enumerate(options.admission_plugins):
        yield from _plugin(name, f"/kubernetes/admission_plugins/{index}", minor)


def _owner(it: Given, options: KubernetesOptions) -> str | None:
    """The property that says what the argument says, empty where none does; None if the argument is free."""
    if it.program == "kube-apiserver" and it.name == "encryption-provider-config" and it.value:
        return "kubernetes.encrypt_secrets: false first" if options.encrypt_secrets else None
    if it.program == "kube-apiserver" and it.name in ("audit-policy-file", "audit-log-path"):
        return "kubernetes.audit_policy_file alone" if options.audit_policy else None
    if (it.program, it.name) == ("kubelet", "cloud-provider") and options.enabled("cloud_controller_manager"):
        return _NONE
    return _OWN[it.program].get(it.name)


def _impossible(it: Given) -> str | None:
    """Why no cluster forms with an argument."""
    if it.program == "kube-apiserver":
        if it.name == "anonymous-auth" and it.value.lower() in _FALSE:
            return "nodes that join and the probes of the API server ask without a login"
        if it.name == "authorization-mode":
            modes = set(_items(it.value))
            if "AlwaysAllow" not in modes and not {"Node", "RBAC"} <= modes:
                return "nodes and kubeadm get their rights by Node and RBAC"
        if it.name == "disable-admission-plugins" and "NodeRestriction" in _items(it.value):
            return "without NodeRestriction a node may change what belongs to others"
    if it.program == "kube-controller-manager" and it.name == "controllers":
        names = set(_items(it.value))
        if not {"bootstrapsigner", "tokencleaner"} <= names or "*" not in names:
            return "nodes join by what '*,bootstrapsigner,tokencleaner' run"
    if it.program == "kubelet" and it.name == "register-node" and it.value.lower() in _FALSE:
        return "a node that does not register is never part of the cluster"
    return None


def _node_ports(it: Given) -> Iterator[Diagnostic]:
    """The API server reads FIRST-LAST, FIRST+MORE and ONE (apimachinery/pkg/util/net/port_range.go)."""
    found = re.fullmatch(r"(\d{1,5})\s*(?:([-+])\s*(\d{1,5}))?", it.value, re.ASCII)
    first = int(found[1]) if found else -1
    last = int(found[3] or 0) if found and found[2] == "-" else first + int((found and found[3]) or 0)
    if not NODE_PORTS[0] <= first <= last <= NODE_PORTS[1]:
        low, high = NODE_PORTS
        yield diagnose("JB0475", it.at, value=shown(it.value), low=low, high=high)


def _gate(name: str, on: bool, at: Pointer, minor: str, *, at_key: bool = False) -> Iterator[Diagnostic]:
    known = programs.feature_gates(minor)
    if name not in known.known:
        yield from _unknown(f"feature gate {shown(name)!r}", name, at, known, minor, at_key=at_key)
    elif programs.locked_gates(minor).get(name, on) is not on:
        fixed = str(not on).lower()
        yield diagnose("JB0474", at, at_key=at_key, name=name, minor=minor, fixed=fixed)


def _plugin(name: str, at: Pointer, minor: str) -> Iterator[Diagnostic]:
    known = programs.admission_plugins(minor)
    yield from _unknown(f"admission plug-in {shown(name)!r}", name, at, known, minor, at_key=False)


def _unknown(
    what: str, name: str, at: Pointer, names: programs.Names, minor: str, *, at_key: bool = True
) -> Iterator[Diagnostic]:
    if name in names.known:
        return
    if since := names.gone.get(name):
        yield diagnose("JB0473", at, at_key=at_key, what=what, since=since)
        return
    hint = meant(name, sorted(names.known))
    yield diagnose("JB0472", at, at_key=at_key, hint=hint, what=what, minor=minor)


def _plain(name: str) -> str:
    return name.replace("_", "-")


def _items(*lists: str) -> list[str]:
    return [item.strip() for text in lists for item in text.split(",") if item.strip()]
