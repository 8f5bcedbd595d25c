"""Two sets of resources to what an update would do, following what is replaced to whatever refers to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from jeroboam.deploy.plan.effects import ASSOCIATION, CONDITION, CONFIG, SERVER, Effect, outcome
from jeroboam.deploy.plan.types import Change, ChangeKind, PropertyChange
from jeroboam.deploy.plan.values import differences, plain, same, shown, texts_changed
from jeroboam.hot.contract import node_id, parse_node_id
from jeroboam.hot.flat import Attr, Flat, Key, Param, Ref, symbols

ORDER = tuple(ChangeKind)
_NODE_TYPES = frozenset(
    {
        SERVER,
        "OS::Neutron::Port",
        "OS::Neutron::FloatingIP",
        ASSOCIATION,
        "OS::Cinder::Volume",
        "OS::Cinder::VolumeAttachment",
        "OS::Octavia::PoolMember",
    }
)


class Said(NamedTuple):
    """What Heat said of a resource, against the templates: None is that nothing happens to it."""

    kind: ChangeKind | None
    note: str


Resources = Mapping[Key, Flat]
_State = dict[Key, Change]


def changes(old: Resources, new: Resources, said: Mapping[Key, Said] | None = None) -> tuple[Change, ...]:
    """What happens to each resource that something happens to; `said` has the last word."""
    told = said or {}
    servers = _servers(old) | _servers(new)
    state: _State = {}
    while True:
        found = {key: change for key in old.keys() & new.keys() if (change := _kept(key, old, new, state))}
        found = _overruled(found, told, new)
        if found == state:
            break
        state = found
    gone = {key: old[key] for key in old.keys() - new.keys()}
    state |= {
        key: Change(ChangeKind.REMOVE, *key, flat.type, _lost(key, flat, servers))
        for key, flat in gone.items()
    }
    state |= {
        key: Change(ChangeKind.ADD, *key, new[key].type, _taken_off(new[key], gone))
        for key in new.keys() - old.keys()
    }
    order = {key: index for index, key in enumerate((*old, *new))}
    return tuple(
        _owned(state[key], servers)
        for key in sorted(state, key=lambda k: (ORDER.index(state[k].kind), order[k]))
    )


def added(new: Resources) -> tuple[Change, ...]:
    """All of them, as a create makes them."""
    return changes({}, new)


def node_of(name: str, type_name: str) -> str:
    """The id of the node that a resource is or belongs to, empty where it is nobody's."""
    found = parse_node_id(name) if type_name in _NODE_TYPES else None
    return node_id(*found[:2]) if found else ""


def _kept(key: Key, old: Resources, new: Resources, state: _State) -> Change | None:
    """A resource of both templates, given what is known so far of those it refers to."""
    before, after = old[key], new[key]
    if before.type != after.type:
        cause = PropertyChange("type", before.type, after.type)
        return Change(ChangeKind.REPLACE, *key, after.type, (cause,))
    causes: list[PropertyChange] = []
    worst = Effect.NONE
    for name in dict.fromkeys((*before.properties, *after.properties)):
        found = tuple(_causes(before, after, name, state))
        if found:
            does = outcome(after.type, name, before.properties, after.properties)
            worst = max(worst, does.effect)
            if does.effect is Effect.NONE:
                causes.append(PropertyChange(name, None, None, does.note, harmless=True))
                continue
            causes += [cause._replace(note=_joined(cause.note, does.note)) for cause in found]
    if before.deletion_policy != after.deletion_policy:
        causes.append(PropertyChange("deletion_policy", before.deletion_policy, after.deletion_policy))
    if not causes:
        return None
    if worst is Effect.REPLACE:
        return Change(ChangeKind.REPLACE, *key, after.type, _telling(causes))
    return Change(
        ChangeKind.CHANGE,
        *key,
        after.type,
        tuple(causes),
        harmless=worst is Effect.NONE,
        erased=worst is Effect.ERASE,
    )


