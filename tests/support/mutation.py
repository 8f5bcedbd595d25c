"""Real specs with parts of others, then damaged: by the character, by the line, as data, or in a file."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, TypeAlias

import yaml

from jeroboam import plugins
from jeroboam.spec.phrases import paths
from tests.support.cases import CASES

Files: TypeAlias = dict[str, bytes]
Change: TypeAlias = Callable[[Files, random.Random], None]

_ODD: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 2**31, 2**63 - 1, 2**64, 1.5, -0.0, 1e308, "", " ", "\n", "0", "1.30",
    "null", "~", "é", "😀", "\x00", "\x85", "\u2028", "\ufeff", "a" * 300, "a" * 5000, "-", ".", "..", "/",
    "a/b", "cluster.yaml", "/dev/null", ".", "10.0.0.0/33", "10.0.0.0/0", "::/0", "fd00::/64", "0.0.0.0",
    "255.255.255.255", "http://a:b@c", "https://[::1]:99999/", "${A}", "{{ a }}", "%n", "'", '"', "@@X@@",
    [], {}, [[]], [{}], [None], {"a": None}, {"": 1}, ["x", "x"], list(range(300)),
    {f"k{i}": i for i in range(300)}, *plugins.names("drivers"), *plugins.names("platforms"), "flannel",
    "docker", "none", "calico", "nested", "wireguard", "NoSchedule", 65535,
)  # fmt: skip
_PIECES = (
    "\t", " ", "  ", "\n", "\r", ":", ": ", "- ", "? ", "#", " #", "'", '"', "|", ">", "|+", "[", "]", "{",
    "}", ",", "&a", "*a", "!", "!!int ", "!<x>", "%", "%YAML 1.1\n", "---", "...", "<<", "@", "`", "\\",
    "\\ud800", "\\x00", "é", "\u2028", "\x85", "\ufeff", "\x00", "\x1b", "0x", "1e999", ".inf",
    "99999999999999999999", "null", "yes", "!!binary ", "!!set ", "!!bool ", "!!timestamp ", "!<%ff> ", "0b_",
    "*a: ", "<<: ", "? [a]\n: ", "2026-02-30", "1:1.5", "9" * 99,
)  # fmt: skip
_FILES = (
    b"", b"\x00", b"\xff\xfe", b"#!/bin/sh\n", b"-----BEGIN CERTIFICATE-----\n", b"a: [", b"- 1\n",
    b"\r\n", b"{}", b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n", b"kind: 1\n",
    b"---\n---\n", "é".encode() * 99,
)  # fmt: skip


def mutated(choice: random.Random) -> Files:
    """A golden spec with its files, changed in one to nine places; `cluster.yaml` is the spec.

    Half of them have only values that fit where they are, so that the later stages see them too.
    """
    case = choice.choice(CASES)
    files = {
        path.relative_to(case.folder).as_posix(): path.read_bytes()
        for path in sorted(case.folder.rglob("*"))
        if path.is_file() and "expected" not in path.parts
    }
    gentle: tuple[Change, ...] = (_by_example, _from_another)
    damage: tuple[Change, ...] = (_as_data, _as_data, _by_line, _by_piece, _other_file)
    for change in choice.choices(gentle, k=choice.randint(1, 6)):
        change(files, choice)
    if choice.random() < 0.5:
        for change in choice.choices(damage, k=choice.randint(1, 3)):
            change(files, choice)
    return files


def _by_example(files: Files, choice: random.Random) -> None:
    """A property set to an example of the schema's."""
    path, schema = choice.choice(sorted(paths().items()))
    data = _parsed(files)
    node: Any = data
    *above, name = path.split(".")
    for step in above:
        node = node.setdefault(step, {}) if isinstance(node, dict) else None
        node = choice.choice(node) if isinstance(node, list) and node else node
    if isinstance(node, dict) and path not in ("coe", "distro", "template"):
        node[name] = choice.choice(schema["examples"])
        _write(files, data, choice)


