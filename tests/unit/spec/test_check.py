"""Where each judgement starts and stops."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.spec.specs import BASE, codes, errors, reading, spec_of


def group(**values: Any) -> list[dict[str, Any]]:
    return [{"name": "default", "flavor": "f", **values}]


@pytest.mark.parametrize(("count", "wrong"), [(255, []), (256, ["JB0306"]), (400, ["JB0306"])])
def test_container_range_holds_all_nodes(count: int, wrong: list[str]) -> None:
    network = {**BASE["network"], "cidr": "10.20.0.0/20"}
    assert errors(node_groups=group(count=count), network=network) == wrong
    assert (
        errors(node_groups=group(count=count), network=network, container_network={"driver": "calico"}) == []
    )


def test_flannel_with_its_own_leases_leaves_parts_unused() -> None:
    network = {**BASE["network"], "cidr": "10.20.0.0/20"}

    def found(**container_network: Any) -> list[str]:
        return errors(
            coe="swarm", network=network, node_groups=group(count=3), container_network=container_network
        )

    assert found(cidr="10.100.0.0/22") == ["JB0306"]
    assert found(cidr="10.100.0.0/22", subnet_min="10.100.0.0") == []
    assert found(cidr="10.100.0.0/21") == []
    assert found(cidr="10.100.0.0/21", subnet_max="10.100.3.0") == ["JB0306"]


def test_ipv6_range_holds_all_nodes() -> None:
    def found(cidr: str, **more: Any) -> list[str]:
        return errors(node_groups=group(count=3), container_network={"ipv6": {"cidr": cidr, **more}})

    assert found("fd00::/62") == []
    assert found("fd00::/63") == ["JB0306"]
    assert found("fd00::/64") == ["JB0308"]
    assert found("10.0.0.0/8") == ["JB0301"]


def test_nodes_range_holds_all_nodes() -> None:
    def found(count: int) -> list[str]:
        return errors(node_groups=group(count=count), network={**BASE["network"], "cidr": "10.20.0.0/28"})

    assert found(9) == []
    assert found(10) == ["JB0307"]


@pytest.mark.parametrize(
    ("backend", "ipv4", "dual"),
    [
        ({"type": "vxlan", "mtu": 1400}, [], ["JB0325"]),
        ({"type": "vxlan", "mtu": 1380}, [], []),
        ({"type": "vxlan", "mtu": 1401}, ["JB0325"], ["JB0325"]),
        ({"type": "wireguard", "mtu": 1370}, [], []),
        ({"type": "wireguard", "mtu": 1371}, ["JB0325"], ["JB0325"]),
        ({"type": "wireguard", "mode": "auto"}, ["JB0359"], []),
        ({"type": "wireguard", "mode": "separate"}, [], []),
        ({"type": "wireguard", "port": 65535}, [], ["JB0358"]),
        ({"type": "wireguard", "port": 65535, "mode": "ipv4"}, ["JB0359"], []),
        ({"type": "host-gw"}, [], []),
        ({"type": "ipip"}, [], ["JB0360"]),
        ({"type": "udp"}, [], ["JB0360"]),
    ],
)
def test_backends_alone_and_dual_stack(backend: dict[str, Any], ipv4: list[str], dual: list[str]) -> None:
    network = {**BASE["network"], "mtu": 1450}
    both = {"backend": backend, "ipv6": {"cidr": "fd00::/48"}}
    assert errors(network=network, container_network={"backend": backend}) == ipv4
    assert errors(network=network, container_network=both) == dual


@pytest.mark.parametrize("mesos_address", [True, False])
def test_masters_of_mesos_find_each_other(mesos_address: bool) -> None:
    api = {"load_balancer": False, **({"dns_name": "m.example.org"} if mesos_address else {})}
    assert errors(coe="mesos", masters={"flavor": "f", "count": 3}, api=api) == []


def test_volume_limits() -> None:
    masters = {
        "flavor": "f",
        "boot_volume": {"size": 10},
        "etcd_volume": {"size": 4},
        "docker_volume": {"size": 5},
    }
    assert errors(masters=masters) == []
    smaller = {
        **masters,
        "boot_volume": {"size": 9},
        "etcd_volume": {"size": 3},
        "docker_volume": {"size": 4},
    }
    assert errors(masters=smaller) == ["JB0332"] * 3


def test_host_names() -> None:
    # 40 + 1 + 20 + 1 + 1 = 63
    assert errors(name="c" * 40, node_groups=group(name="g" * 20)) == []
    assert errors(name="c" * 40, node_groups=group(name="g" * 20, count=11)) == ["JB0335"]
    assert errors(name="c" * 40, node_groups=group(name="g" * 20, count=10, retired=[3])) == ["JB0335"]


def test_storage_drivers() -> None:
    volumes = group(docker_volume={"size": 50})
    assert errors(node_groups=volumes) == []
    assert errors(node_groups=volumes, runtime={"storage_driver": "overlay2"}) == []
    for driver in ("btrfs", "zfs", "devicemapper"):
        assert errors(node_groups=volumes, runtime={"storage_driver": driver}) == ["JB0337"]


@pytest.mark.parametrize(
    ("taint", "wrong"),
    [
        ("a=b:NoSchedule", []),
        ("a:NoExecute", []),
        ("example.org/a=:PreferNoSchedule", []),
        ("a=b:Never", ["JB0354"]),
        ("a=b", ["JB0353"]),
        ("=b:NoSchedule", ["JB0353"]),
        ("a=b=c:NoSchedule", ["JB0353"]),
    ],
)
def test_taints(taint: str, wrong: list[str]) -> None:
    assert errors(node_groups=group(node_taints=[taint])) == wrong


@pytest.mark.parametrize(
    ("coe", "driver", "wrong"),
    [
        ("kubernetes", "calico", []),
        ("kubernetes", "none", []),
        ("kubernetes", "docker", ["JB0340"]),
        ("swarm", "docker", []),
        ("swarm", "calico", ["JB0340"]),
        ("mesos", "flannel", []),
        ("mesos", "calico", ["JB0340"]),
    ],
)
def test_network_drivers(coe: str, driver: str, wrong: list[str]) -> None:
    assert errors(coe=coe, container_network={"driver": driver}) == wrong


def test_docker_has_no_container_range() -> None:
    network = {**BASE["network"], "cidr": "10.100.0.0/24"}
    assert errors(coe="swarm", network=network, container_network={"driver": "docker"}) == []
    assert errors(coe="swarm", network=network) == ["JB0305"]


def test_every_backend_takes_its_own_keys() -> None:
    for backend in (
        {"type": "vxlan", "vni": 1, "port": 8472, "direct_routing": True, "mtu": 1400},
        {"type": "host-gw"},
        {"type": "wireguard", "port": 51820, "mtu": 1400, "keepalive": 25},
        {"type": "vxlan", "gbp": True},
        {"type": "udp", "port": 8285},
        {"type": "ipip", "direct_routing": True},
        {"vni": 4},
    ):
        assert errors(container_network={"backend": backend}) == []
    for kind, key in (("host-gw", "port"), ("wireguard", "vni"), ("udp", "mtu"), ("ipip", "port")):
        assert errors(container_network={"backend": {"type": kind, key: 1000}}) == ["JB0208"]


def test_nothing_public_needs_no_way_out() -> None:
    assert codes(network={}, api={"floating_ip": False}) == []
    assert codes(network={}) == ["JB0320"]
    assert errors(network={}, api={"floating_ip": False}, masters={"flavor": "f", "floating_ip": True}) == [
        "JB0320"
    ]


def test_pins_lose_their_prefix_and_versions_their_v() -> None:
    spec = spec_of(artifacts={"pins": {"runc": "sha256:" + "a" * 64}}, coe_version="v1.36.1").spec
    assert spec.artifacts.pins == {"runc": "a" * 64}
    assert spec.coe_version == "1.36.1"


@pytest.mark.parametrize(
    "url", ["http://p:0", "http://p:70000", "ftp://p:1", "http://", "p:3128", "http://p/x"]
)
def test_not_a_proxy(url: str) -> None:
    assert errors(proxy={"http": url}) == ["JB0352"]


@pytest.mark.parametrize(
    "url", ["http://p:3128", "https://p.example.org", "http://[fd00::1]:8080/", "http://10.0.0.9:1"]
)
def test_proxies(url: str) -> None:
    assert errors(proxy={"https": url}) == []


@pytest.mark.parametrize(
    "url",
    ["https://m.example.org/?token=1", "https://m/#x", "https://me@m", "https://m:0", "https://m:99999"],
)
@pytest.mark.parametrize("coe", ["kubernetes", "swarm", "mesos"])
def test_mirrors_that_runtimes_refuse_or_half_read(coe: str, url: str) -> None:
    distro = {"distro": "flatcar"} if coe == "mesos" else {}
    assert "JB0379" in errors(coe=coe, runtime={"registry_mirrors": [url]}, **distro)


@pytest.mark.parametrize(
    "url", ["https://m.example.org/hub/", "http://m:5000", "https://[2001:db8::1]:5000/v2"]
)
def test_mirrors(url: str) -> None:
    assert errors(runtime={"registry_mirrors": [url]}) == []


@pytest.mark.parametrize(
    ("changes", "at"),
    [
        ({"proxy": {"http": "http://u@10.100.0.7:3128"}}, "/proxy/http"),
        ({"artifacts": {"mirror": "https://10.254.0.9/files"}}, "/artifacts/mirror"),
        ({"artifacts": {"image_registry": "10.100.0.9:5000/k8s"}}, "/artifacts/image_registry"),
        ({"runtime": {"registry_mirrors": ["https://[fd00:1::5]:5000"]}}, "/runtime/registry_mirrors/0"),
        ({"runtime": {"insecure_registries": ["10.100.0.9:5000"]}}, "/runtime/insecure_registries/0"),
    ],
)
def test_an_address_inside_the_clusters_own_ranges(changes: dict[str, Any], at: str) -> None:
    ipv6 = {"ipv6": {"cidr": "fd00:1::/48"}}
    found = reading(**changes, container_network=ipv6).diagnostics
    assert [d.pointer for d in found if d.code == "JB0387"] == [at]
    elsewhere = {"cidr": "10.60.0.0/16", "ipv6": {"cidr": "fd00:2::/48"}}
    services = {"service_cidr": "10.61.0.0/16"}
    assert "JB0387" not in codes(**changes, container_network=elsewhere, kubernetes=services)


def test_clients_are_lost_where_all_of_their_range_is_inside() -> None:
    def found(cidr: str) -> list[str]:
        return codes(network={**BASE["network"], "api_allowed_cidrs": [cidr]})

    assert "JB0387" in found("10.100.7.0/24")
    assert "JB0387" not in found("10.0.0.0/8")


@pytest.mark.parametrize(
    ("cidr", "wrong"),
    [
        ("0.0.0.0/8", True), ("127.9.0.0/16", True), ("169.254.0.0/16", True), ("239.0.0.0/16", True),
        ("100.64.0.0/16", False), ("172.30.0.0/16", False),
    ],
)  # fmt: skip
@pytest.mark.parametrize("coe", ["kubernetes", "swarm", "mesos"])
def test_ranges_of_no_host(coe: str, cidr: str, wrong: bool) -> None:
    found = errors(coe=coe, container_network={"driver": "flannel", "cidr": cidr})
    assert ("JB0386" in found) is wrong


def test_ranges_of_no_host_in_other_places() -> None:
    assert "JB0386" in errors(network={**BASE["network"], "cidr": "169.254.0.0/24"})
    assert "JB0386" in errors(kubernetes={"service_cidr": "127.0.0.0/16"})
    assert "JB0386" in errors(coe="swarm", swarm={"default_address_pools": ["224.0.0.0/16"]})
    assert "JB0386" in errors(container_network={"ipv6": {"cidr": "ff00::/48"}})


@pytest.mark.parametrize(
    ("network", "balanced", "wrong"),
    [
        ({"external_network": "public"}, False, ["api", "node_port", "ssh"]),
        ({"fixed_network": "n", "fixed_subnet": "s"}, True, ["api"]),
        ({"fixed_network": "n", "fixed_subnet": "s"}, False, []),
    ],
)
def test_allowed_ranges_of_another_family(network: dict[str, str], balanced: bool, wrong: list[str]) -> None:
    lists = {f"{name}_allowed_cidrs": ["2001:db8::/32"] for name in ("ssh", "api", "node_port")}
    api = {"load_balancer": balanced}
    found = reading(network={**network, **lists}, api=api).diagnostics
    pointers = sorted(d.pointer for d in found if d.code == "JB0381")
    assert pointers == [f"/network/{name}_allowed_cidrs/0" for name in wrong]


def test_dns_servers_of_the_subnet() -> None:
    def found(*servers: str, **more: str) -> list[str]:
        network = {**BASE["network"], "dns_nameservers": list(servers), **more}
        return [code for code in codes(network=network) if code.startswith("JB038")]

    five = [f"9.9.9.{n}" for n in range(5)]
    assert found(*five) == []
    assert found(*five, "9.9.9.9") == ["JB0383"]
    assert found("9.9.9.9", "2620:fe::fe") == ["JB0382"]
    assert found("2620:fe::fe", fixed_network="n", fixed_subnet="s") == []


@pytest.mark.parametrize(
    ("metadata", "wrong"),
    [
        ({"owner-1_a:b.c": "x" * 255}, 0), ({"kubernetes.io/owner": "a"}, 1), ({"ö": "a"}, 1),
        ({"owner": "x" * 256}, 1),
    ],
)  # fmt: skip
def test_metadata_that_nova_takes(metadata: dict[str, str], wrong: int) -> None:
    assert errors(node_groups=group(server_metadata=metadata)).count("JB0385") == wrong
    assert errors(masters={"flavor": "m", "server_metadata": metadata}).count("JB0385") == wrong


def test_as_much_metadata_as_nova_takes_by_default() -> None:
    def found(items: int) -> list[str]:
        return codes(node_groups=group(server_metadata={f"k{n}": "" for n in range(items)}))

    assert "JB0392" not in found(126)
    assert "JB0392" in found(127)


@pytest.mark.parametrize(
    ("zone", "refused"),
    [
        ("az1", False), ("zone-ä 7", False), ("北京\u3000一", False), ("az1:host-7", True),
        ("az::node", True), (" az1", True), ("az1\u3000", True), ("az\u200b1", True), ("az\u20281", True),
        ("🚀", True),
    ],
)  # fmt: skip
def test_zones_that_nova_takes(zone: str, refused: bool) -> None:
    assert errors(node_groups=group(availability_zones=["az2", zone])).count("JB0391") == refused
    assert ("JB0391" in errors(masters={"flavor": "m", "availability_zones": [zone]})) is refused


def test_characters_that_services_keep() -> None:
    """MySQL's utf8, of Nova's tables and of many Heats', ends at U+FFFF."""
    assert errors(tags=["zoë", "北京"], node_groups=group(server_metadata={"owner": "北京"})) == []
    assert errors(tags=["🚀"], node_groups=group(server_metadata={"owner": "😀"})) == ["JB0393", "JB0393"]


