"""The page of all checks."""

from __future__ import annotations

from jeroboam.deploy.preflight.judge import SUBJECTS

_HEAD = """\
# Preflight checks

`jeroboam preflight SPEC` checks whether a cloud can hold a cluster, before anything is created;
`jeroboam deploy` does so by itself. All problems are reported in one run. A check that does not
apply to a cluster is omitted, and one that the cloud gives no answer for counts as not checked.
`--ignore ID` skips a check.

For an existing stack, quotas are checked for what the cluster needs in addition to what the stack
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
