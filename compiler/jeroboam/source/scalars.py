"""What a plain YAML scalar means: YAML 1.2's core schema, so `yes` is a string and `010` is ten."""

from __future__ import annotations

import re
from typing import TypeGuard

from jeroboam.source.types import Scalar

_WORDS: dict[str, bool | None] = {
    "": None,
    "~": None,
    "null": None,
    "Null": None,
    "NULL": None,
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}
_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_ENDLESS = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
# JSON Schema tools and Heat agree on integers only within a signed 64-bit word.
_LARGEST = 2**63 - 1
_MOST_DIGITS = 40
_SURROGATE = re.compile("[\\ud800-\\udfff]")


class BadNumber(str):
    """Why a number cannot be used."""


def plain(text: str) -> Scalar | BadNumber:
    """The value of an unquoted scalar."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in "+-.0123456789":
        return text
    if _INTEGER.fullmatch(text):
        value = None if len(text) > _MOST_DIGITS else _integer(text)
        if value is None or abs(value) > _LARGEST:
            return BadNumber("integers must fit into 64 bits")
        return value
    if _ENDLESS.fullmatch(text):
        return BadNumber("only finite numbers are accepted")
    if _FLOAT.fullmatch(text):
        number = float(text)
        return BadNumber("only finite numbers are accepted") if abs(number) == float("inf") else number
    return text


class LoneSurrogate(str):
    """Marks text with half of a surrogate pair."""


LONE_SURROGATE = LoneSurrogate()


def joined(text: str) -> str:
    """Quoted text with its UTF-16 pairs (JSON escapes) joined; LONE_SURROGATE for half a pair."""
    if not _SURROGATE.search(text):
        return text
    try:
        return text.encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError:
        return LONE_SURROGATE


def is_bad(value: object) -> TypeGuard[BadNumber]:
    """Whether `plain` refused the number."""
    return isinstance(value, BadNumber)


def _integer(text: str) -> int:
    if text.startswith("0o"):
        return int(text[2:], 8)
    return int(text, 16) if text.startswith("0x") else int(text, 10)