def test_the_name_of_a_provider_that_octavia_takes() -> None:
    assert errors(api={"load_balancer": True, "load_balancer_provider": "p" * 64}) == []
    assert errors(api={"load_balancer": True, "load_balancer_provider": "p" * 65}) == ["JB0209"]


@pytest.mark.parametrize("coe", ["kubernetes", "swarm", "mesos"])
def test_a_name_that_heat_takes(coe: str) -> None:
    assert "JB0384" in errors(name="2024-prod", coe=coe)
    assert "JB0384" not in errors(name="k2024-prod", coe=coe)


def test_a_wait_condition_waits_for_half_a_day_at_most() -> None:
    """Heat's limit is 43,200 s."""
    assert errors(timeouts={"create_minutes": 1440, "node_bootstrap_minutes": 720}) == []
    assert errors(timeouts={"create_minutes": 1440, "node_bootstrap_minutes": 721}) == ["JB0207"]


@pytest.mark.parametrize(
    ("ports", "found"),
    [
        ([{"network": "storage"}], []),
        ([{"network": "storage"}, {"network": "backup"}], []),
        # A stack's own network has its name.
        ([{"network": "prod"}], ["JB0345"]),
        ([{"network": "a"}, {"network": "a"}], ["JB0347"]),
        ([{"network": "a", "subnet": "b"}, {"network": "a", "subnet": "c"}], []),
        ([{"network": "a"}, {"network": "a", "vnic_type": "direct"}], []),
        ([{"network": "a", "security_groups": ["x"], "port_security": False}], ["JB0395"]),
        ([{"network": "a", "security_groups": ["x"], "vnic_type": "direct"}], ["JB0346"]),
        ([{"network": "a", "security_groups": ["x"], "vnic_type": "virtio-forwarder"}], []),
        ([{"network": "a", "vnic_type": "vdpa"}], ["JB0204"]),
        ([{"subnet": "a"}], ["JB0202"]),
        ([{"network": f"n{number}"} for number in range(8)], ["JB0209"]),
    ],
)
def test_further_ports(ports: list[dict[str, Any]], found: list[str]) -> None:
    base = codes(name="prod")
    assert [code for code in codes(name="prod", node_groups=group(ports=ports)) if code not in base] == found
    masters = {**BASE["masters"], "ports": ports}
    assert [code for code in codes(name="prod", masters=masters) if code not in base] == found


def test_a_further_port_is_not_on_the_brought_network() -> None:
    network = {"fixed_network": "corp", "fixed_subnet": "corp-4", "external_network": "public"}
    ports = [{"network": "corp"}]
    assert errors(network=network, node_groups=group(ports=ports)) == ["JB0345"]
    assert errors(network=network, name="corp-2", node_groups=group(ports=[{"network": "corp-2"}])) == []
