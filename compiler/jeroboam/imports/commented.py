"""The text of a spec whose values have comments above them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from textwrap import wrap

from jeroboam.escape import escaped
from jeroboam.serialize import json_line, yaml_text
from jeroboam.source import Data
from jeroboam.spec.phrases import paths

_WIDTH = 100
_SIMPLE = re.compile(r"[\w./-]+(?::[\w./-]+)*")


@dataclass(frozen=True, slots=True)
class CommentedSpec:
    """A spec: values by their path of keys and indexes, with remarks about them.

    `notes` are remarks by top-level property; `head` are paragraphs above all, `tail` titles with entries
    below all.
    """

    values: Mapping[tuple[str | int, ...], Data]
    remarks: Mapping[tuple[str | int, ...], str]
    notes: Mapping[str, str]
    head: tuple[str, ...] = ()
    tail: tuple[tuple[str, tuple[str, ...]], ...] = ()


def commented_text(spec: CommentedSpec) -> str:
    """YAML in the schema's order; comments are ASCII or printable, so that none ends early."""
    lines = [line for paragraph in spec.head for line in _comment(paragraph)]
    known = {name: place for place, name in enumerate(paths())}

    def order(path: tuple[str | int, ...]) -> tuple[int, ...]:
        keys = [key for key in path if isinstance(key, str)]
        return tuple(known.get(".".join(keys[: n + 1]), len(known)) for n in range(len(keys)))

    tree: dict[str | int, object] = {}
    for path in sorted(spec.values, key=order):
        at = tree
        for key in path[:-1]:
            below = at.setdefault(key, {})
            assert isinstance(below, dict)
            at = below
        at[path[-1]] = _Value(spec.values[path])
    lines.append("")
    for key, value in tree.items():
        block = not isinstance(value, _Value)
        if (block or str(key) in spec.notes) and lines[-1]:
            lines.append("")
        lines += _comment(spec.notes.get(str(key), ""))
        lines += _lines((key,), value, spec.remarks, "")
    for title, entries in spec.tail:
        lines += ["", *_comment(title)]
        lines += [line for entry in entries for line in _comment(entry, "- ", "  ")]
    return "\n".join(lines) + "\n"


@dataclass(frozen=True, slots=True)
class _Value:
    value: Data


def _lines(
    path: tuple[str | int, ...], node: object, remarks: Mapping[tuple[str | int, ...], str], indent: str
) -> Iterator[str]:
    for line in _comment(remarks.get(path, "")):
        yield indent + line
    key = path[-1]
    if isinstance(node, _Value):
        for line in _plain(key, node.value):
            yield indent + line
        return
    assert isinstance(node, dict)
    yield f"{indent}{_key(key)}:"
    if list(node) == [0]:
        item = node[0]
        assert isinstance(item, dict)
        dash = "- "
        for name, value in item.items():
            for line in _lines((*path, 0, name), value, remarks, ""):
                yield f"{indent}  {dash}{line}"
                dash = "  "
        return
    for name, value in node.items():
        yield from _lines((*path, name), value, remarks, indent + "  ")


def _plain(key: str | int, value: Data) -> list[str]:
    """A scalar, or a list of them on one line where it fits."""
    if isinstance(value, list):
        line = f"{_key(key)}: [{', '.join(map(_item, value))}]"
        if len(line) <= _WIDTH:
            return [line]
    return yaml_text({key: value}).splitlines()


def _item(value: Data) -> str:
    text = yaml_text({"k": value}).removeprefix("k: ").removesuffix("\n")
    return text if _SIMPLE.fullmatch(text) else json_line(value).removesuffix("\n")


def _key(key: str | int) -> str:
    return yaml_text({key: None}).removesuffix(": null\n")


def _comment(text: str, first: str = "", later: str = "") -> list[str]:
    if not text:
        return []
    shown = "".join(char if char.isprintable() else escaped(char) for char in text)
    safe = "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in shown)
    return wrap(
        safe, _WIDTH, initial_indent=f"# {first}", subsequent_indent=f"# {later}", break_on_hyphens=False,
        break_long_words=False,
    )  # fmt: skip
