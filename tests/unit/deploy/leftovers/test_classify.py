"""What is not of the stack: found by where it is or what it is called, and what is left alone."""

from __future__ import annotations

import pytest

from jeroboam.deploy.leftovers.classify import (
    command,
    is_etcd_volume_name,
    is_node_name,
    leftovers,
    ordered,
)
from jeroboam.deploy.leftovers.types import (
    BALANCER,
    FLOATING_IP,
    GROUP,
    INTERFACE,
    NETWORK,
    PORT,
    ROUTER,
    SERVER,
    SUBNET,
    VOLUME,
    FloatingIp,
    FoundBalancer,
    FoundPort,
    FoundServer,
    FoundVolume,
    Group,
    Held,
    Leftover,
    LeftoverKind,
    Surroundings,
)

HELD = Held(
    "prod",
    {
        NETWORK: frozenset({"net"}),
        SUBNET: frozenset({"subnet"}),
        ROUTER: frozenset({"router"}),
        INTERFACE: frozenset({"router:subnet_id=subnet"}),
        PORT: frozenset({"p-master", "p-node"}),
        SERVER: frozenset({"s-master", "s-node"}),
        GROUP: frozenset({"g-master"}),
        BALANCER: frozenset({"lb-api"}),
        FLOATING_IP: frozenset({"fip-api"}),
        VOLUME: frozenset({"v-etcd", "v-docker"}),
    },
    frozenset({"v-etcd"}),
)
MASTER = FoundPort("p-master", "prod-master-0", "net", ("subnet",), "compute:nova", "s-master", ("g-master",))
NODE = FoundPort("p-node", "prod-default-0", "net", ("subnet",), "compute:nova", "s-node", ("g-master",))
OWN = (
    MASTER,
    NODE,
    FoundPort("p-dhcp", "", "net", ("subnet",), "network:dhcp", "dhcp1"),
    FoundPort("p-gateway", "", "net", ("subnet",), "network:router_interface", "router"),
    FoundPort("p-snat", "", "net", ("subnet",), "network:router_centralized_snat", "router"),
    FoundPort("p-vip", "octavia-lb-lb-api", "net", ("subnet",), "Octavia", "lb-lb-api"),
    FoundPort("p-vrrp", "octavia-lb-vrrp-6b1", "net", ("subnet",), "compute:nova", "s-amphora"),
)
OWN_BALANCER = FoundBalancer("lb-api", "prod-api", "p-vip", "subnet")
SERVERS = (FoundServer("s-master", "prod-master-0", "prod"), FoundServer("s-node", "prod-default-0", "prod"))
EXISTING = Held("prod", {k: v for k, v in HELD.ids.items() if k in (PORT, SERVER, GROUP)}, HELD.retained)
"""A cluster on a network of the user's."""


def around(
    *ports: FoundPort,
    servers: tuple[FoundServer, ...] = (),
    balancers: tuple[FoundBalancer, ...] = (),
    floating_ips: tuple[FloatingIp, ...] = (),
    volumes: tuple[FoundVolume, ...] = (),
    groups: tuple[Group, ...] = (),
    claimed: frozenset[str] = frozenset(),
) -> Surroundings:
    """The cluster with more beside it."""
    return Surroundings(
        (*OWN, *ports),
        (*SERVERS, *servers),
        (OWN_BALANCER, *balancers),
        (FloatingIp("fip-api", "192.0.2.1", "p-vip", ""), *floating_ips),
        (FoundVolume("v-docker", "prod-default-0-docker", 9, ""), *volumes),
        groups,
        claimed,
    )


def blocking(facts: Surroundings, held: Held = HELD) -> list[tuple[LeftoverKind, str, bool]]:
    return [(f.kind, f.id, f.certain) for f in leftovers(held, facts).blocking]


def behind(facts: Surroundings, held: Held = HELD) -> list[tuple[LeftoverKind, str, bool]]:
    return [(f.kind, f.id, f.certain) for f in leftovers(held, facts).behind]


