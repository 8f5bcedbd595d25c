"""KubernetesOptions: the spec's `kubernetes` block, typed."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple, cast

from jeroboam.diagnostics import Pointer
from jeroboam.spec.nodes import node_specs
from jeroboam.spec.types import ClusterSpec, Frozen, TextFile

KUBELET_PODS = 110
"""How many pods kubelet runs where nothing is said of it, and the schema's default."""
_NOTHING: Mapping[str, Frozen] = MappingProxyType({})


class Addon(NamedTuple):
    """An optional part of the cluster; `version` None is the one tested with the cluster's version."""

    enabled: bool
    version: str | None


class StorageClass(NamedTuple):
    """The default one, of Cinder's volumes; without a zone they are made in that of a pod's node."""

    availability_zone: str | None = None
    volume_type: str | None = None
    reclaim_policy: str = "Delete"


class Snapshots(NamedTuple):
    """Those of etcd that each master keeps beside its data."""

    enabled: bool
    every_hours: int
    keep: int


class KubernetesOptions(NamedTuple):
    """Field names are the spec's; files are read. `kubelet_args_of_nodes` are by their nodes' pointer."""

    service_cidr: str
    dns_domain: str
    api_server_args: Mapping[str, str]
    controller_manager_args: Mapping[str, str]
    scheduler_args: Mapping[str, str]
    kubelet_args: Mapping[str, str]
    kubelet_args_of_nodes: Mapping[Pointer, Mapping[str, str]]
    max_pods: int
    kube_proxy_mode: str
    feature_gates: Mapping[str, bool]
    admission_plugins: tuple[str, ...]
    api_server_files: tuple[TextFile, ...]
    audit_policy: TextFile | None
    encrypt_secrets: bool
    manifests: tuple[TextFile, ...]
    addons: Mapping[str, Addon]
    storage_class: StorageClass
    snapshots: Snapshots

    def enabled(self, addon: str) -> bool:
        """Whether an add-on, named as the spec names it, is wanted."""
        return addon in self.addons and self.addons[addon].enabled

    @property
    def needs_cloud(self) -> bool:
        """Whether an add-on in the cluster uses OpenStack."""
        return self.enabled("cloud_controller_manager") or self.enabled("cinder_csi")


def kubernetes_options(spec: ClusterSpec) -> KubernetesOptions:
    """The block, whose defaults the schema has filled in. Raises KeyError for a block that is not whole."""
    block = spec.options
    audit_policy = block.get("audit_policy_file")
    addons = cast(Mapping[str, Mapping[str, Frozen]], block["addons"])
    snapshots = cast(Mapping[str, int], block["snapshots"])
    return KubernetesOptions(
        service_cidr=str(block["service_cidr"]),
        dns_domain=str(block["dns_domain"]),
        api_server_args=_args(block, "api_server_args"),
        controller_manager_args=_args(block, "controller_manager_args"),
        scheduler_args=_args(block, "scheduler_args"),
        kubelet_args=_args(block, "kubelet_args"),
        kubelet_args_of_nodes={at: node.kubelet_args for at, node in node_specs(spec)},
        max_pods=cast(int, block["max_pods"]),
        kube_proxy_mode=str(block["kube_proxy_mode"]),
        feature_gates=cast(Mapping[str, bool], block["feature_gates"]),
        admission_plugins=cast(tuple[str, ...], block["admission_plugins"]),
        api_server_files=_files(spec, "api_server_files"),
        audit_policy=spec.files[str(audit_policy)] if audit_policy else None,
        encrypt_secrets=bool(block["encrypt_secrets"]),
        manifests=_files(spec, "manifests"),
        addons={name: _addon(addon) for name, addon in addons.items()},
        storage_class=_storage_class(addons["cinder_csi"]),
        snapshots=Snapshots(
            bool(snapshots["enabled"]), int(snapshots["every_hours"]), int(snapshots["keep"])
        ),
    )


def _files(spec: ClusterSpec, name: str) -> tuple[TextFile, ...]:
    return tuple(spec.files[path] for path in cast(tuple[str, ...], spec.options[name]))


def _args(block: Mapping[str, Frozen], name: str) -> Mapping[str, str]:
    return cast(Mapping[str, str], block[name])


def _addon(block: Mapping[str, Frozen] | None) -> Addon:
    given = block or _NOTHING
    version = given.get("version")
    return Addon(
        enabled=bool(given.get("enabled")),
        version=None if version is None else str(version).removeprefix("v"),
    )


def _storage_class(block: Mapping[str, Frozen]) -> StorageClass:
    return StorageClass(
        availability_zone=cast(str | None, block.get("availability_zone")),
        volume_type=cast(str | None, block.get("volume_type")),
        reclaim_policy=str(block["reclaim_policy"]),
    )
