"""Dangerous settings of Kubernetes: JB0423 to JB0427.

Facts: kube-apiserver's and kubelet's references of options, v1.37; their flag library takes `_` for `-`
(component-base/cli/flag) and reads numbers and truths as Go's strconv does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from jeroboam.diagnostics import Diagnostic, Pointer, diagnose
from jeroboam.drivers.kubernetes.options import KubernetesOptions
from jeroboam.source.pointers import child

_TRUE = ("1", "t", "true")


def exposures(options: KubernetesOptions) -> Iterator[Diagnostic]:
    """All of them, each at the option."""
    components = (
        ("api_server_args", "kube-apiserver", options.api_server_args, "JB0424"),
        ("kubelet_args", "kubelet", options.kubelet_args, "JB0425"),
    )
    for block, component, args, anonymous in components:
        for at, name, value in flags(f"/kubernetes/{block}", args):
            if name == "authorization-mode" and "AlwaysAllow" in map(str.strip, value.split(",")):
                yield diagnose("JB0423", at, component=component)
            elif name == "anonymous-auth" and value.lower() in _TRUE:
                yield diagnose(anonymous, at)
            elif (component, name) == ("kubelet", "read-only-port") and number(value) != 0:
                yield diagnose("JB0426", at, port=value)
            elif (component, name, value) == ("kube-apiserver", "encryption-provider-config", ""):
                yield diagnose("JB0427", at)
    if not options.encrypt_secrets:
        yield diagnose("JB0427", "/kubernetes/encrypt_secrets")


def flags(at: Pointer, args: Mapping[str, str]) -> Iterator[tuple[Pointer, str, str]]:
    """Where each argument stands, its name with hyphens, and its value."""
    for name, value in args.items():
        yield child(at, name), name.replace("_", "-"), value.strip()


def number(text: str) -> int | None:
    """A number as Go reads it, None for what is none."""
    try:
        return int(text, 0)
    except ValueError:
        return None
