"""What the terminal sees: results, messages, colours, exit codes, and the two ways to fail."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import IntEnum
from typing import IO

from jeroboam import escape
from jeroboam.__about__ import __version__
from jeroboam.errors import JeroboamError
from jeroboam.storage.inputs import MAX_BYTES


class Exit(IntEnum):
    """Exit codes, as documented."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    INVALID_SPEC = 3
    DIFFERENT = 4
    UNFINISHED = 5
    INTERRUPTED = 130


class CommandError(JeroboamError):
    """A command failed for a reason that the user can act on: exit code 1."""


def result(text: str) -> None:
    """Write `text` to standard output, in UTF-8 and with LF whatever the locale."""
    try:
        sys.stdout.flush()
        sys.stdout.buffer.write(text.encode("utf-8", "surrogateescape"))
        sys.stdout.flush()
    except OSError as error:
        # What is still buffered goes nowhere, or the interpreter would fail on it again when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):
            # The reader has had enough (`| head`); that needs no words.
            sys.exit(Exit.FAILED)
        raise CommandError(f"cannot write to standard output: {error.strerror}") from error


def say(message: str) -> None:
    """Write a message, one line, to standard error; what somebody would obey, or lacks, is escaped."""
    say_lines(escape.line(message))


def say_lines(text: str) -> None:
    """Write lines that are escaped, and perhaps painted, to standard error."""
    # Where nobody listens, the exit code still tells.
    with suppress(OSError):
        print(text, file=sys.stderr, flush=True)


def on_a_terminal() -> bool:
    """Whether somebody can be asked."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def confirmed(question: str) -> bool:
    """Whether somebody at the terminal says yes."""
    # What can fail is told without typer.
    from typer import confirm

    return confirm(escape.line(question), err=True)


def complain(message: str, hint: str | None = None, notes: tuple[str, ...] = ()) -> None:
    """Say what failed, the facts of it, and what to do about it."""
    say_lines(f"{painted('error', '1;31', sys.stderr)}: {escape.escaped(message)}")
    for note in notes:
        say(f"  = {note}")
    if hint:
        say(f"  = help: {hint}")


def colours(stream: IO[str]) -> bool:
    """Whether `stream` is a terminal that wants colours (https://no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def painted(text: str, sgr: str, stream: IO[str]) -> str:
    """`text` in the colour `sgr` (ECMA-48 parameters) where `stream` wants colours."""
    return f"\x1b[{sgr}m{text}\x1b[0m" if colours(stream) else text


def paint_diff(diff: str, stream: IO[str]) -> str:
    """A unified diff, escaped, with removed lines red and added ones green where `stream` wants colours."""
    if not colours(stream):
        return diff
    sgr = {"-": "31", "+": "32", "@": "36"}
    return "".join(
        painted(line.rstrip("\n"), sgr[line[0]], stream) + "\n" if line[0] in sgr else line
        for line in diff.splitlines(keepends=True)
    )


def standard_input() -> bytes:
    """Standard input, as far as a spec may reach and one byte more, so that a longer one is noticed."""
    with failing("read", "standard input"):
        return sys.stdin.buffer.read(MAX_BYTES + 1)


@contextmanager
def failing(action: str, path: str) -> Iterator[None]:
    """Turn an error of the operating system into a CommandError: cannot `action` '`path`'."""
    try:
        yield
    except OSError as error:
        raise CommandError(f"cannot {action} '{path}': {error.strerror or error}") from error


def bug(error: Exception) -> None:
    """Say that `error` is our mistake; with its traceback where JEROBOAM_DEBUG asks for it."""
    if os.environ.get("JEROBOAM_DEBUG"):
        import traceback

        for line in "".join(traceback.format_exception(error)).rstrip().split("\n"):
            say(line)
    complain(
        f"this is a bug in jeroboam {__version__} ({type(error).__name__})",
        "run the command again with JEROBOAM_DEBUG=1 in the environment and report what it prints",
    )
