"""The page of known causes."""

from __future__ import annotations

import re

from jeroboam.deploy.diagnosis.causes import KnownCause, causes
from jeroboam.deploy.diagnosis.pains import Pain, pains

_HEAD = """\
# Known causes

What [`jeroboam diagnose`](diagnosing.md) recognises, and how the troubles that people on OpenStack report
most are met.

This page is generated from `causes.yaml` and `pains.yaml` in `compiler/jeroboam/deploy/diagnosis/`.

## The usual troubles

Most often first. Causes are what `diagnose` says once it happened; in the last column stands what is said or
done before: [checks of preflight](preflight.md), [diagnostics of the compiler](diagnostics.md), and what a
template or a command does.

| | trouble | causes | before |
| --- | --- | --- | --- |
"""
_CAUSES = """
## All causes

In the order in which they are tried. `where` names whose words show it: Heat's `reason`, Nova's `fault`,
Cinder's `volume`, Octavia's `balancer`, Neutron's `port`, what a `node` said of itself, any line of a
server's `console`; a `judged` one is concluded from all facts.

| id | where | what it means |
| --- | --- | --- |
"""
_FILLED = re.compile(r"(?:\{\w+\})+")


def markdown() -> str:
    """The page: the troubles, then the causes."""
    troubles = "".join(_trouble(number, pain) for number, pain in enumerate(pains(), 1))
    return _HEAD + troubles + _CAUSES + "".join(_cause(cause) for cause in causes().values())


def _trouble(number: int, pain: Pain) -> str:
    seen = ", ".join(f"`{cause}`" for cause in pain.causes) or f"not to be seen from outside: {pain.unseen}"
    said = ", ".join(f"`{id_}`" for id_ in (*pain.checks, *pain.codes))
    before = "; ".join(part for part in (said, pain.otherwise) if part)
    return f"| {number} | {pain.pain} | {seen} | {before} |\n"


def _cause(cause: KnownCause) -> str:
    # What a text fills in later.
    means = _FILLED.sub("…", cause.cause).replace("'…'", "…").replace("|", "\\|")
    return f"| `{cause.id}` | {', '.join(sorted(cause.where))} | {means} |\n"