def _from_another(files: Files, choice: random.Random) -> None:
    """A part of another golden spec put in the same place."""
    data = _parsed(files)
    node, other = data, _parsed({"cluster.yaml": choice.choice(CASES).spec.read_bytes()})
    while isinstance(node, dict) and isinstance(other, dict) and other:
        name = choice.choice(sorted(other, key=str))
        if choice.random() < 0.5 or not isinstance(node.get(name), dict):
            node[name] = other[name]
            _write(files, data, choice)
            return
        node, other = node[name], other[name]


def _as_data(files: Files, choice: random.Random) -> None:
    """A value replaced, removed, renamed or added somewhere in the tree; nothing where there is none."""
    data = _parsed(files)
    places = list(_places(data))
    if not places:
        return
    holder, key = choice.choice(places)
    match choice.randint(0, 4):
        case 0:
            holder[key] = choice.choice(_ODD)
        case 1:
            del holder[key]
        case 2:
            holder[key] = [holder[key]] if choice.random() < 0.5 else {"a": holder[key]}
        case 3 if isinstance(holder, dict):
            holder[choice.choice(_names())] = holder[key]
        case _ if isinstance(holder, dict):
            holder[choice.choice(_names())] = choice.choice(_ODD)
        case _:
            holder.extend([holder[key]] * choice.choice((1, 20, 300)))
    _write(files, data, choice)


def _parsed(files: Files) -> Any:
    """The spec as data; None for what is no YAML any more."""
    try:
        return yaml.load(files["cluster.yaml"], Loader=yaml.CSafeLoader)
    # A tag that does not fit has PyYAML's constructors raise whatever they meet.
    except (yaml.YAMLError, ValueError, TypeError, AttributeError, KeyError, IndexError, OverflowError):
        return None


def _write(files: Files, data: Any, choice: random.Random) -> None:
    as_json = choice.random() < 0.5
    text = json.dumps(data, default=str) if as_json else yaml.safe_dump(data, allow_unicode=True)
    files["cluster.yaml"] = text.encode("utf-8", "surrogatepass")


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every collection with each of its keys or indexes."""
    for key in (
        list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    ):
        yield value, key
        yield from _places(value[key])


@cache
def _names() -> tuple[str, ...]:
    return tuple(sorted({path.rpartition(".")[2] for path in paths()}))


def _by_line(files: Files, choice: random.Random) -> None:
    """A line taken out, doubled, moved, indented, or taken from another spec."""
    lines = files["cluster.yaml"].split(b"\n")
    at = choice.randrange(len(lines))
    match choice.randint(0, 4):
        case 0:
            del lines[at]
        case 1:
            lines.insert(at, lines[at])
        case 2:
            lines.insert(choice.randrange(len(lines)), lines.pop(at))
        case 3:
            lines[at] = b" " * choice.randint(1, 9) + lines[at].lstrip() * choice.choice((1, 1, 50))
        case _:
            other = choice.choice(CASES).spec.read_bytes().split(b"\n")
            start = choice.randrange(len(other))
            lines[at:at] = other[start : start + choice.randint(1, 8)]
    files["cluster.yaml"] = b"\n".join(lines)


def _by_piece(files: Files, choice: random.Random) -> None:
    """A piece put in or cut out anywhere, also in the middle of a character, in any of the files."""
    name = choice.choice(sorted(files))
    files[name] = damaged(files[name], choice)


def damaged(content: bytes, choice: random.Random) -> bytes:
    """One file with a piece put in or cut out."""
    at = choice.randint(0, len(content))
    match choice.randint(0, 3):
        case 0:
            return content[:at] + content[at + choice.randint(1, 30) :]
        case 1:
            return content[:at]
        case 2:
            return content[:at] + bytes([choice.randrange(256)]) + content[at:]
        case _:
            piece = choice.choice(_PIECES) * choice.choice((1, 1, 1, 3, 500))
            return content[:at] + piece.encode("utf-8", "surrogatepass") + content[at:]


def _other_file(files: Files, choice: random.Random) -> None:
    """One of the files that the spec names gone, or with other content."""
    named = sorted(files.keys() - {"cluster.yaml"})
    if not named:
        _as_data(files, choice)
    elif choice.random() < 0.3:
        del files[choice.choice(named)]
    else:
        files[choice.choice(named)] = choice.choice(_FILES) * choice.choice((1, 1, 400))
