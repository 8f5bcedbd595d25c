"""Flannel outside Kubernetes: flanneld on each host, configured in etcd; Docker's bridge takes its subnet.

Facts: Documentation/configuration.md and running.md of flannel v0.27; pkg/backend/wireguard for the key;
pkg/subnet/etcd/registry.go for the keys that flanneld reads and writes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from jeroboam.flannel import flannel_config, net_conf
from jeroboam.model.secrets import ClientCertificateOf, PrivateKey, RandomBytes, Secret
from jeroboam.model.types import FileEntry, SecretRef, Unit
from jeroboam.parts.bootstrap import Step
from jeroboam.parts.etcd import CA_CERT, CA_KEY, Grant
from jeroboam.parts.network import has_flannel, has_key
from jeroboam.resources import fragment, script
from jeroboam.spec.types import ClusterSpec, ContainerNetworkSpec

KEYED = "/etc/jeroboam/keyed"
"""Files below it are filled in with the key of WireGuard's tunnels, under the same path in /etc/jeroboam."""
_USER = "flannel"
GRANTS = (
    Grant(_USER, "read", "/coreos.com/network/config"),
    # flanneld lists and watches this prefix without its slash; only what is below it is a node's lease.
    Grant(_USER, "read", "/coreos.com/network/subnets", prefix=True),
    Grant(_USER, "readwrite", "/coreos.com/network/subnets/", prefix=True),
)
"""What flanneld may do in etcd. All nodes share the user, so each could change another's lease."""


def flannel_secrets(containers: ContainerNetworkSpec) -> tuple[Secret, ...]:
    """What flanneld reads etcd with, where there is one, and the key of the tunnels."""
    return (*(_client_secrets() if has_flannel(containers) else ()), *key_secrets(containers))


def flannel_values(containers: ContainerNetworkSpec, *, master: bool) -> Mapping[str, SecretRef]:
    """Those that scripts of a role may read."""
    client = {
        "JEROBOAM_FLANNEL_KEY": SecretRef("flannel_client_key"),
        "JEROBOAM_FLANNEL_CERT": SecretRef("flannel_client_cert"),
    }
    return {**(client if has_flannel(containers) else {}), **key_values(containers, master=master)}


def flannel_net_conf(spec: ClusterSpec) -> str | None:
    """The configuration, as embedded and as kept in etcd; None with another network driver."""
    containers = spec.container_network
    return net_conf(flannel_config(containers, spec.network.mtu)) if has_flannel(containers) else None


def _client_secrets() -> tuple[Secret, ...]:
    """The one client of etcd that flanneld is on every node."""
    certificate = ClientCertificateOf(CA_KEY, CA_CERT, "flannel_client_key", _USER)
    return (
        Secret("flannel_client_key", "Key with which Flannel reads etcd", PrivateKey()),
        Secret("flannel_client_cert", "Certificate with which Flannel reads etcd", certificate),
    )


def flannel_files(spec: ClusterSpec, *, master: bool) -> Iterator[FileEntry]:
    """What a node is given for flanneld besides its unit."""
    drop_in = fragment("common/docker-flannel.conf")
    yield FileEntry("/etc/systemd/system/docker.service.d/30-flannel.conf", drop_in)
    yield FileEntry("/opt/jeroboam/flannel-forward.sh", fragment("common/flannel-forward.sh"), 0o755)
    if master and (text := flannel_net_conf(spec)):
        folder = KEYED if has_key(spec.container_network) else "/etc/jeroboam"
        yield FileEntry(f"{folder}/flannel/net-conf.json", text)


def key_secrets(containers: ContainerNetworkSpec) -> tuple[Secret, ...]:
    """The key of the tunnels: what WireGuard calls a pre-shared key, 32 bytes."""
    return (Secret("flannel_psk", "Key that WireGuard's tunnels share", RandomBytes(32)),) * has_key(
        containers
    )


def key_values(containers: ContainerNetworkSpec, *, master: bool) -> Mapping[str, SecretRef]:
    """The key for scripts of masters, which put it where all nodes read Flannel's configuration."""
    return {"JEROBOAM_FLANNEL_PSK": SecretRef("flannel_psk")} if master and has_key(containers) else {}


def key_steps(containers: ContainerNetworkSpec, *, master: bool) -> tuple[Step, ...]:
    """Fills in the key, before whatever reads the configuration."""
    return (Step(28, "common/steps/flannel-key"),) * (master and has_key(containers))


def flannel_steps(number: int, *, master: bool) -> tuple[Step, ...]:
    """Writes the configuration (one master does) and starts flanneld; etcd runs by then, Docker not yet."""
    config = (Step(number, "common/steps/flannel-config"),) * master
    return (*config, Step(number + 1, "common/steps/flannel"))


def flannel_unit() -> Unit:
    """The service; its step starts it."""
    return Unit("flanneld.service", script("common/flanneld.service"), enabled=False)
