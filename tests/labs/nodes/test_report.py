"""The report of how long each step took."""

from __future__ import annotations

from tests.labs.nodes.report import Took, steps, table

CONSOLE = (
    "[  0.000000] Linux\r\n"
    "jeroboam: node=n-0 step=1/2 name=10-preflight status=start seconds=0\r\n"
    "jeroboam: node=n-0 step=1/2 name=10-preflight status=ok seconds=3\r\n"
    'n-0 login: jeroboam: node=n-0 step=2/2 name=40-install status=failed seconds=21 reason="curl 22"\r\n'
)


def test_steps_that_ended_are_found_on_a_console() -> None:
    assert list(steps(CONSOLE)) == [
        Took("n-0", "10-preflight", "ok", 3),
        Took("n-0", "40-install", "failed", 21),
    ]


def test_the_table_has_a_column_for_each_node() -> None:
    rows = table([Took("n-0", "boot", "ok", 60), *steps(CONSOLE), Took("n-1", "boot", "ok", 61)]).splitlines()
    assert [row.split() for row in rows] == [
        ["seconds", "n-0", "n-1"],
        ["boot", "60", "61"],
        ["10-preflight", "3"],
        ["40-install", "21", "failed"],
        ["all", "84", "61"],
    ]
