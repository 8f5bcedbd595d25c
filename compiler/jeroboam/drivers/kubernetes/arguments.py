"""Arguments of Kubernetes' programs: the spec's as the programs read them, and joined with the compiler's.

Facts: the programs' flag library takes `_` for `-` (component-base/cli/flag of k8s.io/kubernetes) and reads
numbers and truths as Go's strconv does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from jeroboam.diagnostics import Pointer
from jeroboam.drivers.kubernetes.options import KubernetesOptions
from jeroboam.source.pointers import child

TRUE = ("1", "t", "true")
FALSE = ("0", "f", "false")
"""In lower case; Go takes capitals as well."""
_JOINED = ("enable-admission-plugins", "feature-gates", "node-labels")
"""Lists that hold what the compiler gives and what the spec's arguments give."""


class Argument(NamedTuple):
    """An argument of the spec: its program, where it stands, its name with hyphens, its value."""

    program: str
    at: Pointer
    name: str
    value: str


def arguments(options: KubernetesOptions) -> Iterator[Argument]:
    """All arguments of the spec."""
    for block, program, args in (
        ("api_server_args", "kube-apiserver", options.api_server_args),
        ("controller_manager_args", "kube-controller-manager", options.controller_manager_args),
        ("scheduler_args", "kube-scheduler", options.scheduler_args),
        ("kubelet_args", "kubelet", options.kubelet_args),
    ):
        yield from _arguments(program, f"/kubernetes/{block}", args)
    for at, args in options.kubelet_args_of_nodes.items():
        yield from _arguments("kubelet", child(at, "kubelet_args"), args)


def _arguments(program: str, at: Pointer, args: Mapping[str, str]) -> Iterator[Argument]:
    for name, value in args.items():
        yield Argument(program, child(at, name), hyphens(name), value.strip())


def joined(own: Mapping[str, str], args: Mapping[str, str]) -> dict[str, str]:
    """The arguments of a program: the compiler's `own` and the spec's, lists of both in one.

    Of a key that a list gives twice, a label or a feature gate, the spec's argument stands.
    """
    result = dict(own)
    for written, value in args.items():
        name = hyphens(written)
        if name in _JOINED and name in result:
            by_key = {item.partition("=")[0]: item for item in items(result[name], value)}
            result[name] = ",".join(by_key.values())
        else:
            result[name] = value
    return result


def items(*lists: str) -> list[str]:
    """What is between the commas of each list."""
    return [item.strip() for text in lists for item in text.split(",") if item.strip()]


def hyphens(name: str) -> str:
    """An argument's name as the programs have it."""
    return name.replace("_", "-")


def number(text: str) -> int | None:
    """A number as Go reads it, None for what is none."""
    try:
        return int(text, 0)
    except ValueError:
        return None
