"""What Calico made of the compiled pool, by each node and its own store; what the mirror's may do besides."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Network, ip_address
from typing import Any

from tests.labs.nodes.machine import Machine
from tests.nodes.asking import ran
from tests.nodes.flannel import NETWORK

BLOCK = 26
"""Prefix of the parts that nodes take of the pool."""

_ROLE, _ACCOUNT = "calico-node-of-the-mirror", "calico-node"
_RBAC = "rbac.authorization.k8s.io"
GRANTS = f"""\
apiVersion: {_RBAC}/v1
kind: ClusterRole
metadata: {{name: {_ROLE}}}
rules:
  - apiGroups: [policy.networking.k8s.io]
    resources: [adminnetworkpolicies, baselineadminnetworkpolicies]
    verbs: [list, watch]
---
apiVersion: {_RBAC}/v1
kind: ClusterRoleBinding
metadata: {{name: {_ROLE}}}
roleRef: {{apiGroup: {_RBAC}, kind: ClusterRole, name: {_ROLE}}}
subjects:
  - {{kind: ServiceAccount, name: {_ACCOUNT}, namespace: kube-system}}
"""
"""What the mirror's Felix, of v3.31, asks for beside what the compiled manifest lets v3.32 ask for: what was
ClusterNetworkPolicy's before. Refused it waits for ever; where there are no such kinds it goes on."""


def spec() -> str:
    """The property of a spec that asks for it."""
    return f"container_network: {{driver: calico, cidr: {NETWORK}, subnet_len: {BLOCK}}}\n"


def pooled(pools: list[dict[str, Any]]) -> None:
    """The only pool is the compiled one, and all of it goes through VXLAN."""
    (pool,) = (pool["spec"] for pool in pools)
    assert (pool["cidr"], pool["blockSize"]) == (str(NETWORK), BLOCK)
    assert (pool["vxlanMode"], pool["ipipMode"]) == ("Always", "Never")


def tunnels(machines: Iterable[Machine], overhead: int) -> None:
    """Each node has an address on the tunnel, ways to the others' blocks, the port's MTU less `overhead`."""
    machines = list(machines)
    for machine in machines:
        address, mtu = _link(machine)
        assert ip_address(address) in NETWORK
        assert mtu == machine.server.ports[0].subnet.mtu - overhead
        routes = [line.split()[0] for line in ran(machine, "ip route show dev vxlan.calico").splitlines()]
        # Beside blocks there may be single addresses: those of the others' tunnels.
        assert all(IPv4Network(route).subnet_of(NETWORK) for route in routes)
        assert sum(route.endswith(f"/{BLOCK}") for route in routes) >= len(machines) - 1


def _link(machine: Machine) -> tuple[str, int]:
    words = ran(machine, "ip -4 -oneline addr show vxlan.calico").split()
    address = words[words.index("inet") + 1].partition("/")[0]
    return address, int(ran(machine, "cat /sys/class/net/vxlan.calico/mtu"))
