"""Escapes text from others, so that no terminal or pipeline's log obeys it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from shlex import quote

CONTROLS = "\0-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff"
"""Of a character class: C0, DEL, C1, breaks of lines, what turns or hides text, halves of characters."""
COMMAND = r"#(?=#(?:vso|teamcity)?\[)"
"""Begins a command to GitHub, Azure or TeamCity wherever in a line it stands."""
WORKFLOW_COMMAND = r"(?m:^[^\S\n]*::[A-Za-z-]+(?:\s[^\n]*)?::)"
"""A line that is a command to GitHub (src/Runner.Common/ActionCommand.cs of its runner)."""

_UNSAFE = re.compile(f"[{CONTROLS}]|{COMMAND}")
_COLONS = re.compile(r"(\s*):(?=:)")
_SHORT = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}


def escaped(text: str) -> str:
    r"""The text on one line, with `\n`, `\x1b` or `\u202e` for a character that would be obeyed.

    Backslashes stay as they are, so that what is escaped twice is escaped once.
    """
    return _UNSAFE.sub(_escape, text)


def line(text: str) -> str:
    """A whole line: its tabs stay, and it does not begin as a workflow command does."""
    shown = "\t".join(map(escaped, text.split("\t")))
    begins = _COLONS.match(shown)
    return f"{begins[1]}\\x3a{shown[begins.end() :]}" if begins else shown


def lines(texts: Iterable[str]) -> str:
    """Lines as a text, each ended by a newline."""
    return "".join(f"{line(text)}\n" for text in texts)


def shell(*words: str) -> str:
    """A command line to copy, on one line: `words`, quoted where a shell needs it."""
    return " ".join(quote(word) if escaped(word) == word else _ansi_c(word) for word in words)


def _ansi_c(word: str) -> str:
    """A word with characters that cannot be shown, in the quotes that bash and POSIX have for it."""
    parts = re.split("([\udc80-\udcff])", word.replace("\\", "\\\\").replace("'", "\\'"))
    # Every other part is a byte that is no text: half a character here, and itself for the shell.
    shown = (rf"\x{ord(text) - 0xDC00:02x}" if at % 2 else escaped(text) for at, text in enumerate(parts))
    return f"$'{''.join(shown)}'"


def _escape(found: re.Match[str]) -> str:
    char = found[0]
    code = ord(char)
    return _SHORT.get(char) or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}")
