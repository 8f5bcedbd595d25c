"""Of too many findings those that matter, and how many are left out."""

from __future__ import annotations

from dataclasses import replace

from jeroboam.diagnostics import Diagnostic, Position, Severity, Span, diagnose
from jeroboam.diagnostics.github import github
from jeroboam.diagnostics.sarif import sarif
from jeroboam.diagnostics.text import text
from jeroboam.diagnostics.types import MAX_SHOWN, limited


def findings(count: int) -> list[Diagnostic]:
    places = [Span("a.yaml", Position(n, 1), Position(n, 2)) for n in range(1, count + 1)]
    return [diagnose("JB0326", "/api", span=place) for place in places]


def test_few_are_all_shown() -> None:
    few = findings(MAX_SHOWN)
    assert limited(few) == tuple(few)


def test_the_rest_is_counted_in_every_format() -> None:
    shown = limited(findings(MAX_SHOWN + 7))
    assert len(shown) == MAX_SHOWN + 1
    assert shown[:-1] == tuple(findings(MAX_SHOWN))
    said = "and 7 more, which are not shown"
    assert said in text(shown, {"a.yaml": "secret: x\n"})
    assert said in github(shown)
    last = sarif(shown, "1")["runs"][0]["results"][-1]  # type: ignore[index]
    assert said in last["message"]["text"]
    assert last["locations"], "code-scanning services refuse a result without a place"


def test_an_error_is_shown_before_any_note() -> None:
    *notes, last = findings(MAX_SHOWN + 50)
    error = replace(last, severity=Severity.ERROR)
    shown = limited([*notes, error])
    assert shown[-2] == error
    assert shown[:-2] == tuple(notes[: MAX_SHOWN - 1])
