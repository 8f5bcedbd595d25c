"""Docker Engine: its configuration from the spec's `runtime`, its service, and what its kernel must have.

Facts: docs.docker.com, reference of dockerd and of daemon.json (Docker 28 and 29).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jeroboam.model.types import FileEntry, Unit, ended
from jeroboam.resources import fragment, script
from jeroboam.serialize import json_text
from jeroboam.spec.mirrors import HUB, mirror, mirrors
from jeroboam.spec.types import RuntimeSpec

STORAGE = "/var/lib/docker"
"""All of Docker's data, and that of the containerd that it runs."""
STORAGE_DRIVERS = ("btrfs", "overlay2", "vfs", "zfs")
"""What Docker still has; devicemapper left with version 25."""
SOCKET = "unix:///run/docker.sock"
MODULES = ("overlay", "br_netfilter")
PKI = "/etc/docker/pki"
"""Where ca.crt, server.crt and server.key are on a node with a Docker API."""


def docker_files(
    runtime: RuntimeSpec,
    *,
    mtu: int | None = None,
    flannel: bool = False,
    labels: Mapping[str, str] | None = None,
    api_port: int | None = None,
) -> tuple[FileEntry, ...]:
    """All files that Docker reads.

    `mtu` is that of the nodes' network, None where the spec is silent; with `flannel`, flanneld tells the
    first bridge its own. `api_port` is where the Docker API is on the network, for holders of a certificate
    of the CA in PKI; None for the socket alone.
    """
    return (
        FileEntry(
            "/etc/docker/daemon.json", json_text(_daemon(runtime, mtu, flannel, labels or {}, api_port))
        ),
        *(
            FileEntry(f"/etc/docker/certs.d/{registry.host}/ca.crt", ended(registry.ca.text))
            for registry in runtime.registries
            if registry.ca
        ),
    )


def docker_unit() -> Unit:
    """The service; the step that has all that it needs starts it."""
    return Unit("docker.service", script("common/docker.service"), enabled=False)


def docker_sysctls() -> str:
    """Kernel settings that Docker's networks need."""
    return fragment("common/docker-sysctl.conf")


def _daemon(
    runtime: RuntimeSpec, mtu: int | None, flannel: bool, labels: Mapping[str, str], api_port: int | None
) -> dict[str, Any]:
    # live-restore and Swarm exclude each other, so it stays off.
    document: dict[str, Any] = {
        "exec-opts": [f"native.cgroupdriver={runtime.cgroup_driver or 'systemd'}"],
        "hosts": [SOCKET, *([f"tcp://0.0.0.0:{api_port}"] if api_port else [])],
        "log-driver": "json-file",
        "log-opts": _log_options(runtime),
    }
    if runtime.storage_driver:
        # A graph driver is only heard of where images are not in containerd's store, Docker 29's default.
        document |= {"storage-driver": runtime.storage_driver, "features": {"containerd-snapshotter": False}}
    if hub := [mirror(one.url).url for one in mirrors(runtime) if one.registry == HUB]:
        document["registry-mirrors"] = hub
    if runtime.insecure_registries:
        document["insecure-registries"] = [name.lower() for name in runtime.insecure_registries]
    if labels:
        document["labels"] = [f"{name}={value}" for name, value in labels.items()]
    if mtu is not None:
        option = "com.docker.network.driver.mtu"
        # An overlay takes its own header off (libnetwork's drivers/overlay, maxMTU).
        document["default-network-opts"] = {driver: {option: str(mtu)} for driver in ("bridge", "overlay")}
        # The daemon refuses to be told the same thing by its file and by flanneld's drop-in.
        if not flannel:
            document["mtu"] = mtu
    if api_port:
        document |= {
            "tlsverify": True,
            "tlscacert": f"{PKI}/ca.crt",
            "tlscert": f"{PKI}/server.crt",
            "tlskey": f"{PKI}/server.key",
        }
    return document


def _log_options(runtime: RuntimeSpec) -> dict[str, str]:
    # Without a limit a chatty container fills the disk; one file of Docker's default size never turns.
    size, files = runtime.log_max_size or "10m", runtime.log_max_files or 3
    return {"max-size": size, "max-file": str(files)}
