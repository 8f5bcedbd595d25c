"""Flannel's configuration: keys in their documented case, and the MTU that flanneld takes its header off."""

from __future__ import annotations

import json
from ipaddress import IPv4Address, IPv4Network, IPv6Network
from typing import Any

import pytest

from jeroboam.flannel import backend_port, backend_port6, config_object, flannel_config, net_conf
from jeroboam.spec.types import BackendSpec, ContainerNetworkSpec, Ipv6Spec

DUAL = Ipv6Spec(IPv6Network("fd00::/48"), 64)


def _backend(kind: str, **values: Any) -> BackendSpec:
    absent: dict[str, Any] = dict.fromkeys(("vni", "port", "direct_routing", "mtu"))
    return BackendSpec(kind, **{**absent, **values})


def _spec(backend: BackendSpec, **values: object) -> ContainerNetworkSpec:
    always: dict[str, Any] = {"subnet_min": None, "subnet_max": None, "ipv6": None}
    return ContainerNetworkSpec(
        "flannel", IPv4Network("10.100.0.0/16"), 24, **{**always, **values}, backend=backend
    )


def _told(backend: BackendSpec, network_mtu: int | None = None, **values: object) -> dict[str, object]:
    found: dict[str, object] = json.loads(net_conf(flannel_config(_spec(backend, **values), network_mtu)))
    return found


def test_least() -> None:
    assert _told(_backend("vxlan")) == {
        "Network": "10.100.0.0/16",
        "SubnetLen": 24,
        "Backend": {"Type": "vxlan"},
    }


def test_everything() -> None:
    told = _told(
        _backend("vxlan", vni=4096, port=8473, direct_routing=True, mtu=1400),
        subnet_min=IPv4Address("10.100.16.0"),
        subnet_max=IPv4Address("10.100.240.0"),
        ipv6=Ipv6Spec(IPv6Network("fd00::/48"), 64),
    )
    assert told == {
        "Network": "10.100.0.0/16",
        "SubnetLen": 24,
        "SubnetMin": "10.100.16.0",
        "SubnetMax": "10.100.240.0",
        "EnableIPv4": True,
        "EnableIPv6": True,
        "IPv6Network": "fd00::/48",
        "IPv6SubnetLen": 64,
        "Backend": {"Type": "vxlan", "VNI": 4096, "Port": 8473, "MTU": 1450, "DirectRouting": True},
    }


KEY = {"PSK": "@{FLANNEL_PSK}"}
"""What stands for the key of WireGuard's tunnels until a master fills it in."""


@pytest.mark.parametrize(
    ("backend", "told"),
    [
        (_backend("udp", port=9000), {"Type": "udp", "Port": 9000}),
        (_backend("wireguard", port=51900), {"Type": "wireguard", "ListenPort": 51900, **KEY}),
        (_backend("ipip", direct_routing=False), {"Type": "ipip", "DirectRouting": False}),
        (_backend("host-gw"), {"Type": "host-gw"}),
    ],
)
def test_each_backend_has_its_own_keys(backend: BackendSpec, told: dict[str, object]) -> None:
    assert _told(backend)["Backend"] == told