def _causes(before: Flat, after: Flat, name: str, state: _State) -> Iterator[PropertyChange]:
    old, new = before.properties.get(name), after.properties.get(name)
    if not same(old, new):
        if after.type == CONFIG and name == "config":
            yield PropertyChange(name, None, None, f"what new nodes boot with: {texts_changed(old, new)}")
            return
        for difference in differences(old, new, name):
            yield PropertyChange(
                difference.path, shown(difference.old), shown(difference.new), _source(difference.new)
            )
    yield from _through(name, new, state)


def _through(name: str, value: Any, state: _State) -> Iterator[PropertyChange]:
    """What changes because something that the value refers to does."""
    for symbol in dict.fromkeys(s for s in symbols(value) if isinstance(s, Ref | Attr)):
        change = state.get(symbol.key)
        if change is None:
            continue
        if change.kind is ChangeKind.REPLACE:
            yield PropertyChange(
                name, None, None, f"{symbol.key.name} is replaced, so {_what(symbol)} changes"
            )
        elif isinstance(symbol, Attr) and not change.harmless and _touched(symbol, change):
            yield PropertyChange(name, None, None, f"{shown(symbol)} may change")


def _what(symbol: Ref | Attr) -> str:
    return "its id" if isinstance(symbol, Ref) else "/".join(symbol.path)


def _touched(symbol: Attr, change: Change) -> bool:
    return bool(symbol.path) and any(cause.path.split("/")[0] == symbol.path[0] for cause in change.causes)


def _source(value: Any) -> str:
    return f"parameter {value.name}" if isinstance(value, Param) else ""


def _overruled(found: _State, told: Mapping[Key, Said], new: Resources) -> _State:
    result = dict(found)
    for key, said in told.items():
        ours = found.get(key)
        if said.kind is None:
            result.pop(key, None)
        elif ours is None:
            result[key] = Change(said.kind, *key, new[key].type, (PropertyChange("", None, None, said.note),))
        elif ours.kind is not said.kind:
            kept = _telling(ours.causes) if said.kind is ChangeKind.REPLACE else ours.causes
            causes = (*kept, PropertyChange("", None, None, said.note))
            result[key] = Change(said.kind, *key, new[key].type, causes, erased=ours.erased)
    return result


def _telling(causes: Iterable[PropertyChange]) -> tuple[PropertyChange, ...]:
    """Those of a replacement: what an existing thing would have been spared, a new one is made with."""
    return tuple(cause for cause in causes if not cause.harmless)


def _taken_off(flat: Flat, gone: Resources) -> tuple[PropertyChange, ...]:
    """What a floating IP that moves within one update is in for.

    Fact: Heat removes what is gone after what is new, or beside it (`convergence_engine`); `handle_delete`
    of the association asks nobody whose the floating IP is by then (heat/engine/resources/openstack/neutron/
    floatingip.py).
    """
    if flat.type != ASSOCIATION:
        return ()
    moved = plain(flat.properties.get("floatingip_id"))
    return tuple(
        PropertyChange(
            "", None, None,
            f"the floating IP {moved} may lead nowhere, as Heat takes it off {key.name} in its own time: "
            "deploy once without it, then with it",
        )
        for key, other in gone.items()
        if other.type == ASSOCIATION and plain(other.properties.get("floatingip_id")) == moved
    )  # fmt: skip


def _lost(key: Key, flat: Flat, servers: Mapping[str, str]) -> tuple[PropertyChange, ...]:
    if flat.deletion_policy == "retain" and flat.type != CONDITION:
        note = "deletion_policy retain: Heat keeps it, and no longer manages it"
        return (PropertyChange("", None, None, note),)
    if flat.type == "OS::Cinder::Volume":
        node = node_of(key.name, flat.type)
        return (PropertyChange("", None, None, f"its data goes with {servers.get(node, node) or 'it'}"),)
    return ()


def _owned(change: Change, servers: Mapping[str, str]) -> Change:
    node = node_of(change.resource, change.type)
    return Change(
        change.kind, change.stack, change.resource, change.type, change.causes,
        node, servers.get(node, ""), change.harmless, change.erased,
    )  # fmt: skip


def _servers(resources: Resources) -> dict[str, str]:
    return {
        key.name: str(plain(flat.properties.get("name")) or "")
        for key, flat in resources.items()
        if flat.type == SERVER
    }


def _joined(*notes: str) -> str:
    return "; ".join(filter(None, notes))
