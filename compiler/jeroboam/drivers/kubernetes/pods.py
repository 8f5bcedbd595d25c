"""Whether there are addresses for as many pods as kubelets run: JB0428 and JB0429.

Facts: host-local of containernetworking/plugins, by which Flannel's plugin gives each pod an address; the
reference of Calico v3.32 on IPAMConfig, by whose defaults a node borrows of others' blocks.
"""

from __future__ import annotations

from collections.abc import Iterator

from jeroboam.diagnostics import Diagnostic, Pointer, Related, diagnose
from jeroboam.drivers.kubernetes.arguments import arguments, number
from jeroboam.drivers.kubernetes.options import KUBELET_PODS, KubernetesOptions
from jeroboam.spec.types import Cidr, ClusterSpec

# Of a node's subnet no pod gets the first address, the bridge's, and in IPv4 the broadcast's.
_NOT_FOR_PODS = {4: 3, 6: 2}


def pod_problems(spec: ClusterSpec, options: KubernetesOptions) -> Iterator[Diagnostic]:
    """With Flannel a node's subnet is the limit, with Calico the range; `none` has a plugin of the user's."""
    containers = spec.container_network
    yield from _of_range(spec, options, "/container_network", containers.cidr, containers.subnet_len)
    if ipv6 := containers.ipv6:
        yield from _of_range(spec, options, "/container_network/ipv6", ipv6.cidr, ipv6.subnet_len)


def _of_range(
    spec: ClusterSpec, options: KubernetesOptions, where: Pointer, cidr: Cidr, length: int
) -> Iterator[Diagnostic]:
    limit_at, pods = _most_pods(options)
    limit = (limit_at, f"kubelet runs up to {pods} pods")
    name = limit_at.removeprefix("/").replace("/", ".")
    if spec.container_network.driver == "flannel":
        room = 2 ** (cidr.max_prefixlen - length) - _NOT_FOR_PODS[cidr.version]
        if pods > room:
            at, related = _places(pods, limit, (f"{where}/subnet_len", f"each node takes a /{length}"))
            yield diagnose(
                "JB0428", at, related=related, pods=pods, subnet_len=length, room=room, name=name
            )  # fmt: skip
    elif spec.container_network.driver == "calico":
        nodes, room = spec.nodes, cidr.num_addresses
        if pods * nodes > room:
            at, related = _places(pods, limit, (f"{where}/cidr", f"the range is {cidr}"))
            yield diagnose(
                "JB0429", at, related=related, pods=pods, nodes=nodes, cidr=cidr, room=room, name=name
            )  # fmt: skip


def _places(
    pods: int, limit: tuple[Pointer, str], size: tuple[Pointer, str]
) -> tuple[Pointer, tuple[Related, ...]]:
    """Where a finding is, and what it is drawn from besides; by default the size is what was chosen."""
    (at, _), other = (size, limit) if pods == KUBELET_PODS else (limit, size)
    return at, (Related(*other),)


def _most_pods(options: KubernetesOptions) -> tuple[Pointer, int]:
    """Where the largest limit stands, and the limit: kubelet puts an argument before its configuration."""
    limits = {"/kubernetes/max_pods": options.max_pods}
    for it in arguments(options):
        given = number(it.value)
        if (it.program, it.name) == ("kubelet", "max-pods") and given is not None:
            if it.at.startswith("/kubernetes/"):
                limits.clear()
            limits[it.at] = given
    return max(limits.items(), key=lambda limit: limit[1])
