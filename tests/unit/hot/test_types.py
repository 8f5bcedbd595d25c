"""Functions of HOT as values."""

from __future__ import annotations

from jeroboam.hot.types import GetParam, GetResource, ListJoin, StrReplace


def test_functions_that_read_alike_are_not_equal() -> None:
    """As keys of a mapping, one would take the place of the other."""
    functions = (GetParam("a"), GetResource("a"), ListJoin("a", ()), StrReplace("a", ()))
    assert len(set(functions)) == len(functions)
    assert GetParam("a") == GetParam("a")
