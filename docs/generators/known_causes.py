"""The page of known causes."""

from __future__ import annotations

import re

from docs.generators.troubles import Trouble, troubles
from jeroboam.deploy.diagnosis.causes import KnownCause, causes

_HEAD = """\
# Known causes

What [`jeroboam diagnose`](diagnosing.md) recognises, and how the troubles that people on OpenStack
report most are handled.

This page is generated from `compiler/jeroboam/deploy/diagnosis/causes.yaml` and
`docs/generators/troubles.yaml`.

## The usual troubles

Most often first. Causes are what `diagnose` reports after the failure; the last column has what is
reported or done before: [checks of preflight](preflight.md), [diagnostics of the
compiler](diagnostics.md), and what a template or a command does.

| | trouble | causes | before |
| --- | --- | --- | --- |
"""
_CAUSES = """
## All causes

In the order in which they are tried. `where` names the text that is searched: Heat's `reason`,
Nova's `fault`, Cinder's `volume`, Octavia's `balancer`, Neutron's `port`, what a `node` reported,
any line of a server's `console`; a `judged` one is concluded from all evidence.

| id | where | what it means |
| --- | --- | --- |
"""
_FILLED = re.compile(r"(?:\{\w+\})+")


def markdown() -> str:
    """The page: the troubles, then the causes."""
    usual = "".join(_trouble(number, trouble) for number, trouble in enumerate(troubles(), 1))
    return _HEAD + usual + _CAUSES + "".join(_cause(cause) for cause in causes().values())


def _trouble(number: int, trouble: Trouble) -> str:
    seen = (
        ", ".join(f"`{cause}`" for cause in trouble.causes) or f"not visible from outside: {trouble.unseen}"
    )
    said = ", ".join(f"`{id_}`" for id_ in (*trouble.checks, *trouble.codes))
    before = "; ".join(part for part in (said, trouble.otherwise) if part)
    return f"| {number} | {trouble.trouble} | {seen} | {before} |\n"


def _cause(cause: KnownCause) -> str:
    # What a text fills in later.
    means = _FILLED.sub("…", cause.cause).replace("'…'", "…").replace("|", "\\|")
    return f"| `{cause.id}` | {', '.join(sorted(cause.where))} | {means} |\n"
