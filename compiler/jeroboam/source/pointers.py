"""RFC 6901 JSON Pointers: built, split and walked."""

from __future__ import annotations

from collections.abc import Container, Iterator

from jeroboam.diagnostics import Pointer


def child(parent: Pointer, token: str | int) -> Pointer:
    """The pointer of a member: a key or a list index of what `parent` points at."""
    return f"{parent}/{str(token).replace('~', '~0').replace('/', '~1')}"


def pointer(tokens: Iterator[str | int] | tuple[str | int, ...]) -> Pointer:
    """The pointer that consists of `tokens`."""
    result = ""
    for token in tokens:
        result = child(result, token)
    return result


def tokens(of: Pointer) -> tuple[str, ...]:
    """The unescaped keys and indexes of a pointer."""
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in of.split("/")[1:])


def parent(of: Pointer) -> Pointer:
    """The pointer of the enclosing value; the whole document's is its own parent."""
    return of.rpartition("/")[0]


def last(of: Pointer) -> str:
    """The unescaped key or index at a pointer's end."""
    return tokens(of)[-1] if of else ""


def within(inner: Pointer, outer: Container[Pointer]) -> bool:
    """Whether `inner` is one of `outer`, the whole document apart, or lies inside one."""
    while inner:
        if inner in outer:
            return True
        inner = parent(inner)
    return False