@pytest.mark.parametrize(
    ("backend", "mtu", "alone", "dual"),
    [
        (_backend("vxlan"), None, {}, {}),
        (_backend("vxlan"), 1450, {"MTU": 1450}, {"MTU": 1430}),
        (_backend("vxlan", mtu=1380), 1450, {"MTU": 1430}, {"MTU": 1430}),
        (_backend("vxlan", vni=7, gbp=True), None, {"VNI": 7, "GBP": True}, {"VNI": 7, "GBP": True}),
        (_backend("vxlan", direct_routing=True), None, {"DirectRouting": True}, {"DirectRouting": True}),
        (_backend("host-gw"), 1450, {}, {}),
        (_backend("wireguard"), 1450, {"MTU": 1450}, {"MTU": 1450}),
        (_backend("wireguard", port=1), None, {"ListenPort": 1}, {"ListenPort": 1, "ListenPortV6": 2}),
        (
            _backend("wireguard", port=1, mode="separate"),
            None,
            {"ListenPort": 1, "Mode": "separate"},
            {"ListenPort": 1, "ListenPortV6": 2, "Mode": "separate"},
        ),
        (
            _backend("wireguard", port=1, mode="ipv4"),
            None,
            {"ListenPort": 1, "Mode": "ipv4"},
            {"ListenPort": 1, "Mode": "ipv4"},
        ),
        (
            _backend("wireguard", keepalive=25),
            None,
            {"PersistentKeepaliveInterval": 25},
            {"PersistentKeepaliveInterval": 25},
        ),
        # The two that carry IPv4 only; a spec with both is refused.
        (_backend("ipip", direct_routing=True), 1450, {"DirectRouting": True}, None),
        (_backend("udp", port=9000), 1450, {"Port": 9000}, None),
    ],
)
def test_each_backend_alone_and_dual_stack(
    backend: BackendSpec, mtu: int | None, alone: dict[str, object], dual: dict[str, object] | None
) -> None:
    own = {"Type": backend.type, **(KEY if backend.type == "wireguard" else {})}
    assert _told(backend, mtu)["Backend"] == {**own, **alone}
    if dual is not None:
        assert _told(backend, mtu, ipv6=DUAL)["Backend"] == {**own, **dual}


def test_rules_by_nftables() -> None:
    told = json.loads(net_conf(flannel_config(_spec(_backend("vxlan")), None, nftables=True)))
    assert told["EnableNFTables"] is True
    assert "EnableNFTables" not in _told(_backend("vxlan"))


def test_wireguard_has_a_second_port_for_ipv6() -> None:
    told = _told(_backend("wireguard", port=51900), ipv6=DUAL)
    assert told["Backend"] == {"Type": "wireguard", "ListenPort": 51900, "ListenPortV6": 51901, **KEY}


@pytest.mark.parametrize(
    ("kind", "network_mtu", "mtu", "told"),
    [
        ("vxlan", 1450, None, 1450),
        ("vxlan", None, None, None),
        ("vxlan", 1450, 1300, 1350),
        ("wireguard", 8950, None, 8950),
        ("wireguard", None, 1370, 1450),
        ("ipip", 1450, None, None),
        ("udp", 1450, None, None),
        ("host-gw", 1450, None, None),
    ],
)
def test_flanneld_is_told_the_outer_mtu(
    kind: str, network_mtu: int | None, mtu: int | None, told: int | None
) -> None:
    backend = _told(_backend(kind, **({"mtu": mtu} if mtu else {})), network_mtu)["Backend"]
    assert isinstance(backend, dict)
    assert backend.get("MTU") == told


def test_ports() -> None:
    kinds = ("vxlan", "udp", "wireguard", "host-gw", "ipip")
    assert [backend_port(_backend(kind)) for kind in kinds] == [8472, 8285, 51820, None, None]
    assert backend_port(_backend("vxlan", port=9999)) == 9999


def test_ports_between_ipv6_addresses() -> None:
    assert backend_port6(_backend("vxlan", port=4790)) == 4790
    assert backend_port6(_backend("wireguard")) == 51821
    assert backend_port6(_backend("wireguard", mode="auto", port=9)) == 9
    assert backend_port6(_backend("host-gw")) is None


def test_config_map_holds_both_files() -> None:
    document = config_object(flannel_config(_spec(_backend("vxlan")), None))
    assert (document["metadata"]["name"], document["metadata"]["namespace"]) == (
        "kube-flannel-cfg",
        "kube-flannel",
    )
    assert json.loads(document["data"]["net-conf.json"])["Network"] == "10.100.0.0/16"
    assert [plugin["type"] for plugin in json.loads(document["data"]["cni-conf.json"])["plugins"]] == [
        "flannel",
        "portmap",
    ]


def test_a_key_makes_it_a_secret() -> None:
    document = config_object(flannel_config(_spec(_backend("wireguard")), None))
    assert (document["kind"], document["metadata"]["name"]) == ("Secret", "kube-flannel-cfg")
    assert json.loads(document["stringData"]["net-conf.json"])["Backend"]["PSK"] == "@{FLANNEL_PSK}"
    assert "data" not in document