def data(facts: Surroundings, held: Held = HELD) -> list[tuple[str, bool]]:
    return [(f.id, f.certain) for f in leftovers(held, facts).data]


@pytest.mark.parametrize("held", [HELD, EXISTING])
def test_a_cluster_alone(held: Held) -> None:
    found = (
        leftovers(held, around()) if held is HELD else leftovers(held, Surroundings((MASTER, NODE), SERVERS))
    )
    assert (found.blocking, found.behind, found.data) == ((), (), ())


class TestPorts:
    def test_one_made_by_hand(self) -> None:
        port = FoundPort("p1", "mine", "net", ("subnet",), "", "")
        assert blocking(around(port)) == [(LeftoverKind.PORT, "p1", True)]
        assert leftovers(HELD, around(port)).blocking[0].blocks == "the cluster's subnet and network"

    def test_of_a_server_that_is_no_node(self) -> None:
        port = FoundPort("p1", "", "net", ("subnet",), "compute:nova", "s9")
        (found,) = leftovers(HELD, around(port, servers=(FoundServer("s9", "bastion", ""),))).blocking
        assert (found.kind, found.id, found.owner) == (LeftoverKind.SERVER_PORT, "p1", "s9")
        assert "'bastion'" in found.what
        assert command(found) == ("openstack", "server", "remove", "port", "s9", "p1")

    def test_a_nodes_second_port_goes_with_the_node(self) -> None:
        assert blocking(around(FoundPort("p1", "", "net", ("subnet",), "compute:nova", "s-node"))) == []

    def test_in_the_clusters_security_group_elsewhere(self) -> None:
        port = FoundPort("p1", "", "other", ("other-subnet",), "compute:nova", "s9", ("g-master", "default"))
        (found,) = leftovers(HELD, around(port)).blocking
        assert (found.kind, found.certain) == (LeftoverKind.GROUPED_PORT, False)
        assert command(found)[-3:] == ("--security-group", "g-master", "p1")

    def test_on_a_network_of_the_users(self) -> None:
        """Nothing there is the cluster's but what bears its marks."""
        strangers = (
            FoundPort("p1", "mine", "users-net", ("s",), "", ""),
            FoundPort("p2", "", "users-net", ("s",), "compute:nova", "s9"),
            FoundPort("p3", "", "users-net", ("s",), "network:router_interface", "users-router"),
        )
        facts = Surroundings((MASTER, NODE, *strangers), (*SERVERS, FoundServer("s9", "prod", "")))
        assert leftovers(EXISTING, facts).blocking == ()
        assert leftovers(EXISTING, facts).behind == ()


class TestRouters:
    def test_an_interface_added_to_ours(self) -> None:
        port = FoundPort("p1", "", "other", ("other-subnet",), "network:router_interface", "router")
        (found,) = leftovers(HELD, around(port)).blocking
        assert (found.kind, found.blocks) == (LeftoverKind.INTERFACE, "the cluster's router")
        assert command(found) == ("openstack", "router", "remove", "port", "router", "p1")

    @pytest.mark.parametrize("owner", ["network:router_interface", "network:ha_router_replicated_interface"])
    def test_another_router_in_our_subnet(self, owner: str) -> None:
        port = FoundPort("p1", "", "net", ("subnet",), owner, "theirs")
        assert blocking(around(port)) == [(LeftoverKind.INTERFACE, "p1", True)]

    @pytest.mark.parametrize("interface", ["theirs:subnet_id=subnet", "theirs:port_id=p1"])
    def test_an_existing_router_that_the_spec_names(self, interface: str) -> None:
        held = Held("prod", {**HELD.ids, ROUTER: frozenset(), INTERFACE: frozenset({interface})}, frozenset())
        port = FoundPort("p1", "", "net", ("subnet",), "network:router_interface", "theirs")
        facts = Surroundings((MASTER, NODE, port), SERVERS)
        assert blocking(facts, held) == []


