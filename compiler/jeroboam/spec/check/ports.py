"""Ports of nodes besides the one on the cluster's network.

Facts: `_process_port_create_security_group` and `_check_port_security` in neutron/plugins/ml2/plugin.py;
doc/source/admin/config-sriov.rst of Neutron (ports that bypass the host have no security groups).
"""

from __future__ import annotations

from collections.abc import Iterator

from jeroboam.diagnostics import Diagnostic, Pointer, Related, diagnose
from jeroboam.source.pointers import child
from jeroboam.spec.nodes import node_specs
from jeroboam.spec.phrases import shown
from jeroboam.spec.types import ClusterSpec, FurtherPortSpec, NodeSpec

_BYPASSING = frozenset({"direct", "direct-physical", "macvtap"})


def check(spec: ClusterSpec) -> Iterator[Diagnostic]:
    """Ports on the cluster's own network, on one network, and security groups that no port can have."""
    for at, node in node_specs(spec):
        yield from _networks(spec, child(at, "ports"), node)
        for index, port in enumerate(node.ports):
            yield from _groups(child(child(at, "ports"), index), port)


def _networks(spec: ClusterSpec, at: Pointer, node: NodeSpec) -> Iterator[Diagnostic]:
    # The network that a stack makes has the cluster's name.
    own = spec.network.fixed_network or spec.name
    said = "/network/fixed_network" if spec.network.fixed_network else "/name"
    first: dict[tuple[str, str | None], Pointer] = {}
    for index, port in enumerate(node.ports):
        where, place = child(child(at, index), "network"), (port.network, port.subnet)
        if port.network == own:
            related = (Related(said, "the cluster's network"),)
            yield diagnose("JB0345", where, related=related, network=shown(own))
        elif place in first and port.vnic_type == "normal":
            related = (Related(first[place], "first here"),)
            yield diagnose("JB0347", where, related=related, network=shown(port.network))
        first.setdefault(place, where)


def _groups(at: Pointer, port: FurtherPortSpec) -> Iterator[Diagnostic]:
    where = child(at, "security_groups")
    if port.security_groups and not port.port_security:
        related = (Related(child(at, "port_security"), "the port has none"),)
        yield diagnose("JB0395", where, at_key=True, related=related, switch="port_security")
    elif port.security_groups and port.vnic_type in _BYPASSING:
        related = (Related(child(at, "vnic_type"), f"vnic_type is {port.vnic_type}"),)
        yield diagnose("JB0346", where, at_key=True, related=related, vnic_type=port.vnic_type)
