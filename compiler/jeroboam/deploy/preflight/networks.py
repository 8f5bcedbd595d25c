"""Checks of the networks, subnets, routers and security groups that are to exist already."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network

from jeroboam.deploy.preflight import mtu, ports
from jeroboam.deploy.preflight.facts import Facts
from jeroboam.deploy.preflight.findings import (
    Check,
    CheckProblem,
    Level,
    always,
    known,
    one_network,
    one_subnet,
    one_thing,
)
from jeroboam.deploy.preflight.requirements import Wanted
from jeroboam.diagnostics import Pointer
from jeroboam.model.types import PeerKind, Role
from jeroboam.spec.floating_ips import existing_floating_ips


def _wants_external(wanted: Wanted) -> bool:
    return wanted.model.spec.network.external_network is not None


def _wants_fixed(wanted: Wanted) -> bool:
    return wanted.model.spec.network.fixed_network is not None


def _wants_router(wanted: Wanted) -> bool:
    return wanted.model.spec.network.router is not None


def _wants_groups(wanted: Wanted) -> bool:
    return any(any(True for _ in _named_groups(role)) for role in wanted.roles)


def _wants_addresses(wanted: Wanted) -> bool:
    return _wants_external(wanted) and bool(wanted.more.floating_ips + wanted.more.routers)


def _external(facts: Facts, wanted: Wanted) -> Iterator[CheckProblem]:
    name, where = wanted.model.spec.network.external_network, "/network/external_network"
    found = known(facts.networks)[name or ""]
    yield from one_thing("network", name, found, where)
    if len(found) == 1 and not found[0].external:
        yield CheckProblem(
            f"network '{name}' is not external: it cannot have router gateways or floating IPs",
            "see 'openstack network list --external'",
            where,
        )


def _network(facts: Facts, wanted: Wanted) -> Iterator[CheckProblem]:
    name = wanted.model.spec.network.fixed_network
    yield from one_thing("network", name, known(facts.networks)[name or ""], "/network/fixed_network")


def _port_security(facts: Facts, wanted: Wanted) -> Iterator[CheckProblem]:
    # Neutron: PortSecurityAndIPRequiredForSecurityGroups (plugins/ml2/plugin.py), a 400 for the first port.
    spec = wanted.model.spec.network
    name = spec.fixed_network
    network = one_network(facts, name)
    if network is None or network.port_security is spec.port_security:
        return
    if spec.port_security:
        yield CheckProblem(
            f"network '{name}' has port security off, so no port on it can have the nodes' security groups",
            f"'openstack network set --enable-port-security {name}', or use another network, or do without "
            "the groups: 'network.port_security: false'",
            "/network/fixed_network",
        )
    else:
        yield CheckProblem(
            f"network '{name}' has port security on, so its ports get the project's default security group",
            "remove 'network.port_security'",
            "/network/port_security",
        )


def _subnet(facts: Facts, wanted: Wanted) -> Iterator[CheckProblem]:
    spec, where = wanted.model.spec.network, "/network/fixed_subnet"
    found = known(facts.subnets)[spec.fixed_subnet or ""]
    yield from one_thing("subnet", spec.fixed_subnet, found, where)
    network = one_network(facts, spec.fixed_network)
    if len(found) == 1 and network is not None:
        if found[0].network_id != network.id:
            yield CheckProblem(
                f"subnet '{spec.fixed_subnet}' does not belong to network '{spec.fixed_network}'",
                f"see 'openstack subnet list --network {network.id}'",
                where,
            )
        elif ":" in found[0].cidr:
            yield CheckProblem(
                f"subnet '{spec.fixed_subnet}' is {found[0].cidr}, but nodes and load balancer need IPv4",
                "name the network's IPv4 subnet; its IPv6 subnet gives addresses by itself (SLAAC)",
                where,
            )
        elif spec.cidr is not None and str(spec.cidr) != found[0].cidr:
            yield CheckProblem(
                f"subnet '{spec.fixed_subnet}' is {found[0].cidr}, but the spec says cidr: {spec.cidr}",
                "leave 'cidr' out, or make it the subnet's",
                "/network/cidr",
            )


def _exit(facts: Facts, wanted: Wanted) -> Iterator[CheckProblem]:
    spec, where = wanted.model.spec.network, "/network/fixed_subnet"
    exits = known(facts.exits)
    external = one_network(facts, spec.external_network)
    floating = wanted.total.floating_ips
    gateways = {router.external for router in exits} - {None}
    if floating and external is not None and external.id not in gateways:
        yield CheckProblem(
            f"subnet '{spec.fixed_subnet}' has no router with a gateway on '{spec.external_network}', "
            f"so no floating IP can be associated ({floating} needed)",
            f"connect it: 'openstack router add subnet ROUTER {spec.fixed_subnet}', and give that router "
            f"the gateway '{spec.external_network}'",
            where,
        )
    elif not exits:
        yield CheckProblem(
            f"no router is visible on subnet '{spec.fixed_subnet}': nodes may not reach Heat, Keystone "
            "and the downloads",
            "connect it to a router, or ignore this if there is another route",
            where,
            Level.WARNING,
        )


def _router(facts: Facts, wanted: Wanted) -> Iterator[CheckProblem]:
    spec, where = wanted.model.spec.network, "/network/router"
    found = known(facts.routers)[spec.router or ""]
    yield from one_thing("router", spec.router, found, where)
    external = one_network(facts, spec.external_network)
    if len(found) == 1 and wanted.total.floating_ips and external and found[0].external != external.id:
        yield CheckProblem(
            f"router '{spec.router}' has no gateway on '{spec.external_network}', "
            f"so no floating IP can be associated ({wanted.total.floating_ips} needed)",
            f"'openstack router set --external-gateway {spec.external_network} {spec.router}'",
            where,
        )


def _neighbours(facts: Facts, wanted: Wanted) -> Iterator[CheckProblem]:
    # Neutron: `_check_for_dup_router_subnets` (db/l3_db.py), a 400 for the interface. A subnet of the
    # cluster's own name is the one that it has already.
    spec = wanted.model.spec
    for subnet in known(facts.neighbours):
        own = spec.network.cidr
        if subnet.name == spec.name or own is None or ":" in subnet.cidr:
            continue
        if own.overlaps(IPv4Network(subnet.cidr)):
            yield CheckProblem(
                f"{own} overlaps {subnet.cidr} of subnet '{subnet.name}', which router "
                f"'{spec.network.router}' connects: Neutron refuses the second one",
                "choose another range, which no subnet of that router has",
                "/network/cidr",
            )


def _wants_existing(wanted: Wanted) -> bool:
    return any(existing_floating_ips(wanted.model.spec))


def _existing_floating_ips(facts: Facts, wanted: Wanted) -> Iterator[CheckProblem]:
    for where, spec in existing_floating_ips(wanted.model.spec):
        found = known(facts.floating_ips).get(spec.id)
        if found is None:
            yield CheckProblem(
                f"floating IP '{spec.id}' does not exist, or belongs to another project",
                "see 'openstack floating ip list'",
                f"{where}/id",
            )
        elif found.address != str(spec.address):
            yield CheckProblem(
                f"floating IP '{spec.id}' is {found.address}, but the spec says {spec.address}",
                f"set its 'address' to {found.address}",
                f"{where}/address",
            )
        elif found.port is not None and wanted.existing is None:
            yield CheckProblem(
                f"floating IP {found.address} is in use by port {found.port}, which Heat would take it from",
                f"'openstack floating ip unset --port {spec.id}' if that is meant, or use another",
                where,
            )


def _dns(facts: Facts, wanted: Wanted) -> Iterator[CheckProblem]:
    spec = wanted.model.spec.network
    if spec.fixed_subnet is None:
        if not spec.dns_nameservers:
            yield CheckProblem(
                "the cluster's subnet has no DNS servers: nodes depend on Neutron's own resolver",
                "set 'network.dns_nameservers' unless this cloud's DHCP service resolves names",
                "/network/dns_nameservers",
                Level.WARNING,
            )
        return
    subnet = one_subnet(facts, spec.fixed_subnet)
    if subnet is not None and not subnet.dns_nameservers:
        yield CheckProblem(
            f"subnet '{spec.fixed_subnet}' has no DNS servers: nodes depend on Neutron's own resolver",
            f"'openstack subnet set --dns-nameserver ADDRESS {spec.fixed_subnet}' unless this cloud's DHCP "
            "answers for names",
            "/network/fixed_subnet",
            Level.WARNING,
        )


def _pool(facts: Facts, wanted: Wanted) -> Iterator[CheckProblem]:
    left, name = known(facts.addresses), wanted.model.spec.network.external_network
    needed = wanted.more.floating_ips + wanted.more.routers
    if needed > left:
        yield CheckProblem(
            f"network '{name}' has {left} addresses left, {needed} are needed",
            "release floating IPs ('openstack floating ip list'), or use fewer",
            "/network/external_network",
        )


def _size(facts: Facts, wanted: Wanted) -> Iterator[CheckProblem]:
    subnet = one_subnet(facts, wanted.model.spec.network.fixed_subnet)
    if subnet is None:
        return
    total, taken = sum(pool.addresses for pool in subnet.pools), known(facts.taken)
    needed = wanted.more.ports - wanted.more.further_ports + wanted.more.load_balancers
    if needed > total - taken:
        yield CheckProblem(
            f"subnet '{wanted.model.spec.network.fixed_subnet}' has {max(total - taken, 0)} of {total} "
            f"addresses left, {needed} are needed",
            "use a larger subnet, or delete unused ports",
            "/network/fixed_subnet",
        )


def _rules(facts: Facts, wanted: Wanted) -> Iterator[CheckProblem]:
    """A rule for the subnet, whose range Heat alone knows, that Neutron counts as one with another."""
    spec, rules = wanted.model.spec.network, wanted.model.rules
    subnet = one_subnet(facts, spec.fixed_subnet)
    if subnet is None or spec.cidr is not None:
        return
    of_subnet = {(r.to, r.protocol, r.ports) for r in rules if r.peer is PeerKind.SUBNET}
    said = set[str]()
    for rule in rules:
        same = str(rule.cidr) == subnet.cidr and (rule.to, rule.protocol, rule.ports) in of_subnet
        if same and rule.origin is not None and rule.origin not in said:
            said.add(rule.origin)
            yield CheckProblem(
                f"{rule.cidr} is the range of subnet '{spec.fixed_subnet}', which has a rule of its own: "
                "Neutron refuses the second one",
                f"set 'network.cidr: {subnet.cidr}', and one rule is written for both",
                rule.origin,
            )


def _groups(facts: Facts, wanted: Wanted) -> Iterator[CheckProblem]:
    groups = known(facts.security_groups)
    for role in wanted.roles:
        for where, name in _named_groups(role):
            for problem in one_thing("security group", name, groups[name], where):
                yield problem._replace(message=f"{problem.message} (of {role.name})")


def _named_groups(role: Role) -> Iterator[tuple[Pointer, str]]:
    """The extra security groups of its nodes and of their further ports, each with its place."""
    places = (
        (role.origin, role.node.security_groups),
        *((f"{role.origin}/ports/{i}", port.security_groups) for i, port in enumerate(role.node.ports)),
    )
    for at, groups in places:
        yield from ((f"{at}/security_groups/{index}", name) for index, name in enumerate(groups))


CHECKS = (
    Check(
        "external-network",
        "the external network exists, its name is unique, and it is external",
        _wants_external,
        _external,
    ),
    Check("network-exists", "the existing network exists, and its name is unique", _wants_fixed, _network),
    Check(
        "port-security",
        "ports on the existing network may have security groups",
        _wants_fixed,
        _port_security,
    ),
    Check(
        "subnet-in-network",
        "the existing subnet exists, its name is unique, and it belongs to that network",
        _wants_fixed,
        _subnet,
    ),
    Check(
        "subnet-has-router",
        "the existing subnet has a router, which can associate the floating IPs",
        _wants_fixed,
        _exit,
    ),
    Check(
        "router-exists",
        "the existing router exists, its name is unique, and it has the gateway that floating IPs need",
        _wants_router,
        _router,
    ),
    Check(
        "router-subnets",
        "no subnet of the existing router has addresses of the one that is created",
        _wants_router,
        _neighbours,
    ),
    Check(
        "existing-floating-ip",
        "floating IPs that are to be there already belong to the project, and nothing uses them",
        _wants_existing,
        _existing_floating_ips,
    ),
    mtu.CHECK,
    Check("dns", "the nodes' subnet has DNS servers", always, _dns),
    Check("floating-ip-pool", "the external network has addresses left", _wants_addresses, _pool),
    Check("subnet-size", "the existing subnet has addresses left", _wants_fixed, _size),
    Check("security-group-rules", "no two rules are the same to Neutron", _wants_fixed, _rules),
    Check(
        "security-groups", "each extra security group exists, and its name is unique", _wants_groups, _groups
    ),
    *ports.CHECKS,
)
