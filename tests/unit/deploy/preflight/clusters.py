"""Two clusters of golden/ as the checks see them, and clouds that have all they want."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from ipaddress import IPv4Network

from jeroboam.deploy.preflight import templates
from jeroboam.deploy.preflight.facts import (
    Facts,
    Flavor,
    FloatingAddress,
    Image,
    Network,
    Pool,
    QuotaUsage,
    Router,
    SecurityGroup,
    Subnet,
    UserFacts,
    VolumeType,
)
from jeroboam.deploy.preflight.requirements import Wanted, floors, image_rule
from jeroboam.deploy.resource_totals import demand, resource_types
from jeroboam.deploy.types import Stack
from jeroboam.emit import Bundle
from jeroboam.model.types import ClusterModel, PeerKind, RoleKind, SecurityRule
from jeroboam.pipeline import compile_spec
from jeroboam.spec.types import FurtherPortSpec
from tests.support.cases import GOLDEN

OWN, BROUGHT = "kubernetes/ubuntu/everything", "kubernetes/ubuntu/existing-network"
"""A cluster with volumes, zones and a balancer on a network of its own; one on a network that is there."""
IMAGE_ID = "5f0c2d1e-8a4b-4d0c-9a58-3f6f0e7f4a11"


@cache
def compiled(case: str) -> tuple[ClusterModel, Bundle]:
    path = str(GOLDEN / case / "cluster.yaml")
    found = compile_spec(path).value
    assert found is not None
    return found.model, found.bundle


@cache
def wanted(case: str) -> Wanted:
    model, bundle = compiled(case)
    root, children = templates(bundle)
    total = demand(root, children)
    return Wanted(
        model=model,
        total=total,
        more=total,
        types=resource_types(root, children),
        floors=floors(model.spec.coe),
        image_rule=image_rule(model.spec.distro),
    )


def image(reference: str) -> Image:
    return Image(
        id=IMAGE_ID,
        name=reference,
        min_disk=10,
        min_ram=1024,
        os_distro="ubuntu",
        os_version="24.04",
        architecture="x86_64",
    )


def quotas(*names: str, limit: int = 1000) -> Mapping[str, QuotaUsage]:
    return {name: QuotaUsage(limit, 1) for name in names}


MEDIUM = Flavor("1", "m1.medium", 2, 4096, 40)
LARGE = Flavor("2", "m1.large", 4, 8192, 80)
XLARGE = Flavor("3", "m1.xlarge", 8, 16384, 160)
SMALL = Flavor("4", "m1.small", 1, 1024, 20)
DISKLESS = Flavor("5", "m1.diskless", 2, 4096, 0)
PUBLIC = Network("public-id", "public", external=True, mtu=1500)
CORP = Network("corp-id", "corp-net", mtu=1450)
SUBNET = Subnet(
    id="subnet-id",
    name="corp-subnet",
    network_id="corp-id",
    cidr="172.20.8.0/22",
    dns_nameservers=("172.20.8.2",),
    pools=(Pool("172.20.8.10", "172.20.11.254"),),
)
STORAGE = Network("storage-id", "storage", mtu=9000)
STORAGE_SUBNET = Subnet("storage-subnet-id", "storage-4", "storage-id", "10.70.0.0/24", gateway="10.70.0.1")
ROUTER = Router("router-id", "corp-router", "public-id")
GROUPS = ("monitoring", "edge-services", "corp-monitoring")

CLOUD = Facts(
    images={name: (image(name),) for name in ("ubuntu-24.04", "ubuntu-24.04-hardened", IMAGE_ID)},
    flavors=(MEDIUM, LARGE, XLARGE, SMALL),
    keypair=True,
    zones=("az1", "az2", "az3"),
    compute={
        "instances": QuotaUsage(20, 1),
        "cores": QuotaUsage(100, 1),
        "ram": QuotaUsage(200_000, 0),
        "server_groups": QuotaUsage(10, 0),
        "server_group_members": QuotaUsage(10, 0),
        "metadata_items": QuotaUsage(128, 0),
    },
    networks={"public": (PUBLIC,), "corp-net": (CORP,), "storage": (STORAGE,)},
    subnets={"corp-subnet": (SUBNET,)},
    routers={"corp-router": (ROUTER,)},
    security_groups={name: (SecurityGroup(f"{name}-id", name),) for name in GROUPS},
    port_subnets=(STORAGE_SUBNET,),
    exits=(ROUTER,),
    neighbours=(SUBNET,),
    floating_ips={
        IMAGE_ID: FloatingAddress("198.51.100.40", None),
        "4e0f": FloatingAddress("198.51.100.41", None),
    },
    largest_mtu=1450,
    addresses=20,
    taken=100,
    network=quotas(
        "network", "subnet", "router", "port", "floatingip", "security_group", "security_group_rule"
    ),
    volume_types=(VolumeType("t1", "ssd"), VolumeType("t2", "nvme")),
    default_volume_type="ssd",
    volume_zones=("nova",),
    volume={
        "volumes": QuotaUsage(100, 0),
        "gigabytes": QuotaUsage(2000, 0),
        "per_volume_gigabytes": QuotaUsage(-1, 0),
        "volumes_ssd": QuotaUsage(50, 0),
        "gigabytes_ssd": QuotaUsage(-1, 0),
    },
    providers=("amphora", "ovn"),
    balancer=quotas("load_balancer", "listener", "pool", "member", "health_monitor"),
    template_versions=("2016-10-14", "2018-08-31", "2021-04-16", "wallaby"),
    resource_types=wanted(OWN).types | wanted(BROUGHT).types,
    stacks=3,
    ahead=0.4,
    login=UserFacts(),
)
"""A cloud that has all that the two clusters want."""

STACK = Stack(
    "6aa268c6", "everything", "CREATE", "COMPLETE", "", datetime(2026, 11, 24, tzinfo=UTC), None,
    ("jeroboam",), 60, {}, {},
)  # fmt: skip


def with_spec(base: Wanted, **blocks: Mapping[str, object]) -> Wanted:
    """`base` with fields of its spec's blocks changed, such as network={"mtu": 1450}."""
    spec = base.model.spec
    changed = {name: replace(getattr(spec, name), **fields) for name, fields in blocks.items()}
    return replace(base, model=replace(base.model, spec=replace(spec, **changed)))


def with_ports(base: Wanted, *ports: FurtherPortSpec) -> Wanted:
    """`base` whose masters have these further ports."""
    master, *others = base.model.roles
    changed = replace(master, node=replace(master.node, ports=ports))
    return replace(base, model=replace(base.model, roles=(changed, *others)))


def with_rules(base: Wanted, cidr: str) -> Wanted:
    """`base` with a rule for the subnet and one for `cidr`, which the spec allows, that are alike besides."""
    rules = (
        SecurityRule("a", RoleKind.MASTER, PeerKind.SUBNET, None, "tcp", (6443, 6443), "", None),
        SecurityRule(
            "b", RoleKind.MASTER, PeerKind.CIDR, IPv4Network(cidr), "tcp", (6443, 6443), "",
            "/network/api_allowed_cidrs/0",
        ),
    )  # fmt: skip
    return replace(base, model=replace(base.model, rules=rules))
