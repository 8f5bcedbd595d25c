"""The manual pages, one for the program and one for each command, from what `--help` is made of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from textwrap import wrap
from typing import Any

import typer.main

from jeroboam.cli.app import app
from jeroboam.cli.commands import COMMANDS

# Without a date: that of the release would be another in every page each time.
_HEAD = '.\\" Generated from the commands by `make docs`.\n.TH {title} 1 "" Jeroboam "Jeroboam"\n.nh\n'
_SECTION = re.compile(r"^([A-Z][a-z ]+):\n", re.MULTILINE)
_TERM = re.compile(r"  (\S+)  +(.*)")
_BETWEEN = re.compile(r"(, | / )(?=-)")
_AS_IT_IS = {"\\": "\\e", "-": "\\-", "'": "\\(aq", "`": "\\(ga", "^": "\\(ha", "~": "\\(ti"}
_SEE = ("jeroboam", *(f"jeroboam-{name}" for name in COMMANDS))


def pages() -> Iterator[tuple[str, str]]:
    """Each page's name, such as `jeroboam-diff.1`, and its text for man(1)."""
    group: Any = typer.main.get_command(app)
    listed = "".join(_term(f"jeroboam\\-{name}(1)", c.summary) for name, c in COMMANDS.items())
    yield "jeroboam.1", _page(group, "jeroboam", f".SH COMMANDS\n{listed}")
    for name in COMMANDS:
        yield f"jeroboam-{name}.1", _page(group.commands[name], f"jeroboam {name}", "")


def _page(command: Any, words: str, commands: str) -> str:
    context = command.context_class(command, info_name=words, **command.context_settings)
    page = words.replace(" ", "-")
    summary, _, description = command.help.partition("\n\n")
    usage = " ".join(_plain(piece) for piece in command.collect_usage_pieces(context))
    parts = [
        _HEAD.format(title=page.upper().replace("-", "\\-")),
        f".SH NAME\n{_plain(page)} \\- {_plain(summary[0].lower() + summary[1:].rstrip('.'))}\n",
        f".SH SYNOPSIS\n.B {_plain(words)}\n{usage}\n",
        f".SH DESCRIPTION\n{_prose(description)}" if description else "",
        *_parameters(command, context),
        commands,
        *(_section(*section) for section in _sections(command.epilog)),
        f".SH SEE ALSO\n{_references(page)}",
    ]
    return "".join(parts)


def _parameters(command: Any, context: Any) -> Iterator[str]:
    """Arguments and options, each with its help."""
    for heading, kind in (("ARGUMENTS", "argument"), ("OPTIONS", "option")):
        records = [
            record
            for parameter in command.get_params(context)
            if parameter.param_type_name == kind and (record := parameter.get_help_record(context))
        ]
        if records:
            yield f".SH {heading}\n" + "".join(_term(_option(term), text) for term, text in records)


def _option(term: str) -> str:
    """`-o, --output DIR` with its names in bold and what they take in italics."""
    name, between, others = _BETWEEN.split(term, 1) if _BETWEEN.search(term) else (term, "", "")
    name, _, value = name.partition(" ")
    shown = f"\\fB{_plain(name)}\\fR" if name.startswith("-") else f"\\fI{_plain(name)}\\fR"
    shown += f" \\fI{_plain(value)}\\fR" if value else ""
    return shown + between + (_option(others) if others else "")


def _sections(epilog: str) -> Iterator[tuple[str, str]]:
    found = _SECTION.split(epilog)
    return zip(found[1::2], found[2::2], strict=True)


def _section(heading: str, body: str) -> str:
    if heading == "Examples":
        lines = "".join(f"{_plain(line.removeprefix('  '))}\n" for line in body.strip("\n").split("\n"))
        return f".SH EXAMPLES\n.nf\n{lines}.fi\n"
    terms: list[list[str]] = []
    for line in body.strip("\n").split("\n"):
        term = _TERM.fullmatch(line)
        if term and not line.startswith("   "):
            terms.append([term[1], term[2]])
        else:
            terms[-1][1] += f" {line.strip()}"
    return f".SH {heading.upper()}\n" + "".join(_term(f"\\fB{_plain(t)}\\fR", text) for t, text in terms)


def _term(term: str, text: str) -> str:
    return f".TP\n{term}\n{_prose(text)}"


def _prose(text: str) -> str:
    return ".PP\n".join(map(_filled, text.split("\n\n")))


def _filled(text: str) -> str:
    return "".join(f"{_plain(line)}\n" for line in wrap(text, 78, break_on_hyphens=False))


def _references(page: str) -> str:
    others = _SEE if page == "jeroboam" else ("jeroboam",)
    return ",\n".join(f".BR {_plain(other)} (1)" for other in others if other != page) + "\n"


def _plain(text: str) -> str:
    """Text as it is: no request at the beginning of a line, no dash or quote that cannot be copied."""
    found = "".join(_AS_IT_IS.get(c, c if c.isascii() else f"\\[u{ord(c):04X}]") for c in text)
    return f"\\&{found}" if found.startswith((".", "\\(aq")) else found
