"""What changes do to a living Kubernetes, where their values decide.

The order of versions is upstream's version skew policy: no minor is skipped, and none goes back.
"""

from __future__ import annotations

from types import MappingProxyType

from jeroboam.source import Data
from jeroboam.spec.change.record import Record
from jeroboam.spec.change.rules import DOWNGRADE, GENERAL, numbers, older
from jeroboam.spec.change.types import ChangeEffect, Rules, Ruling, SpecChange

_CLOUD_PROVIDER = "kubernetes.addons.cloud_controller_manager"


def _coe_version(change: SpecChange, _old: Record, _new: Record) -> Ruling:
    if older(change.new, change.old):
        return DOWNGRADE
    (major, minor), after = _minor(change.old), _minor(change.new)
    if after > (major, minor + 1):
        following = f"{major}.{minor + 1}"
        return Ruling(
            ChangeEffect.NEVER,
            "Kubernetes is upgraded one minor version at a time",
            f'first coe_version: "{following}", and when all nodes run it, the next',
        )
    return Ruling(ChangeEffect.ROLL, "masters first, then the other nodes")


def _etcd_volume(change: SpecChange, old: Record, new: Record) -> Ruling:
    """A volume that is added is empty: among several masters each joins with it, an only one moves to it."""
    if change.old is not None or change.new is None:
        return GENERAL["etcd_volume"](change, old, new)
    if new.get("masters.count", 1) != 1:
        return Ruling(ChangeEffect.ROLL, "each master that is made anew joins with its data on it")
    return Ruling(
        ChangeEffect.LIVE,
        "Heat attaches it to the master, empty",
        "move the state onto it before the master is made anew: docs/upgrading.md, A lone master",
    )


def _cloud_provider(change: SpecChange, _old: Record, _new: Record) -> Ruling:
    """Nodes join with the provider or without it; its version is one of an add-on."""
    if _enabled(change.old) is _enabled(change.new):
        return Ruling(ChangeEffect.API)
    return Ruling(ChangeEffect.NEVER, "nodes are known to the cloud provider from when they join, or never")


def _cinder_csi(change: SpecChange, old: Record, _new: Record) -> Ruling:
    """The first add-on that asks the cloud needs to be told how: the first master does, when it is made."""
    if not _enabled(change.new) or _enabled(change.old) or _enabled(old.get(_CLOUD_PROVIDER)):
        return Ruling(ChangeEffect.API)
    return Ruling(ChangeEffect.ROLL, "the first master tells the cluster how its cloud is reached")


def _node_labels(_change: SpecChange, _old: Record, _new: Record) -> Ruling:
    return Ruling(ChangeEffect.API)


def _minor(version: Data) -> tuple[int, int]:
    major, minor, *_ = (*numbers(version), 0, 0)
    return major, minor


def _enabled(addon: Data) -> bool:
    return isinstance(addon, dict) and addon.get("enabled") is True


CHANGES: Rules = MappingProxyType(
    {
        "cinder_csi": _cinder_csi,
        "cloud_provider": _cloud_provider,
        "coe_version": _coe_version,
        "etcd_volume": _etcd_volume,
        "node_labels": _node_labels,
    }
)
