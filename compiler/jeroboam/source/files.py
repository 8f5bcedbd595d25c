"""Files as texts: bounded, regular, UTF-8; every way this fails is a diagnostic."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import NamedTuple

from jeroboam.diagnostics import Diagnostic, Pointer, Position, Span, diagnose
from jeroboam.storage.inputs import MAX_BYTES, IrregularError, OutsideError, Root, TooLargeError, contents

STDIN = "<stdin>"


class FileRequest(NamedTuple):
    """A request for a file: the pointer and span of the value that names it (None: the command line)."""

    pointer: Pointer = ""
    span: Span | None = None


def text_of(
    path: str, asked: FileRequest, stdin: bytes | None = None, root: Root | None = None
) -> str | Diagnostic:
    """The text of the file at `path`, a byte order mark removed; `-` on the command line is stdin.

    What a file names has to be below `root`, where there is one; what the command line names may be anywhere.
    """
    from_stdin = path == "-" and asked.span is None
    name = STDIN if from_stdin else path
    try:
        if not from_stdin:
            raw = contents(path, root=root if asked.span else None)
        else:
            raw = sys.stdin.buffer.read(MAX_BYTES + 1) if stdin is None else stdin
            if len(raw) > MAX_BYTES:
                raise TooLargeError
    except OutsideError as error:
        return diagnose("JB0119", asked.pointer, span=_span(name, asked), path=name, why=error)
    except IrregularError as error:
        return diagnose("JB0120", asked.pointer, span=_span(name, asked), path=name, why=error)
    except TooLargeError:
        return diagnose("JB0102", asked.pointer, span=_span(name, asked), path=name)
    except IsADirectoryError:
        return _cannot(name, asked, "it is a directory")
    except FileNotFoundError:
        return _cannot(name, asked, "there is no such file")
    except PermissionError:
        return _cannot(name, asked, "permission denied")
    except (OSError, ValueError) as error:
        return _cannot(name, asked, getattr(error, "strerror", None) or "the path is not usable")
    if asked.span and (found := raw.find(b"\0")) >= 0:
        line, column = raw.count(b"\n", 0, found) + 1, found - raw.rfind(b"\n", 0, found)
        return diagnose("JB0122", asked.pointer, span=asked.span, path=name, line=line, column=column)
    try:
        return raw.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        span = asked.span or _after(raw, error.start, name)
        return diagnose("JB0105", asked.pointer, span=span, path=name, offset=error.start)


def beside(path: str, naming: str) -> str:
    """`path` as written inside the file called `naming`, as seen from where `naming` is seen from."""
    return str(path_of_folder(naming) / path)


def path_of_folder(naming: str) -> Path:
    """The folder that paths inside the file called `naming` are relative to."""
    return Path() if naming == STDIN else Path(naming).parent


def shown(path: str) -> str:
    """The path as a user would type it."""
    return os.path.normpath(path)


def without_detours(path: str) -> str:
    """The same file's path without `.`, and without `..` where no link makes a difference of it."""
    plain = os.path.normpath(path)
    return plain if os.path.realpath(plain) == os.path.realpath(path) else path


def _cannot(name: str, asked: FileRequest, why: str) -> Diagnostic:
    return diagnose("JB0101", asked.pointer, span=_span(name, asked), path=name, why=why)


def _span(name: str, asked: FileRequest) -> Span:
    return asked.span or Span(name, Position(1, 1), Position(1, 1))


def _after(raw: bytes, offset: int, name: str) -> Span:
    before = raw[:offset].decode("utf-8")
    at = Position(before.count("\n") + 1, len(before) - before.rfind("\n"))
    return Span(name, at, at)
