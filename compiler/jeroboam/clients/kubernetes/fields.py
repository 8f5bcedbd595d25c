"""Fields of objects: where two objects differ, and an object without a field that is somebody else's.

Paths of fields are written as the API writes them: `.spec.template.spec.containers[name="web"].image`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any

from jeroboam.escape import escaped

_SERVERS = frozenset(
    {"creationTimestamp", "generation", "managedFields", "resourceVersion", "selfLink", "uid"}
)
"""Of the metadata: what the API server writes."""
_COUNTED = "deprecated.daemonset.template.generation"
"""An annotation that the API server writes."""
_ABSENT = object()
_LONGEST = 100


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[str, ...]:
    """The paths of what differs, with both values where they are an image, a number, true or false.

    What else a value is may be a secret, or a program's whole configuration.
    """
    return tuple(_differing(_plain(old), _plain(new), ""))


def _plain(thing: Mapping[str, Any]) -> dict[str, Any]:
    """Without what the API server or a controller writes."""
    made = {key: value for key, value in thing.items() if key != "status"}
    metadata = {key: value for key, value in thing["metadata"].items() if key not in _SERVERS}
    annotations = dict(metadata.pop("annotations", None) or {})
    annotations.pop(_COUNTED, None)
    return {**made, "metadata": {**metadata, "annotations": annotations}}


def _differing(old: Any, new: Any, path: str) -> Iterator[str]:
    if old == new:
        return
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in sorted(old.keys() | new.keys()):
            yield from _differing(old.get(key, _ABSENT), new.get(key, _ABSENT), f"{path}.{key}")
    elif _listed(old) and _listed(new):
        before, after = _by_name(old), _by_name(new)
        for key in dict.fromkeys([*before, *after]):
            yield from _differing(before.get(key, _ABSENT), after.get(key, _ABSENT), f"{path}[{key}]")
    else:
        yield escaped(path + _values(old, new, path))


def _listed(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _by_name(items: Sequence[Any]) -> dict[str, Any]:
    """Items by their names where all have one of their own, else by their places."""
    names = [item.get("name") if isinstance(item, Mapping) else None for item in items]
    if all(isinstance(name, str) for name in names) and len(set(names)) == len(names):
        return {f'name="{name}"': item for name, item in zip(names, items, strict=True)}
    return {str(place): item for place, item in enumerate(items)}


def _values(old: Any, new: Any, path: str) -> str:
    if old is _ABSENT:
        return " (new)"
    if new is _ABSENT:
        return " (gone)"
    image = path.endswith(".image")
    if all(isinstance(value, int) or (image and isinstance(value, str)) for value in (old, new)):
        return f": {json.dumps(old)} -> {json.dumps(new)}"[: 2 * _LONGEST]
    return ""


def without(document: Mapping[str, Any], path: str) -> dict[str, Any] | None:
    """A copy without the field at `path`; None where it has none there."""
    made = deepcopy(dict(document))
    at: Any = made
    rest = path
    while True:
        found = _step(at, rest)
        if found is None:
            return None
        key, rest = found
        if not rest:
            del at[key]
            return made
        at = at[key]


def _step(at: Any, path: str) -> tuple[Any, str] | None:
    """Where the first part of a path leads in a mapping or list, and what follows it."""
    if path.startswith(".") and isinstance(at, dict):
        # A key may have dots in it, as that of a label.
        keys = [
            key for key in at if path.startswith(f".{key}") and path[len(key) + 1 :][:1] in ("", ".", "[")
        ]
        longest = max(keys, key=len, default=None)
        return None if longest is None else (longest, path[len(longest) + 1 :])
    if path.startswith("[") and isinstance(at, list):
        for place, item in enumerate(at):
            for told in _tellings(place, item):
                if path.startswith(told):
                    return place, path[len(told) :]
    return None


def _tellings(place: int, item: Any) -> Iterator[str]:
    """What the API may call an item of a list: by its place, by itself, or by what is a key in such lists."""
    yield f"[{place}]"
    if not isinstance(item, dict):
        yield f"[={json.dumps(item)}]"
        return
    for keys in (
        ("name",), ("key",), ("type",), ("uid",), ("ip",), ("mountPath",), ("devicePath",), ("topologyKey",),
        ("port", "protocol"), ("containerPort", "protocol"), ("topologyKey", "whenUnsatisfiable"),
    ):  # fmt: skip
        if all(key in item for key in keys):
            yield "[" + ",".join(f"{key}={json.dumps(item[key])}" for key in keys) + "]"
