"""Effects that depend on values, for every COE; a COE's own rule of the same name goes before."""

from __future__ import annotations

from types import MappingProxyType

from jeroboam.source import Data
from jeroboam.spec.change.record import GROUPS, Record
from jeroboam.spec.change.types import ChangeEffect, Rules, Ruling, SpecChange
from jeroboam.spec.types import first_indexes

_DRAINED = "deploy drains them first"


def _count(change: SpecChange, old: Record, new: Record) -> Ruling:
    """Of a node group's nodes: some go, some come."""
    group = change.path.rpartition(".")[0]
    before, after = _indexes(old, group), _indexes(new, group)
    going, coming = sorted(before - after), sorted(after - before)
    name = group.rpartition(".")[2]
    said = [f"{_nodes(name, going)} {'goes' if len(going) == 1 else 'go'}"] if going else []
    said += [f"{_nodes(name, coming)} {'comes' if len(coming) == 1 else 'come'}"] if coming else []
    return Ruling(ChangeEffect.LIVE, "; ".join(said) or "its nodes stay the same", _DRAINED if going else "")


def _group(change: SpecChange, _old: Record, _new: Record) -> Ruling:
    """Of a whole node group."""
    if change.old is None:
        return Ruling(ChangeEffect.LIVE, "the group is made")
    return Ruling(
        ChangeEffect.LIVE, "the group goes, with all its nodes", _DRAINED if change.old != 0 else ""
    )


def _masters_count(change: SpecChange, _old: Record, _new: Record) -> Ruling:
    """One master and several have the API at different addresses; among several the quorum decides."""
    before, after = change.old, change.new
    if not isinstance(before, int) or not isinstance(after, int) or before == 1 or after == 1:
        return Ruling(
            ChangeEffect.NEVER,
            "a cluster of one master and one of several have the API at different addresses",
        )
    if after > before:
        return Ruling(ChangeEffect.LIVE, f"{_nodes('master', range(before, after))} join")
    return Ruling(
        ChangeEffect.ROLL,
        f"{_nodes('master', range(after, before))} leave: one at a time, so that the quorum holds",
        "jeroboam roll has them leave in this order",
    )


def _server_group(change: SpecChange, _old: Record, _new: Record) -> Ruling:
    """Of a policy: other nodes can have another one, in a group of their own."""
    another = "add a node group with it, move what runs there, and remove this one"
    way = "" if change.path.startswith("masters.") else another
    return Ruling(ChangeEffect.NEVER, instead=way)


def _addresses(change: SpecChange, _old: Record, _new: Record) -> Ruling:
    """Of nodes: certificates name those of masters, nothing names the others'."""
    if change.nodes == "masters":
        return Ruling(ChangeEffect.ROLL)
    return Ruling(ChangeEffect.LIVE, "Heat has the addresses lead to the nodes that they are listed for")


def _volume(change: SpecChange, _old: Record, _new: Record) -> Ruling:
    """Of a data volume: grown in place, anything else needs a new node or a new volume."""
    before, after = change.old, change.new
    if not isinstance(before, dict) or not isinstance(after, dict):
        return Ruling(ChangeEffect.ROLL)
    if _size(after) < _size(before):
        return Ruling(ChangeEffect.NEVER, "Cinder cannot shrink a volume")
    if before.get("availability_zones") != after.get("availability_zones"):
        return Ruling(
            ChangeEffect.NEVER, "a volume stays in the zone that it was made in, and its data with it"
        )
    if before.get("type") != after.get("type"):
        return Ruling(ChangeEffect.LIVE, "Cinder moves the data to the other volume type")
    return Ruling(
        ChangeEffect.LIVE,
        "Cinder grows it",
        "the file system on it grows at the node's next start: reboot the nodes one at a time",
    )


def _etcd_volume(change: SpecChange, old: Record, new: Record) -> Ruling:
    """The same of the volume that holds the state, which a new volume does not."""
    if change.old is None:
        return Ruling(
            ChangeEffect.NEVER, "the state of the masters would stay where it is, on their own disks"
        )
    if change.new is None:
        return Ruling(ChangeEffect.NEVER, "the state of the masters is on it")
    return _volume(change, old, new)


def _coe_version(change: SpecChange, _old: Record, _new: Record) -> Ruling:
    """No COE reads state that a newer one has written."""
    if older(change.new, change.old):
        return DOWNGRADE
    return Ruling(ChangeEffect.ROLL)


DOWNGRADE = Ruling(
    ChangeEffect.NEVER,
    "an older version does not read the state of a newer one",
    "stay, or go back to a snapshot from before the upgrade",
)


def older(version: Data, than: Data) -> bool:
    """Whether a version such as `1.36.3` comes before another."""
    return numbers(version) < numbers(than)


def numbers(version: Data) -> tuple[int, ...]:
    """The numbers of a version, as far as it has any."""
    found: list[int] = []
    for part in str(version).removeprefix("v").split("."):
        if not part.isdecimal():
            break
        found.append(int(part))
    return tuple(found)


GENERAL: Rules = MappingProxyType(
    {
        "addresses": _addresses,
        "coe_version": _coe_version,
        "count": _count,
        GROUPS: _group,
        "masters_count": _masters_count,
        "server_group": _server_group,
        "volume": _volume,
        "etcd_volume": _etcd_volume,
    }
)


def _size(volume: dict[str, Data]) -> int:
    size = volume.get("size")
    return size if isinstance(size, int) else 0


def _indexes(record: Record, group: str) -> frozenset[int]:
    """The indexes of a group's nodes."""
    count, retired = record.get(f"{group}.count"), record.get(f"{group}.retired")
    gone = [index for index in retired if isinstance(index, int)] if isinstance(retired, list) else []
    return frozenset(first_indexes(count, gone)) if isinstance(count, int) else frozenset()


def _nodes(name: str, indexes: range | list[int]) -> str:
    """Their ids in words, the first and the last of many."""
    names = [f"{name}-{index}" for index in indexes]
    return ", ".join(names) if len(names) <= 3 else f"{names[0]} to {names[-1]} ({len(names)} nodes)"