class TestServers:
    ORPHAN = FoundServer("s8", "prod-default-0", "prod")

    def test_on_a_port_of_the_stack(self) -> None:
        """A dead engine's: Heat's delete ends in 'rule:delete_port is disallowed by policy'."""
        stolen = FoundPort("p-node", "prod-default-0", "net", ("subnet",), "compute:nova", "s8")
        facts = Surroundings((MASTER, stolen), (SERVERS[0], self.ORPHAN))
        (found,) = leftovers(HELD, facts).blocking
        assert (found.kind, found.id, found.name) == (LeftoverKind.SERVER, "s8", "prod-default-0")
        assert found.blocks == "the port 'prod-default-0'"
        assert command(found) == ("openstack", "server", "delete", "s8")
        assert blocking(facts, EXISTING) == [(LeftoverKind.SERVER, "s8", True)]

    def test_on_the_network_with_a_port_of_its_own(self) -> None:
        port = FoundPort("p1", "", "net", ("subnet",), "compute:nova", "s8")
        assert blocking(around(port, servers=(self.ORPHAN,))) == [(LeftoverKind.SERVER, "s8", True)]

    def test_elsewhere_in_our_security_group(self) -> None:
        port = FoundPort("p1", "", "users-net", ("s",), "compute:nova", "s8", ("g-master",))
        facts = Surroundings((MASTER, NODE, port), (*SERVERS, self.ORPHAN))
        assert blocking(facts, EXISTING) == [(LeftoverKind.SERVER, "s8", True)]

    def test_by_its_marks_alone(self) -> None:
        assert behind(around(servers=(self.ORPHAN,))) == [(LeftoverKind.SERVER, "s8", True)]
        nothing = Held("prod", {}, frozenset())
        assert behind(Surroundings(servers=(self.ORPHAN,)), nothing) == [(LeftoverKind.SERVER, "s8", True)]

    def test_of_another_stack_whose_cluster_has_the_same_name(self) -> None:
        claimed = frozenset({"s8"})
        assert behind(around(servers=(self.ORPHAN,), claimed=claimed)) == []
        port = FoundPort("p1", "", "net", ("subnet",), "compute:nova", "s8")
        found = leftovers(HELD, around(port, servers=(self.ORPHAN,), claimed=claimed)).blocking
        assert [f.kind for f in found] == [LeftoverKind.SERVER_PORT]

    def test_a_name_without_the_mark(self) -> None:
        assert behind(around(servers=(FoundServer("s8", "prod-default-7", ""),))) == []


class TestBalancers:
    WEB = FoundBalancer("lb-web", "kube_service_prod_default_web", "p-web", "subnet")
    VIP = FoundPort("p-web", "octavia-lb-lb-web", "net", ("subnet",), "Octavia", "lb-lb-web")

    def test_of_a_service_with_its_address(self) -> None:
        text = "Floating IP for Kubernetes external service default/web from cluster prod"
        ip = FloatingIp("fip-web", "192.0.2.9", "p-web", text)
        facts = around(self.VIP, balancers=(self.WEB,), floating_ips=(ip,))
        assert blocking(facts) == [
            (LeftoverKind.FLOATING_IP, "fip-web", True),
            (LeftoverKind.BALANCER, "lb-web", True),
        ]
        assert "the Service default/web" in leftovers(HELD, facts).blocking[1].what

    def test_with_an_address_of_the_users(self) -> None:
        """It is taken off, not given back: its owner may have it in DNS."""
        ip = FloatingIp("fip-web", "192.0.2.9", "p-web", "shop")
        facts = around(self.VIP, balancers=(self.WEB,), floating_ips=(ip,))
        assert blocking(facts)[0] == (LeftoverKind.ATTACHED_FLOATING_IP, "fip-web", True)

    def test_on_a_network_of_the_users(self) -> None:
        vip = FoundPort("p-web", "octavia-lb-lb-web", "net", ("s",), "Octavia", "lb-lb-web")
        other = FoundBalancer("lb-shop", "shop", "p-shop", "s")
        facts = Surroundings((MASTER, NODE, vip), SERVERS, (self.WEB, other))
        assert blocking(facts, EXISTING) == []
        assert behind(facts, EXISTING) == [(LeftoverKind.BALANCER, "lb-web", True)]

    def test_of_a_cluster_whose_name_begins_alike(self) -> None:
        other = FoundBalancer("lb2", "kube_service_prod-2_default_web", "p2", "s")
        assert behind(around(balancers=(other,))) == []

    def test_somewhere_else(self) -> None:
        far = FoundBalancer("lb2", "kube_service_prod_default_web", "p2", "s")
        assert behind(around(balancers=(far,))) == [(LeftoverKind.BALANCER, "lb2", False)]


