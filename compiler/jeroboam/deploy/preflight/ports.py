"""Checks of what nodes have further ports on."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_network

from jeroboam.deploy.preflight.facts import Facts, Network, Subnet
from jeroboam.deploy.preflight.findings import Check, CheckProblem, Level, known, one_network, one_thing
from jeroboam.deploy.preflight.requirements import Wanted
from jeroboam.diagnostics import Pointer
from jeroboam.spec.types import FurtherPortSpec


def _wants_ports(wanted: Wanted) -> bool:
    return any(role.node.ports for role in wanted.roles)


def _ports(wanted: Wanted) -> Iterator[tuple[Pointer, FurtherPortSpec]]:
    for role in wanted.roles:
        for index, port in enumerate(role.node.ports):
            yield f"{role.origin}/ports/{index}", port


def _found(facts: Facts, wanted: Wanted) -> Iterator[tuple[Pointer, FurtherPortSpec, Network]]:
    """The ports whose network is one and known."""
    for at, port in _ports(wanted):
        network = one_network(facts, port.network)
        if network is not None:
            yield at, port, network


def _subnets(facts: Facts, network: Network) -> tuple[Subnet, ...]:
    return tuple(subnet for subnet in known(facts.port_subnets) if subnet.network_id == network.id)


def _chosen(facts: Facts, port: FurtherPortSpec, network: Network) -> tuple[Subnet, ...]:
    """The subnets that the port may have addresses of."""
    subnets = _subnets(facts, network)
    return subnets if port.subnet is None else tuple(s for s in subnets if port.subnet in (s.id, s.name))


def _exist(facts: Facts, wanted: Wanted) -> Iterator[CheckProblem]:
    own = one_network(facts, wanted.model.spec.network.fixed_network)
    for at, port in _ports(wanted):
        yield from one_thing("network", port.network, known(facts.networks)[port.network], f"{at}/network")
    for at, port, network in _found(facts, wanted):
        if own is not None and own.id == network.id:
            yield CheckProblem(
                f"network '{port.network}' is the cluster's own, '{own.name}'",
                "name another network, or remove the port",
                f"{at}/network",
            )
        if port.subnet is not None:
            found = _chosen(facts, port, network)
            for problem in one_thing("subnet", port.subnet, found, f"{at}/subnet"):
                yield problem._replace(
                    message=f"on network '{port.network}', {problem.message}",
                    hint=f"see 'openstack subnet list --network {network.id}'",
                )


def _secured(facts: Facts, wanted: Wanted) -> Iterator[CheckProblem]:
    for at, port, network in _found(facts, wanted):
        if port.security_groups and not network.port_security:
            yield CheckProblem(
                f"network '{port.network}' has port security off, so no port on it can have security groups",
                "remove 'security_groups' of the port",
                f"{at}/security_groups",
            )


def _overlap(facts: Facts, wanted: Wanted) -> Iterator[CheckProblem]:
    """Nodes would look for the cluster's addresses on the other network."""
    spec = wanted.model.spec
    ranges = [("containers", spec.container_network.cidr)]
    if spec.network.cidr is not None:
        ranges.append(("nodes", spec.network.cidr))
    for at, port, network in _found(facts, wanted):
        for subnet in _chosen(facts, port, network):
            other = ip_network(subnet.cidr)
            for whose, cidr in ranges:
                if other.version == cidr.version and cidr.overlaps(other):
                    yield CheckProblem(
                        f"subnet '{subnet.name}' of network '{port.network}' is {subnet.cidr}, which "
                        f"overlaps the range of {whose}, {cidr}",
                        "choose another range for the cluster, or another subnet",
                        at,
                    )


def _way_out(facts: Facts, wanted: Wanted) -> Iterator[CheckProblem]:
    """What DHCP does not tell comes with its gateway, which nodes cannot tell from the first port's."""
    for at, port, network in _found(facts, wanted):
        for subnet in _chosen(facts, port, network):
            if subnet.gateway is not None and not subnet.dhcp:
                yield CheckProblem(
                    f"subnet '{subnet.name}' of network '{port.network}' has a gateway and no DHCP, so "
                    "nodes may take it for their way out",
                    f"'openstack subnet set --gateway none {subnet.name}', or ignore this if nothing "
                    "configures the interface",
                    at,
                    Level.WARNING,
                )


CHECKS = (
    Check(
        "further-ports",
        "the network and subnet of each further port exist, and are not the cluster's",
        _wants_ports,
        _exist,
    ),
    Check(
        "further-port-security",
        "further ports with security groups may have them",
        _wants_ports,
        _secured,
    ),
    Check(
        "further-port-ranges",
        "no subnet of a further port has addresses of nodes or containers",
        _wants_ports,
        _overlap,
    ),
    Check(
        "further-port-gateways",
        "no subnet of a further port has a gateway that nodes take for their way out",
        _wants_ports,
        _way_out,
    ),
)
