"""What of a command's output a terminal or a pipeline's log would obey."""

from __future__ import annotations

from collections.abc import Iterator
from unicodedata import category

# Cc and Cf hold what moves a cursor and what turns or hides text; Zl and Zp end lines.
_OBEYED = {"Cc", "Cf", "Cs", "Zl", "Zp"}
_COMMANDS = ("##[", "##vso[", "##teamcity[")
HOSTILE = {
    "newline": "a\n::error::pwned",
    "newline and spaces": "a\n  ::set-output name=x::pwned",
    "carriage return": "a\r::error::pwned",
    "command": "::error::pwned",
    "command after a space": "  ::add-mask::pwned",
    "old command": "a ##[group]pwned",
    "command of Azure": "a ##vso[task.setvariable variable=x]pwned",
    "message of TeamCity": "##teamcity[buildStop comment='pwned']",
    "escape": "a\x1bcpwned",
    "title": "a\x1b]0;pwned\x07",
    "CSI of eight bits": "a\x9b2Jpwned",
    "backspaces": "a\x08\x08pwned",
    "delete": "a\x7fpwned",
    "next line": "a\x85::error::pwned",
    "line separator": "a\u2028::error::pwned",
    "paragraph separator": "a\u2029::error::pwned",
    "turned": "a\u202edenwp",
    "isolated": "a\u2066denwp\u2069",
    "hidden": "a\u200bpwned",
    "markup": "a[bold red]pwned[/bold red]",
}
"""Texts that would be obeyed as parts of names, values and paths, by what they try."""


def obeyed(output: str, *, commands: bool = False) -> list[str]:
    """The lines that would be; `commands` where our own workflow commands are wanted."""
    return list(_obeyed(output, commands=commands))


def _obeyed(output: str, *, commands: bool) -> Iterator[str]:
    for line in output.split("\n"):
        own = commands and line.startswith(("::error file=", "::warning file=", "::notice file="))
        if (
            any(category(char) in _OBEYED for char in line if char != "\t")
            or (line.lstrip().startswith("::") and not own)
            or any(command in line for command in _COMMANDS)
        ):
            yield line
