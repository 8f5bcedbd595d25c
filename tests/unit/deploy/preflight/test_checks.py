"""Every check, failing and passing."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from ipaddress import IPv4Address
from typing import Any

import pytest

from jeroboam.deploy.preflight.facts import (
    Facts,
    FloatingAddress,
    Network,
    Pool,
    QuotaUsage,
    Router,
    Unavailable,
    UserFacts,
)
from jeroboam.deploy.preflight.findings import Level
from jeroboam.deploy.preflight.judge import CHECKS, IDS, judged
from jeroboam.deploy.preflight.requirements import Wanted
from jeroboam.deploy.resource_totals import Placement
from jeroboam.model.types import RoleKind
from jeroboam.spec.types import BastionSpec, FloatingIpSpec, FurtherPortSpec
from tests.unit.deploy.preflight.clusters import (
    BROUGHT,
    CLOUD,
    CORP,
    DISKLESS,
    IMAGE_ID,
    LARGE,
    MEDIUM,
    OWN,
    PUBLIC,
    ROUTER,
    SMALL,
    STACK,
    STORAGE,
    STORAGE_SUBNET,
    SUBNET,
    XLARGE,
    image,
    wanted,
    with_ports,
    with_rules,
    with_spec,
)

OWNED, ON_CORP = wanted(OWN), wanted(BROUGHT)
BACKEND = ON_CORP.model.spec.container_network.backend
assert BACKEND is not None
ON_OWN_ALLOWED = with_rules(with_spec(ON_CORP, network={"cidr": None}), SUBNET.cidr)
ON_UNSECURED = with_spec(ON_CORP, network={"port_security": False})
ADDRESSED = with_spec(
    OWNED, api={"existing_floating_ip": FloatingIpSpec(IMAGE_ID, IPv4Address("198.51.100.40"))}
)
PORT = FurtherPortSpec("storage", "storage-4", "normal", (), port_security=True)
PORTED = with_ports(ON_CORP, PORT)
NODES_ADDRESSED = replace(
    OWNED,
    model=replace(
        OWNED.model,
        spec=replace(
            OWNED.model.spec,
            masters=replace(
                OWNED.model.spec.masters,
                node=replace(
                    OWNED.model.spec.masters.node,
                    existing_floating_ips=(FloatingIpSpec("4e0f", IPv4Address("198.51.100.41")),) * 3,
                ),
            ),
        ),
    ),
)


def with_bastion(**changed: Any) -> Wanted:
    """OWNED with a bastion whose properties are `changed`."""
    bastion = BastionSpec("m1.small", "ubuntu-24.04", None, floating_ip=True, existing_floating_ip=None)
    spec = replace(OWNED.model.spec, bastion=replace(bastion, **changed))
    return replace(OWNED, model=replace(OWNED.model, spec=spec))


ROUTED = with_spec(OWNED, network={"router": "corp-router"})


@dataclass(frozen=True)
class Case:
    """A cloud and a cluster in which the check `id` finds `says`; with `facts` of CLOUD changed."""

    id: str
    says: str
    facts: dict[str, Any]
    wants: Wanted = OWNED
    level: Level = Level.ERROR
    at: str | None = None
    hint: str = ""


def images(**changed: Any) -> dict[str, Any]:
    """Facts with the one image of masters and the group `default` changed."""
    assert not isinstance(CLOUD.images, Unavailable)
    return {"images": {**CLOUD.images, "ubuntu-24.04": (replace(image("ubuntu-24.04"), **changed),)}}


def quota(service: str, name: str, limit: int, used: int = 0) -> dict[str, Any]:
    return {service: {**getattr(CLOUD, service), name: QuotaUsage(limit, used)}}


def totals(**changed: Any) -> Wanted:
    return replace(OWNED, total=replace(OWNED.total, **changed))


FAILING = (
    Case(
        "image-exists",
        "image 'ubuntu-24.04-hardened' of edge does not exist",
        {"images": {**CLOUD.images, "ubuntu-24.04-hardened": ()}},  # type: ignore[dict-item]
        at="/node_groups/1/image",
    ),
    Case(
        "image-unique",
        "2 images are named 'ubuntu-24.04'",
        {"images": {**CLOUD.images, "ubuntu-24.04": (image("a"), image("b"))}},  # type: ignore[dict-item]
        at="/masters/image",
    ),
    Case("image-active", "is deactivated, not active", images(status="deactivated"), hint="--activate"),
    Case("image-active", "is queued, not active", images(status="queued"), hint="wait"),
    Case("image-distro", "says os_distro=debian, but the spec says", images(os_distro="debian")),
    Case("image-distro", "is ubuntu 20.04; the oldest that works is 22.04", images(os_version="20.04")),
    Case("image-distro", "'ubuntu-24.04' has no property", images(os_distro=None), level=Level.UNCHECKED),
    Case("image-arch", "is for aarch64, but the spec says", images(architecture="aarch64")),
    Case("image-arch", "no property hw_arch", images(architecture=None), level=Level.UNCHECKED),
    Case(
        "image-fits-flavor",
        "m1.large' of master (4 vCPU, 8192 MiB, 80 GiB disk) has too little RAM: "
        "image 'ubuntu-24.04' needs 9000 MiB",
        images(min_ram=9000),
        at="/masters/flavor",
        hint="these fit: m1.xlarge",
    ),
    Case(
        "image-fits-flavor",
        "the boot volume of master has 50 GiB, image 'ubuntu-24.04' needs 60",
        images(min_disk=60),
        at="/masters/boot_volume/size",
    ),
    Case(
        "image-fits-flavor",
        "has too small a disk: image '5f0c2d1e-8a4b-4d0c-9a58-3f6f0e7f4a11' needs 50 GiB",
        {"images": {IMAGE_ID: (replace(image("x"), virtual_size=50),)}},
        wants=ON_CORP,
        hint="these fit: m1.large",
    ),
    Case(
        "image-fits-flavor",
        "has no disk, and the nodes have no boot volume",
        {"flavors": (replace(DISKLESS, name="m1.medium"),)},
        wants=ON_CORP,
    ),
    Case(
        "flavor-exists",
        "flavor 'm1.xlarge' of default does not exist",
        {"flavors": (MEDIUM, SMALL)},
        at="/node_groups/0/flavor",
        hint="these fit: m1.medium (2 vCPU, 4096 MiB, 40 GiB disk)",
    ),
    Case(
        "flavor-exists",
        "flavor 'm1.large' of master does not exist",
        {"flavors": (SMALL,)},
        hint="no flavor of this cloud has 2 vCPU, 2048 MiB and 0 GiB",
    ),
    Case(
        "flavor-minimum",
        "is too small: 2 vCPU and 1700 MiB are needed (kubeadm refuses less)",
        {"flavors": (replace(SMALL, name="m1.medium"), MEDIUM)},
        wants=ON_CORP,
        at="/masters/flavor",
        hint="these fit: m1.medium",
    ),
    Case(
        "flavor-minimum",
        "leaves little spare RAM: 2048 MiB are recommended",
        {"flavors": (replace(SMALL, name="m1.xlarge"),)},
        level=Level.WARNING,
        at="/node_groups/0/flavor",
    ),
    Case(
        "flavor-minimum",
        "has a small disk: the system and containers need 10 GiB",
        {"flavors": (replace(MEDIUM, name="m1.xlarge", disk=5),)},
        level=Level.WARNING,
    ),
    Case("keypair-exists", "keypair 'platform-team' does not exist", {"keypair": False}, at="/keypair"),
    Case(
        "availability-zone",
        "availability zone 'az2', 'az3' of master does not exist",
        {"zones": ("az1", "nova")},
        at="/masters/availability_zones",
        hint="az1, nova",
    ),
    Case("server-metadata", "a server has 4 metadata items; 3 are", quota("compute", "metadata_items", 3)),
    Case(
        "external-network",
        "network 'public' does not exist",
        {"networks": {"public": ()}},
        at="/network/external_network",
    ),
    Case("external-network", "2 networks are named", {"networks": {"public": (PUBLIC, CORP)}}),
    Case("external-network", "'public' is not external", {"networks": {"public": (CORP,)}}),
    Case(
        "network-exists",
        "network 'corp-net' does not exist",
        {"networks": {"corp-net": ()}},
        wants=ON_CORP,
        at="/network/fixed_network",
    ),
    Case(
        "port-security",
        "network 'corp-net' has port security on",
        {},
        wants=ON_UNSECURED,
        at="/network/port_security",
    ),
    Case(
        "port-security",
        "network 'corp-net' has port security off",
        {"networks": {"corp-net": (replace(CORP, port_security=False),)}},
        wants=ON_CORP,
        at="/network/fixed_network",
        hint="--enable-port-security corp-net",
    ),
    Case(
        "security-group-rules",
        "172.20.8.0/22 is the range of subnet 'corp-subnet'",
        {},
        wants=ON_OWN_ALLOWED,
        at="/network/api_allowed_cidrs/0",
        hint="'network.cidr: 172.20.8.0/22'",
    ),
    Case(
        "subnet-in-network",
        "subnet 'corp-subnet' is fd00:8::/64, but nodes and load balancer need IPv4",
        {"subnets": {"corp-subnet": (replace(SUBNET, cidr="fd00:8::/64"),)}},
        wants=ON_CORP,
        at="/network/fixed_subnet",
    ),
    Case(
        "subnet-in-network",
        "subnet 'corp-subnet' does not belong to network 'corp-net'",
        {"subnets": {"corp-subnet": (replace(SUBNET, network_id="other"),)}},
        wants=ON_CORP,
        at="/network/fixed_subnet",
    ),
    Case(
        "subnet-in-network",
        "is 10.0.0.0/24, but the spec says cidr: 172.20.8.0/22",
        {"subnets": {"corp-subnet": (replace(SUBNET, cidr="10.0.0.0/24"),)}},
        wants=ON_CORP,
        at="/network/cidr",
    ),
    Case("subnet-in-network", "2 subnets are named", {"subnets": {"corp-subnet": (SUBNET,) * 2}}, ON_CORP),
    Case("subnet-has-router", "no router is visible", {"exits": ()}, ON_CORP, Level.WARNING),
    Case(
        "subnet-has-router",
        "has no router with a gateway on 'public', so no floating IP can be associated (2 needed)",
        {"exits": (replace(ROUTER, external=None),)},
        wants=replace(
            with_spec(ON_CORP, network={"external_network": "public"}),
            total=replace(ON_CORP.total, floating_ips=2),
        ),
    ),
    Case(
        "router-subnets",
        "overlaps 10.0.0.0/8 of subnet 'corp-subnet', which router 'corp-router' connects",
        {"neighbours": (replace(SUBNET, cidr="10.0.0.0/8"),)},
        wants=ROUTED,
        at="/network/cidr",
    ),
    Case(
        "existing-floating-ip",
        f"floating IP '{IMAGE_ID}' does not exist",
        {"floating_ips": {}},
        wants=ADDRESSED,
        at="/api/existing_floating_ip/id",
    ),
    Case(
        "existing-floating-ip",
        f"floating IP '{IMAGE_ID}' is 198.51.100.9, but the spec says 198.51.100.40",
        {"floating_ips": {IMAGE_ID: FloatingAddress("198.51.100.9", None)}},
        wants=ADDRESSED,
        at="/api/existing_floating_ip/address",
    ),
    Case(
        "existing-floating-ip",
        "floating IP 198.51.100.40 is in use by port other",
        {"floating_ips": {IMAGE_ID: FloatingAddress("198.51.100.40", "other")}},
        wants=ADDRESSED,
        at="/api/existing_floating_ip",
    ),
    Case(
        "existing-floating-ip",
        "floating IP 198.51.100.41 is in use by port other",
        {"floating_ips": {"4e0f": FloatingAddress("198.51.100.41", "other")}},
        wants=NODES_ADDRESSED,
        at="/masters/existing_floating_ips/0",
    ),
    Case(
        "existing-floating-ip",
        "floating IP 'other' does not exist",
        {},
        wants=with_bastion(existing_floating_ip=FloatingIpSpec("other", IPv4Address("198.51.100.41"))),
        at="/bastion/existing_floating_ip/id",
    ),
    Case(
        "flavor-exists",
        "flavor 'm9.huge' of the bastion does not exist",
        {},
        wants=with_bastion(flavor="m9.huge"),
        at="/bastion/flavor",
        hint="these fit: m1.small",
    ),
    Case(
        "image-exists",
        "image 'other' of the bastion does not exist",
        {"images": {**CLOUD.images, "other": ()}},  # type: ignore[dict-item]
        wants=with_bastion(image="other"),
        at="/bastion/image",
    ),
    Case(
        "image-fits-flavor",
        "flavor 'm1.diskless' of the bastion (2 vCPU, 4096 MiB, no disk) has no disk, and it boots from no",
        {"flavors": (MEDIUM, LARGE, XLARGE, SMALL, DISKLESS)},
        wants=with_bastion(flavor="m1.diskless"),
        at="/bastion/flavor",
        hint="these fit: m1.small",
    ),
    Case(
        "availability-zone",
        "availability zone 'az9' of the bastion does not exist",
        {},
        wants=with_bastion(availability_zone="az9"),
        at="/bastion/availability_zone",
    ),
    Case("router-exists", "router 'corp-router' does not exist", {"routers": {"corp-router": ()}}, ROUTED),
    Case(
        "router-exists",
        "has no gateway on 'public'",
        {"routers": {"corp-router": (Router("r", "corp-router"),)}},
        wants=ROUTED,
        at="/network/router",
    ),
    Case(
        "network-mtu",
        "has an MTU of 1450, the spec says 1500",
        {},
        wants=with_spec(ON_CORP, network={"mtu": 1500}),
        at="/network/mtu",
    ),
    Case(
        "network-mtu",
        "which leaves 1400 for containers with vxlan; the spec says 1420",
        {},
        wants=with_spec(ON_CORP, container_network={"backend": replace(BACKEND, mtu=1420)}),
        at="/container_network/backend/mtu",
    ),
    Case(
        "network-mtu",
        "docker uses 1500 unless told otherwise",
        {},
        wants=with_spec(ON_CORP, container_network={"driver": "docker", "backend": None}),
        level=Level.WARNING,
    ),
    Case(
        "network-mtu",
        "docker uses 1500 unless told otherwise",
        {},
        wants=replace(
            ON_CORP,
            model=replace(ON_CORP.model, spec=replace(ON_CORP.model.spec, coe="swarm")),
        ),
        level=Level.WARNING,
        at="/network/mtu",
    ),
    Case(
        "network-mtu",
        "no network of this project has an MTU above 1450, the spec says 1500: Neutron refuses",
        {},
        wants=with_spec(OWNED, network={"mtu": 1500}),
        level=Level.WARNING,
        at="/network/mtu",
        hint="set 'network.mtu' to 1450",
    ),
    Case(
        "network-mtu",
        "external network 'public' has an MTU of 1500, the spec says 8950",
        {"largest_mtu": None},
        wants=with_spec(OWNED, network={"mtu": 8950}),
        level=Level.WARNING,
        at="/network/mtu",
    ),
    Case(
        "network-mtu",
        "external network 'public' has an MTU of 1500, the spec says 1501",
        {"largest_mtu": Unavailable("the cloud does not tell", 500)},
        wants=with_spec(OWNED, network={"mtu": 1501}),
        level=Level.WARNING,
    ),
    Case(
        "network-mtu",
        "an MTU above 1450, which leaves 1400 for containers with vxlan; the spec says 1420",
        {},
        wants=with_spec(
            OWNED,
            network={"mtu": None},
            container_network={"backend": replace(BACKEND, mtu=1420), "ipv6": None},
        ),
        level=Level.WARNING,
        at="/container_network/backend/mtu",
    ),
    Case(
        "network-mtu",
        "an MTU above 1450, but docker uses 1500 unless told otherwise",
        {},
        wants=with_spec(
            OWNED, network={"mtu": None}, container_network={"driver": "docker", "backend": None}
        ),
        level=Level.WARNING,
        hint="set 'network.mtu' to 1450",
    ),
    Case(
        "dns",
        "subnet 'corp-subnet' has no DNS servers",
        {"subnets": {"corp-subnet": (replace(SUBNET, dns_nameservers=()),)}},
        wants=ON_CORP,
        level=Level.WARNING,
    ),
    Case(
        "dns",
        "the cluster's subnet has no DNS servers",
        {},
        wants=with_spec(OWNED, network={"dns_nameservers": ()}),
        level=Level.WARNING,
        at="/network/dns_nameservers",
    ),
    Case("floating-ip-pool", "network 'public' has 6 addresses left, 7 are needed", {"addresses": 6}),
    Case("subnet-size", "has 2 of 1013 addresses left, 3 are needed", {"taken": 1011}, ON_CORP),
    Case(
        "subnet-size",
        "has 0 of 2 addresses left, 3 are needed",
        {"subnets": {"corp-subnet": (replace(SUBNET, pools=(Pool("172.20.8.10", "172.20.8.11"),)),)}},
        wants=ON_CORP,
    ),
    Case(
        "security-groups",
        "security group 'edge-services' does not exist, or this project cannot see it (of edge)",
        {"security_groups": {**CLOUD.security_groups, "edge-services": ()}},  # type: ignore[dict-item]
        at="/node_groups/1/security_groups/1",
    ),
    Case(
        "security-groups",
        "security group 'no-such' does not exist",
        {"security_groups": {**CLOUD.security_groups, "no-such": ()}},  # type: ignore[dict-item]
        wants=with_ports(ON_CORP, PORT, replace(PORT, security_groups=("monitoring", "no-such"))),
        at="/masters/ports/1/security_groups/1",
    ),
    Case(
        "further-ports",
        "network 'storage' does not exist",
        {"networks": {"corp-net": (CORP,), "storage": ()}},
        wants=PORTED,
        at="/masters/ports/0/network",
    ),
    Case(
        "further-ports",
        "2 networks are named 'storage'",
        {"networks": {"corp-net": (CORP,), "storage": (STORAGE, STORAGE)}},
        wants=PORTED,
        at="/masters/ports/0/network",
    ),
    Case(
        "further-ports",
        "on network 'storage', subnet 'storage-4' does not exist",
        {"port_subnets": (replace(STORAGE_SUBNET, network_id="corp-id"),)},
        wants=PORTED,
        at="/masters/ports/0/subnet",
        hint="--network storage-id",
    ),
    Case(
        "further-ports",
        "network 'corp-id' is the cluster's own, 'corp-net'",
        {"networks": {"corp-net": (CORP,), "corp-id": (CORP,)}},
        wants=with_ports(ON_CORP, replace(PORT, network="corp-id", subnet=None)),
        at="/masters/ports/0/network",
    ),
    Case(
        "further-port-security",
        "network 'storage' has port security off",
        {"networks": {"corp-net": (CORP,), "storage": (replace(STORAGE, port_security=False),)}},
        wants=with_ports(ON_CORP, replace(PORT, security_groups=("monitoring",))),
        at="/masters/ports/0/security_groups",
    ),
    Case(
        "further-port-ranges",
        "is 172.20.9.0/24, which overlaps the range of nodes, 172.20.8.0/22",
        {"port_subnets": (replace(STORAGE_SUBNET, cidr="172.20.9.0/24"),)},
        wants=PORTED,
        at="/masters/ports/0",
    ),
    Case(
        "further-port-ranges",
        "overlaps the range of containers, 10.64.0.0/16",
        {"port_subnets": (replace(STORAGE_SUBNET, cidr="10.0.0.0/8"),)},
        wants=with_ports(ON_CORP, replace(PORT, subnet=None)),
        at="/masters/ports/0",
    ),
    Case(
        "further-port-gateways",
        "subnet 'storage-4' of network 'storage' has a gateway and no DHCP",
        {"port_subnets": (replace(STORAGE_SUBNET, dhcp=False),)},
        wants=PORTED,
        at="/masters/ports/0",
        level=Level.WARNING,
        hint="subnet set --gateway none storage-4",
    ),
    Case(
        "volume-type",
        "volume type 'nvme' of the etcd_volume of master does not exist",
        {"volume_types": CLOUD.volume_types[:1]},
        at="/masters/etcd_volume/type",
        hint="Cinder's types: ssd",
    ),
    Case(
        "volume-size",
        "the docker_volume of default has 100 GiB; one volume may have 80",
        quota("volume", "per_volume_gigabytes", 80),
        at="/node_groups/0/docker_volume/size",
    ),
    Case(
        "volume-zone",
        "the volumes of master are created in Cinder's default zone",
        {"volume_zones": ("az1", "az2")},
        level=Level.WARNING,
    ),
    Case(
        "volume-zone",
        "availability zone 'nova' of the docker_volume of default does not exist in Cinder",
        {"volume_zones": ("az1",)},
        at="/node_groups/0/docker_volume/availability_zones",
        hint="Cinder's zones: az1",
    ),
    Case("load-balancer-service", "no load-balancer service", {"providers": ()}, at="/api/load_balancer"),
    Case(
        "load-balancer-service",
        "this user may not use the load-balancer service",
        {"providers": Unavailable("forbidden", 403)},
        hint="load-balancer_member",
    ),
    Case(
        "load-balancer-provider",
        "Octavia has no provider 'ovn'",
        {"providers": ("amphora",)},
        at="/api/load_balancer_provider",
    ),
    Case("quota-cores", "vCPUs: 44 more needed, 30 free (10 of 40 used)", quota("compute", "cores", 40, 10)),
    Case(
        "quota-cores",
        "flavor 'gone' does not exist",
        {},
        replace(OWNED, more=replace(OWNED.more, servers={Placement("gone", None): 1})),
        Level.UNCHECKED,
    ),
    Case("quota-ram", "MiB of RAM: 90112 more needed, 1 free", quota("compute", "ram", 1)),
    Case("server-group-members", "3 servers are in one", quota("compute", "server_group_members", 2)),
    Case(
        "quota-instances",
        "servers: 8 more needed, 7 free (3 of 10 used)",
        quota("compute", "instances", 10, 3),
        hint="at least 11",
    ),
    Case("quota-server-groups", "server groups: 2 more needed, 1 free", quota("compute", "server_groups", 1)),
    Case("quota-networks", "networks: 1 more needed, 0 free", quota("network", "network", 9, 9)),
    Case("quota-subnets", "subnets: 1 more needed, 0 free", quota("network", "subnet", 9, 9)),
    Case("quota-routers", "routers: 1 more needed, 0 free", quota("network", "router", 9, 9)),
    Case("quota-ports", "ports: 10 more needed, 9 free", quota("network", "port", 9)),
    Case(
        "quota-ports",
        "ports: 10 more needed, 12 free: Neutron counts a request twice",
        quota("network", "port", 12),
        level=Level.WARNING,
    ),
    Case("quota-floating-ips", "floating IPs: 6 more needed, 5 free", quota("network", "floatingip", 5)),
    Case("quota-security-groups", "2 more needed, 0 free", quota("network", "security_group", 1, 2)),
    # The project has no group yet, so Neutron adds its default one.
    Case("quota-security-groups", "3 more needed, 2 free", quota("network", "security_group", 2)),
    Case("quota-security-group-rules", "more needed, 10 free", quota("network", "security_group_rule", 10)),
    Case("quota-volumes", "volumes: 12 more needed, 11 free", quota("volume", "volumes", 11)),
    Case("quota-gigabytes", "GiB of volumes: 690 more needed, 600 free", quota("volume", "gigabytes", 600)),
    Case("quota-volume-types", "volumes of type 'ssd': 9 more needed, 5", quota("volume", "volumes_ssd", 5)),
    Case("quota-volume-types", "GiB of type 'ssd': 630 more", quota("volume", "gigabytes_ssd", 500)),
    Case("quota-load-balancers", "1 more needed, 0 free", quota("balancer", "load_balancer", 0)),
    Case("quota-listeners", "1 more needed, 0 free", quota("balancer", "listener", 0)),
    Case("quota-pools", "1 more needed, 0 free", quota("balancer", "pool", 0)),
    Case("quota-members", "3 more needed, 2 free", quota("balancer", "member", 2)),
    Case("quota-health-monitors", "1 more needed, 0 free", quota("balancer", "health_monitor", 0)),
    Case(
        "heat-version",
        "does not support heat_template_version 2018-08-31",
        {"template_versions": ("2013-05-23", "2016-10-14", "newton")},
        hint="its newest: 2013-05-23, 2016-10-14",
    ),
    Case("heat-resource-types", "does not provide OS::Cinder::Volume, ", {"resource_types": frozenset()}),
    Case("heat-resources", "has 950 resources, near", {}, totals(resources=950), Level.WARNING),
    Case("heat-template-size", "template has 500000", {}, totals(template_characters=500_000), Level.WARNING),
    Case("heat-template-size", "request has 1000000", {}, totals(request_bytes=1_000_000), Level.WARNING),
    Case("heat-stacks", "the project has 512 stacks", {"stacks": 512}, level=Level.WARNING),
    Case("clock", "clock is 5 min ahead of the cloud's", {"ahead": 300.0}, level=Level.WARNING),
    Case("clock", "clock is 1 h 0 min behind the cloud's", {"ahead": -3600.0}, hint="timedatectl"),
    Case("heat-trusts", "may not manage trusts (Keystone: no)", {"login": UserFacts(True, False, "no")}),
    Case("heat-trusts", "this user is federated", {"login": UserFacts(federated=True)}, level=Level.WARNING),
    Case(
        "stack-name",
        "a stack 'everything' exists that Jeroboam did not create",
        {},
        wants=replace(OWNED, existing=replace(STACK, tags=())),
        at="/name",
    ),
)


@pytest.mark.parametrize("case", FAILING, ids=lambda case: f"{case.id}-{case.says[:30]}")
def test_a_check_finds_what_is_wrong(case: Case) -> None:
    found = [f for f in judged(replace(CLOUD, **case.facts), case.wants) if f.id == case.id]
    fitting = [f for f in found if case.says in f.message and case.hint in (f.hint or "")]
    assert fitting, found
    assert fitting[0].level is case.level
    assert case.at in (None, fitting[0].pointer)


@pytest.mark.parametrize("id_", [id_ for id_ in IDS if id_ != "image-release"])  # see test_releases.py
def test_each_id_has_a_failing_case_and_passes_where_nothing_is_wrong(id_: str) -> None:
    assert id_ in {case.id for case in FAILING if case.level is not Level.UNCHECKED}
    good = (
        OWNED,
        ROUTED,
        ADDRESSED,
        NODES_ADDRESSED,
        with_bastion(),
        PORTED,
        replace(OWNED, existing=STACK),
        with_spec(ON_CORP, network={"mtu": 1450, "external_network": "public"}),
    )
    found = [finding for cluster in good for finding in judged(CLOUD, cluster) if finding.id == id_]
    assert found
    assert {finding.level for finding in found} == {Level.OK}


def test_further_ports_take_no_addresses_of_the_clusters_subnet() -> None:
    cluster = replace(ON_CORP, more=replace(ON_CORP.more, ports=5, further_ports=2))
    (found,) = (f for f in judged(replace(CLOUD, taken=1010), cluster) if f.id == "subnet-size")
    assert found.level is Level.OK, found


def test_ids_are_unique_and_in_kebab_case() -> None:
    assert len(set(IDS)) == len(IDS)
    assert all(id_.replace("-", "").isalpha() and id_ == id_.lower() for id_ in IDS)


def test_what_the_cloud_does_not_tell_is_never_an_error() -> None:
    silent = Facts(**{f.name: Unavailable("the cloud does not tell", 500) for f in fields(Facts)})
    found = judged(silent, OWNED)
    assert {finding.level for finding in found} == {Level.UNCHECKED, Level.OK}
    assert all(f.message == "the cloud does not tell" for f in found if f.level is Level.UNCHECKED)


def test_all_failures_come_at_once_in_the_order_of_the_table() -> None:
    bare = replace(CLOUD, keypair=False, zones=(), providers=(), addresses=0)
    errors = [finding.id for finding in judged(bare, OWNED) if finding.level is Level.ERROR]
    assert list(dict.fromkeys(errors)) == [
        "keypair-exists",
        "availability-zone",
        "floating-ip-pool",
        "load-balancer-service",
    ]


def test_what_a_cluster_lacks_is_not_checked() -> None:
    found = {finding.id for finding in judged(CLOUD, ON_CORP)}
    assert not found & {"volume-type", "quota-volumes", "load-balancer-service", "availability-zone"}


def test_floors_and_image_rules_are_what_driver_and_platform_say() -> None:
    assert OWNED.floors[RoleKind.MASTER].vcpus == 2
    assert OWNED.image_rule is not None
    assert OWNED.image_rule.oldest == "22.04"


def test_a_network_whose_mtu_is_not_told_is_unchecked() -> None:
    cloud = replace(CLOUD, networks={"corp-net": (Network("corp-id", "corp-net"),)})
    (found,) = (f for f in judged(cloud, with_spec(ON_CORP, network={"mtu": 1450})) if f.id == "network-mtu")
    assert found.level is Level.UNCHECKED


def mtu_of(cluster: Wanted, **facts: Any) -> tuple[Level, str]:
    (found,) = (f for f in judged(replace(CLOUD, **facts), cluster) if f.id == "network-mtu")
    return found.level, found.message


def test_a_stack_that_is_there_is_not_judged_by_its_own_network() -> None:
    cluster = replace(with_spec(OWNED, network={"mtu": 1500}), existing=STACK)
    assert mtu_of(cluster)[0] is Level.OK
    assert mtu_of(cluster, networks={"public": (replace(PUBLIC, mtu=1450),)})[0] is Level.WARNING


def test_vxlan_between_ipv6_addresses_takes_twenty_bytes_more() -> None:
    ranges = OWNED.model.spec.container_network
    backend, ipv6 = ranges.backend, ranges.ipv6 or object()
    assert backend is not None
    cluster = with_spec(
        OWNED, network={"mtu": None}, container_network={"backend": replace(backend, mtu=1400), "ipv6": ipv6}
    )
    assert "which leaves 1380 for containers" in mtu_of(cluster)[1]


def test_a_cloud_without_a_network_that_tells_its_mtu_is_unchecked() -> None:
    nothing = {"largest_mtu": None, "networks": {"public": (replace(PUBLIC, mtu=None),)}}
    assert mtu_of(OWNED, **nothing) == (Level.UNCHECKED, "no network of this cloud reports its MTU")


def test_every_check_says_what_holds_when_it_passes() -> None:
    assert all(check.what and not check.what.endswith(".") for check in CHECKS)
