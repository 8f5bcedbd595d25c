"""Values that look like a secret, which get neither into a spec nor into its comments or a message."""

from __future__ import annotations

import re
from collections.abc import Iterable

from jeroboam.diagnostics import Span
from jeroboam.diagnostics.quoting import holds_secret
from jeroboam.secret_shapes import DER_KEY, PEM_KEY

# A login without the scheme of a URL, as registries are named.
_LOGIN = re.compile(r"(?:^|[\s,;=/])[^\s:@/,;=]{1,256}:[^\s@]{1,1024}@")
_KEY = re.compile(f"{PEM_KEY}|{DER_KEY}")
# What an option is given that speaks of a secret and is none: a truth, a number, the path of a file.
_HARMLESS = re.compile(r"true|false|[0-9]{1,6}[a-z]{0,2}|/[\w./-]{0,200}")


def is_secretive(name: str, value: str) -> bool:
    """Whether the value may be a secret, by its form or by its name."""
    as_data = f'"{name}": "{value}"'
    return any(map(holds_secret, (value, as_data))) or bool(_LOGIN.search(value) or _KEY.search(value))


def is_secretive_option(name: str, value: str) -> bool:
    """The same of an option of a program."""
    option = f"--{name}={value}"
    return not _HARMLESS.fullmatch(value) and (is_secretive(name, value) or holds_secret(option))


def masked(text: str, spans: Iterable[Span]) -> str:
    """The text with asterisks where the spans are, each character one, so that columns stay."""
    lines = re.split(r"(\r\n|[\n\r])", text)
    for span in spans:
        for number in range(span.start.line, span.end.line + 1):
            at = 2 * (number - 1)
            line = lines[at]
            first = span.start.column - 1 if number == span.start.line else 0
            end = span.end.column - 1 if number == span.end.line else len(line)
            lines[at] = line[:first] + "*" * (end - first) + line[end:]
    return "".join(lines)
