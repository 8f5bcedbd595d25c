"""The page of the port matrix."""

from __future__ import annotations

from jeroboam import plugins
from jeroboam.parts.ports import Row, rows, shared_rows

_HEAD = """\
# Who may reach whom

The security groups of a cluster are generated from these rows alone; each row becomes one rule, or
one for each kind of node and each range on a list. `node` is every node, `bastion` the server that
logins may go through, `subnet` the range of the nodes' subnet (where load balancers send from),
`containers` the container network. A row with a condition applies only to clusters where it holds.

This page is generated from `ports.json` in `compiler/jeroboam/parts` and in each COE's driver.
"""
_COLUMNS = "| to | from | protocol | ports | for | when |\n| --- | --- | --- | --- | --- | --- |\n"


def markdown() -> str:
    """The page, what all COEs share first."""
    parts = [_HEAD, "\n## Every cluster\n\n", _COLUMNS, *map(_port, shared_rows())]
    for name in plugins.names("drivers"):
        own = rows(f"jeroboam.drivers.{name.replace('-', '_')}")
        parts += [f"\n## {name}\n\n", _COLUMNS, *map(_port, own)]
    return "".join(parts)


def _port(row: Row) -> str:
    numbers = row["ports"]
    shown = (
        "all" if numbers is None else "-".join(map(str, numbers)) if isinstance(numbers, list) else numbers
    )
    when = ", ".join(f"{name}: {str(value).lower()}" for name, value in row.get("when", {}).items())
    cells = (row["to"], row["from"], row["protocol"] or "any", shown, row["description"], when)
    return "| " + " | ".join(map(str, cells)) + " |\n"
