"""Diagnostics as text, JSON, SARIF and workflow commands."""

from __future__ import annotations

from jeroboam.diagnostics import Diagnostic, Position, Related, Severity, Span, diagnose
from jeroboam.diagnostics.data import data
from jeroboam.diagnostics.excerpt import excerpt, split
from jeroboam.diagnostics.github import github
from jeroboam.diagnostics.sarif import sarif
from jeroboam.diagnostics.text import summary, text


def span(line: int, start: int, end: int, source: str = "a b.yaml") -> Span:
    return Span(source, Position(line, start), Position(line, end))


FOUND = diagnose(
    "JB0330",
    "/masters/count",
    span=span(2, 10, 11),
    related=(Related("/api", "100%, here", span(1, 1, 4)), Related("/x", "nowhere")),
    count=2,
    fewer=1,
    more=3,
)


def marked(line: str, start: int, end: int) -> tuple[str, str]:
    result = excerpt(span(1, start, end), split(line))
    assert result is not None
    return result


def test_text() -> None:
    assert text([FOUND], {"a b.yaml": "api: x\n  count: 2\n"}) == (
        "a b.yaml:2:10: error[JB0330]: 2 masters tolerate no more failures than 1\n"
        "  |\n"
        "2 |   count: 2\n"
        "  |          ^ at /masters/count\n"
        "  = note: a b.yaml:1:1: 100%, here\n"
        "  = help: use an odd number: 1 or 3\n"
    )


def test_text_without_source_or_span() -> None:
    assert "  |" not in text([FOUND], {})
    bare = Diagnostic("JB0330", Severity.ERROR, "no place")
    assert text([bare], {}) == "error[JB0330]: no place\n"


def test_summary() -> None:
    note = Diagnostic("JB0326", Severity.NOTE, "n")
    assert summary([FOUND, FOUND, note]) == "2 errors, 1 note"
    assert summary([]) == ""


def test_excerpts_line_up() -> None:
    assert marked("\tkey: v", 2, 5) == ("    key: v", "    ^^^")
    assert marked("集群: x", 5, 6) == ("集群: x", " " * 6 + "^")
    assert marked("k: 集群", 4, 6) == ("k: 集群", "   ^^^^")
    assert marked("a: \x1b[31m", 4, 5) == (r"a: \x1b[31m", "   ^^^^")
    assert marked("abc", 9, 12) == ("abc", "   ^")
    assert excerpt(span(9, 1, 2), ["one line"]) is None


def test_long_lines_are_cut_around_the_mark() -> None:
    line, mark = marked("x" * 500 + "HERE" + "y" * 500, 501, 505)
    assert line.startswith("…")
    assert line.endswith("…")
    assert len(line) <= 102
    assert line[len(mark) - 4 : len(mark)] == "HERE"


def test_spans_over_several_lines_mark_the_first() -> None:
    result = excerpt(Span("a", Position(1, 4), Position(3, 2)), split("a: [1,  \n2\n]"))
    assert result == ("a: [1,  ", "   ^^^")


def test_json() -> None:
    (row,) = data([FOUND])
    assert row["code"] == "JB0330"
    assert row["span"] == {
        "source": "a b.yaml",
        "start": {"line": 2, "column": 10},
        "end": {"line": 2, "column": 11},
    }
    assert [related["pointer"] for related in row["related"]] == ["/api"]  # type: ignore[attr-defined]


def test_sarif() -> None:
    log = sarif([FOUND], "1.2.3")
    run = log["runs"][0]  # type: ignore[index]
    assert log["version"] == "2.1.0"
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["JB0330"]
    (result,) = run["results"]
    assert (result["ruleId"], result["ruleIndex"], result["level"]) == ("JB0330", 0, "error")
    location = result["locations"][0]["physicalLocation"]
    assert location["artifactLocation"] == {"uri": "a%20b.yaml"}
    assert location["region"] == {"startLine": 2, "startColumn": 10, "endLine": 2, "endColumn": 11}


def test_sarif_paths() -> None:
    found = diagnose("JB0343", span=span(1, 1, 2, "/tmp/ä.yaml"), coe="x")
    run = sarif([found], "1")["runs"][0]  # type: ignore[index]
    uri = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == "file:///tmp/%C3%A4.yaml"


def test_github() -> None:
    found = Diagnostic("JB0103", Severity.WARNING, "50% a,b: c\nd", span=span(3, 4, 5, "a,b:c.yaml"))
    assert github([found]) == (
        "::warning file=a%2Cb%3Ac.yaml,line=3,col=4,endLine=3,endColumn=5,title=JB0103::50%25 a,b: c\\nd\n"
    )


def test_github_annotates_one_line() -> None:
    over = Span("a.yaml", Position(3, 4), Position(9, 1))
    assert github([Diagnostic("JB0103", Severity.ERROR, "a", span=over)]) == (
        "::error file=a.yaml,line=3,col=4,endLine=3,title=JB0103::a\n"
    )
