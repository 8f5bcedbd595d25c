"""Dangerous settings of Kubernetes: JB0423 to JB0427.

Facts: kube-apiserver's and kubelet's references of options, v1.37.
"""

from __future__ import annotations

from collections.abc import Iterator

from jeroboam.diagnostics import Diagnostic, diagnose
from jeroboam.drivers.kubernetes.arguments import TRUE, arguments, items, number
from jeroboam.drivers.kubernetes.options import KubernetesOptions

_ANONYMOUS = {"kube-apiserver": "JB0424", "kubelet": "JB0425"}


def exposures(options: KubernetesOptions) -> Iterator[Diagnostic]:
    """All of them, each at the option."""
    for it in arguments(options):
        if it.program not in _ANONYMOUS:
            continue
        if it.name == "authorization-mode" and "AlwaysAllow" in items(it.value):
            yield diagnose("JB0423", it.at, component=it.program)
        elif it.name == "anonymous-auth" and it.value.lower() in TRUE:
            yield diagnose(_ANONYMOUS[it.program], it.at)
        elif (it.program, it.name) == ("kubelet", "read-only-port") and number(it.value) != 0:
            yield diagnose("JB0426", it.at, port=it.value)
        elif (it.program, it.name, it.value) == ("kube-apiserver", "encryption-provider-config", ""):
            yield diagnose("JB0427", it.at)
    if not options.encrypt_secrets:
        yield diagnose("JB0427", "/kubernetes/encrypt_secrets")
