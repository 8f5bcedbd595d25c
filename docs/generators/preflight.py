"""The page of all checks."""

from __future__ import annotations

from jeroboam.deploy.preflight.judge import SUBJECTS

_HEAD = """\
# Preflight checks

`jeroboam preflight SPEC` asks a cloud whether a cluster can be made there, before anything is
created; `jeroboam deploy` does so by itself. All that is wrong comes in one run. A check that has
no meaning for a cluster is left out, and one whose answer the cloud does not give is counted as not
checked. `--ignore ID` leaves a check out.

For a stack that exists already, quotas are judged by what the cluster needs more than the stack
has.

This page is generated from the code.
"""


def markdown() -> str:
    """The page, a table for each subject."""
    parts = [_HEAD]
    for subject, checks in SUBJECTS:
        parts.append(f"\n## {subject}\n\n| id | what holds when it passes |\n| --- | --- |\n")
        parts += [f"| `{check.id}` | {check.what} |\n" for check in checks]
    return "".join(parts)
