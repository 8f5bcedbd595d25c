"""Masters, node groups and what each node is given: names, counts, volumes, labels, taints."""

from __future__ import annotations

from collections.abc import Iterator

from jeroboam.diagnostics import Diagnostic, Pointer, Related, diagnose
from jeroboam.source.pointers import child
from jeroboam.spec.labels import LABEL_KEY, LABEL_VALUE
from jeroboam.spec.phrases import shown
from jeroboam.spec.schema import block
from jeroboam.spec.types import ClusterSpec, NodeGroupSpec, NodeSpec, VolumeSpec

_RESERVED = frozenset({"master", "masters"})
# Nova makes the host name from the server's name; a host name is one DNS label.
_LONGEST_HOST = 63
# GiB: an image and its containers; etcd's 2 GiB quota, its log and a snapshot; a few images.
_LEAST = {"boot_volume": 10, "etcd_volume": 4, "docker_volume": 5}
# A volume is formatted and mounted; the other drivers want a pool or a bare device of their own.
_ON_A_MOUNT = frozenset({None, "overlay2", "vfs"})
_EFFECTS = frozenset({"NoSchedule", "PreferNoSchedule", "NoExecute"})


def check(spec: ClusterSpec) -> Iterator[Diagnostic]:
    """Everything about masters, node groups and node properties."""
    yield from _masters(spec)
    yield from _volume("/masters", "etcd_volume", spec.masters.etcd_volume)
    yield from _node(spec, "/masters", spec.masters.node)
    first: dict[str, Pointer] = {}
    for index, group in enumerate(spec.node_groups):
        at = child("/node_groups", index)
        yield from _name(spec, at, group, first)
        yield from _node(spec, at, group.node)


def _masters(spec: ClusterSpec) -> Iterator[Diagnostic]:
    """An odd number of masters; several need an address that outlives each of them."""
    count = spec.masters.count
    if count % 2 == 0:
        yield diagnose("JB0330", "/masters/count", count=count, fewer=count - 1, more=count + 1)
    stable = spec.api.load_balancer or spec.api.dns_name is not None
    if count > 1 and not stable and block(spec.coe).get("x-stable-api"):
        related = (
            Related("/api/load_balancer", "there is no load balancer"),
            Related("/api/dns_name", "there is no DNS name"),
        )
        yield diagnose("JB0331", "/masters/count", related=related, count=count)


def _name(
    spec: ClusterSpec, at: Pointer, group: NodeGroupSpec, first: dict[str, Pointer]
) -> Iterator[Diagnostic]:
    where = child(at, "name")
    if group.name in _RESERVED:
        yield diagnose("JB0334", where, name=group.name, owner="masters")
    earlier = first.setdefault(group.name, where)
    if earlier != where:
        related = (Related(earlier, f"'{group.name}' is first given here"),)
        yield diagnose("JB0333", where, related=related, name=group.name)
    highest = max([*group.indexes[-1:], 0])
    host = f"{spec.name}-{group.name}-{highest}"
    if len(host) > _LONGEST_HOST:
        related = (Related("/name", "the cluster's name is part of it"),)
        excess = len(host) - _LONGEST_HOST
        yield diagnose("JB0335", where, related=related, host=host, length=len(host), excess=excess)


def _node(spec: ClusterSpec, at: Pointer, node: NodeSpec) -> Iterator[Diagnostic]:
    yield from _volume(at, "boot_volume", node.boot_volume)
    yield from _volume(at, "docker_volume", node.docker_volume)
    driver = spec.runtime.storage_driver
    if node.docker_volume is not None and driver not in _ON_A_MOUNT:
        related = (Related("/runtime/storage_driver", f"storage_driver is '{driver}' here"),)
        yield diagnose("JB0337", child(at, "docker_volume"), at_key=True, related=related, driver=driver)
    for key, value in node.server_metadata.items():
        if key == "get_file" or (key == "type" and value.endswith((".yaml", ".template"))):
            yield diagnose("JB0357", child(child(at, "server_metadata"), key), at_key=True, key=key)
    for key, value in node.node_labels.items():
        yield from _label(child(child(at, "node_labels"), key), key, value)
    if node.kubelet_args and not block(spec.coe).get("x-kubelet"):
        related = (Related("/coe", f"coe is '{spec.coe}' here"),)
        yield diagnose("JB0396", child(at, "kubelet_args"), at_key=True, related=related, coe=spec.coe)
    if node.node_taints and not block(spec.coe).get("x-taints"):
        related = (Related("/coe", f"coe is '{spec.coe}' here"),)
        yield diagnose("JB0355", child(at, "node_taints"), at_key=True, related=related, coe=spec.coe)
    else:
        first: dict[tuple[str, str], Pointer] = {}
        for index, taint in enumerate(node.node_taints):
            where = child(child(at, "node_taints"), index)
            yield from _taint(where, taint)
            label, _, effect = taint.rpartition(":")
            key = label.partition("=")[0]
            earlier = first.setdefault((key, effect), where)
            if earlier != where:
                related = (Related(earlier, "the first is here"),)
                yield diagnose("JB0367", where, related=related, key=shown(key), effect=shown(effect))


def _volume(at: Pointer, name: str, volume: VolumeSpec | None) -> Iterator[Diagnostic]:
    if volume is not None and volume.size < _LEAST[name]:
        where = child(child(at, name), "size")
        yield diagnose("JB0332", where, name=name, size=volume.size, least=_LEAST[name])


def _label(where: Pointer, key: str, value: str) -> Iterator[Diagnostic]:
    shape = "at most 63 letters, digits, '.', '_' and '-', starting and ending with a letter or digit"
    if not LABEL_KEY.fullmatch(key):
        advice = f"a key is {shape}; a DNS name and '/' may precede it"
        yield diagnose("JB0356", where, at_key=True, part="key", value=shown(key), advice=advice)
    if not LABEL_VALUE.fullmatch(value):
        yield diagnose("JB0356", where, part="value", value=shown(value), advice=f"a value is {shape}")


def _taint(where: Pointer, taint: str) -> Iterator[Diagnostic]:
    label, colon, effect = taint.rpartition(":")
    key, _, value = label.partition("=")
    if not colon or not LABEL_KEY.fullmatch(key) or not LABEL_VALUE.fullmatch(value):
        yield diagnose("JB0353", where, value=shown(taint))
    elif effect not in _EFFECTS:
        yield diagnose("JB0354", where, effect=shown(effect))
