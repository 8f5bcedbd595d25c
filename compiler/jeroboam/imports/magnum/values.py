"""Magnum's values as those of a spec: texts, since a label is always one, and attributes read alike."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from jeroboam.imports.magnum.table import MagnumSetting
from jeroboam.source import Data

_TRUE = frozenset({"1", "t", "true", "on", "y", "yes"})
_FALSE = frozenset({"0", "f", "false", "off", "n", "no"})
"""Of oslo.utils' bool_from_string, which Magnum reads with."""
_VERSION = re.compile(r"v?(\d{1,4}\.\d{1,4})(?:\.\d{1,4})?(?:[-+._][\w.+-]{0,64})?")
_NO_NAME = re.compile(r"[^a-z0-9-]+")
_LONGEST_NAME = 40
MAX_OPTIONS = 256
"""Options of one program; each is judged by itself."""
_INTEGER = re.compile(r"[+-]?\d{1,15}")


@dataclass(frozen=True, slots=True)
class Unusable:
    """Why a value becomes none of a spec: what it is not, or the table's reason."""

    expected: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class UsableValue:
    """The value of a property, None for none at all, and what changed on the way."""

    value: Data
    remark: str = ""


Reader = Callable[[str, MagnumSetting], "UsableValue | Unusable"]

_NAMELESS = Unusable("a name or an address")


def truth(text: str) -> bool | None:
    """What Magnum takes `text` for; None for neither true nor false."""
    word = text.strip().lower()
    return True if word in _TRUE else False if word in _FALSE else None


def read_value(text: str, row: MagnumSetting) -> UsableValue | Unusable:
    """What `text` is as the value of the properties that the row names, but for `arguments`."""
    return _READERS[row.how](text, row)


def arguments(text: str) -> tuple[dict[str, str], list[str]]:
    """The options of a command line by name, and the words that are none.

    Raises ValueError where it is no line of at most MAX_OPTIONS options.
    """
    if text.count(" -") >= MAX_OPTIONS:
        raise ValueError("too many options")
    options: dict[str, str] = {}
    stray: list[str] = []
    words = shlex.split(text)
    while words:
        word = words.pop(0)
        name, equals, value = word.lstrip("-").partition("=")
        if not word.startswith("-") or not name:
            stray.append(word)
        elif equals:
            options[name] = value
        else:
            options[name] = words.pop(0) if words and not words[0].startswith("-") else "true"
    return options, stray


def _text(text: str, _: MagnumSetting) -> UsableValue:
    return UsableValue(text.strip())


def _name(text: str, _: MagnumSetting) -> UsableValue:
    name = _NO_NAME.sub("-", text.lower()).strip("-")
    if name[:1].isdigit():
        name = f"c-{name}"
    name = name[:_LONGEST_NAME].rstrip("-") or "imported"
    return UsableValue(name, "" if name == text else "{value} in Magnum")


def _integer(text: str, row: MagnumSetting) -> UsableValue | Unusable:
    if not _INTEGER.fullmatch(text.strip()):
        return Unusable("an integer")
    number = int(text)
    if number < 0:
        return Unusable("an integer of 0 or more")
    if number == 0 and not row.zero:
        return UsableValue(None)
    if number < row.least:
        return UsableValue(row.least, "{value} in Magnum; this is the least")
    return UsableValue(number)


def _boolean(text: str, _: MagnumSetting) -> UsableValue | Unusable:
    value = truth(text)
    return Unusable("true or false") if value is None else UsableValue(value)


def _list(text: str, _: MagnumSetting) -> UsableValue | Unusable:
    items: list[Data] = [*dict.fromkeys(item.strip() for item in text.split(",") if item.strip())]
    return _NAMELESS if _is_truth(text) else UsableValue(items or None)


def _choice(text: str, row: MagnumSetting) -> UsableValue | Unusable:
    word = text.strip().lower()
    if word in row.values:
        return UsableValue(row.values[word])
    if word in row.refused:
        return Unusable(why=row.refused[word])
    return Unusable("one of: " + ", ".join((*row.values, *row.refused)))


def _version(text: str, _: MagnumSetting) -> UsableValue | Unusable:
    version = _VERSION.fullmatch(text.strip())
    if version is None:
        return Unusable("a version such as v1.28.9")
    return UsableValue(version[1], "" if version[1] == text else "{value} in Magnum")


def _prefix(text: str, _: MagnumSetting) -> UsableValue | Unusable:
    return _NAMELESS if _is_truth(text) else UsableValue(text.strip().rstrip("/") or None)


def _is_truth(text: str) -> bool:
    """Whether somebody gave a truth for a name: Magnum stores it as text, and takes it for a name."""
    return text.strip().lower() in ("true", "false")


_READERS: Mapping[str, Reader] = {
    "text": _text,
    "name": _name,
    "integer": _integer,
    "boolean": _boolean,
    "balancer": _boolean,
    "list": _list,
    "choice": _choice,
    "version": _version,
    "prefix": _prefix,
}
