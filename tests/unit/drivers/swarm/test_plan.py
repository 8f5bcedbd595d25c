"""drivers.swarm: the model of a swarm, by the flows that it needs and the keys that each role sees."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from jeroboam import serialize
from jeroboam.diagnostics import Severity
from jeroboam.model.secrets import ClientCertificateOf, PrivateKey
from jeroboam.model.types import ClusterModel, PeerKind, Role, RoleKind, RuleTarget, SecretRef
from jeroboam.pipeline import plan_spec

BASE: dict[str, Any] = {
    "spec_version": 1,
    "kind": "cluster",
    "name": "demo",
    "coe": "swarm",
    "distro": "ubuntu",
    "image": "ubuntu-24.04",
    "keypair": "ops",
    "network": {"external_network": "public", "api_allowed_cidrs": ["192.0.2.0/24"]},
    "masters": {"flavor": "m1.medium"},
    "node_groups": [{"name": "default", "flavor": "m1.large"}],
    "container_network": {"driver": "docker"},
}
FLANNEL = {"driver": "flannel", "cidr": "10.50.0.0/16", "backend": {"type": "host-gw"}}
M, W = RoleKind.MASTER, RoleKind.WORKER


def model(tmp_path: Path, **more: Any) -> ClusterModel:
    path = tmp_path / "cluster.yaml"
    path.write_text(serialize.yaml_text({**BASE, **more}), encoding="utf-8")
    planned = plan_spec(str(path))
    errors = [d for d in planned.diagnostics if d.severity is Severity.ERROR]
    assert planned.value is not None, errors
    return planned.value


def named(found: ClusterModel, name: str) -> Role:
    return next(role for role in found.roles if role.name == name)


def flows(found: ClusterModel) -> set[tuple[RuleTarget, PeerKind, str | None, tuple[int, int] | None]]:
    """Who may reach whom, where."""
    return {(rule.to, rule.peer, rule.protocol, rule.ports) for rule in found.rules}


def steps(role: Role) -> list[str]:
    paths = (file.path for file in role.config.files if "/steps/" in file.path)
    return [path.rpartition("/")[2].removesuffix(".sh") for path in paths]


# --- ports: what a swarm's nodes do, each as (to, from, protocol, port) -----------------------------

ALWAYS = [
    (M, PeerKind.MASTER, "tcp", 2376),  # a manager asks another for the managers' token
    (M, PeerKind.MASTER, "tcp", 2377),
    (M, PeerKind.WORKER, "tcp", 2377),
    (M, PeerKind.MASTER, "tcp", 2379),  # a manager publishes the workers' token in etcd
    (M, PeerKind.WORKER, "tcp", 2379),  # a worker reads it
    (M, PeerKind.MASTER, "tcp", 2380),
]
OVERLAY = [
    (to, peer, protocol, port)
    for to in (M, W)
    for peer in (PeerKind.MASTER, PeerKind.WORKER)
    for protocol, port in (("tcp", 7946), ("udp", 7946), ("udp", 4789))
]
CLOSED = [
    (M, PeerKind.WORKER, "tcp", 2376),  # the Docker API knows no smaller right than all of it
    (M, PeerKind.WORKER, "tcp", 2380),
]


@pytest.mark.parametrize(
    ("network", "wanted", "unwanted"),
    [
        ({"driver": "docker"}, [*ALWAYS, *OVERLAY], CLOSED),
        (FLANNEL, [*ALWAYS, *OVERLAY], CLOSED),
        ({"driver": "none"}, ALWAYS, [*OVERLAY, *CLOSED]),
    ],
    ids=["docker", "flannel", "none"],
)
def test_each_flow_has_a_rule_and_no_more(
    tmp_path: Path, network: dict[str, Any], wanted: list[Any], unwanted: list[Any]
) -> None:
    found = flows(model(tmp_path, container_network=network))
    for to, peer, protocol, port in wanted:
        assert (to, peer, protocol, (port, port)) in found
    for to, peer, protocol, port in unwanted:
        assert (to, peer, protocol, (port, port)) not in found


def test_only_the_api_is_open_to_clients(tmp_path: Path) -> None:
    found = model(tmp_path)
    open_tcp = {r.ports for r in found.rules if r.peer is PeerKind.CIDR and r.protocol == "tcp"}
    assert open_tcp <= {(22, 22), (2376, 2376), (30000, 32767)}


def test_the_balancer_carries_the_api_alone(tmp_path: Path) -> None:
    found = model(tmp_path, masters={"count": 3, "flavor": "m"}, api={"port": 12376})
    assert (found.api.name, found.api.port, found.api.health_path) == ("docker", 12376, None)
    from_subnet = [rule for rule in found.rules if rule.peer is PeerKind.SUBNET]
    assert [rule.ports for rule in from_subnet] == [(12376, 12376)]


# --- secrets --------------------------------------------------------------------------------------


@pytest.mark.parametrize("network", [{"driver": "docker"}, FLANNEL], ids=["docker", "flannel"])
def test_a_worker_is_given_no_key_that_signs(tmp_path: Path, network: dict[str, Any]) -> None:
    found = model(tmp_path, container_network=network)
    given = {v.name for v in named(found, "default").config.heat_values.values() if isinstance(v, SecretRef)}
    flannel = {"etcd_ca_cert", "flannel_client_key", "flannel_client_cert"}
    joining = {"etcd_ca_cert", "join_cert", "join_key"}
    assert given == {*joining, *(flannel if network is FLANNEL else set())}


def test_what_a_worker_asks_with_is_short_lived_and_nothing_to_the_docker_api(tmp_path: Path) -> None:
    recipes = {secret.name: secret.recipe for secret in model(tmp_path, container_network=FLANNEL).secrets}
    certificates = {n: r for n, r in recipes.items() if isinstance(r, ClientCertificateOf)}
    assert {recipe.ca_key for recipe in certificates.values()} == {"etcd_ca_key"}
    assert certificates["join_cert"].lifetime_hours == 24
    assert recipes["join_key"] == PrivateKey(short_lived=True)
    # flanneld needs its own for as long as the node lives.
    assert certificates["flannel_client_cert"].lifetime_hours is None


@pytest.mark.parametrize(
    ("network", "lines"),
    [
        ({"driver": "docker"}, []),
        (
            FLANNEL,
            [
                "flannel read /coreos.com/network/config",
                "flannel read /coreos.com/network/subnets*",
                "flannel readwrite /coreos.com/network/subnets/*",
            ],
        ),
    ],
    ids=["docker", "flannel"],
)
def test_each_of_etcds_clients_may_do_what_it_is_there_for(
    tmp_path: Path, network: dict[str, Any], lines: list[str]
) -> None:
    found = model(tmp_path, container_network=network)
    grants = next(f for f in named(found, "master").config.files if f.path.endswith("etcd-grants.list"))
    assert grants.content.splitlines() == ["swarm-join read /jeroboam/swarm/worker-token", *lines]
    users = {line.partition(" ")[0] for line in grants.content.splitlines()}
    signed = {s.recipe.common_name for s in found.secrets if isinstance(s.recipe, ClientCertificateOf)}
    assert users == signed
    key = named(found, "default").config.environment["JEROBOAM_WORKER_TOKEN"]
    assert f"swarm-join read {key}\n" in grants.content


def test_every_secret_but_the_workers_is_read_by_a_manager(tmp_path: Path) -> None:
    found = model(tmp_path, container_network=FLANNEL)
    values = named(found, "master").config.heat_values.values()
    all_of_them = {secret.name for secret in found.secrets}
    assert {v.name for v in values if isinstance(v, SecretRef)} == all_of_them - {"join_cert", "join_key"}


# --- steps ----------------------------------------------------------------------------------------


def test_flannel_is_up_before_docker_and_docker_before_the_swarm(tmp_path: Path) -> None:
    found = model(tmp_path, container_network=FLANNEL)
    order = steps(named(found, "master"))
    wanted = ["45-etcd", "50-flannel-config", "51-flannel", "55-certificate", "60-docker", "65-manager"]
    assert [name for name in order if name in wanted] == wanted
    assert "65-join" in steps(named(found, "default"))
    assert not any("etcd" in name or "manager" in name for name in steps(named(found, "default")))


def test_without_flannel_managers_run_etcd_for_the_join_token(tmp_path: Path) -> None:
    found = model(tmp_path, masters={"flavor": "m", "etcd_volume": {"size": 10}})
    units = {unit.name for unit in named(found, "master").config.units}
    assert units == {
        "docker.service", "etcd.service", "jeroboam-swarm.service", "jeroboam-swarm.timer",
        "jeroboam-metadata.service", "jeroboam-ends.service", "jeroboam-ends.timer",
        "jeroboam-bootstrap.service",
    }  # fmt: skip
    assert {"30-etcd-volume", "45-etcd"} <= set(steps(named(found, "master")))
    assert found.flannel_net_conf is None


def test_workers_run_no_etcd_and_have_its_client(tmp_path: Path) -> None:
    for network, flanneld in (({"driver": "docker"}, []), (FLANNEL, ["flanneld"])):
        found = model(tmp_path, container_network=network)
        for role in found.roles:
            table = next(f for f in role.config.files if f.path.endswith("artifacts.list"))
            assert [line.split()[0] for line in table.content.splitlines()] == ["docker", "etcd", *flanneld]
        units = {unit.name for unit in named(found, "default").config.units}
        assert "etcd.service" not in units


@pytest.mark.parametrize("count", [1, 3, 5, 7])
def test_one_to_seven_managers(tmp_path: Path, count: int) -> None:
    found = model(tmp_path, masters={"count": count, "flavor": "m"})
    assert named(found, "master").indexes == tuple(range(count))


def test_the_api_is_known_by_the_specs_names(tmp_path: Path) -> None:
    api = {"dns_name": "swarm.example.org", "extra_sans": ["192.0.2.7", "other.example.org"]}
    found = model(tmp_path, api=api)
    names = named(found, "master").config.environment["JEROBOAM_ALT_NAMES"]
    assert names == "DNS:swarm.example.org,IP:192.0.2.7,DNS:other.example.org"


def test_on_arm64_the_engine_is_arm64s(tmp_path: Path) -> None:
    found = model(tmp_path, arch="arm64", container_network=FLANNEL)
    table = next(f for f in named(found, "master").config.files if f.path.endswith("artifacts.list"))
    assert found.coe_version == "29.8.2"
    assert "/aarch64/docker-29.8.2.tgz" in table.content
    assert "linux-arm64" in table.content
    assert "flanneld-arm64" in table.content


def test_a_misspelt_pin_is_told_the_name_that_is_near(tmp_path: Path) -> None:
    path = tmp_path / "cluster.yaml"
    pins = {"artifacts": {"pins": {"dockr": "a" * 64}}}
    path.write_text(serialize.yaml_text({**BASE, **pins}), encoding="utf-8")
    (found,) = (d for d in plan_spec(str(path)).diagnostics if d.code == "JB0412")
    assert (found.pointer, found.hint) == ("/artifacts/pins/dockr", "did you mean 'docker'?")