def test_a_security_group_of_a_service() -> None:
    ours = Group("g1", "lb-sg-1", "Security Group for default/web Service LoadBalancer in cluster prod")
    other = Group("g2", "lb-sg-2", "Security Group for default/web Service LoadBalancer in cluster prod-2")
    assert behind(around(groups=(ours, other))) == [(LeftoverKind.GROUP, "g1", True)]


class TestData:
    def test_etcd_and_persistent_volumes(self) -> None:
        volumes = (
            FoundVolume("v-etcd", "prod-master-0-etcd", 20, "", ("s-master",)),
            FoundVolume("v1", "pvc-1", 5, "prod", ("s-node",)),
            FoundVolume("v2", "pvc-2", 5, "prod-2"),
            FoundVolume("v3", "prod-master-0-etcd", 20, ""),
        )
        # By name; v3 is of an earlier stack.
        assert data(around(volumes=volumes)) == [("v-etcd", True), ("v3", True), ("v1", True)]

    def test_attached_to_a_server_of_others(self) -> None:
        assert data(around(volumes=(FoundVolume("v1", "pvc-1", 5, "prod", ("s9",)),))) == [("v1", False)]

    def test_where_another_stack_has_a_cluster_of_the_name(self) -> None:
        nothing = Held("prod", {}, frozenset())
        facts = Surroundings(
            servers=(FoundServer("s7", "prod-master-0", "prod"),),
            volumes=(FoundVolume("v1", "pvc-1", 5, "prod"), FoundVolume("v3", "prod-master-0-etcd", 20, "")),
            claimed=frozenset({"s7", "v3"}),
        )
        assert data(facts, nothing) == [("v1", False)]


@pytest.mark.parametrize(
    ("name", "is_node"),
    [
        ("prod-master-0", True),
        ("prod-gpu-large-12", True),
        ("prod-2-master-0", True),  # so the metadata has to agree
        ("prod-master", False),
        ("production-master-0", False),
        ("xprod-master-0", False),
    ],
)
def test_names_of_nodes(name: str, is_node: bool) -> None:
    assert is_node_name("prod", name) is is_node
    assert is_etcd_volume_name("prod", f"{name}-etcd") is is_node
    assert not is_etcd_volume_name("prod", name)


def test_the_order_in_which_things_can_be_removed() -> None:
    findings = [Leftover(kind, "1", "", "", "", certain=True, owner="2") for kind in reversed(LeftoverKind)]
    assert [f.kind for f in ordered(findings)] == list(LeftoverKind)
    assert {command(f)[0] for f in findings} == {"openstack"}


def test_a_bastion_that_no_stack_knows_is_an_orphan() -> None:
    """Heat can lose it as it can lose a node; another server of the name prefix is nobody's."""
    servers = (FoundServer("lost", "prod-bastion", "prod"), FoundServer("other", "prod-bastions", "prod"))
    found = leftovers(HELD, Surroundings(ports=OWN, servers=servers))
    assert [finding.id for finding in found.behind] == ["lost"]
