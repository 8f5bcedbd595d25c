"""What values of properties can be."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

from jeroboam import plugins
from jeroboam.spec.schema import Schema, composed, flat, member, members
from tests.support.families.shapes import SPEC, Family, Files, Make, Path, at, dumped, put, text


def _properties(coe: str) -> Iterator[tuple[tuple[str | int, ...], Schema]]:
    """Every property of a cluster of that COE, those of its masters and of one node group included."""

    def walk(schema: Schema, at: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], Schema]]:
        for name, declared in members(schema).items():
            below, path = flat(declared), (*at, name)
            yield path, below
            yield from walk(below, path)
        if schema.get("type") == "array" and member(schema, 0).get("type") == "object":
            yield from walk(member(schema, 0), (*at, 0))

    left_out = {("coe",), ("kind",), ("node_groups",)}
    others = set(composed()["x-coes"]) - {coe}
    yield from (
        found for found in walk(composed(), ()) if found[0][0] not in others and found[0] not in left_out
    )


def _items(schema: Schema, count: int) -> list[object]:
    """Different items, of the right kind as far as that is simple."""
    example = (schema.get("examples") or [["x"]])[0][0]
    if isinstance(example, int):
        return list(range(10**4, 10**4 + count))
    if isinstance(example, dict):
        return [{**example, "name": f"g{i:06}"} for i in range(count)]
    if "/" in str(example) and str(example)[0].isdigit():
        return [f"{10 + i // 65536}.{i // 256 % 256}.{i % 256}.0/24" for i in range(count)]
    return [f"{example}{i}" for i in range(count)]


def _every(coe: str, kind: str, value: Callable[[Schema, int], object]) -> Make:
    """A spec in which each property of a kind has a value of its share of the size."""

    def make(size: int) -> Files:
        wanted = [(path, schema) for path, schema in _properties(coe) if schema.get("type") == kind]
        data = json.loads(json.dumps({**SPEC, "coe": coe}))
        # The deepest first, so that none is looked for below what has become a text.
        for path, schema in sorted(wanted, key=lambda found: -len(found[0])):
            put(data, path, value(schema, (size - 1000) // len(wanted)))
        return {"cluster.yaml": dumped(data)}

    return make


def _keys(_: Schema, size: int) -> dict[str, str]:
    return {f"key-{i:06}": "value" for i in range(size // 24)}


def _of_all(coe: str) -> Iterator[Family]:
    yield Family(f"every text, {coe}", _every(coe, "string", lambda _, size: "1.0." * (size // 4 - 8)))
    yield Family(f"every list, {coe}", _every(coe, "array", lambda schema, size: _items(schema, size // 50)))
    yield Family(f"every list of equals, {coe}", _every(coe, "array", lambda _, size: ["x"] * (size // 6)))
    yield Family(f"every list of lists, {coe}", _every(coe, "array", lambda _, size: [[]] * (size // 5)))
    yield Family(f"every list of all kinds, {coe}", _every(coe, "array", lambda _, size: _mixed(size // 9)))
    yield Family(f"every mapping, {coe}", _every(coe, "object", _keys))
    yield Family(f"every number as text, {coe}", _every(coe, "integer", lambda _, size: "1" * (size - 50)))


def _key(unit: str) -> Callable[[int], object]:
    return lambda size: {unit * (size // len(unit)): 1}


def _mixed(count: int) -> list[object]:
    """What cannot be sorted."""
    return [index if index % 2 else f"{index:x}" for index in range(count)]


# What a pattern may go over more than once: a property, what its value begins with, has many of, ends in.
_PATTERNS: tuple[tuple[str, Path, str, str, str], ...] = (
    ("version of digits", ("coe_version",), "", "1", "!"),
    ("version of parts", ("coe_version",), "", "1.", "!"),
    ("version of suffixes", ("coe_version",), "", "-1+1.", "!"),
    ("colons in a URL", ("artifacts", "mirror"), "a://", ":", ""),
    ("users in a URL", ("proxy", "http"), "a://", "a:", ""),
    ("at signs in a URL", ("proxy", "http"), "a://", "@", ""),
    ("schemes of a URL", ("proxy", "https"), "", "a+", ""),
    ("proxy of hyphens", ("proxy", "http"), "http://", "a-", "!"),
    ("path of a registry", ("artifacts", "image_registry"), "", "a/", "!"),
    ("beginnings of keys", ("description",), "", "-----BEGIN ", ""),
    ("halves of private keys in a text", ("description",), "", "-----BEGIN PRIVATE KEY ", ""),
    ("private key of blanks", ("description",), "-----BEGIN ", " PRIVATE KEY", ""),
    ("label of hyphens", ("name",), "", "a-", "!"),
    ("host of dots", ("api", "dns_name"), "", "a.", "!"),
    ("range of dots", ("network", "cidr"), "", "1.", "!"),
    ("range of colons", ("container_network", "ipv6", "cidr"), "", ":", "/1"),
    ("digits of a limit", ("runtime", "log_max_size"), "", "1", "!"),
    ("long value of an enum", ("arch",), "", "amd6", ""),
    ("integer as text", ("masters", "count"), "", "1", ""),
    ("digest", ("artifacts", "pins", "containerd"), "", "0", ""),
    ("wide characters", ("description",), "", "\u5b57", "\x01"),
    ("control characters", ("description",), "", "\x01", ""),
)

PROPERTIES = (
    *(family for coe in plugins.names("drivers") for family in _of_all(coe)),
    *(Family(name, at(path, text(unit, head, end))) for name, path, head, unit, end in _PATTERNS),
    *(Family(f"key of {unit}", at(("api",), _key(unit))) for unit in ("secret-", "a_", "token")),
)
