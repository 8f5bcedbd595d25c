"""How families are made: a spec that compiles, and one part of it that grows."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

from jeroboam.spec.schema import composed

Files: TypeAlias = dict[str, str]
"""Texts by name; `cluster.yaml` is the spec."""
Make: TypeAlias = Callable[[int], Files]
Path: TypeAlias = tuple[str | int, ...]

LARGEST = 1 << 20
"""Bytes of a file that is read at all."""
SPEC: dict[str, Any] = {
    "spec_version": 1,
    "kind": "cluster",
    "name": "large",
    "coe": "kubernetes",
    "distro": "ubuntu",
    "image": "ubuntu-24.04",
    "keypair": "ops",
    "network": {"external_network": "public", "cidr": "11.0.0.0/8"},
    "container_network": {"cidr": "100.0.0.0/8", "subnet_len": 28},
    "masters": {"flavor": "m1.medium"},
    "node_groups": [{"name": "default", "flavor": "m1.large"}],
}


class Family(NamedTuple):
    """A shape: `make` gives files of about that many bytes together, each at most LARGEST."""

    name: str
    make: Make


def spec(path: Path = (), value: object = None, **top: object) -> str:
    """A spec that compiles, with `value` at `path` and the properties of `top`."""
    data = {**json.loads(json.dumps(SPEC)), **top}
    if path and path[0] in composed()["x-coes"]:
        data["coe"] = path[0]
    put(data, path, value)
    return dumped(data)


def put(data: dict[str, Any], path: Path, value: object) -> None:
    """Sets the value at `path`; mappings on the way are made, and what a mapping has is kept."""
    if not path:
        return
    node: Any = data
    for step in path[:-1]:
        node = node.setdefault(step, {}) if isinstance(node, dict) else node[step]
    held = node.get(path[-1]) if isinstance(node, dict) else node[path[-1]]
    node[path[-1]] = {**value, **held} if isinstance(value, dict) and isinstance(held, dict) else value


def dumped(data: dict[str, Any]) -> str:
    """As JSON, which is YAML, a line a property."""
    return "".join(f"{json.dumps(k)}: {json.dumps(v, ensure_ascii=False)}\n" for k, v in data.items())


def repeated(unit: str, before: str = "", after: str = "") -> Make:
    """A spec followed by `before`, many of `unit`, and `after`; `{}` in a unit is its number."""

    def make(size: int) -> Files:
        room = size - len(spec()) - len(before) - len(after)
        count = max(1, room // len(unit.replace("{}", "123456").encode()))
        return {
            "cluster.yaml": spec()
            + before
            + "".join(unit.replace("{}", f"{i:06}") for i in range(count))
            + after
        }

    return make


def alone(unit: str) -> Make:
    """Nothing but `unit`, many times."""
    return lambda size: {"cluster.yaml": unit * (size // len(unit))}


def at(path: Path, value: Callable[[int], object]) -> Make:
    """A spec with a value at `path` that takes what the rest of it leaves."""
    return lambda size: {"cluster.yaml": spec(path, value(size - len(spec()) - 100))}


def text(unit: str, head: str = "", end: str = "") -> Callable[[int], str]:
    """`unit` again and again, as many bytes as JSON makes of it."""
    length = len(json.dumps(unit, ensure_ascii=False).encode()) - 2
    return lambda size: head + unit * (size // length) + end


def groups(per_group: Callable[[int, int], object], count: int = 100, layout: str = "single") -> Make:
    """A spec of node groups, each made from its number and its share of the size."""
    return lambda size: {
        "cluster.yaml": spec(
            ("node_groups",),
            [per_group(i, (size - 1000) // count) for i in range(count)],
            heat={"layout": layout},
        )
    }


def group(index: int, **more: object) -> dict[str, object]:
    """A node group."""
    return {"name": f"g{index:05}", "flavor": "m1.large", **more}
