"""Flannel's configuration and its two encodings: net-conf.json, and the ConfigMap that holds it.

Facts: Documentation/configuration.md and backends.md of flannel v0.28 for keys and their case.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from jeroboam.serialize import json_text
from jeroboam.spec.encapsulation import overhead
from jeroboam.spec.types import BackendSpec, ContainerNetworkSpec

DEFAULT_PORT: Mapping[str, int] = {"vxlan": 8472, "wireguard": 51820, "udp": 8285}
"""UDP port a backend listens on unless told otherwise; WireGuard takes the next one for IPv6."""
# Only these backends can be told an MTU; the others go by the interface's.
_TAKES_MTU = ("vxlan", "wireguard")
_PORT_KEY = {"vxlan": "Port", "udp": "Port", "wireguard": "ListenPort"}

_CNI = {
    "name": "cbr0",
    "cniVersion": "1.0.0",
    "plugins": [
        {"type": "flannel", "delegate": {"hairpinMode": True, "isDefaultGateway": True}},
        {"type": "portmap", "capabilities": {"portMappings": True}},
    ],
}


CONFIG = "kube-flannel-cfg"
"""The object of Kubernetes that holds the configuration."""
PSK = "FLANNEL_PSK"
"""What the text of a configuration calls the key that WireGuard's tunnels share; masters fill it in."""


class FlannelConfig(NamedTuple):
    """flanneld's configuration: ranges as text, `backend` with flannel's own keys."""

    network: str
    subnet_len: int
    subnet_min: str | None
    subnet_max: str | None
    ipv6_network: str | None
    ipv6_subnet_len: int | None
    nftables: bool
    backend: Mapping[str, str | int | bool]


def flannel_config(
    spec: ContainerNetworkSpec, network_mtu: int | None, *, nftables: bool = False
) -> FlannelConfig:
    """The configuration for `spec`, whose driver is flannel.

    `network_mtu` is that of the nodes' network. Flannel masquerades by iptables, or by `nftables`.
    """
    assert spec.backend is not None
    return FlannelConfig(
        network=str(spec.cidr),
        subnet_len=spec.subnet_len,
        subnet_min=str(spec.subnet_min) if spec.subnet_min else None,
        subnet_max=str(spec.subnet_max) if spec.subnet_max else None,
        ipv6_network=str(spec.ipv6.cidr) if spec.ipv6 else None,
        ipv6_subnet_len=spec.ipv6.subnet_len if spec.ipv6 else None,
        nftables=nftables,
        backend=_backend(spec.backend, network_mtu, dual_stack=spec.ipv6 is not None),
    )


def backend_port(backend: BackendSpec) -> int | None:
    """The UDP port of a backend, None if it has none."""
    return backend.port or DEFAULT_PORT.get(backend.type)


def backend_port6(backend: BackendSpec) -> int | None:
    """The UDP port between nodes' IPv6 addresses: WireGuard's second tunnel has one of its own."""
    port = backend_port(backend)
    return port + 1 if port is not None and _second_tunnel(backend) else port


def net_conf(config: FlannelConfig) -> str:
    """The text of net-conf.json."""
    data: dict[str, Any] = {"Network": config.network, "SubnetLen": config.subnet_len}
    if config.subnet_min:
        data["SubnetMin"] = config.subnet_min
    if config.subnet_max:
        data["SubnetMax"] = config.subnet_max
    if config.ipv6_network:
        data |= {
            "EnableIPv4": True,
            "EnableIPv6": True,
            "IPv6Network": config.ipv6_network,
            "IPv6SubnetLen": config.ipv6_subnet_len,
        }
    if config.nftables:
        data["EnableNFTables"] = True
    return json_text({**data, "Backend": dict(config.backend)})


def config_object(config: FlannelConfig) -> dict[str, Any]:
    """What Flannel's DaemonSet mounts: a ConfigMap, or a Secret where there is a key in it."""
    secret = has_key(config)
    return {
        "apiVersion": "v1",
        "kind": "Secret" if secret else "ConfigMap",
        "metadata": {"name": CONFIG, "namespace": "kube-flannel", "labels": {"app": "flannel"}},
        "stringData" if secret else "data": {
            "cni-conf.json": json_text(_CNI),
            "net-conf.json": net_conf(config),
        },
    }


def has_key(config: FlannelConfig) -> bool:
    """Whether the configuration names the key of WireGuard's tunnels."""
    return "PSK" in config.backend


def _backend(
    backend: BackendSpec, network_mtu: int | None, *, dual_stack: bool
) -> dict[str, str | int | bool]:
    data: dict[str, str | int | bool] = {"Type": backend.type}
    if backend.vni is not None:
        data["VNI"] = backend.vni
    if backend.port is not None:
        data[_PORT_KEY[backend.type]] = backend.port
        if dual_stack and _second_tunnel(backend):
            data["ListenPortV6"] = backend.port + 1
    if backend.type == "wireguard":
        data["PSK"] = f"@{{{PSK}}}"
    mtu = _outer_mtu(backend, network_mtu, dual_stack=dual_stack)
    if mtu is not None:
        data["MTU"] = mtu
    named = {
        "GBP": backend.gbp,
        "Mode": backend.mode,
        "PersistentKeepaliveInterval": backend.keepalive,
        "DirectRouting": backend.direct_routing,
    }
    return data | {key: value for key, value in named.items() if value is not None}


def _second_tunnel(backend: BackendSpec) -> bool:
    return backend.type == "wireguard" and backend.mode in (None, "separate")


def _outer_mtu(backend: BackendSpec, network_mtu: int | None, *, dual_stack: bool) -> int | None:
    """The spec's `mtu` is the containers'; flannel is told the MTU of the network beneath.

    Flannel takes off a header between IPv4 addresses, so what an IPv6 one has more is taken off here.
    """
    if backend.type not in _TAKES_MTU:
        return None
    if backend.mtu is not None:
        return backend.mtu + overhead(backend.type)
    if network_mtu is None:
        return None
    return network_mtu - (overhead(backend.type, ipv6=dual_stack) - overhead(backend.type))
