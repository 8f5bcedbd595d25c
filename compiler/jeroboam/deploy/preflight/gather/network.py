"""Asks Neutron."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from jeroboam.deploy.connection import Cloud
from jeroboam.deploy.preflight.facts import (
    FloatingAddress,
    Network,
    Pool,
    Quotas,
    QuotaUsage,
    Router,
    SecurityGroup,
    Subnet,
    Unavailable,
)
from jeroboam.deploy.preflight.gather.queries import Raw, UnusableAnswerError, every, get, only, referred
from jeroboam.deploy.preflight.requirements import Wanted

_IDS = 100
"""How many ids fit into one request: lines of HTTP have some 8,000 characters at most."""
_ROUTER_PORTS = (
    "network:router_interface",
    "network:router_interface_distributed",
    "network:ha_router_replicated_interface",
)


def networks(cloud: Cloud, wanted: Wanted) -> dict[str, tuple[Network, ...]]:
    """What the spec's external and existing network and those of further ports stand for."""
    spec = wanted.model.spec.network
    references = [name for name in (spec.external_network, spec.fixed_network) if name is not None]
    references += [port.network for role in wanted.roles for port in role.node.ports]
    return referred(cloud.sdk.network, "/networks", "networks", references, _network)


def _network(raw: Raw) -> Network:
    # A cloud without the extension for port security does not say.
    secured = raw.get("port_security_enabled") is not False
    return Network(raw["id"], raw["name"], bool(raw.get("router:external")), raw.get("mtu"), secured)


def largest_mtu(cloud: Cloud) -> int | None:
    """The largest MTU among the networks of this project; None where it has none that tells."""
    query = {"project_id": cloud.sdk.session.get_project_id(), "fields": ["mtu", "router:external"]}
    found = every(cloud.sdk.network, "/networks", "networks", **query)
    return max(
        (int(raw["mtu"]) for raw in found if raw.get("mtu") and not raw.get("router:external")), default=None
    )


def subnets(cloud: Cloud, reference: str | None) -> dict[str, tuple[Subnet, ...]]:
    """What the existing subnet's name or id stands for."""
    references = () if reference is None else (reference,)
    return referred(cloud.sdk.network, "/subnets", "subnets", references, _subnet)


def _subnet(raw: Raw) -> Subnet:
    return Subnet(
        id=raw["id"],
        name=raw["name"],
        network_id=raw["network_id"],
        cidr=raw["cidr"],
        dns_nameservers=tuple(raw.get("dns_nameservers") or ()),
        gateway=raw.get("gateway_ip"),
        dhcp=raw.get("enable_dhcp") is not False,
        pools=tuple(Pool(pool["start"], pool["end"]) for pool in raw.get("allocation_pools") or ()),
    )


def port_subnets(
    cloud: Cloud, wanted: Wanted, networks: Mapping[str, tuple[Network, ...]]
) -> tuple[Subnet, ...]:
    """All subnets of the networks of further ports."""
    names = {port.network for role in wanted.roles for port in role.node.ports}
    ids = sorted({network.id for name in names for network in networks[name]})
    if not ids:
        return ()
    return tuple(_subnet(raw) for raw in every(cloud.sdk.network, "/subnets", "subnets", network_id=ids))


def routers(cloud: Cloud, reference: str | None) -> dict[str, tuple[Router, ...]]:
    """What the existing router's name or id stands for."""
    references = () if reference is None else (reference,)
    return referred(cloud.sdk.network, "/routers", "routers", references, _router)


def _router(raw: Raw) -> Router:
    return Router(raw["id"], raw["name"], (raw.get("external_gateway_info") or {}).get("network_id"))


def security_groups(cloud: Cloud, wanted: Wanted) -> dict[str, tuple[SecurityGroup, ...]]:
    """What the extra security groups' names or ids stand for."""
    references = [
        name
        for role in wanted.roles
        for groups in (role.node.security_groups, *(port.security_groups for port in role.node.ports))
        for name in groups
    ]
    return referred(
        cloud.sdk.network,
        "/security-groups",
        "security_groups",
        references,
        lambda raw: SecurityGroup(raw["id"], raw["name"]),
    )


def ports(cloud: Cloud, subnet: str) -> tuple[Raw, ...]:
    """The ports on a subnet, as far as this user sees them."""
    query = {"fixed_ips": f"subnet_id={subnet}", "fields": ["id", "device_owner", "device_id"]}
    return tuple(every(cloud.sdk.network, "/ports", "ports", **query))


def exits(cloud: Cloud, ports: tuple[Raw, ...]) -> tuple[Router, ...]:
    """The routers that have one of these ports."""
    ids = sorted({port["device_id"] for port in ports if port.get("device_owner") in _ROUTER_PORTS})
    if not ids:
        return ()
    return tuple(_router(raw) for raw in every(cloud.sdk.network, "/routers", "routers", id=ids))


def neighbours(cloud: Cloud, router: Router) -> tuple[Subnet, ...]:
    """The subnets that a router connects, as far as this user sees its ports."""
    query = {"device_id": router.id, "fields": ["device_owner", "fixed_ips"]}
    found = every(cloud.sdk.network, "/ports", "ports", **query)
    inside = [port for port in found if port.get("device_owner") in _ROUTER_PORTS]
    ids = sorted({address["subnet_id"] for port in inside for address in port.get("fixed_ips") or ()})
    if not ids:
        return ()
    return tuple(_subnet(raw) for raw in every(cloud.sdk.network, "/subnets", "subnets", id=ids))


def floating_ips(cloud: Cloud, ids: Iterable[str]) -> dict[str, FloatingAddress]:
    """Those of these floating IPs that this project has, by id."""
    wanted = sorted(set(ids))
    parts = (wanted[start : start + _IDS] for start in range(0, len(wanted), _IDS))
    return {
        raw["id"]: FloatingAddress(raw["floating_ip_address"], raw.get("port_id"))
        for part in parts
        for raw in every(cloud.sdk.network, "/floatingips", "floatingips", id=part)
    }


def addresses(
    cloud: Cloud, networks: Mapping[str, tuple[Network, ...]] | Unavailable, reference: str | None
) -> int:
    """How many addresses the external network has left; most clouds tell its owner alone."""
    external = only(networks, reference)
    if external is None:
        raise UnusableAnswerError("the external network is missing or ambiguous")
    path, key = "/network-ip-availabilities", "network_ip_availabilities"
    found = list(every(cloud.sdk.network, path, key, network_id=external.id))
    if not found:
        raise UnusableAnswerError(
            f"the cloud does not report to this user how many addresses are left on '{external.name}'"
        )
    return max(int(found[0]["total_ips"]) - int(found[0]["used_ips"]), 0)


def network_quotas(cloud: Cloud) -> Quotas:
    """Neutron's quotas of the project; what is reserved counts as used."""
    project = cloud.sdk.session.get_project_id()
    details = get(cloud.sdk.network, f"/quotas/{project}/details.json")["quota"]
    return {
        name: QuotaUsage(quota["limit"], quota["used"] + quota.get("reserved", 0))
        for name, quota in details.items()
        if isinstance(quota, Mapping)
    }
