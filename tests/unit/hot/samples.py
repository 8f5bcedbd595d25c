"""Small clusters for tests of the Heat target, built without spec files, drivers or fragments."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Network

from jeroboam.hot.types import Resource, Template
from jeroboam.model.secrets import CaCertificateOf, PrivateKey, Secret
from jeroboam.model.types import (
    ApiEndpoint,
    ClusterModel,
    FileEntry,
    HeatFact,
    NodeConfig,
    PeerKind,
    Role,
    RoleKind,
    SecretRef,
    SecurityRule,
    Unit,
)
from jeroboam.spec.types import (
    ApiSpec,
    Arch,
    ArtifactsSpec,
    ClusterSpec,
    ContainerNetworkSpec,
    HeatSpec,
    HooksSpec,
    MastersSpec,
    NetworkSpec,
    NodeGroupSpec,
    NodeSpec,
    ProxySpec,
    RuntimeSpec,
    TimeoutsSpec,
    TlsSpec,
)

NODE = NodeSpec(
    flavor="m1.medium",
    image="ubuntu-24.04",
    availability_zones=(),
    server_group_policy="soft-anti-affinity",
    boot_volume=None,
    docker_volume=None,
    floating_ip=False,
    node_labels={},
    node_taints=(),
    server_metadata={},
    security_groups=(),
    ports=(),
    kubelet_args={},
    hooks=HooksSpec((), ()),
    config_drive=False,
)

SPEC = ClusterSpec(
    name="prod",
    description=None,
    tags=(),
    coe="kubernetes",
    coe_version=None,
    distro="ubuntu",
    arch=Arch.AMD64,
    keypair="ops",
    ssh_authorized_keys=(),
    masters=MastersSpec(count=1, node=NODE, etcd_volume=None),
    node_groups=(NodeGroupSpec("default", 2, (), NODE),),
    network=NetworkSpec(
        "public", IPv4Network("10.0.0.0/24"), (), (), None, None, None, None, True, (), (), ()
    ),
    api=ApiSpec(False, None, True, None, None, None, ()),
    container_network=ContainerNetworkSpec("none", IPv4Network("10.100.0.0/16"), 24, None, None, None, None),
    runtime=RuntimeSpec(None, (), (), None, None, None),
    proxy=ProxySpec(None, None, ()),
    tls=TlsSpec(True, (), True),
    artifacts=ArtifactsSpec(None, None, {}),
    timeouts=TimeoutsSpec(60, 30),
    hooks=HooksSpec((), ()),
    heat=HeatSpec("single", "2018-08-31"),
    options={},
    files={},
)

CONFIG = NodeConfig(
    files=(FileEntry("/opt/jeroboam/hello.sh", "#!/bin/bash\necho 'hello: world'\n", 0o755),),
    units=(Unit("hello.service", "[Service]\nExecStart=/opt/jeroboam/hello.sh\n", enabled=True),),
    environment={"JEROBOAM_CLUSTER": "prod"},
    heat_values={
        "JEROBOAM_API_ADDRESS": HeatFact.API_ADDRESS,
        "JEROBOAM_CA_CERT": SecretRef("ca_cert"),
        "JEROBOAM_MASTER_ADDRESSES": HeatFact.MASTER_ADDRESSES,
        "JEROBOAM_SIGNAL": HeatFact.SIGNAL,
        "JEROBOAM_SUBNET_CIDR": HeatFact.SUBNET_CIDR,
    },
    ssh_authorized_keys=(),
    requires=frozenset(),
)

RULES = (
    SecurityRule("api", RoleKind.MASTER, PeerKind.WORKER, None, "tcp", (6443, 6443), "API", None),
    SecurityRule("probe", RoleKind.MASTER, PeerKind.SUBNET, None, "tcp", (6443, 6443), "API", None),
    SecurityRule(
        "pods", RoleKind.WORKER, PeerKind.CIDR, IPv4Network("10.100.0.0/16"), None, None, "pods", None
    ),
)


def model(spec: ClusterSpec = SPEC) -> ClusterModel:
    """The model of `spec`, every role with CONFIG."""
    master = Role(
        "master",
        RoleKind.MASTER,
        "/masters",
        tuple(range(spec.masters.count)),
        spec.masters.node,
        spec.masters.etcd_volume,
        (),
        CONFIG,
    )
    workers = tuple(
        Role(group.name, RoleKind.WORKER, f"/node_groups/{i}", group.indexes, group.node, None, (), CONFIG)
        for i, group in enumerate(spec.node_groups)
    )
    secrets = (
        Secret("ca_key", "CA key", PrivateKey()),
        Secret("ca_cert", "CA certificate", CaCertificateOf("ca_key", "test")),
    )
    api = ApiEndpoint("api", 6443, "/readyz")
    return ClusterModel(spec, "1.36.1", (master, *workers), RULES, api, secrets, None)


def with_masters(count: int) -> ClusterSpec:
    """SPEC with this many masters."""
    return replace(SPEC, masters=replace(SPEC.masters, count=count))


def resource(template: Template, name: str) -> Resource:
    """The resource of this id. Raises StopIteration."""
    return next(r for r in template.resources if r.id == name)
