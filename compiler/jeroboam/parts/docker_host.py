"""A host that runs Docker: Flannel below Docker's bridges, and etcd for it on the masters.

A COE that keeps something of its own in etcd says so by `grants`: it then has etcd with any network.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from jeroboam.model.types import FileEntry, Unit
from jeroboam.parts.docker import MODULES, docker_files, docker_unit
from jeroboam.parts.etcd import Grant, etcd_files, etcd_unit
from jeroboam.parts.flanneld import GRANTS, flannel_files, flannel_unit
from jeroboam.parts.network import backend_modules, has_flannel
from jeroboam.parts.node import proxy_files
from jeroboam.spec.types import ClusterSpec


def has_etcd(spec: ClusterSpec, *, master: bool, grants: tuple[Grant, ...] = ()) -> bool:
    """Whether the host is a member of etcd."""
    return master and (has_flannel(spec.container_network) or bool(grants))


def host_files(
    spec: ClusterSpec,
    *,
    master: bool,
    grants: tuple[Grant, ...] = (),
    labels: Mapping[str, str] | None = None,
    api_port: int | None = None,
) -> Iterator[FileEntry]:
    """What Docker, flanneld and etcd read; `labels` and `api_port` are Docker's."""
    flannel = has_flannel(spec.container_network)
    yield from docker_files(
        spec.runtime, mtu=spec.network.mtu, flannel=flannel, labels=labels, api_port=api_port
    )
    if flannel:
        yield from flannel_files(spec, master=master)
    if has_etcd(spec, master=master, grants=grants):
        yield from etcd_files((*grants, *(GRANTS if flannel else ())))
    yield from proxy_files(spec, ("docker",))


def host_units(spec: ClusterSpec, *, master: bool, grants: tuple[Grant, ...] = ()) -> Iterator[Unit]:
    """Their services."""
    yield docker_unit()
    if has_flannel(spec.container_network):
        yield flannel_unit()
    if has_etcd(spec, master=master, grants=grants):
        yield etcd_unit()


def host_modules(spec: ClusterSpec, *more: str) -> tuple[str, ...]:
    """Kernel modules of Docker and of Flannel's backend, and `more` of the COE's own."""
    return tuple(dict.fromkeys((*MODULES, *more, *backend_modules(spec.container_network))))
